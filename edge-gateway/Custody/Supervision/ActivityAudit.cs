using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.StopUses;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Supervision;

/// <summary>What an ended activity shows that the rules ask for and that is not there: leads, never verdicts (Q1, Q2).</summary>
public static class ActivityAudit
{
    /// <summary>One sign.</summary>
    /// <param name="Type">Misuse id of the policy when it has one.</param>
    /// <param name="Words">What was seen.</param>
    /// <param name="Cites">Articles.</param>
    public sealed record Sign(string Type, string Words, IReadOnlyList<string> Cites);

    /// <summary>Every sign of an activity that has ended.</summary>
    public static IReadOnlyList<Sign> Of(Draft draft, Activity activity)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(activity);
        if (activity.EndedAt is null || Text.PolicyOf(draft, activity.UnitId) is not { } policy)
            return [];
        var signs = new List<Sign>();
        var recordings = draft.List<Recording>("activity", activity.Id);
        var stops = draft.List<StopUse>("activity", activity.Id);
        if (recordings.Count == 0 && stops.Count == 0)
            Add(policy.Rules.Misuse, ["not_recorded", "not_worn_not_used"], "执法活动结束，没有影像，也没有停止使用登记");
        if (recordings.Count > 0 && stops.Any(static stop => stop.Effect == StopUseEffect.MustNotRecord))
            Add(policy.Rules.StopUse.Where(static rule => rule.Effect == StopUseEffect.MustNotRecord), ["recorded_though_forbidden"], "登记了不得记录的情形，却有影像");
        if (recordings.Count > 0 && policy.Rules.Notice is { } notice && activity.Notice is not { Given: true })
            signs.Add(new Sign("no_notice", "没有告知当事人的标记", Text.Cites(policy, notice)));
        if (recordings.Count > 0 && policy.Rules.PreUse.Count > 0 && recordings.Select(static recording => recording.AssignmentId).OfType<string>().Distinct(StringComparer.Ordinal).Any(assignment => draft.List<PreUseCheck>("assignment", assignment).Count == 0))
            signs.Add(new Sign("no_pre_use_check", "本次领用没有使用前检查", Text.Cites(policy, policy.Rules.PreUse)));
        if (policy.Rules.PreUse.FirstOrDefault(static rule => rule.Item == "spare_battery") is { } spare && recordings.Count > 0
            && recordings.Select(static recording => recording.AssignmentId).OfType<string>().Distinct(StringComparer.Ordinal).SelectMany(assignment => draft.List<PreUseCheck>("assignment", assignment)).All(static check => check.Items.All(static item => item.Item != "spare_battery")))
            signs.Add(new Sign("no_spare_battery_check", "没有检查备用电池", Text.Cites(policy, spare)));
        if (activity.IsNight && policy.Rules.Duties.FirstOrDefault(static duty => duty.Id == "infrared") is { } infrared && recordings.Select(static recording => recording.Device).Distinct(StringComparer.Ordinal).Any(device => draft.Find<Recorder>(device) is { HasInfrared: false }))
            signs.Add(new Sign("no_infrared", "夜间执法使用了没有红外模式的执法记录仪", Text.Cites(policy, infrared)));
        if (policy.Rules.Duties.FirstOrDefault(static duty => duty.Id == "worn") is { } worn && activity.WornAt is "hand" or "fixed" or null && activity.Type is not null)
            signs.Add(new Sign("not_worn", activity.WornAt is null ? "没有写明佩戴位置" : "没有佩戴在肩部或者胸部", Text.Cites(policy, policy.Rules.Duties.Where(static duty => duty.Id == "worn"))));
        foreach (var opening in policy.Rules.Openings.Where(opening => recordings.Count > 0 && activity.Markers.All(marker => marker.Id != opening.Id)))
            signs.Add(new Sign("no_opening_" + opening.Id, $"没有标记：{opening.Name}", Text.Cites(policy, opening)));
        if (activity.IsMajor && policy.Rules.Duties.FirstOrDefault(static duty => duty.Id == "other_sources") is { } other && draft.List<LinkedSource>("activity", activity.Id).Count == 0)
            signs.Add(new Sign("no_other_source", "敏感、重大案（事）件没有关联其他来源的影像", Text.Cites(policy, other)));
        return signs;

        void Add(IEnumerable<Rule> rules, string[] types, string words)
        {
            var named = rules.OfType<NamedRule>().Where(rule => types.Contains(rule.Id, StringComparer.Ordinal)).ToList();
            signs.Add(new Sign(named.FirstOrDefault()?.Id ?? types[0], words, Text.Cites(policy, named.Count > 0 ? named : rules.OfType<StopUseRule>())));
        }
    }
}
