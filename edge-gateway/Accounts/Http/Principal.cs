using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using Microsoft.AspNetCore.Http;

namespace BodyCam.Accounts.Http;

/// <summary>Who a request comes from.</summary>
/// <param name="UserId">User id.</param>
/// <param name="Name">Name for people.</param>
/// <param name="OfficerId">Officer that the user is, or null.</param>
/// <param name="UnitId">Unit, or null.</param>
/// <param name="Roles">Roles.</param>
/// <param name="Rank">Rank.</param>
/// <param name="Method">How authenticated: <see cref="Session.ByPassword"/>, <see cref="Session.ByPasswordAndCode"/> or <see cref="Session.ByProvider"/>.</param>
public sealed record Principal(string UserId, string Name, string? OfficerId, string? UnitId, IReadOnlySet<Role> Roles, Rank Rank, string Method)
{
    /// <summary>Of a session.</summary>
    public static Principal Of(Account account, Session session)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(session);
        return new Principal(account.Id, account.DisplayName, account.OfficerId, account.UnitId, account.Roles.ToHashSet(), account.Rank, session.Method);
    }

    /// <summary>Who acts in custody.</summary>
    public Actor ToActor() => new(UserId, Name, OfficerId, UnitId, Roles, Rank);
}

/// <summary>The principal of a request.</summary>
public static class PrincipalExtensions
{
    private static readonly object key = new();

    /// <summary>Who the request comes from; null where nobody has to be signed in.</summary>
    public static Principal? Principal(this HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return (Principal?)http.Items[key];
    }

    /// <summary>Says who the request comes from.</summary>
    public static void SetPrincipal(this HttpContext http, Principal principal)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Items[key] = principal;
    }
}
