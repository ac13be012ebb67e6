using BodyCam.Custody.Acts;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Recordings;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Retention;

/// <summary>Holds, expiry review and the two persons before a purge (J, K, O1). There is one way to <see cref="RecordingState.Purged"/>, and it is <see cref="Purge"/>.</summary>
public static class RetentionDesk
{
    // One keeps it as well as a hundred; each stands in the recording and in every act about it.
    private const int HoldsMax = 50;

    private static readonly HashSet<string> triggers = new(
        ["objection", "complaint_or_petition", "evade_refuse_obstruct_abuse", "coercive_measure", "mass_or_emergency", "major_sensitive", "evidence_in_case", "other"], StringComparer.Ordinal);

    /// <summary>Sets a hold on a recording or on all of an activity; an open review is void.</summary>
    public static Outcome<Hold> SetHold(Draft draft, string? activityId, string? recordingId, string trigger, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (!triggers.Contains(trigger))
            return Refusal.Invalid("trigger_unknown", $"长期保存的情形只能是 {string.Join("、", triggers)}。请更正。");
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (activityId is null == recordingId is null)
            return Refusal.Invalid("scope", "请指定一项执法活动或一条记录，二者择一。");
        string unitId;
        IReadOnlyList<Recording> recordings;
        if (activityId is not null)
        {
            if (draft.Find<Activity>(activityId) is not { } activity)
                return Refusal.NotFound(Activity.Kind, activityId);
            (unitId, recordings) = (activity.UnitId, draft.List<Recording>("activity", activityId));
        }
        else
        {
            if (draft.Find<Recording>(recordingId) is not { } recording)
                return Refusal.NotFound(Recording.Kind, recordingId!);
            if (recording.State == RecordingState.Purged)
                return Refusal.Conflict("purged", "影像已清除。清除凭证见保管链。");
            if (recording.HoldIds.Count >= HoldsMax)
                return Refusal.Conflict("holds_many", $"该记录已有 {HoldsMax} 项长期保存，无须再设。");
            (unitId, recordings) = (recording.UnitId, [recording]);
        }

        var policy = Text.PolicyOf(draft, unitId);
        var rules = policy?.Rules.Holds.Where(rule => rule.Trigger == trigger).ToList() ?? [];
        if (policy is not null)
            draft.Cite(policy, rules.SelectMany(static rule => rule.Cites));
        draft.Reason = reason;
        var hold = draft.Put(new Hold(draft.NewId(Hold.Kind), activityId, recordingId, trigger, reason, draft.Actor.Id, draft.Now, Text.Cites(policy, rules)));
        draft.Subject = Hold.Kind + "/" + hold.Id;
        foreach (var recording in recordings.Where(static recording => recording.State != RecordingState.Purged))
            draft.Put(Held(recording, [hold.Id]));
        return hold;
    }

    /// <summary>The recording under these holds as well; an open review is void.</summary>
    internal static Recording Held(Recording recording, IEnumerable<string> holdIds) => Unreviewed(recording) with { HoldIds = [.. recording.HoldIds.Union(holdIds, StringComparer.Ordinal)] };

    /// <summary>Lifts a hold: a leader in charge or above, with a reason.</summary>
    public static Outcome<Hold> LiftHold(Draft draft, string holdId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Hold>(holdId) is not { } hold)
            return Refusal.NotFound(Hold.Kind, holdId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (!hold.Stands)
            return Refusal.Conflict("lifted", "长期保存已解除。");
        if (!draft.Actor.Has(Rank.LeaderInCharge))
            return Refusal.NotAllowed("解除长期保存须由分管领导以上决定。请其登录后办理。", hold.Cites);
        var recordings = hold.ActivityId is { } activity ? draft.List<Recording>("activity", activity) : draft.Find<Recording>(hold.RecordingId) is { } one ? [one] : [];
        if (recordings.Any(recording => draft.Actor.IsOfficer(recording.HolderId)))
            return Refusal.NotAllowed("不得解除对本人所录影像的长期保存。请另一名领导办理。", hold.Cites);
        draft.Reason = reason;
        draft.Subject = Hold.Kind + "/" + holdId;
        foreach (var recording in recordings.Where(recording => recording.HoldIds.Contains(holdId, StringComparer.Ordinal)))
            draft.Put(recording with { HoldIds = [.. recording.HoldIds.Where(id => id != holdId)] });
        return draft.Put(hold with { LiftedBy = draft.Actor.Id, LiftReason = reason });
    }

    /// <summary>Opens the review of a recording whose time is over; expiry does nothing else.</summary>
    public static Outcome<Recording> OpenReview(Draft draft, string recordingId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (recording.State == RecordingState.ExpiryReview)
            return recording;
        if (recording.State != RecordingState.Classified)
            return Refusal.Conflict("not_classified", $"记录处于 {recording.State}，未经分类整理的影像不得到期审查。请先分类整理。");
        if (NotOver(draft, recording) is { } refusal)
            return refusal;
        var kept = KeptUntil.Of(draft, recording);
        CitePurge(draft, recording);
        return draft.Put(recording with { State = RecordingState.ExpiryReview, Review = new ExpiryReview(draft.Now, kept.Reasons[^1]) });
    }

    /// <summary>Keeps it longer: the review ends.</summary>
    public static Outcome<Recording> Extend(Draft draft, string recordingId, DateTimeOffset until, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (recording.State == RecordingState.Purged)
            return Refusal.Conflict("purged", "影像已清除。清除凭证见保管链。");
        if (recording.StoredAt is null)
            return Refusal.Conflict("not_stored", "尚未全部存储，保存期限还没有起算。请等待上传完成。");
        if (until <= draft.Now || until <= recording.KeepUntil)
            return Refusal.Invalid("shorter", "延长后的日期须晚于现在和原期限。请更正。");
        draft.Reason = reason;
        CitePurge(draft, recording);
        return draft.Put(Unreviewed(recording) with { KeepUntil = until });
    }

    /// <summary>First person: reviewed it and proposes to purge.</summary>
    public static Outcome<Recording> Propose(Draft draft, string recordingId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if ((Text.Missing(reason) ?? Text.Long(2000, reason)) is { } missing)
            return missing;
        if (Reviewable(draft, recording, out var review) is { } refusal)
            return refusal;
        if (NotImpartial(draft, recording) is { } partial)
            return partial;
        draft.Reason = reason;
        CitePurge(draft, recording);
        return draft.Put(recording with { Review = review with { Reviewer = draft.Actor.Id, ReviewerOfficer = draft.Actor.OfficerId, Reason = reason, Approver = null, ApproverOfficer = null } });
    }

    /// <summary>Second person, another one and of rank: approves.</summary>
    public static Outcome<Recording> Approve(Draft draft, string recordingId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Reviewable(draft, recording, out var review) is { } refusal)
            return refusal;
        if (review.Reviewer is null)
            return Refusal.Conflict("not_reviewed", "尚无审查意见。请先由管理人员审查并提出清除意见。");
        if (draft.Actor.IsPerson(review.Reviewer, review.ReviewerOfficer))
            return Refusal.NotAllowed("审查人不得同时批准。请另一名负责人批准。");
        if (!draft.Actor.Has(Rank.UnitHead))
            return Refusal.NotAllowed("清除须由部门负责人以上批准。请其登录后批准。");
        if (NotImpartial(draft, recording) is { } partial)
            return partial;
        CitePurge(draft, recording);
        return draft.Put(recording with { Review = review with { Approver = draft.Actor.Id, ApproverOfficer = draft.Actor.OfficerId } });
    }

    /// <summary>The decision is final: everything is looked at once more, then the recording is purged. The bytes follow by certificate.</summary>
    public static Outcome<Recording> Purge(Draft draft, string recordingId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Reviewable(draft, recording, out var review) is { } refusal)
            return refusal;
        if (review.Reviewer is null || review.Approver is null || string.Equals(review.Reviewer, review.Approver, StringComparison.OrdinalIgnoreCase) || (review.ReviewerOfficer is not null && review.ReviewerOfficer == review.ApproverOfficer))
            return Refusal.Conflict("not_approved", "清除须经两人：一人审查，另一人批准。请完成批准。");
        draft.Reason = review.Reason;
        CitePurge(draft, recording);
        return draft.Put(recording with { State = RecordingState.Purged });
    }

    /// <summary>The certificate stands in the log and the bytes are gone.</summary>
    public static Outcome<Recording> Certify(Draft draft, string recordingId, long certificateSequence)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.Find<Recording>(recordingId) is { State: RecordingState.Purged } recording
            ? draft.Put(recording with { CertificateSequence = certificateSequence })
            : Refusal.Conflict("not_purged", "该记录没有清除决定。");
    }

    // A review that was open is void when the ground it stood on has changed.
    private static Recording Unreviewed(Recording recording) =>
        recording.State == RecordingState.ExpiryReview ? recording with { State = RecordingDesk.Before(recording), Review = null } : recording with { Review = null };

    private static Refusal? Reviewable(Draft draft, Recording recording, out ExpiryReview review)
    {
        review = recording.Review!;
        if (recording.State == RecordingState.Purged)
            return Refusal.Conflict("purged", "影像已清除。清除凭证见保管链。");
        if (recording.State != RecordingState.ExpiryReview || recording.Review is null)
            return Refusal.Conflict("no_review", "没有进行中的到期审查。到期后先开启审查。");
        if (recording is { IsQuarantined: true, HandedOverTo: null })
            return Refusal.ByRule("not_handed_over", "涉及国家秘密的影像须先移交保密部门，不得径行清除。请先办理移交。", Text.Cites(Text.PolicyOf(draft, recording.UnitId), Text.PolicyOf(draft, recording.UnitId)?.Rules.SecrecyKinds ?? []));
        return NotOver(draft, recording);
    }

    // Two persons, each known by name in the register of officers, neither of whom decides about what he recorded himself.
    private static Refusal? NotImpartial(Draft draft, Recording recording) =>
        draft.Actor.OfficerId is null ? Refusal.NotAllowed("清除须由登记在册的人员审查、批准，以免一人用两个账户办理。请系统管理员将账户与人员对应。")
        : draft.Actor.IsOfficer(recording.HolderId) ? Refusal.NotAllowed("不得审查、批准清除本人所录影像。请另一名人员办理。")
        : null;

    private static Refusal? NotOver(Draft draft, Recording recording)
    {
        var kept = KeptUntil.Of(draft, recording);
        if (draft.IsClockHeld)
            return Refusal.Conflict("clock_stepped", "网关时钟发生跳变，尚未经人确认，不得到期或清除。请核对时间并确认。");
        return kept.IsOver(draft.Now) ? null : new Refusal(RefusalKind.Rule, "kept", $"不得清除：{string.Join("；", kept.Reasons)}。请在以上各项都期满或解除后再办理。", kept.Cites);
    }

    private static void CitePurge(Draft draft, Recording recording)
    {
        if (Text.PolicyOf(draft, recording.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.Retention.Cites);
    }
}
