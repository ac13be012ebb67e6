using System.Globalization;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.Recordings;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Retention;

/// <summary>How long a recording is kept, with the reason in words and its articles.</summary>
/// <param name="Until">End; null when none is in sight.</param>
/// <param name="Reasons">In words, the one that decides first.</param>
/// <param name="Cites">Articles with the policy's id.</param>
public sealed record KeptUntil(DateTimeOffset? Until, IReadOnlyList<string> Reasons, IReadOnlyList<string> Cites)
{
    /// <summary>True when the end has passed.</summary>
    public bool IsOver(DateTimeOffset now) => Until is { } end && end <= now;

    /// <summary>Reads it off what stands: holds, case file, period, what was promised; the longest wins (REQUIREMENTS, notes).</summary>
    public static KeptUntil Of(Draft draft, Recording recording)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recording);
        var reasons = new List<string>();
        var policy = Text.PolicyOf(draft, recording.UnitId);
        var cites = new List<string>(Text.Cites(policy, policy is null ? [] : [policy.Rules.Retention]));
        var isEndless = false;
        if (recording.StoredAt is null || recording.Classification is null)
        {
            reasons.Add(recording.StoredAt is null ? "尚未全部存储，保存期限未起算" : "尚未分类整理，不得到期");
            isEndless = true;
        }

        foreach (var hold in recording.HoldIds.Select(draft.Find<Hold>).OfType<Hold>().Where(static hold => hold.Stands))
        {
            reasons.Add($"长期保存（{hold.Trigger}）：{hold.Reason}");
            cites.AddRange(hold.Cites);
            isEndless = true;
        }

        var until = PeriodEnd(recording, policy);
        if (recording.CaseId is { } caseId)
        {
            var file = draft.Find<Case>(caseId);
            cites.AddRange(Text.Cites(policy, policy?.Rules.EvidenceRetention is { } rule ? [rule] : []));
            if (file?.FileKeptUntil is { } kept && !file.IsPermanent)
            {
                reasons.Add($"作为案件 {caseId} 的证据，随案卷保存至 {Show(kept)}");
                until = Later(until, kept);
            }
            else
            {
                reasons.Add($"作为案件 {caseId} 的证据，随案卷保存；案卷保存期限{(file?.IsPermanent == true ? "为永久" : "未定")}");
                isEndless = true;
            }
        }

        if (recording.KeepUntil is { } promised)
            until = Later(until, promised);
        reasons.Add(until is { } end
            ? $"保存期限自记录结束与存储两者中较晚者起算，{(policy is null ? "" : $"{policy.Rules.Retention.Months} 个月{(policy.Rules.Retention.IsMinimum ? "以上" : "")}，")}至 {Show(end)}"
            : "没有有效的制度配置，不得到期");
        return new KeptUntil(isEndless ? null : until, reasons, [.. cites.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>End of the period by the rules: calendar months from the later of recording end and storage, 24:00 of that day in the agency's zone; null when not known.</summary>
    public static DateTimeOffset? PeriodEnd(Recording recording, PolicySet? policy)
    {
        ArgumentNullException.ThrowIfNull(recording);
        if (policy is null || recording.StoredAt is not { } stored)
            return null;
        var start = recording.EndedAt is { } ended && ended > stored ? ended : stored;
        var day = Text.Day(start).AddMonths(policy.Rules.Retention.Months).AddDays(1);
        return new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), Text.Zone);
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset other) => one is { } standing && standing > other ? standing : other;

    private static string Show(DateTimeOffset at) => Text.Day(at.AddTicks(-1)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
