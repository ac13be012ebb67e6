using BodyCam.Accounts;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Rules.Policies;
using BodyCam.Web.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Sign;

/// <summary>Set-up, sign-in, one's own password and second factor, and the administrator's accounts.</summary>
internal static class SessionApi
{
    public sealed record SetupBody(string Code, string Name, string DisplayName, string Password);

    public sealed record SignInBody(string Name, string Password, string? Code = null);

    public sealed record SignedInAnswer(string Token, string Csrf, User User);

    public sealed record PasswordBody(string Old, string New);

    public sealed record TotpOffer(string Secret, string Uri);

    public sealed record TotpBody(string Secret, string Code);

    public sealed record RecoveryAnswer(IReadOnlyList<string> RecoveryCodes);

    public sealed record AddBody(AccountGrant Grant, string Password);

    public sealed record ResetBody(string Password);

    /// <summary>An account as others may see it.</summary>
    public sealed record User(string Id, string Name, string DisplayName, string? OfficerId, string? UnitId, IReadOnlyList<Role> Roles, Rank Rank, bool IsActive, bool MustChangePassword, bool HasSecondFactor, DateTimeOffset? LockedUntil)
    {
        public static User Of(Account account, DateTimeOffset now) => new(
            account.Id, account.Name, account.DisplayName, account.OfficerId, account.UnitId, account.Roles, account.Rank, account.IsActive, account.MustChangePassword, account.TotpSecret is not null, account.LockedUntil > now ? account.LockedUntil : null);
    }

    /// <summary>The two endpoints that nobody has to be signed in for.</summary>
    public static void MapOpen(RouteGroupBuilder open, TimeProvider time)
    {
        open.MapPost("/setup", async (SetupBody body, AccountDesk desk) =>
            {
                var outcome = await desk.SetUpAsync(body.Code, body.Name, body.DisplayName, body.Password).ConfigureAwait(false);
                return outcome.IsDone ? (IResult)TypedResults.Ok(User.Of(outcome.Value, time.GetUtcNow())) : Problems.Of(outcome.Refusal);
            }).WithName("setup").WithSummary("Makes the first administrator with the set-up code.").Produces<User>().ProducesProblem(403);
        open.MapPost("/session", async (SignInBody body, SignIn signIn, HttpContext http, CancellationToken cancel) =>
            {
                var (outcome, token, session, account) = await signIn.TryAsync(body.Name, body.Password, body.Code, http.Connection.RemoteIpAddress?.ToString() ?? "", cancel).ConfigureAwait(false);
                switch (outcome)
                {
                    case SignInOutcome.Done:
                        http.Response.Cookies.Append(SignedIn.Cookie, token!, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, Path = "/" });
                        return TypedResults.Ok(new SignedInAnswer(token!, session!.Csrf, User.Of(account!, time.GetUtcNow())));
                    case SignInOutcome.CodeWanted:
                        return TypedResults.Problem("请输入动态码或恢复码后再次提交。", statusCode: 401, title: "code_wanted", type: "urn:bodycam:problem:code_wanted");
                    case SignInOutcome.TooMany:
                        return TypedResults.Problem("尝试次数过多。请稍候再试。", statusCode: 429, title: "too_many", type: "urn:bodycam:problem:too_many");
                    default:
                        return (IResult)TypedResults.Problem("用户名、密码或动态码不对，或账户已锁定。请核对后重试，或联系系统管理员。", statusCode: 401, title: "refused", type: "urn:bodycam:problem:refused");
                }
            }).WithName("signIn").WithSummary("Signs in; gives a cookie and a bearer token.").Produces<SignedInAnswer>().ProducesProblem(401).ProducesProblem(429);
    }

    public static void Map(RouteGroupBuilder api, TimeProvider time)
    {
        api.MapGet("/session", (HttpContext http, AccountStore store) => TypedResults.Ok(new SignedInAnswer("", SignedIn.SessionOf(http).Csrf, User.Of(store.Find(SignedIn.ActorOf(http).Id)!, time.GetUtcNow()))))
            .WithMetadata(new BeforePasswordChange()).WithName("whoAmI").WithSummary("Who is signed in, and the CSRF token.");
        api.MapDelete("/session", (HttpContext http, Sessions sessions) =>
            {
                sessions.End(SignedIn.TokenOf(http));
                http.Response.Cookies.Delete(SignedIn.Cookie);
                return TypedResults.NoContent();
            }).WithMetadata(new BeforePasswordChange()).WithName("signOut").WithSummary("Ends the session.");
        api.MapPost("/session/password", async (PasswordBody body, HttpContext http, AccountDesk desk, CancellationToken cancel) =>
                Answer(await desk.ChangePasswordAsync(SignedIn.ActorOf(http).Id, body.Old, body.New, SignedIn.TokenOf(http), cancel).ConfigureAwait(false), time))
            .WithMetadata(new BeforePasswordChange()).WithName("changePassword").WithSummary("Changes one's own password.").Produces<User>().ProducesProblem(400).ProducesProblem(403);
        api.MapPost("/session/totp", (HttpContext http, AccountStore store) =>
            {
                var secret = AccountDesk.NewTotpSecret();
                return TypedResults.Ok(new TotpOffer(Convert.ToHexStringLower(secret), Totp.Uri(secret, store.Find(SignedIn.ActorOf(http).Id)!.Name)));
            }).WithName("offerTotp").WithSummary("Offers a secret for a second factor.");
        api.MapPost("/session/totp/confirm", async (TotpBody body, HttpContext http, AccountDesk desk) =>
            {
                if (body.Secret.Length != Totp.SecretBytes * 2 || !body.Secret.All(char.IsAsciiHexDigit))
                    return Problems.Of(Refusal.Invalid("secret", "密钥不是 POST /api/v1/session/totp 给出的。请重新取得。"));
                var outcome = await desk.ConfirmTotpAsync(SignedIn.ActorOf(http).Id, Convert.FromHexString(body.Secret), body.Code, SignedIn.TokenOf(http)).ConfigureAwait(false);
                return outcome.IsDone ? (IResult)TypedResults.Ok(new RecoveryAnswer(outcome.Value)) : Problems.Of(outcome.Refusal);
            }).WithName("confirmTotp").WithSummary("Sets the second factor with a right code.").Produces<RecoveryAnswer>().ProducesProblem(400);

        var accounts = api.MapGroup("/accounts").AddEndpointFilter(static async (context, next) =>
            SignedIn.ActorOf(context.HttpContext).Is(Role.Administrator) ? await next(context).ConfigureAwait(false) : Problems.Of(Refusal.NotAllowed("账户由系统管理员管理。请由其办理。")));
        accounts.MapGet("", (AccountDesk desk) => TypedResults.Ok(desk.All().Select(account => User.Of(account, time.GetUtcNow())))).WithName("listAccounts").WithSummary("All accounts.");
        accounts.MapPost("", async (AddBody body, HttpContext http, AccountDesk desk, Office office) => Unknown(office, body.Grant) is { } unknown ? Problems.Of(unknown) : Answer(await desk.AddAsync(SignedIn.ActorOf(http), body.Grant, body.Password).ConfigureAwait(false), time)).WithName("addAccount").WithSummary("Adds an account; the password must be changed at the first sign-in.").Produces<User>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        accounts.MapPut("/{id}", async (string id, AccountGrant body, HttpContext http, AccountDesk desk, Office office) => Unknown(office, body) is { } unknown ? Problems.Of(unknown) : Answer(await desk.ChangeAsync(SignedIn.ActorOf(http), id, body).ConfigureAwait(false), time)).WithName("changeAccount").WithSummary("Changes rights; the user's sessions end.").Produces<User>().ProducesProblem(403).ProducesProblem(404);
        accounts.MapPost("/{id}/disable", async (string id, HttpContext http, AccountDesk desk) => Answer(await desk.DisableAsync(SignedIn.ActorOf(http), id).ConfigureAwait(false), time)).WithName("disableAccount").WithSummary("Disables an account.").Produces<User>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        accounts.MapPost("/{id}/unlock", async (string id, HttpContext http, AccountDesk desk) => Answer(await desk.UnlockAsync(SignedIn.ActorOf(http), id).ConfigureAwait(false), time)).WithName("unlockAccount").WithSummary("Enables an account and ends its lock.").Produces<User>().ProducesProblem(403).ProducesProblem(404);
        accounts.MapPost("/{id}/reset", async (string id, ResetBody body, HttpContext http, AccountDesk desk) => Answer(await desk.ResetAsync(SignedIn.ActorOf(http), id, body.Password).ConfigureAwait(false), time)).WithName("resetAccount").WithSummary("Sets a password that must be changed; takes the second factor off.").Produces<User>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
    }

    // An account of a unit or officer that does not exist would see nothing and sign for nobody.
    private static Refusal? Unknown(Office office, AccountGrant grant) =>
        !string.IsNullOrWhiteSpace(grant.UnitId) && office.Store.Find<Unit>(grant.UnitId) is null ? Refusal.NotFound(Unit.Kind, grant.UnitId)
        : !string.IsNullOrWhiteSpace(grant.OfficerId) && office.Store.Find<Officer>(grant.OfficerId) is null ? Refusal.NotFound(Officer.Kind, grant.OfficerId)
        : null;

    private static IResult Answer(Outcome<Account> outcome, TimeProvider time) => outcome.IsDone ? TypedResults.Ok(User.Of(outcome.Value, time.GetUtcNow())) : Problems.Of(outcome.Refusal);
}
