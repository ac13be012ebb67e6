using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Store;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.Packaging;
using BodyCam.Rules.Policies;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>Evidence packages: made under entries of the register, filled from the data, given to who made them.</summary>
internal static class PackageApi
{
    private const int ReadsMax = 8;

    /// <summary>What is asked for; what the data has is filled in.</summary>
    public sealed record PackageBody(IReadOnlyList<string> RecordingIds, string Title, string Number, string Purpose, string RequestId, string Proves = "", string Explanation = "", string? Extractor = null);

    public static void Map(RouteGroupBuilder api, string dataFolder, GatewayKey key)
    {
        api.MapPost("/packages", async Task<IResult> (PackageBody body, HttpContext http, Office office, CancellationToken cancel) =>
        {
            var actor = SignedIn.ActorOf(http);
            if (!Permissions.May(actor, "package.make"))
                return Problems.Of(Permissions.Refuse("package.make"));
            if (body.RecordingIds.Count is 0 or > 50)
                return Problems.Of(Refusal.Invalid("scope", "请写明 1 至 50 条记录。"));
            var entries = new List<RegisterEntry>();
            foreach (var id in body.RecordingIds)
            {
                var opened = await office.DoAsync(actor, "access.open", draft => Scope.Guard(draft, write => AccessDesk.Open(write, id, AccessAction.Extract, body.Purpose, body.RequestId)), cancel).ConfigureAwait(false);
                if (!opened.IsDone)
                    return Problems.Of(opened.Refusal);
                entries.Add(opened.Value);
            }

            PackageRequest request;
            PolicySet? policy;
            try
            {
                (request, policy) = await Task.Run(() => Quoted(office, actor, body, "package-" + entries[0].Id.Split('-')[^1], dataFolder), cancel).ConfigureAwait(false);
            }
            catch (InvalidDataException differs)
            {
                return Problems.Of(Refusal.Conflict(CustodyFindings.Code, differs.Message));
            }
            catch (JsonException unreadable)
            {
                return Problems.Of(Refusal.Conflict(CustodyFindings.Code, $"{CustodyFindings.Of($"a row cannot be read ({unreadable.Message.TrimEnd('.')})")} {CustodyFindings.Remedy()}"));
            }

            var path = PathOf(dataFolder, request.Id);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var isEntered = false;
            try
            {
                await using (var file = File.Create(path))
                    await Task.Run(() => PackageBuilder.Build(dataFolder, request, policy, key, file), cancel).ConfigureAwait(false);
                await using var made = File.OpenRead(path);
                var (sha256, bytes) = (Convert.ToHexStringLower(await SHA256.HashDataAsync(made, cancel).ConfigureAwait(false)), made.Length);
                var answer = await ActRoutes.DoAsync<EvidencePackage>(http, office, "package.make", write =>
                {
                    foreach (var id in body.RecordingIds)
                        write.Mention<Recording>(id);
                    write.Reason = body.Purpose;
                    return write.Put(new EvidencePackage(request.Id, body.Title, body.Number, body.RecordingIds, sha256, bytes, write.Now, actor.Id, [.. entries.Select(static entry => entry.Id)]));
                }, cancel).ConfigureAwait(false);
                isEntered = office.Store.Find<EvidencePackage>(request.Id) is not null;
                return answer;
            }
            catch (InvalidOperationException refused)
            {
                return Problems.Of(Refusal.Conflict("package", refused.Message));
            }
            finally
            {
                // Footage that stands in no act does not stay.
                if (!isEntered)
                    File.Delete(path);
            }
        }).WithName("package.make").WithSummary("Makes an evidence package under an approved request.").WithMetadata(new ActName("package.make")).Produces<EvidencePackage>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

        api.MapGet("/packages/{id}/file", (string id, HttpContext http, Office office) =>
        {
            var actor = SignedIn.ActorOf(http);
            var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now);
            return draft.Find<EvidencePackage>(id) is { } package && package.MadeBy == actor.Id && PackageShelf.Holds(draft, package) && File.Exists(PathOf(dataFolder, id))
                ? (IResult)TypedResults.PhysicalFile(PathOf(dataFolder, id), "application/zip", id + ".zip", enableRangeProcessing: true)
                : Problems.Of(Refusal.NotAllowed("证据包只由制作人在 24 小时内、批准有效期内取走；影像已隔离或者清除的不再提供。请重新申请、制作。"));
        }).WithName("package.file").WithSummary("The package, to who made it.").Produces(200, contentType: "application/zip").ProducesProblem(401).ProducesProblem(403);
    }

    // Ids are ours, made of a counter: no path from what people type.
    private static string PathOf(string dataFolder, string id) => PackageShelf.PathOf(dataFolder, id);

    // custody.db is derived: what of it leaves under the gateway's signature is first held against the log.
    private static (PackageRequest Request, PolicySet? Policy) Quoted(Office office, Actor actor, PackageBody body, string id, string dataFolder)
    {
        for (var read = 1; ; read++)
        {
            var store = new QuotedStore(office.Store);
            var mark = store.NextSequence;
            var draft = new Draft(store, office.Policies, actor, "read", office.Now);
            var (request, policy) = (Request(draft, body, id), Text.PolicyOf(draft, draft.Find<Recording>(body.RecordingIds[0])?.UnitId));
            var differences = store.Differences(new LogReader(Path.Combine(dataFolder, "log")));
            if (differences.Count == 0)
                return (request, policy);
            // Others act meanwhile: then it is read again.
            if (store.NextSequence == mark || read == ReadsMax)
                throw new InvalidDataException($"{CustodyFindings.Of(string.Join("; ", differences))} {CustodyFindings.Remedy()}");
        }
    }

    private static List<LoggedAct> ActsOf(Draft draft, string thing)
    {
        var acts = new List<LoggedAct>();
        while (draft.ActsOf(thing, acts.Count > 0 ? acts[^1].Sequence : -1) is { Count: > 0 } page)
            acts.AddRange(page);
        return acts;
    }

    private static PackageRequest Request(Draft draft, PackageBody body, string id)
    {
        var recordings = body.RecordingIds.Select(draft.Find<Recording>).OfType<Recording>().ToList();
        var first = recordings[0];
        var unit = draft.Find<Unit>(first.UnitId);
        var activity = draft.Find<Activity>(first.ActivityId);
        var recorder = draft.Find<Recorder>(first.Device);
        var officers = (activity?.OfficerIds ?? []).Select(draft.Find<Officer>).OfType<Officer>().ToList();
        var holder = draft.Find<Officer>(first.HolderId);
        return new PackageRequest
        {
            Id = id, Title = body.Title, Number = body.Number, Recordings = [.. recordings.Select(static recording => new PackagedRecording(DeviceId.Parse(recording.Device), recording.Epoch, recording.Number))],
            Agency = draft.Find<Agency>(first.AgencyId)?.Name ?? "", Unit = unit?.Name ?? "", Maker = draft.Actor.Name, Extractor = body.Extractor ?? draft.Actor.Name, ExtractedAt = draft.Now,
            Source = recorder is null ? $"执法记录仪 {first.Device}" : $"执法记录仪 {recorder.Brand} {recorder.Model}（序列号 {recorder.Serial}），网关存储", Proves = body.Proves,
            Officers = [.. (officers.Count > 0 ? officers : holder is null ? [] : [holder]).Select(static officer => $"{officer.Name}（{officer.CertificateNumber}）")], RecordedBy = holder?.Name ?? "",
            Place = first.Classification?.Place ?? activity?.Place ?? "", BrandModel = recorder is null ? "" : $"{recorder.Brand} {recorder.Model}", Explanation = body.Explanation.Length > 0 ? body.Explanation : first.Classification?.Content ?? "",
            Custody = [.. recordings.SelectMany(recording => ActsOf(draft, Recording.Kind + "/" + recording.Id)).DistinctBy(static act => act.Sequence).OrderBy(static act => act.Sequence).Select(static act => new CustodyLine(act.Sequence, act.Act.At, act.Act.Name, act.Act.ActorName, act.Act.Reason, act.Act.Cites))],
            Sidecars = new Dictionary<string, string>(StringComparer.Ordinal) { ["recordings.json"] = JsonSerializer.Serialize(recordings, ActJson.Options) },
        };
    }
}
