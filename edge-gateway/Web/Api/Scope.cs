using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Web.Api;

/// <summary>Whose things a person sees and touches: his unit's, unless his work or rank goes beyond it (002·17: 分级授权).</summary>
internal static class Scope
{
    /// <summary>True when a person may see a thing of a unit.</summary>
    public static bool Sees(Actor actor, string? unitId) => IsWide(actor) || unitId is null || unitId.Length == 0 || unitId == actor.UnitId;

    /// <summary>True for those whose work is the whole agency's.</summary>
    public static bool IsWide(Actor actor) => actor.Has(Rank.LeaderInCharge) || actor.IsAny(Role.Legal, Role.Archivist, Role.Auditor, Role.System);

    /// <summary>True for those who have to do with footage at all; administrators and technicians have not.</summary>
    public static bool HandlesFootage(Actor actor) => actor.Rank != Rank.None || actor.IsAny(Role.Officer, Role.Custodian, Role.Collector, Role.Archivist, Role.Legal, Role.Auditor);

    /// <summary>Does the deed, and takes it back when it changed a thing of a unit that is not the person's.</summary>
    public static Outcome<T> Guard<T>(Draft draft, Func<Draft, Outcome<T>> deed)
        where T : class
    {
        var outcome = deed(draft);
        // A request crosses units, and so does what was approved; a transfer ends in another unit, its deed looks at where it began.
        if (outcome.Value is BodyCam.Custody.Access.AccessRequest or BodyCam.Custody.Access.RegisterEntry { RequestId: not null } or Officer)
            return outcome;
        if (!outcome.IsDone || IsWide(draft.Actor) || draft.Actor.IsAny(Role.Administrator, Role.Technician) || UnitOf(draft, outcome.Value) is not { Length: > 0 } unit || unit == draft.Actor.UnitId)
            return outcome;
        return Refusal.NotAllowed("这不属于您的单位。请由该单位人员办理。");
    }

    /// <summary>Unit of a thing; null when it has none.</summary>
    public static string? UnitOf(Draft draft, object thing) => thing switch
    {
        Officer officer => officer.UnitId,
        Training training => training.UnitId,
        Recorder recorder => recorder.UnitId,
        Assignment assignment => assignment.UnitId,
        Incident incident => draft.Find<Recorder>(incident.RecorderId)?.UnitId,
        PreUseCheck check => draft.Find<Recorder>(check.RecorderId)?.UnitId,
        Activity activity => activity.UnitId,
        Interruption interruption => draft.Find<Activity>(interruption.ActivityId)?.UnitId,
        SiteVisit visit => draft.Find<Activity>(visit.ActivityId)?.UnitId,
        LinkedSource source => draft.Find<Activity>(source.ActivityId)?.UnitId,
        BodyCam.Custody.StopUses.StopUse stop => draft.Find<Activity>(stop.ActivityId)?.UnitId,
        BodyCam.Custody.StopUses.WorkRecord record => draft.Find<Activity>(record.ActivityId)?.UnitId,
        Recording recording => recording.UnitId,
        BodyCam.Custody.Retention.Hold hold => draft.Find<Activity>(hold.ActivityId)?.UnitId ?? draft.Find<Recording>(hold.RecordingId)?.UnitId,
        Case file => file.UnitId,
        SupervisionCheck check => check.UnitId,
        BodyCam.Custody.Supervision.Correction correction => correction.UnitId,
        Lead lead => lead.UnitId,
        BodyCam.Custody.Access.RegisterEntry entry => UnitOf(draft, entry.RecordingId, entry.SourceId),
        BodyCam.Custody.Access.EvidencePackage package => draft.Find<Recording>(package.RecordingIds[0])?.UnitId,
        BodyCam.Custody.Access.AccessRequest request => UnitOf(draft, request.RecordingIds.Count > 0 ? request.RecordingIds[0] : null, request.SourceIds.Count > 0 ? request.SourceIds[0] : null),
        _ => null,
    };

    private static string? UnitOf(Draft draft, string? recordingId, string? sourceId) =>
        draft.Find<Recording>(recordingId)?.UnitId ?? (draft.Find<LinkedSource>(sourceId) is { } source ? draft.Find<Activity>(source.ActivityId)?.UnitId : null);
}
