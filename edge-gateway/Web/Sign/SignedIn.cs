using System.Security.Cryptography;
using System.Text;
using BodyCam.Accounts;
using BodyCam.Accounts.Http;
using BodyCam.Custody.Acts;
using BodyCam.Web.Api;
using Microsoft.AspNetCore.Http;

namespace BodyCam.Web.Sign;

/// <summary>On every endpoint that is for signed-in users only.</summary>
internal sealed class ForSignedIn;

/// <summary>On the endpoints that a user may call while the password is one that somebody else set.</summary>
internal sealed class BeforePasswordChange;

/// <summary>Lets only signed-in users through to the endpoints marked <see cref="ForSignedIn"/>, before a byte of the body is read.</summary>
internal sealed class SignedIn(Sessions sessions, AccountStore store) : IMiddleware
{
    public const string Cookie = AccountsHttp.Cookie;
    public const string CsrfHeader = "X-BodyCam-CSRF";

    private static readonly object sessionKey = new();
    private static readonly object tokenKey = new();

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<ForSignedIn>() is null)
            return next(context);
        var (token, isCookie) = TokenOf(context.Request);
        if (token is null || sessions.Find(token) is not { } session || store.Find(session.UserId) is not { IsActive: true } account || account.RightsVersion != session.RightsVersion)
            return Problems.NotSignedIn().ExecuteAsync(context);
        if (isCookie && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !Same(context.Request.Headers[CsrfHeader].ToString(), session.Csrf))
            return Problems.Csrf().ExecuteAsync(context);
        if (account.MustChangePassword && session.Method != Session.ByProvider && metadata.GetMetadata<BeforePasswordChange>() is null)
            return Problems.Of(new Refusal(RefusalKind.NotAllowed, "password_must_change", "请先修改密码：POST /api/v1/session/password。", [])).ExecuteAsync(context);
        context.SetPrincipal(Principal.Of(account, session));
        context.Items[sessionKey] = session;
        context.Items[tokenKey] = token;
        return next(context);
    }

    public static Actor ActorOf(HttpContext http) => http.Principal()!.ToActor();

    public static Session SessionOf(HttpContext http) => (Session)http.Items[sessionKey]!;

    public static string TokenOf(HttpContext http) => (string)http.Items[tokenKey]!;

    private static (string? Token, bool IsCookie) TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.Ordinal))
            return (header["Bearer ".Length..], false);
        return (request.Cookies[Cookie], true);
    }

    private static bool Same(string given, string wanted) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));
}
