using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Web.Api;

#pragma warning disable CS1591 // the names are those of the deeds' parameters, which are documented there

public sealed record ReasonBody(string Reason);

public sealed record WordsBody(string Words);

public sealed record TransferBody(string Reason, string? ToUnitId = null);

public sealed record TrainingBody(string UnitId, string Title, DateOnly HeldOn, IReadOnlyList<string> OfficerIds);

public sealed record HolderBody(string OfficerId);

public sealed record CloseBody(AssignmentEnd End, string Account);

public sealed record IncidentBody(IncidentKind What, string Account);

public sealed record CheckBody(IReadOnlyList<CheckItem> Items);

public sealed record OpenActivityBody(string UnitId, ActivityDescription Description);

public sealed record JoinBody(string OtherId, string Reason);

public sealed record MoveBody(bool Arrival, DateTimeOffset At, string Reason);

public sealed record AtBody(DateTimeOffset At);

public sealed record ExceptionBody(UploadCase When, string Circumstance, string Reason);

public sealed record NoticeBody(bool Given, string Reason);

public sealed record MarkBody(string Id, string Words = "", string? Recording = null, long? OffsetUs = null);

public sealed record VisitBody(string Site, DateTimeOffset ArrivedAt, DateTimeOffset? LeftAt = null, IReadOnlyList<string>? OfficerIds = null);

public sealed record CorrectVisitBody(string Site, DateTimeOffset ArrivedAt, string Reason, DateTimeOffset? LeftAt = null);

public sealed record ConfirmBody(string Words);

public sealed record DecideBody(bool Explained, string Words);

public sealed record ReportBody(string RecorderId, string Reason, long FromUs, string Words);

public sealed record AccountBody(string Account);

public sealed record StopUseBody(string ActivityId, string Reason, string Words, string? Requester = null, string? PaperId = null, bool HasConsent = false, DateTimeOffset? From = null, DateTimeOffset? To = null);

public sealed record StopTimeBody(DateTimeOffset From, string Reason, DateTimeOffset? To = null);

public sealed record PaperBody(string PaperId);

public sealed record WorkRecordBody(string StopUseId, string Reason, string Basis);

public sealed record ReviewBody(bool Accepted, string Opinion);

public sealed record ClassifyBody(string Category, string Title, int Order, string Place, string Content);

public sealed record AttestBody(string Statement);

public sealed record SecrecyBody(Secrecy Secrecy, string Reason);

public sealed record HandOverBody(string To, string Reason);

public sealed record CaseBody(string CaseId);

public sealed record OpenCaseBody(string UnitId, string Number, string Title);

public sealed record CompileBody(DateTimeOffset? KeptUntil = null, bool IsPermanent = false);

public sealed record HoldBody(string Trigger, string Reason, string? ActivityId = null, string? RecordingId = null);

public sealed record ExtendBody(DateTimeOffset Until, string Reason);

public sealed record AccessBody(AccessKind Kind, string Requester, string Organisation, string Purpose, IReadOnlyList<string> RecordingIds, IReadOnlyList<AccessAction> Actions, IReadOnlyList<string>? SourceIds = null);

public sealed record AccessDecisionBody(bool Approved, string Words, DateTimeOffset? ExpiresAt = null);

public sealed record OpenBody(AccessAction Action, string Purpose, string? RequestId = null);

public sealed record CommitBody(CheckKind What, string UnitId, DateOnly From, DateOnly To, int SampleCount);

public sealed record FindingBody(string RecordingId, string Finding, bool IsFaulty);

public sealed record ResultBody(string Result);

public sealed record CorrectionBody(string UnitId, string About, string Words, DateOnly DueOn);

public sealed record DoneBody(string Done);

public sealed record LeadBody(string Type, string UnitId, string About, string Words);

public sealed record LeadDecisionBody(bool Referred, string Words);

public sealed record MediaBody(string PackageId, IReadOnlyList<string> RecordingIds, string Medium, string Number, int Copy, string Sha256, string Title);

public sealed record ReadBackBody(string Sha256);

public sealed record ToBody(string To);
