using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using BodyCam.Gateway;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Accounts.Tests;

/// <summary>Accounts as a gateway has them: over HTTP in virtual time, with the command line beside it.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("accounts-gateway").FullName;
    private readonly ManualTimeProvider time = new();
    private GatewayHost host = null!;
    private HttpClient http = null!;

    private string KeysFolder => Path.Combine(root, "keys");

    private string DataFolder => Path.Combine(root, "data");

    public async ValueTask InitializeAsync()
    {
        host = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = DataFolder, KeysFolder = KeysFolder, MqttPort = 0, HttpPort = 0, LogJson = false, Time = time });
        http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{host.HttpPort}") };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await host.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task The_first_start_leaves_a_code_in_the_keys_folder_that_makes_the_first_administrator_once()
    {
        var path = Path.Combine(KeysFolder, "setup-code.txt");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(KeysFolder, AccountStore.FileName)));
        Assert.False(File.Exists(Path.Combine(DataFolder, AccountStore.FileName)));
        var code = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Trim();
        Assert.Equal(HttpStatusCode.Forbidden, (await SetUpAsync("wrong")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SetUpAsync(code)).StatusCode);
        Assert.False(File.Exists(path));
        var again = await SetUpAsync(code);
        Assert.Equal((HttpStatusCode.Conflict, "set_up_done"), (again.StatusCode, (await Json(again)).GetProperty("title").GetString()));
    }

    [Fact]
    public async Task By_cookie_a_change_needs_the_sessions_own_CSRF_token_by_bearer_it_does_not()
    {
        var (token, csrf) = await ChiefAsync();
        var (_, others) = await InAsync("chief", Room.Password);
        Assert.Equal(HttpStatusCode.OK, await ByCookie(HttpMethod.Get, "/api/v1/accounts", token, null)); // reading needs none
        foreach (var wrong in new[] { null, "", "x", others, token, csrf + "0" })
            Assert.Equal(HttpStatusCode.Forbidden, await ByCookie(HttpMethod.Delete, "/api/v1/session", token, wrong));
        Assert.Equal(HttpStatusCode.OK, await ByCookie(HttpMethod.Get, "/api/v1/session", token, null)); // nothing was changed
        Assert.Equal(HttpStatusCode.NoContent, await ByCookie(HttpMethod.Delete, "/api/v1/session", token, csrf));
        Assert.Equal(HttpStatusCode.Unauthorized, await ByCookie(HttpMethod.Get, "/api/v1/session", token, null));
        var (bearer, _) = await InAsync("chief", Room.Password);
        Assert.Equal(HttpStatusCode.NoContent, await ByBearer(HttpMethod.Delete, "/api/v1/session", bearer));
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", bearer));
    }

    [Fact]
    public async Task The_cookie_is_for_HTTP_and_this_site_only()
    {
        await ChiefAsync();
        using var answer = await http.PostAsJsonAsync("/api/v1/session", new { name = "chief", password = Room.Password }, TestContext.Current.CancellationToken);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase); // plain HTTP here
    }

    [Fact]
    public async Task A_session_ends_after_half_an_hour_idle_and_after_twelve_hours_in_use()
    {
        var (idle, _) = await ChiefAsync();
        var (used, _) = await InAsync("chief", Room.Password);
        for (var minutes = 0; minutes < 12 * 60; minutes += 20)
        {
            Assert.Equal(HttpStatusCode.OK, await ByBearer(HttpMethod.Get, "/api/v1/session", used));
            time.Advance(TimeSpan.FromMinutes(20));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", used));
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", idle));
    }

    [Fact]
    public async Task Sign_ins_lock_outs_and_acts_stand_in_the_log_and_guesses_do_not()
    {
        await ChiefAsync();
        for (var i = 0; i < 7; i++)
        {
            using var wrong = await http.PostAsJsonAsync("/api/v1/session", new { name = "chief", password = Room.Wrong }, TestContext.Current.CancellationToken);
            Assert.Equal("refused", (await Json(wrong)).GetProperty("title").GetString());
        }

        Assert.Equal(["set_up", "signed_in", "locked"], AccountEvents().Select(static e => e.GetProperty("event").GetString()));
        Assert.Equal("5 wrong attempts", AccountEvents()[^1].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task What_the_command_line_does_beside_a_running_gateway_holds_at_once_and_comes_into_its_log()
    {
        await ChiefAsync();
        var added = Bodycam(null, "add", "li.si", "--display-name", "李四", "--role", "Officer", "Collector", "--rank", "UnitHead", "--json");
        Assert.True(added.Code == 0, added.Err);
        var answer = JsonSerializer.Deserialize<JsonElement>(added.Out);
        var password = answer.GetProperty("password").GetString()!;
        Assert.Equal("password to be changed", answer.GetProperty("account").GetProperty("state").GetString());

        var (token, _) = await InAsync("li.si", password);
        Assert.Equal(HttpStatusCode.Forbidden, await ByBearer(HttpMethod.Get, "/api/v1/recordings", token)); // nothing before the password is changed
        using (var changed = await SendAsync(HttpMethod.Post, "/api/v1/session/password", token, new { old = password, @new = Room.Password }))
            Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, await ByBearer(HttpMethod.Get, "/api/v1/recordings", token));

        Assert.Equal(0, Bodycam(null, "disable", "li.si").Code);
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", token));
        Assert.Equal(0, Bodycam(null, "unlock", "li.si").Code);
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", token)); // the old session does not come back
        (token, _) = await InAsync("li.si", Room.Password);
        var reset = Bodycam("a line from standard input\n", "reset", "li.si", "--password-stdin");
        Assert.True(reset.Code == 0, reset.Err);
        Assert.DoesNotContain("standard input", reset.Out, StringComparison.Ordinal); // what came in is not shown
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", token));
        (token, _) = await InAsync("li.si", "a line from standard input");
        Assert.Equal(0, Bodycam(null, "rotate").Code);
        Assert.Equal(HttpStatusCode.Unauthorized, await ByBearer(HttpMethod.Get, "/api/v1/session", token));
        await InAsync("chief", Room.Password);

        Assert.Equal(
            ["set_up", "signed_in", "added", "signed_in", "password_set", "disabled", "unlocked", "signed_in", "password_set", "signed_in", "password_expired", "password_expired", "signed_in"],
            AccountEvents().Select(static e => e.GetProperty("event").GetString()));
        Assert.StartsWith("cli/", AccountEvents()[2].GetProperty("by").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(AccountEvents(), e => e.ToString().Contains(password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_command_line_refuses_what_it_cannot_do_and_says_what_to_do()
    {
        var code = Bodycam(null, "setup-code", "--json");
        Assert.Equal((await File.ReadAllTextAsync(Path.Combine(KeysFolder, "setup-code.txt"), TestContext.Current.CancellationToken)).Trim(), JsonSerializer.Deserialize<JsonElement>(code.Out).GetProperty("code").GetString());
        await ChiefAsync();
        AssertRefused(Bodycam(null, "setup-code"), "administrator already");
        AssertRefused(Bodycam(null, "disable", "chief"), "last administrator");
        AssertRefused(Bodycam(null, "disable", "nobody"), "account list");
        AssertRefused(Bodycam("short\n", "add", "li.si", "--password-stdin"), "12");
        AssertRefused(Bodycam("", "add", "li.si", "--password-stdin"), "standard input");
        AssertRefused(Bodycam(null, "link", "chief", "u-77"), "oidc.json");
        AssertRefused(Bodycam(null, "add", "li.si", "--role", "System"), "System");
        Assert.NotEqual(0, Bodycam(null, "add", "li.si", "--password", "x").Code);
        var list = JsonSerializer.Deserialize<JsonElement>(Bodycam(null, "list", "--json").Out).GetProperty("accounts");
        Assert.Equal(["chief"], list.EnumerateArray().Select(static account => account.GetProperty("name").GetString()));
        Assert.DoesNotContain("AQAAAA", list.ToString(), StringComparison.Ordinal); // no hash
    }

    private static void AssertRefused((int Code, string Out, string Err) answer, string part)
    {
        Assert.Equal(2, answer.Code);
        Assert.Contains(part, answer.Err, StringComparison.Ordinal);
        Assert.Equal("", answer.Out);
    }

    private (int Code, string Out, string Err) Bodycam(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "bodycam.dll"), "account", .. arguments, "--keys", KeysFolder]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private List<JsonElement> AccountEvents() =>
        [.. new LogReader(Path.Combine(DataFolder, "log")).ReadRecords(0, host.Ingest.Checkpoint.Checkpoint.Size).Where(static stored => stored.Type == "account").Select(static stored => JsonSerializer.Deserialize<JsonElement>(stored.Utf8Json!))];

    private async Task<(string Token, string Csrf)> ChiefAsync()
    {
        var code = (await File.ReadAllTextAsync(Path.Combine(KeysFolder, "setup-code.txt"), TestContext.Current.CancellationToken)).Trim();
        Assert.True((await SetUpAsync(code)).IsSuccessStatusCode);
        return await InAsync("chief", Room.Password);
    }

    private Task<HttpResponseMessage> SetUpAsync(string code) => http.PostAsJsonAsync("/api/v1/setup", new { code, name = "chief", displayName = "主任", password = Room.Password }, TestContext.Current.CancellationToken);

    private async Task<(string Token, string Csrf)> InAsync(string name, string password)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/session", new { name, password }, TestContext.Current.CancellationToken);
        var body = await Json(answer);
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return (body.GetProperty("token").GetString()!, body.GetProperty("csrf").GetString()!);
    }

    private async Task<HttpStatusCode> ByCookie(HttpMethod method, string path, string token, string? csrf)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", "bodycam=" + token);
        if (csrf is not null)
            request.Headers.Add("X-BodyCam-CSRF", csrf);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> ByBearer(HttpMethod method, string path, string token)
    {
        using var answer = await SendAsync(method, path, token, null);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string token, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
}
