using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>Every act that a person can do, as an endpoint.</summary>
internal static class ActApi
{
    public static void Map(RouteGroupBuilder api, ICatalog catalog, ActivityLedger ledger)
    {
        People(api);
        Recorders(api, catalog);
        Activities(api, ledger);
        Recordings(api);
        Access(api);
        Supervision(api);
    }

    private static void People(RouteGroupBuilder api)
    {
        api.Act<Agency, Agency>("/agencies", "agency.register", "Registers or renames an agency.", PeopleDesk.RegisterAgency);
        api.Act<Unit, Unit>("/units", "unit.register", "Registers or changes a unit: head, archive staff, classifiers.", PeopleDesk.RegisterUnit);
        api.Act<Officer, Officer>("/officers", "officer.register", "Registers an officer.", PeopleDesk.RegisterOfficer);
        api.Act<TransferBody, Officer>("/officers/{id}/transfer", "officer.transfer", "Moves an officer, or lets him leave; recorders must be back.", static (draft, id, body) => PeopleDesk.TransferOfficer(draft, id, body.ToUnitId, body.Reason));
        api.Act<TrainingBody, Training>("/trainings", "training.record", "Enters a training.", static (draft, body) => PeopleDesk.RecordTraining(draft, body.UnitId, body.Title, body.HeldOn, body.OfficerIds));
    }

    private static void Recorders(RouteGroupBuilder api, ICatalog catalog)
    {
        api.Act<Recorder, Recorder>("/recorders", "recorder.register", "Registers a recorder or corrects its data.", RecorderDesk.Register);
        api.Act<HolderBody, Assignment>("/recorders/{id}/issue", "recorder.issue", "Issues a recorder to an officer of its unit.", (draft, id, body) => RecorderDesk.Issue(draft, id, body.OfficerId, Newest(catalog, id)));
        api.Act<Assignment>("/recorders/{id}/return", "recorder.return", "Takes a recorder back with its shift manifest.", (draft, id) => RecorderDesk.Return(draft, id, ManifestOf(draft, catalog, id)));
        api.Act<HolderBody, Assignment>("/recorders/{id}/reissue", "recorder.reissue", "Takes a recorder back and issues it to another officer.", (draft, id, body) => RecorderDesk.Reissue(draft, id, ManifestOf(draft, catalog, id), body.OfficerId, Newest(catalog, id)));
        api.Act<CloseBody, Assignment>("/recorders/{id}/close", "recorder.close_without", "Closes an assignment without a manifest: as lost or damaged, with a written account.", static (draft, id, body) => RecorderDesk.CloseWithout(draft, id, body.End, body.Account));
        api.Act<IncidentBody, Incident>("/recorders/{id}/incidents", "recorder.report", "Enters swap, repair, loss, damage and the like.", static (draft, id, body) => RecorderDesk.Report(draft, id, body.What, body.Account));
        api.Act<CheckBody, PreUseCheck>("/recorders/{id}/checks", "pre_use_check.enter", "Enters a pre-use check by hand, such as the spare battery.", static (draft, id, body) => RecorderDesk.Check(draft, id, draft.Now, body.Items));
    }

    private static void Activities(RouteGroupBuilder api, ActivityLedger ledger)
    {
        api.Act<OpenActivityBody, Activity>("/activities", "activity.open", "Opens an activity by hand.", static (draft, body) => ActivityDesk.Open(draft, body.UnitId, body.Description));
        api.Act<ActivityDescription, Activity>("/activities/{id}/describe", "activity.describe", "Describes an activity; its type is one of the articles.", static (draft, id, body) => ActivityDesk.Describe(draft, id, body));
        api.Act<JoinBody, Activity>("/activities/{id}/join", "activity.join", "Joins what several recorders report.", static (draft, id, body) => ActivityDesk.Join(draft, id, body.OtherId, body.Reason));
        api.Act<MoveBody, Activity>("/activities/{id}/move", "activity.move", "Moves arrival or leaving, with a reason, never past footage.", static (draft, id, body) => ActivityDesk.Move(draft, id, body.Arrival, body.At, body.Reason, FootageOf(draft, id)));
        api.Act<AtBody, Activity>("/activities/{id}/return", "activity.return", "Says when the officers came back to the unit.", static (draft, id, body) => ActivityDesk.ReturnToUnit(draft, id, body.At));
        api.Act<ExceptionBody, Activity>("/activities/{id}/exception", "activity.exception", "Declares an exception of the upload clock.", static (draft, id, body) => ActivityDesk.DeclareException(draft, id, body.When, body.Circumstance, body.Reason));
        api.Act<NoticeBody, Activity>("/activities/{id}/notice", "activity.notice", "Says whether notice was given.", static (draft, id, body) => ActivityDesk.GiveNotice(draft, id, body.Given, body.Reason));
        api.Act<MarkBody, Activity>("/activities/{id}/marks", "activity.mark", "Marks an opening, key shot or still.", static (draft, id, body) => ActivityDesk.Mark(draft, id, new Marker(body.Id, body.Recording, body.OffsetUs, body.Words, "")));
        api.Act<VisitBody, SiteVisit>("/activities/{id}/visits", "visit.enter", "Enters the visit of a site: arrival, and departure when it is known.", static (draft, id, body) => SiteVisitDesk.Enter(draft, id, body.Site, body.ArrivedAt, body.LeftAt, body.OfficerIds));
        api.Act<AtBody, SiteVisit>("/site-visits/{id}/leave", "visit.leave", "Enters the departure from a site.", static (draft, id, body) => SiteVisitDesk.Leave(draft, id, body.At));
        api.Act<CorrectVisitBody, SiteVisit>("/site-visits/{id}/correct", "visit.correct", "Corrects a visit with a reason; what it was before stays beside.", static (draft, id, body) => SiteVisitDesk.Correct(draft, id, body.Site, body.ArrivedAt, body.LeftAt, body.Reason));
        api.Act<ReasonBody, SiteVisit>("/site-visits/{id}/withdraw", "visit.withdraw", "Takes back a visit that was entered by mistake.", static (draft, id, body) => SiteVisitDesk.Withdraw(draft, id, body.Reason));
        api.Act<ConfirmBody, Interruption>("/interruptions/{id}/confirm", "interruption.confirm", "Confirms that the spoken note was heard.", (draft, id, body) => InterruptionDesk.ConfirmNote(draft, id, body.Words, ledger.IsSilent(draft, id), ledger.Seen(draft, id)));
        api.Act<DecideBody, Interruption>("/interruptions/{id}/decide", "interruption.decide", "Decides where the text has no list of reasons.", (draft, id, body) => InterruptionDesk.Decide(draft, id, body.Explained, body.Words, ledger.Seen(draft, id)));
        api.Act<ReportBody, Interruption>("/activities/{id}/cannot-resume", "interruption.report", "Reports at once that a recording cannot resume.", static (draft, id, body) => InterruptionDesk.Report(draft, id, body.RecorderId, body.Reason, body.FromUs, body.Words));
        api.Act<Interruption>("/interruptions/{id}/acknowledge", "interruption.acknowledge", "The head has seen the report.", InterruptionDesk.Acknowledge);
        api.Act<AccountBody, Interruption>("/interruptions/{id}/account", "interruption.account", "Hands in the written account.", static (draft, id, body) => InterruptionDesk.Account(draft, id, body.Account));
        api.Act<StopUseBody, StopUse>("/stop-uses", "stop_use.declare", "Declares a stop of use with its reason.", static (draft, body) => StopUseDesk.Declare(draft, body.ActivityId, body.Reason, body.Words, body.Requester ?? "", body.PaperId, body.HasConsent, body.From, body.To));
        api.Act<StopTimeBody, StopUse>("/stop-uses/{id}/time", "stop_use.time", "Says from when to when nothing was to be recorded, as long as no work record rests on it.", static (draft, id, body) => StopUseDesk.SetTime(draft, id, body.From, body.To, body.Reason));
        api.Act<PaperBody, StopUse>("/stop-uses/{id}/paper", "stop_use.paper", "Adds the requester's signed paper.", static (draft, id, body) => StopUseDesk.AddPaper(draft, id, body.PaperId));
        api.Act<WorkRecordBody, WorkRecord>("/work-records", "work_record.write", "Writes a work record.", static (draft, body) => StopUseDesk.Write(draft, body.StopUseId, body.Reason, body.Basis));
        api.Act<ReviewBody, WorkRecord>("/work-records/{id}/review", "work_record.review", "Reviews a work record.", static (draft, id, body) => StopUseDesk.Review(draft, id, body.Accepted, body.Opinion));
    }

    private static void Recordings(RouteGroupBuilder api)
    {
        api.Act<ClassifyBody, Recording>("/recordings/{id}/classify", "recording.classify", "Classifies a recording.", static (draft, id, body) => RecordingDesk.Classify(draft, id, body.Category, body.Title, body.Order, body.Place, body.Content));
        api.Act<AttestBody, Recording>("/recordings/{id}/attest", "recording.attest", "The officer answers for authenticity.", static (draft, id, body) => RecordingDesk.Attest(draft, id, body.Statement));
        api.Act<SecrecyBody, Recording>("/recordings/{id}/secrecy", "recording.secrecy", "Marks secrets; a state secret is quarantined.", static (draft, id, body) => RecordingDesk.MarkSecrecy(draft, id, body.Secrecy, body.Reason));
        api.Act<HandOverBody, Recording>("/recordings/{id}/hand-over", "recording.hand_over", "Hands a state secret over.", static (draft, id, body) => RecordingDesk.HandOver(draft, id, body.To, body.Reason));
        api.Act<CaseBody, Recording>("/recordings/{id}/case", "recording.add_to_case", "Makes a recording evidence of a case.", static (draft, id, body) => RecordingDesk.AddToCase(draft, id, body.CaseId));
        api.Act<OpenCaseBody, Case>("/cases", "case.open", "Opens a case.", static (draft, body) => CaseDesk.Open(draft, body.UnitId, body.Number, body.Title));
        api.Act<AtBody, Case>("/cases/{id}/close", "case.close", "Closes a case.", static (draft, id, body) => CaseDesk.Close(draft, id, body.At));
        api.Act<CompileBody, Case>("/cases/{id}/compile", "case.compile", "Puts the case file together.", static (draft, id, body) => CaseDesk.Compile(draft, id, body.KeptUntil, body.IsPermanent));
        api.Act<Case>("/cases/{id}/archive", "case.archive", "The archive room takes the case file.", CaseDesk.Archive);
        api.Act<HoldBody, Hold>("/holds", "hold.set", "Sets a hold.", static (draft, body) => RetentionDesk.SetHold(draft, body.ActivityId, body.RecordingId, body.Trigger, body.Reason));
        api.Act<ReasonBody, Hold>("/holds/{id}/lift", "hold.lift", "Lifts a hold.", static (draft, id, body) => RetentionDesk.LiftHold(draft, id, body.Reason));
        api.Act<Recording>("/recordings/{id}/review", "retention.review", "Opens the review of a recording whose time is over.", RetentionDesk.OpenReview);
        api.Act<ExtendBody, Recording>("/recordings/{id}/extend", "retention.extend", "Keeps a recording longer.", static (draft, id, body) => RetentionDesk.Extend(draft, id, body.Until, body.Reason));
        api.Act<ReasonBody, Recording>("/recordings/{id}/propose-purge", "retention.propose", "First person: proposes to purge.", static (draft, id, body) => RetentionDesk.Propose(draft, id, body.Reason));
        api.Act<Recording>("/recordings/{id}/approve-purge", "retention.approve", "Second person: approves.", RetentionDesk.Approve);
        api.Act<MediaBody, Media>("/media", "media.make", "Enters a disc or disk that was made.", static (draft, body) => MediaDesk.Make(draft, body.PackageId, body.RecordingIds, body.Medium, body.Number, body.Copy, body.Sha256, body.Title));
        api.Act<ReadBackBody, Media>("/media/{id}/read-back", "media.read_back", "It was read back.", static (draft, id, body) => MediaDesk.ReadBack(draft, id, body.Sha256));
        api.Act<ToBody, Media>("/media/{id}/hand-over", "media.hand_over", "It was handed over.", static (draft, id, body) => MediaDesk.HandOver(draft, id, body.To));
    }

    private static void Access(RouteGroupBuilder api)
    {
        api.Act<AccessBody, AccessRequest>("/access-requests", "access.request", "Asks for access.", static (draft, body) => AccessDesk.Request(draft, body.Kind, body.Requester, body.Organisation, body.Purpose, body.RecordingIds, body.Actions, body.SourceIds));
        api.Act<AccessDecisionBody, AccessRequest>("/access-requests/{id}/decide", "access.decide", "Approves or refuses.", static (draft, id, body) => AccessDesk.Decide(draft, id, body.Approved, body.Words, body.ExpiresAt));
        api.Act<ReasonBody, AccessRequest>("/access-requests/{id}/withdraw", "access.withdraw", "Takes a request or an approval back.", static (draft, id, body) => AccessDesk.Withdraw(draft, id, body.Reason));
        api.Act<OpenBody, RegisterEntry>("/recordings/{id}/open", "access.open", "Enters the register and opens a recording for ten minutes.", static (draft, id, body) => AccessDesk.Open(draft, id, body.Action, body.Purpose, body.RequestId));
        api.Act<OpenBody, RegisterEntry>("/linked-sources/{id}/open", "access.open_source", "Enters the register and opens a linked source for ten minutes.", static (draft, id, body) => AccessDesk.OpenSource(draft, id, body.Action, body.Purpose, body.RequestId));
    }

    private static void Supervision(RouteGroupBuilder api)
    {
        api.Act<CommitBody, SupervisionCheck>("/checks", "check.commit", "Commits seed and population of a check to the log.", static (draft, body) => SupervisionDesk.Commit(draft, body.What, body.UnitId, body.From, body.To, body.SampleCount));
        api.Act<SupervisionCheck>("/checks/{id}/draw", "check.draw", "Draws the sample.", SupervisionDesk.DrawSample);
        api.Act<FindingBody, SupervisionCheck>("/checks/{id}/findings", "check.find", "Enters a finding.", static (draft, id, body) => SupervisionDesk.Find(draft, id, body.RecordingId, body.Finding, body.IsFaulty));
        api.Act<ResultBody, SupervisionCheck>("/checks/{id}/close", "check.close", "Closes a check.", static (draft, id, body) => SupervisionDesk.Close(draft, id, body.Result));
        api.Act<CorrectionBody, Correction>("/corrections", "correction.order", "Orders a correction.", static (draft, body) => SupervisionDesk.Order(draft, body.UnitId, body.About, body.Words, body.DueOn));
        api.Act<DoneBody, Correction>("/corrections/{id}/done", "correction.done", "Says what was done.", static (draft, id, body) => SupervisionDesk.Done(draft, id, body.Done));
        api.Act<Correction>("/corrections/{id}/accept", "correction.accept", "Accepts what was done.", SupervisionDesk.Accept);
        api.Act<LeadBody, Lead>("/leads", "lead.raise", "Raises a lead.", static (draft, body) => SupervisionDesk.Raise(draft, body.Type, body.UnitId, body.About, body.Words));
        api.Act<LeadDecisionBody, Lead>("/leads/{id}/decide", "lead.decide", "Decides what becomes of a lead.", static (draft, id, body) => SupervisionDesk.DecideLead(draft, id, body.Referred, body.Words));
    }

    private static uint Newest(ICatalog catalog, string id) => catalog.Epochs().Where(row => row.Device.Text == id).Select(static row => row.Epoch).DefaultIfEmpty(0u).Max();

    // The manifest of this assignment: of an epoch not before it, the newest one.
    private static ShiftManifest? ManifestOf(BodyCam.Custody.Acts.Draft draft, ICatalog catalog, string id) =>
        DeviceId.TryParse(id, out var device) && RecorderDesk.OpenAssignment(draft, id) is { } assignment
            ? catalog.Manifests(device).Where(row => row.Epoch >= assignment.Epoch && IsAfter(catalog, row, assignment.IssuedAt)).Select(static row => new ShiftManifest($"{row.Device.Text}.{row.Epoch}.{row.Segment}", row.Epoch, row.Complete, row.Lacks)).LastOrDefault()
            : null;

    private static bool IsAfter(ICatalog catalog, ManifestRow row, DateTimeOffset issuedAt) =>
        catalog.Find(new SegmentKey(row.Device, row.Epoch, 0, row.Segment)) is { } segment && DateTimeOffset.UnixEpoch.AddTicks(segment.StoredAtUs * 10) >= issuedAt;

    private static (DateTimeOffset First, DateTimeOffset Last)? FootageOf(BodyCam.Custody.Acts.Draft draft, string activityId)
    {
        var recordings = draft.List<Recording>("activity", activityId).Where(static recording => recording.StartedAt is not null).ToList();
        return recordings.Count == 0 ? null : (recordings.Min(static recording => recording.StartedAt!.Value), recordings.Max(static recording => recording.EndedAt ?? recording.StartedAt!.Value));
    }
}
