using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Web.Api;

/// <summary>Whose things a person sees and touches: his unit's, unless his work or rank goes beyond it (002·17: 分级授权).</summary>
internal static class Scope
{
    /// <summary>True when the draft's actor may see what belongs to a unit: his own, or any of his agency when his work is the agency's. What belongs to no unit yet is for these and the custodians.</summary>
    public static bool Sees(Draft draft, string? unitId) => unitId switch
    {
        null => true,
        "" => IsWide(draft.Actor) || draft.Actor.Is(Role.Custodian),
        _ => unitId == draft.Actor.UnitId || (IsWide(draft.Actor) && Reach.IsOwnAgency(draft, unitId)),
    };

    /// <summary>True when the draft's actor may see a thing: by its units, or because it is his own doing.</summary>
    public static bool Sees(Draft draft, object thing) => thing switch
    {
        Recording recording when draft.Actor.IsOfficer(recording.HolderId) => true,
        AccessRequest request => draft.Actor.IsPerson(request.RequestedBy, request.RequestedByOfficer) || (AllSeen(draft, request.RecordingIds) && request.SourceIds.All(id => draft.Find<LinkedSource>(id) is not { } source || Sees(draft, (object)source))),
        EvidencePackage package => draft.Actor.Id == package.MadeBy || AllSeen(draft, package.RecordingIds),
        Media media => AllSeen(draft, media.RecordingIds),
        _ => Sees(draft, UnitOf(draft, thing)),
    };

    /// <summary>True for those whose work is the whole agency's.</summary>
    public static bool IsWide(Actor actor) => actor.Has(Rank.LeaderInCharge) || actor.IsAny(Role.Legal, Role.Archivist, Role.Auditor, Role.System);

    /// <summary>True for those who have to do with footage at all; administrators and technicians have not.</summary>
    public static bool HandlesFootage(Actor actor) => actor.Rank != Rank.None || actor.IsAny(Role.Officer, Role.Custodian, Role.Collector, Role.Archivist, Role.Legal, Role.Auditor);

    /// <summary>Does the deed, and takes it back when it touched what the person may not see. What he may not see answers like what is not there, whatever its state.</summary>
    public static Outcome<T> Guard<T>(Draft draft, Func<Draft, Outcome<T>> deed)
        where T : class
    {
        var outcome = deed(draft);
        if (draft.Actor.Is(Role.System) || IsByOffice(draft))
            return outcome;
        if (!outcome.IsDone)
            return draft.First is null || SeesFirst(draft) ? outcome : Hidden(draft);
        // These cross units; their desks look at the agency, the keeper and the unit themselves.
        return outcome.Value is AccessRequest or RegisterEntry { RequestId: not null } or EvidencePackage or Officer || Sees(draft, outcome.Value) ? outcome : Hidden(draft);
    }

    // Administrators and technicians work for every unit, in what is theirs by the table and in nothing else.
    private static bool IsByOffice(Draft draft) => Permissions.All.TryGetValue(draft.Name, out var permission) && permission.Roles.Any(role => role is Role.Administrator or Role.Technician && draft.Actor.Is(role));

    // Who asked for a thing knows of it.
    private static bool SeesFirst(Draft draft) => draft.First switch
    {
        Unit unit => Sees(draft, unit.Id),
        Recording recording => Sees(draft, (object)recording) || HasAsked(draft, "recording", recording.Id),
        LinkedSource source => Sees(draft, (object)source) || HasAsked(draft, "source", source.Id),
        _ => Sees(draft, draft.First!),
    };

    private static bool HasAsked(Draft draft, string kind, string id) => draft.List<AccessRequest>(kind, id).Any(request => draft.Actor.IsPerson(request.RequestedBy, request.RequestedByOfficer));

    private static Refusal Hidden(Draft draft) => draft.First is null or Unit ? Refusal.NotAllowed("这不属于您的单位。请由该单位人员办理。") : Refusal.NotFound(draft.FirstKind, draft.FirstId);

    private static bool AllSeen(Draft draft, IEnumerable<string> recordingIds) => recordingIds.All(id => draft.Find<Recording>(id) is not { } recording || Sees(draft, (object)recording));

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
        Hold hold => draft.Find<Activity>(hold.ActivityId)?.UnitId ?? draft.Find<Recording>(hold.RecordingId)?.UnitId,
        Case file => file.UnitId,
        SupervisionCheck check => check.UnitId,
        BodyCam.Custody.Supervision.Correction correction => correction.UnitId,
        Lead lead => lead.UnitId,
        RegisterEntry entry => draft.Find<Recording>(entry.RecordingId)?.UnitId ?? (draft.Find<LinkedSource>(entry.SourceId) is { } source ? UnitOf(draft, source) : null),
        _ => null,
    };
}
