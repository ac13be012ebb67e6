using System.Text.Json;
using BodyCam.Accounts.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace BodyCam.Accounts.Oidc;

/// <summary>The two addresses of sign-in by OpenID Connect: where it begins, and where the provider sends the browser back.</summary>
internal static class OidcApi
{
    public const string Begin = "/api/v1/session/oidc";
    public const string Callback = Begin + "/callback";
    public const string TicketCookie = "bodycam_oidc";

    // The session's cookie is not sent along on a way that began at the provider, so the console is opened from a page of our own.
    private const string Page = "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=/\"><title>BodyCam</title><p>已登录。<a href=\"/\">继续</a></p></html>";

    public static void Map(WebApplication app, OidcOptions options, TimeProvider time)
    {
        var provider = new OidcProvider(options, time);
        app.Lifetime.ApplicationStopped.Register(provider.Dispose);
        var flow = new OidcFlow(options, provider, app.Services.GetRequiredService<SecretBox>(), time);
        app.MapGet(Begin, async (HttpContext http, CancellationToken cancel) =>
        {
            var (address, cookie, refusal) = await flow.BeginAsync(cancel).ConfigureAwait(false);
            if (address is null)
                return Refused(refusal);
            http.Response.Cookies.Append(TicketCookie, cookie!, TicketOptions(http));
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Redirect(address);
        }).ExcludeFromDescription();
        app.MapGet(Callback, async (HttpContext http, SignIn signIn, AddressLimit addresses, CancellationToken cancel) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            var from = http.Connection.RemoteIpAddress?.ToString() ?? "";
            if (!addresses.TryTake(from))
                return TypedResults.Problem("尝试次数过多。请稍候再试。", statusCode: StatusCodes.Status429TooManyRequests, title: "too_many", type: "urn:bodycam:problem:too_many");
            var ticket = http.Request.Cookies[TicketCookie];
            http.Response.Cookies.Delete(TicketCookie, TicketOptions(http));
            var (subject, refusal) = await flow.CompleteAsync(ticket, Once(http.Request.Query), cancel).ConfigureAwait(false);
            if (subject is null)
                return Refused(refusal);
            var (outcome, token, _, _) = await signIn.TryExternalAsync(subject, from).ConfigureAwait(false);
            if (outcome != SignInOutcome.Done)
                return Refused(OidcRefusal.NoAccount);
            addresses.GiveBack(from);
            http.Response.Cookies.Append(AccountsHttp.Cookie, token!, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, Path = "/" });
            return (IResult)TypedResults.Content(Page, "text/html; charset=utf-8");
        }).ExcludeFromDescription();
    }

    // Lax: the provider's redirect brings it along, other sites' posts do not.
    private static CookieOptions TicketOptions(HttpContext http) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = Begin, MaxAge = OidcFlow.Holds };

    // A parameter that stands twice is none (RFC 6749 §3.1).
    private static Dictionary<string, string> Once(IQueryCollection query) => query.Where(static pair => pair.Value.Count == 1).ToDictionary(static pair => pair.Key, static pair => pair.Value[0] ?? "", StringComparer.Ordinal);

    private static IResult Refused(OidcRefusal? refusal)
    {
        var code = "oidc_" + JsonNamingPolicy.SnakeCaseLower.ConvertName((refusal ?? OidcRefusal.Malformed).ToString());
        var message = refusal switch
        {
            OidcRefusal.Denied => "统一身份认证未同意登录。请重试，或用本地账户登录。",
            OidcRefusal.State => "登录已过期或不是由本浏览器发起。请从登录页重新开始。",
            OidcRefusal.Unreachable or OidcRefusal.Metadata => "统一身份认证无法使用。请稍候再试，或用本地账户登录，并通知系统管理员。",
            OidcRefusal.NoAccount => "没有关联的有效账户。请由系统管理员运行 bodycam account link 关联。",
            OidcRefusal.Expired or OidcRefusal.IssuedAt => "统一身份认证给出的凭证时间不符。请系统管理员核对两边的时钟。",
            _ => "统一身份认证给出的凭证无效。请重试；再次出现时请通知系统管理员。",
        };
        return TypedResults.Problem(message, statusCode: refusal is OidcRefusal.Unreachable or OidcRefusal.Metadata ? StatusCodes.Status502BadGateway : StatusCodes.Status401Unauthorized, title: code, type: "urn:bodycam:problem:" + code);
    }
}
