using System.Net;
using System.Net.Http.Json;
using System.Text;
using BodyCam.Custody.Acts;

namespace BodyCam.Accounts.Tests;

/// <summary>What browsers and programs see of sign-in, on every endpoint that the document names.</summary>
public sealed class SignApiTests : IAsyncLifetime
{
    // Nobody has to be signed in for these two.
    private static readonly HashSet<string> open = new(["setup", "signIn"], StringComparer.Ordinal);

    private readonly Room room = new();
    private SignRoom api = null!;

    public async ValueTask InitializeAsync()
    {
        room.Add("chief", Role.Administrator);
        room.Add("li.si", Role.Officer);
        api = await SignRoom.StartAsync(room);
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        room.Dispose();
    }

    [Fact]
    public async Task Over_TLS_the_cookie_is_secure_for_HTTP_only_for_this_site_only_and_without_an_end_of_its_own()
    {
        using var certificate = SignRoom.Certificate();
        await using var tls = await SignRoom.StartAsync(room, certificate);
        Assert.Equal("https", tls.Http.BaseAddress!.Scheme);
        var (cookie, token, _) = await tls.InAsync("chief");
        Assert.Equal(["bodycam=" + token, "httponly", "path=/", "samesite=strict", "secure"], cookie.Split("; ").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Behind_a_TLS_proxy_on_this_machine_the_cookie_is_secure_and_each_browser_has_its_own_limit()
    {
        var (cookie, _, _) = await api.InAsync("chief", headers: [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.7")]);
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        for (var i = 0; i < AddressLimit.Burst; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync($"guess{i}", "192.0.2.7"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync("guess", "192.0.2.7"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync("guess", "203.0.113.9, 192.0.2.7")); // what the browser itself made up stands to the left
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("guess", "192.0.2.8"));
        Assert.Equal("192.0.2.7", room.Events.Single(static e => e.Name == "signed_in").By);
    }

    [Fact]
    public async Task By_cookie_no_endpoint_changes_anything_without_the_CSRF_token_and_none_asks_for_it_by_bearer()
    {
        var (_, token, csrf) = await api.InAsync("chief");
        var tried = 0;
        foreach (var (method, path, name) in await api.EveryCallAsync())
        {
            if (open.Contains(name))
                continue;
            tried++;
            foreach (var wrong in new[] { null, "", csrf[..^1] })
            {
                var (status, body) = await api.CallAsync(method, path, token, cookieCsrf: wrong, isCookie: true);
                Assert.True(method == "GET" ? Title(body) != "csrf" : (status, Title(body)) == (HttpStatusCode.Forbidden, "csrf"), $"{method} {path} with '{wrong}': {status} {body}");
            }

            if (name is "signOut")
                continue;
            var (_, answer) = await api.CallAsync(method, path, token);
            Assert.NotEqual("csrf", Title(answer));
        }

        Assert.True(tried > 80, $"only {tried} endpoints were tried");
        Assert.NotNull(room.Store.FindByName("chief"));
    }

    [Fact]
    public async Task Until_a_password_that_somebody_else_set_is_changed_nothing_works_but_changing_it_asking_who_one_is_and_leaving()
    {
        room.Store.Put(room.Store.FindByName("chief")! with { MustChangePassword = true });
        var (_, token, _) = await api.InAsync("chief");
        var through = new List<string>();
        foreach (var (method, path, name) in await api.EveryCallAsync())
        {
            if (open.Contains(name) || name == "signOut")
                continue;
            foreach (var variant in new[] { path, path.ToUpperInvariant(), path + "/", path.Replace("/v1/", "/v1/session/../", StringComparison.Ordinal) })
            {
                var (status, body) = await api.CallAsync(method, variant, token);
                if ((status, Title(body)) != (HttpStatusCode.Forbidden, "password_must_change") && status != HttpStatusCode.NotFound)
                    through.Add(name);
            }
        }

        Assert.Equal(["changePassword", "whoAmI"], through.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await api.CallAsync("POST", "/api/v1/session/password", token, new { old = Room.Password, @new = "another good one 12" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.CallAsync("GET", "/api/v1/accounts", token)).Status);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task Another_sites_form_cannot_sign_a_browser_in(string type)
    {
        foreach (var path in new[] { "/api/v1/session", "/api/v1/setup" })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"name":"chief","password":"{{Room.Password}}","code":"x","displayName":"x"}"""));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await api.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        Assert.Empty(room.Events);
    }

    [Fact]
    public async Task A_second_factor_set_over_HTTP_is_asked_for_from_then_on_and_ends_the_sessions_that_began_without_it()
    {
        var (_, here, _) = await api.InAsync("li.si");
        var (_, there, _) = await api.InAsync("li.si");
        var (_, others, _) = await api.InAsync("chief");
        var secret = (await api.CallAsync("POST", "/api/v1/session/totp", here)).Body.GetProperty("secret").GetString()!;
        var code = Totp.Code(Convert.FromHexString(secret), Totp.StepOf(room.Time.GetUtcNow()));
        var (status, body) = await api.CallAsync("POST", "/api/v1/session/totp/confirm", here, new { secret, code });
        Assert.Equal((HttpStatusCode.OK, 10), (status, body.GetProperty("recoveryCodes").GetArrayLength()));
        Assert.Equal(HttpStatusCode.OK, (await api.CallAsync("GET", "/api/v1/session", here)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.CallAsync("GET", "/api/v1/session", there)).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.CallAsync("GET", "/api/v1/session", others)).Status);
        Assert.Equal((HttpStatusCode.Unauthorized, "code_wanted"), await TitleAsync("li.si", Room.Password));
        Assert.Equal((HttpStatusCode.Unauthorized, "refused"), await TitleAsync("li.si", Room.Wrong)); // a wrong password is never told from a wrong code
        Assert.Equal((HttpStatusCode.Unauthorized, "refused"), await TitleAsync("li.si", Room.Password, code)); // the code that set it counted once
        await api.InAsync("li.si", code: body.GetProperty("recoveryCodes")[0].GetString());
    }

    [Theory]
    [InlineData("PUT", "/api/v1/accounts/user-li.si")]
    [InlineData("POST", "/api/v1/accounts/user-li.si/disable")]
    [InlineData("POST", "/api/v1/accounts/user-li.si/unlock")]
    [InlineData("POST", "/api/v1/accounts/user-li.si/reset")]
    public async Task What_an_administrator_changes_ends_the_users_sessions_with_the_answer(string method, string path)
    {
        var (_, token, _) = await api.InAsync("li.si");
        var (_, chief, _) = await api.InAsync("chief");
        object? body = path.EndsWith("/reset", StringComparison.Ordinal) ? new { password = "another good one 12" } : method == "PUT" ? new { name = "li.si", displayName = "李四", roles = new[] { "officer" }, rank = "unitHead", officerId = (string?)null, unitId = (string?)null } : null;
        var (status, answer) = await api.CallAsync(method, path, chief, body);
        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.CallAsync("GET", "/api/v1/session", token)).Status);
    }

    [Fact]
    public async Task No_secret_comes_out_in_an_answer_or_an_event()
    {
        var (_, chief, _) = await api.InAsync("chief");
        const string given = "zebra quartz harbour 7";
        var (status, added) = await api.CallAsync("POST", "/api/v1/accounts", chief, new { grant = new { name = "wang.wu", displayName = "王五", officerId = (string?)null, unitId = (string?)null, roles = new[] { "legal" }, rank = "none" }, password = given });
        Assert.True(status == HttpStatusCode.OK, added.ToString());
        var (_, list) = await api.CallAsync("GET", "/api/v1/accounts", chief);
        await TitleAsync("wang.wu", "guess quartz harbour 8");
        var (_, token, csrf) = await api.InAsync("wang.wu", given);
        var account = room.Store.FindByName("wang.wu")!;
        var told = string.Join('\n', room.Events.Select(static e => $"{e.Name} {e.UserId} {e.By} {e.Detail}"));
        Assert.Contains("wang.wu: Legal; None", told, StringComparison.Ordinal);
        foreach (var secret in new[] { given, "guess quartz harbour 8", token, csrf, account.PasswordHash })
            Assert.DoesNotContain(secret, told + added + list, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> GuessAsync(string name, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = JsonContent.Create(new { name, password = Room.Wrong }) };
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task<(HttpStatusCode Status, string? Title)> TitleAsync(string name, string password, string? code = null)
    {
        var (status, body) = await api.CallAsync("POST", "/api/v1/session", null, new { name, password, code });
        return (status, Title(body));
    }

    private static string? Title(System.Text.Json.JsonElement body) => body.ValueKind == System.Text.Json.JsonValueKind.Object && body.TryGetProperty("title", out var title) ? title.GetString() : null;
}
