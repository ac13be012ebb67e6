using BodyCam.Custody.Acts;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>Endpoints that do one act each; the act's name is the operation's name.</summary>
internal static class ActRoutes
{
    /// <summary>An act on a new thing, or on one that the body names.</summary>
    public static void Act<TBody, TEntity>(this RouteGroupBuilder routes, string pattern, string act, string summary, Func<Draft, TBody, Outcome<TEntity>> deed)
        where TEntity : class, IEntity =>
        routes.MapPost(pattern, (TBody body, HttpContext http, Office office, CancellationToken cancel) => Unreadable.Refuse(body) is { } refusal ? Task.FromResult(refusal) : DoAsync(http, office, act, draft => deed(draft, body), cancel)).Describe<TEntity>(act, summary);

    /// <summary>An act on the thing that the path names.</summary>
    public static void Act<TBody, TEntity>(this RouteGroupBuilder routes, string pattern, string act, string summary, Func<Draft, string, TBody, Outcome<TEntity>> deed)
        where TEntity : class, IEntity =>
        routes.MapPost(pattern, (string id, TBody body, HttpContext http, Office office, CancellationToken cancel) => Unreadable.Refuse(body) is { } refusal ? Task.FromResult(refusal) : DoAsync(http, office, act, draft => deed(draft, id, body), cancel)).Describe<TEntity>(act, summary);

    /// <summary>An act that needs no words.</summary>
    public static void Act<TEntity>(this RouteGroupBuilder routes, string pattern, string act, string summary, Func<Draft, string, Outcome<TEntity>> deed)
        where TEntity : class, IEntity =>
        routes.MapPost(pattern, (string id, HttpContext http, Office office, CancellationToken cancel) => DoAsync(http, office, act, draft => deed(draft, id), cancel)).Describe<TEntity>(act, summary);

    /// <summary>Does it as the signed-in user.</summary>
    public static async Task<IResult> DoAsync<TEntity>(HttpContext http, Office office, string act, Func<Draft, Outcome<TEntity>> deed, CancellationToken cancel)
        where TEntity : class, IEntity
    {
        var actor = SignedIn.ActorOf(http);
        var outcome = await office.DoAsync(actor, act, draft => Scope.Guard(draft, deed), cancel).ConfigureAwait(false);
        return outcome.IsDone ? TypedResults.Ok(outcome.Value) : Problems.Of(outcome.Refusal);
    }

    private static void Describe<TEntity>(this RouteHandlerBuilder route, string act, string summary) =>
        route.WithName(act).WithSummary(summary).WithDescription($"May: {Permissions.Who(act)}.").Produces<TEntity>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).WithMetadata(new ActName(act));
}

/// <summary>Which act an endpoint does.</summary>
/// <param name="Name">Name in <see cref="Permissions"/>.</param>
public sealed record ActName(string Name);
