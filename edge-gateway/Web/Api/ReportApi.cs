using System.Text.Json;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>Figures (A10, A12), retention in words, and what is missing in a unit.</summary>
internal static class ReportApi
{
    public static void Map(RouteGroupBuilder api, TaskList tasks, ActivityLedger ledger)
    {
        api.MapGet("/activities/{id}/continuity", (string id, HttpContext http, Office office) =>
            {
                var actor = SignedIn.ActorOf(http);
                var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now);
                if (!Scope.HandlesFootage(actor))
                    return Problems.Of(Refusal.NotAllowed("您的职责不包含查看此执法活动。请由本单位或有此职责的人员查看。"));
                if (draft.Find<Activity>(id) is not { } activity || !Scope.Sees(draft, activity.UnitId))
                    return Problems.Of(Refusal.NotFound(Activity.Kind, id));
                return ledger.Of(draft, activity) is { } report ? (IResult)TypedResults.Ok(report) : Problems.Of(Refusal.Conflict("no_segments", "还没有收到本次执法活动的分段，或单位没有有效的制度配置。请等待上传。"));
            }).WithName("activity.continuity").WithSummary("The continuity ledger: what every second between arrival and leaving is.").Produces<BodyCam.Rules.Continuity.ContinuityReport>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

        api.MapGet("/units/{id}/tasks", (string id, HttpContext http, Office office) =>
            {
                var actor = SignedIn.ActorOf(http);
                var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now, office.IsClockHeld());
                if (!Scope.HandlesFootage(actor) || !Scope.Sees(draft, id))
                    return Problems.Of(Refusal.NotAllowed("您的职责不包含查看此单位的数据。请由本单位或有此职责的人员查看。"));
                return draft.Find<Unit>(id) is null ? (IResult)Problems.Of(Refusal.NotFound(Unit.Kind, id)) : TypedResults.Ok(tasks.Of(draft, id));
            }).WithName("unit.tasks").WithSummary("What is to be done, with its clock and article; the most urgent first.").Produces<IEnumerable<CustodyTask>>().ProducesProblem(403).ProducesProblem(404);

        api.MapGet("/units/{id}/figures", (string id, DateOnly? from, DateOnly? to, HttpContext http, Office office) =>
            {
                var actor = SignedIn.ActorOf(http);
                var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now);
                if (!Scope.HandlesFootage(actor) || !Scope.Sees(draft, id))
                    return Problems.Of(Refusal.NotAllowed("您的职责不包含查看此单位的数据。请由本单位或有此职责的人员查看。"));
                if (draft.Find<Unit>(id) is not { } unit)
                    return Problems.Of(Refusal.NotFound(Unit.Kind, id));
                return (IResult)TypedResults.Ok(Figures.Of(draft, unit, from ?? Text.Day(office.Now).AddMonths(-1), to ?? Text.Day(office.Now)));
            }).WithName("unit.figures").WithSummary("出勤必带、执法必用、资料必存; stock and ratio; what is missing.").Produces<Figures>().ProducesProblem(403).ProducesProblem(404);

        api.MapGet("/recordings/{id}/retention", (string id, HttpContext http, Office office) =>
            {
                var actor = SignedIn.ActorOf(http);
                var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now);
                if (!Scope.HandlesFootage(actor))
                    return Problems.Of(Refusal.NotAllowed("您的职责不包含查看此记录。请由本单位或有此职责的人员查看。"));
                return draft.Find<Recording>(id) is { } recording && Scope.Sees(draft, (object)recording) ? (IResult)TypedResults.Ok(KeptUntil.Of(draft, recording)) : Problems.Of(Refusal.NotFound(Recording.Kind, id));
            }).WithName("recording.retention").WithSummary("How long a recording is kept, in words, with articles.").Produces<KeptUntil>().ProducesProblem(403).ProducesProblem(404);
    }
}

/// <summary>The three figures and the stock of a unit (A10, A12).</summary>
/// <param name="UnitId">Unit.</param>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
/// <param name="Activities">Activities begun.</param>
/// <param name="WithRecorder">Of these, at which a recorder was carried (出勤必带).</param>
/// <param name="Recorded">Of these, recorded or lawfully not recorded (执法必用).</param>
/// <param name="Stored">Of those recorded, with every recording stored (资料必存).</param>
/// <param name="Recorders">Recorders by state.</param>
/// <param name="Officers">Active officers.</param>
/// <param name="StockAsked">Recorders that the text names; null when it names none.</param>
/// <param name="Missing">What the text asks for and is not there.</param>
public sealed record Figures(
    string UnitId, DateOnly From, DateOnly To, int Activities, int WithRecorder, int Recorded, int Stored, IReadOnlyDictionary<string, int> Recorders, int Officers, int? StockAsked, IReadOnlyList<string> Missing)
{
    /// <summary>Counts.</summary>
    public static Figures Of(Draft draft, Unit unit, DateOnly from, DateOnly to)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(unit);
        var activities = draft.List<Activity>("unit", unit.Id).Where(activity => activity.Arrived is { } arrived && Text.Day(arrived.At) >= from && Text.Day(arrived.At) <= to).ToList();
        var recordings = activities.ToDictionary(static activity => activity.Id, activity => draft.List<Recording>("activity", activity.Id), StringComparer.Ordinal);
        var recorders = draft.List<Recorder>("unit", unit.Id);
        var policy = Text.PolicyOf(draft, unit.Id);
        var asked = policy?.Rules.Duties.FirstOrDefault(static duty => duty.Id == "stock_ratio")?.Figure;
        var inUse = recorders.Count(static recorder => recorder.State is RecorderState.InStock or RecorderState.Issued);
        List<string> missing = [];
        if (unit.HeadOfficerId is null && Asks("responsible_head"))
            missing.Add("未指定第一责任人");
        if (Asks("custodian") && recorders.Any(static recorder => recorder.State != RecorderState.Retired && recorder.CustodianId is null))
            missing.Add("有执法记录仪未指定专人管理");
        if (Asks("archive_staff") && unit.ArchiveStaffIds.Count == 0)
            missing.Add("未指定档案人员");
        if (asked > inUse)
            missing.Add($"制度载明 {asked} 台，现可用 {inUse} 台");
        return new Figures(
            unit.Id, from, to, activities.Count, activities.Count(static activity => activity.DeviceActivities.Count > 0),
            activities.Count(activity => recordings[activity.Id].Count > 0 || draft.List<StopUse>("activity", activity.Id).Count > 0),
            activities.Count(activity => recordings[activity.Id] is { Count: > 0 } all && all.All(static recording => recording.StoredAt is not null && recording.State != RecordingState.Rejected)),
            recorders.GroupBy(static recorder => JsonNamingPolicy.CamelCase.ConvertName(recorder.State.ToString()), StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal),
            draft.List<Officer>("unit", unit.Id).Count(static officer => officer.IsActive), asked, missing);

        bool Asks(string duty) => policy?.Rules.Duties.Any(rule => rule.Id == duty) == true;
    }
}
