using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Activities;

/// <summary>Visits of sites within an activity (004·12(四)(五)): entered once, corrected only with a reason that stays beside.</summary>
public static class SiteVisitDesk
{
    // A wrong day is a slip of the pen, and would stretch the activity's interval by as much.
    private static readonly TimeSpan reach = TimeSpan.FromHours(24);

    /// <summary>Enters an arrival, and the departure when it is known already.</summary>
    public static Outcome<SiteVisit> Enter(Draft draft, string activityId, string site, DateTimeOffset arrivedAt, DateTimeOffset? leftAt, IReadOnlyList<string>? officerIds = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (officerIds?.FirstOrDefault(id => draft.Find<Officer>(id) is null) is { } unknown)
            return Refusal.NotFound(Officer.Kind, unknown);
        if (Text.Missing(site) is { } missing)
            return missing;
        var visit = new SiteVisit("", activityId, site.Trim(), arrivedAt, draft.Actor.Id, draft.Now) { LeftAt = leftAt, LeftBy = leftAt is null ? null : draft.Actor.Id, OfficerIds = officerIds is { Count: > 0 } ? officerIds : activity.OfficerIds };
        return Check(draft, activity, visit) is { } refusal ? refusal : Put(draft, activity, visit with { Id = draft.NewId(SiteVisit.Kind) });
    }

    /// <summary>Enters the departure; once only, afterwards it is corrected.</summary>
    public static Outcome<SiteVisit> Leave(Draft draft, string visitId, DateTimeOffset leftAt)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, visitId, out var activity) is not { } visit)
            return Refusal.NotFound(SiteVisit.Kind, visitId);
        if (visit.LeftAt is not null || visit.IsWithdrawn)
            return Refusal.Conflict("left", "离开时间已登记，或登记已撤回。需要变更的，请说明理由予以更正。");
        var left = visit with { LeftAt = leftAt, LeftBy = draft.Actor.Id };
        return Check(draft, activity!, left) is { } refusal ? refusal : Put(draft, activity!, left);
    }

    /// <summary>Corrects site, arrival or departure; needs a reason, and what it was before stays in the visit.</summary>
    public static Outcome<SiteVisit> Correct(Draft draft, string visitId, string site, DateTimeOffset arrivedAt, DateTimeOffset? leftAt, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, visitId, out var activity) is not { } visit)
            return Refusal.NotFound(SiteVisit.Kind, visitId);
        if (Text.Missing(site, reason) is { } missing)
            return missing;
        if (visit.IsWithdrawn)
            return Refusal.Conflict("withdrawn", "登记已撤回。请重新登记。");
        if (visit.LeftAt is not null && leftAt is null)
            return Refusal.Invalid("order", "已登记的离开时间不得删去。请写明正确的离开时间。");
        if ((site.Trim(), arrivedAt, leftAt) == (visit.Site, visit.ArrivedAt, visit.LeftAt))
            return Refusal.Conflict("same", "与现有登记相同，没有需要更正的内容。");
        var corrected = Amended(draft, visit, reason) with { Site = site.Trim(), ArrivedAt = arrivedAt, LeftAt = leftAt, LeftBy = leftAt == visit.LeftAt ? visit.LeftBy : draft.Actor.Id };
        return Check(draft, activity!, corrected) is { } refusal ? refusal : Put(draft, activity!, corrected);
    }

    /// <summary>Takes back a visit that was entered by mistake; it stays on record with the reason.</summary>
    public static Outcome<SiteVisit> Withdraw(Draft draft, string visitId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, visitId, out var activity) is not { } visit)
            return Refusal.NotFound(SiteVisit.Kind, visitId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (visit.IsWithdrawn)
            return Refusal.Conflict("withdrawn", "登记已撤回。");
        return Put(draft, activity!, Amended(draft, visit, reason) with { IsWithdrawn = true });
    }

    private static SiteVisit Amended(Draft draft, SiteVisit visit, string reason)
    {
        draft.Reason = reason;
        return visit with { Corrections = [.. visit.Corrections, new VisitCorrection(visit.Site, visit.ArrivedAt, visit.LeftAt, draft.Actor.Id, draft.Now, reason)] };
    }

    private static SiteVisit? Find(Draft draft, string id, out Activity? activity)
    {
        var visit = draft.Find<SiteVisit>(id);
        activity = draft.Find<Activity>(visit?.ActivityId);
        return activity is null ? null : visit;
    }

    private static Refusal? Check(Draft draft, Activity activity, SiteVisit visit)
    {
        if (visit.LeftAt <= visit.ArrivedAt)
            return Refusal.Invalid("order", "离开时间须晚于到达时间。请更正时间。");
        if (visit.ArrivedAt > draft.Now || visit.LeftAt > draft.Now)
            return Refusal.Invalid("future", "时间晚于现在。请更正时间。");
        if (visit.ArrivedAt < activity.Arrived?.At - reach || (visit.LeftAt ?? visit.ArrivedAt) > activity.Left?.At + reach)
            return Refusal.Invalid("far", $"时间与本次执法活动相距超过 {reach.TotalHours:F0} 小时。请核对日期。");
        return draft.List<SiteVisit>("activity", activity.Id).FirstOrDefault(other => other.Id != visit.Id && !other.IsWithdrawn && Overlap(visit, other)) is { } other
            ? Refusal.Conflict("overlap", $"与 “{other.Site}”（{other.Id}）的时间重叠。请先登记或更正其离开时间；两处同时进行的，请登记为两项执法活动。")
            : null;
    }

    private static bool Overlap(SiteVisit one, SiteVisit other) => one.ArrivedAt < (other.LeftAt ?? DateTimeOffset.MaxValue) && other.ArrivedAt < (one.LeftAt ?? DateTimeOffset.MaxValue);

    private static SiteVisit Put(Draft draft, Activity activity, SiteVisit visit)
    {
        if (Text.PolicyOf(draft, activity.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.Continuity.Cites);
        draft.Subject = SiteVisit.Kind + "/" + visit.Id;
        draft.Mention<Activity>(activity.Id);
        return draft.Put(visit);
    }
}
