using BodyCam.Custody.Acts;
using BodyCam.Custody.Activities;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.StopUses;

/// <summary>Stop of use and its work record (F).</summary>
public static class StopUseDesk
{
    /// <summary>Declares a stop of use; the reason must be one that the agency's text admits.</summary>
    /// <param name="draft">The act.</param>
    /// <param name="activityId">Activity.</param>
    /// <param name="reason">StopUseReason.</param>
    /// <param name="words">What happened.</param>
    /// <param name="requester">Who asked for it; empty when nobody did.</param>
    /// <param name="paperId">Linked source that holds the requester's signed paper, or null.</param>
    /// <param name="hasConsent">True when the party consented to be recorded.</param>
    /// <param name="from">Since when nothing was to be recorded; null when it is said later (<see cref="SetTime"/>).</param>
    /// <param name="to">Until when; null until the activity's leaving.</param>
    public static Outcome<StopUse> Declare(Draft draft, string activityId, string reason, string words, string requester = "", string? paperId = null, bool hasConsent = false, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (Text.Missing(words) is { } missing)
            return missing;
        var policy = Text.PolicyOf(draft, activity.UnitId);
        if (policy?.Rules.StopUse.FirstOrDefault(rule => rule.Reason == reason) is not { } rule)
            return Refusal.ByRule("reason_not_admitted", $"制度没有 “{reason}” 这一情形，应当记录。所列情形为：{string.Join("、", policy?.Rules.StopUse.Select(static stop => stop.Reason) ?? [])}。", Text.Cites(policy, policy?.Rules.StopUse ?? []));
        if (rule.UnlessConsent && hasConsent)
            return Refusal.ByRule("has_consent", "当事人已同意，应当记录。未取得同意的才停止使用。", Text.Cites(policy, rule));
        if (reason == "explosive_area" && RecordersOf(draft, activity).FirstOrDefault(static recorder => recorder.IsExplosionProof) is { } proof)
            return Refusal.ByRule("explosion_proof", $"执法记录仪 {proof.Id} 符合防爆规定，应当记录。", Text.Cites(policy, rule));
        if (reason == "person_requested" && Text.Missing(requester) is not null)
            return Refusal.Invalid("requester_missing", "请写明要求停止使用的人员。");
        if (paperId is not null && draft.Find<LinkedSource>(paperId)?.ActivityId != activityId)
            return Refusal.NotFound(LinkedSource.Kind, paperId);
        if (CheckTime(draft, activity, from, to) is { } wrong)
            return wrong;
        draft.Cite(policy, rule.Cites);
        draft.Reason = words;
        draft.Mention<Activity>(activityId);
        return draft.Put(new StopUse(draft.NewId(StopUse.Kind), activityId, reason, rule.Effect, words, Text.Cites(policy, rule), draft.Now, draft.Actor.Id) { Requester = requester, RequesterPaperId = paperId, From = from, To = to });
    }

    /// <summary>Says from when to when nothing was to be recorded. Once a work record rests on it, the time stands: what was reviewed explains no more than what the reviewer saw.</summary>
    public static Outcome<StopUse> SetTime(Draft draft, string stopUseId, DateTimeOffset from, DateTimeOffset? to, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<StopUse>(stopUseId) is not { } stop || draft.Find<Activity>(stop.ActivityId) is not { } activity)
            return Refusal.NotFound(StopUse.Kind, stopUseId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (draft.Find<WorkRecord>(stop.WorkRecordId) is { State: not WorkRecordState.Returned })
            return Refusal.Conflict("made", "已据此制作工作记录，停止使用的时间不得再改。请由审核人退回工作记录，或另行登记停止使用。");
        if (CheckTime(draft, activity, from, to) is { } wrong)
            return wrong;
        if (Text.PolicyOf(draft, activity.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.StopUse.Where(rule => rule.Reason == stop.Reason).SelectMany(static rule => rule.Cites));
        draft.Reason = reason;
        draft.Mention<Activity>(stop.ActivityId);
        return draft.Put(stop with { From = from, To = to });
    }

    /// <summary>Adds the requester's signed paper later.</summary>
    public static Outcome<StopUse> AddPaper(Draft draft, string stopUseId, string paperId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<StopUse>(stopUseId) is not { } stop)
            return Refusal.NotFound(StopUse.Kind, stopUseId);
        if (draft.Find<LinkedSource>(paperId) is not { Source: "text" } paper || paper.ActivityId != stop.ActivityId)
            return Refusal.NotFound(LinkedSource.Kind, paperId);
        draft.Mention<Activity>(stop.ActivityId);
        return draft.Put(stop with { RequesterPaperId = paperId });
    }

    /// <summary>Writes the work record with reason and basis; where the text asks for no approval it is filed at once.</summary>
    public static Outcome<WorkRecord> Write(Draft draft, string stopUseId, string reason, string basis)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<StopUse>(stopUseId) is not { } stop)
            return Refusal.NotFound(StopUse.Kind, stopUseId);
        if (Text.Missing(reason, basis) is { } missing)
            return missing;
        if (draft.Find<WorkRecord>(stop.WorkRecordId) is { State: not WorkRecordState.Returned })
            return Refusal.Conflict("made", "工作记录已制作。被退回后才能重新制作。");
        var policy = Text.PolicyOf(draft, draft.Find<Activity>(stop.ActivityId)?.UnitId);
        var rule = policy?.Rules.WorkRecord;
        if (rule is not null)
            draft.Cite(policy!, rule.Cites);
        var needsReview = rule?.Reviewer is not null;
        var record = draft.Put(new WorkRecord(draft.NewId(WorkRecord.Kind), stopUseId, stop.ActivityId, reason, basis, draft.Actor.Id, draft.Now) { AuthorOfficer = draft.Actor.OfficerId, State = needsReview ? WorkRecordState.InReview : WorkRecordState.Filed });
        draft.Put(stop with { WorkRecordId = record.Id });
        draft.Mention<Activity>(stop.ActivityId);
        return record;
    }

    /// <summary>Reviews: the rank that the text names; not the author.</summary>
    public static Outcome<WorkRecord> Review(Draft draft, string workRecordId, bool accepted, string opinion)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<WorkRecord>(workRecordId) is not { } record)
            return Refusal.NotFound(WorkRecord.Kind, workRecordId);
        if (Text.Missing(opinion) is { } missing)
            return missing;
        if (record.State != WorkRecordState.InReview)
            return Refusal.Conflict("not_in_review", "工作记录不在审核中。");
        var policy = Text.PolicyOf(draft, draft.Find<Activity>(record.ActivityId)?.UnitId);
        var rule = policy?.Rules.WorkRecord;
        if (rule?.Reviewer is { } rank && !draft.Actor.Has(rank))
            return Refusal.NotAllowed($"工作记录应由{RankName.Of(rank)}审核。请其登录后审核。", Text.Cites(policy, rule));
        if (draft.Actor.IsPerson(record.Author, record.AuthorOfficer))
            return Refusal.NotAllowed("不得审核本人制作的工作记录。请另一名领导审核。", Text.Cites(policy, rule is null ? [] : [rule]));
        if (rule is not null)
            draft.Cite(policy!, rule.Cites);
        draft.Reason = opinion;
        draft.Mention<Activity>(record.ActivityId);
        return draft.Put(record with { State = accepted ? WorkRecordState.Filed : WorkRecordState.Returned, Reviewer = draft.Actor.Id, Opinion = opinion });
    }

    private static Refusal? CheckTime(Draft draft, Activity activity, DateTimeOffset? from, DateTimeOffset? to)
    {
        if (to is not null && (from is null || to <= from))
            return Refusal.Invalid("order", "停止使用的结束时间须晚于开始时间。请更正时间。");
        // What a recorder says of its own clock is not measured by the gateway's.
        if (!draft.Actor.Is(Role.System) && (from > draft.Now || to > draft.Now))
            return Refusal.Invalid("future", "时间晚于现在。请更正时间。");
        return from < activity.Arrived?.At - TimeSpan.FromHours(24) ? Refusal.Invalid("far", "时间早于本次执法活动超过 24 小时。请核对日期。") : null;
    }

    private static IEnumerable<Recorder> RecordersOf(Draft draft, Activity activity) =>
        activity.DeviceActivities.Select(static name => name.Split('.')[0]).Distinct(StringComparer.Ordinal).Select(draft.Find<Recorder>).OfType<Recorder>();
}
