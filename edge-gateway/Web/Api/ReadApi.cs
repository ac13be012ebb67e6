using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>Lists, single things and their custody reports. Facts about recordings only; bytes leave elsewhere.</summary>
internal static class ReadApi
{
    /// <summary>A page of a list.</summary>
    /// <param name="Items">Items by id.</param>
    /// <param name="Next">Give as <c>after</c> for the next page; null at the end.</param>
    public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

    /// <summary>One act of a custody report.</summary>
    public sealed record ActLine(long Sequence, DateTimeOffset At, string Act, string Subject, string By, string Name, string Rank, string Reason, IReadOnlyList<string> Cites);

    public static void Map(RouteGroupBuilder api)
    {
        Thing<Agency>(api, "agencies", Anybody);
        Thing<Unit>(api, "units", Anybody);
        Thing<Officer>(api, "officers", Anybody);
        Thing<Training>(api, "trainings", Anybody);
        Thing<Recorder>(api, "recorders", Anybody);
        Thing<Assignment>(api, "assignments", Anybody);
        Thing<Incident>(api, "incidents", Anybody);
        Thing<PreUseCheck>(api, "pre-use-checks", Anybody);
        Thing<Activity>(api, "activities", Scope.HandlesFootage);
        Thing<Interruption>(api, "interruptions", Scope.HandlesFootage);
        Thing<SiteVisit>(api, "site-visits", Scope.HandlesFootage);
        Thing<LinkedSource>(api, "linked-sources", Scope.HandlesFootage);
        Thing<StopUse>(api, "stop-uses", Scope.HandlesFootage);
        Thing<WorkRecord>(api, "work-records", Scope.HandlesFootage);
        Thing<Recording>(api, "recordings", Scope.HandlesFootage);
        Thing<Case>(api, "cases", Scope.HandlesFootage);
        Thing<Hold>(api, "holds", Scope.HandlesFootage);
        Thing<Media>(api, "media", Scope.HandlesFootage);
        Thing<EvidencePackage>(api, "packages", Scope.HandlesFootage);
        Thing<AccessRequest>(api, "access-requests", Scope.HandlesFootage);
        Thing<RegisterEntry>(api, "register", static actor => actor.Has(Rank.LeaderInCharge) || actor.IsAny(Role.Custodian, Role.Legal, Role.Archivist, Role.Auditor));
        Thing<SupervisionCheck>(api, "checks", Scope.HandlesFootage);
        Thing<BodyCam.Custody.Supervision.Correction>(api, "corrections", Scope.HandlesFootage);
        Thing<Lead>(api, "leads", static actor => actor.Has(Rank.UnitHead) || actor.IsAny(Role.Custodian, Role.Legal, Role.Auditor));
    }

    private static bool Anybody(Actor actor) => true;

    private static void Thing<T>(RouteGroupBuilder api, string name, Func<Actor, bool> may)
        where T : class, IEntity
    {
        api.MapGet("/" + name, (string? key, string? value, string? after, int? limit, HttpContext http, Office office) =>
            {
                var actor = SignedIn.ActorOf(http);
                if (!may(actor))
                    return Problems.Of(NotYours());
                if ((key is null) != (value is null))
                    return (IResult)Problems.Of(Refusal.Invalid("query", "key 与 value 须同时给出。请更正。"));
                var count = Math.Clamp(limit ?? 100, 1, 500);
                var draft = new Draft(office.Store, office.Policies, actor, "read", office.Now);
                var seen = new List<T>();
                var from = after;
                // What is not the person's is passed over, so a page may take several reads.
                while (seen.Count < count)
                {
                    var read = office.Store.List<T>(new EntityQuery(key, Stored(key, value)) { After = from, CountMax = count });
                    foreach (var thing in read)
                    {
                        from = thing.Id;
                        if (Scope.Sees(draft, (object)thing))
                            seen.Add(thing);
                        if (seen.Count == count)
                            break;
                    }

                    if (read.Count < count)
                        return TypedResults.Ok(new Page<T>(seen, seen.Count == count ? from : null));
                }

                return TypedResults.Ok(new Page<T>(seen, from));
            }).WithName("list." + name).WithSummary($"Lists {name}; filter with key and value, page with after and limit.").Produces<Page<T>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        api.MapGet("/" + name + "/{id}", (string id, HttpContext http, Office office) => Find(http, office, id, may, out T? thing, out var refusal) ? (IResult)TypedResults.Ok(thing) : Problems.Of(refusal!))
            .WithName("get." + name).WithSummary($"One of {name}.").Produces<T>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        api.MapGet("/" + name + "/{id}/acts", (string id, long? after, HttpContext http, Office office) => Find(http, office, id, may, out T? _, out var refusal)
                ? (IResult)TypedResults.Ok(office.Store.Acts($"{T.Kind}/{id}", after ?? -1).Select(static logged => new ActLine(logged.Sequence, logged.Act.At, logged.Act.Name, logged.Act.Subject, logged.Act.ActorId, logged.Act.ActorName, logged.Act.ActorRank, logged.Act.Reason, logged.Act.Cites)))
                : Problems.Of(refusal!))
            .WithName("acts." + name).WithSummary($"Custody report of one of {name}: every act that speaks of it.").Produces<IEnumerable<ActLine>>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    private static bool Find<T>(HttpContext http, Office office, string id, Func<Actor, bool> may, out T? thing, out Refusal? refusal)
        where T : class, IEntity
    {
        var actor = SignedIn.ActorOf(http);
        thing = may(actor) ? office.Store.Find<T>(id) : null;
        // What one may not see answers like what is not there.
        refusal = !may(actor) ? NotYours() : thing is null || !Scope.Sees(new Draft(office.Store, office.Policies, actor, "read", office.Now), (object)thing) ? Refusal.NotFound(T.Kind, id) : null;
        return refusal is null;
    }

    // States stand in the keys as they are named in the code; people filter by what the answers show them, such as inStock.
    private static string? Stored(string? key, string? value) => key is "state" or "what" && value is [>= 'a' and <= 'z', ..] ? char.ToUpperInvariant(value[0]) + value[1..] : value;

    private static Refusal NotYours() => Refusal.NotAllowed("您的职责不包含查看此内容。请由有此职责的人员查看。");
}
