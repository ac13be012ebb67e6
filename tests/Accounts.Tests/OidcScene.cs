using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Accounts.Http;
using BodyCam.Accounts.Oidc;
using BodyCam.Custody.Acts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BodyCam.Accounts.Tests;

/// <summary>Accounts over real sockets, one of them linked, and a provider that can be told to be wrong in one thing.</summary>
public abstract class OidcScene : IAsyncLifetime
{
    private protected readonly Room room = new();
    private protected FakeProvider provider = null!;
    private protected WebApplication app = null!;
    private protected HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await FakeProvider.StartAsync(room.Time);
        room.Add("chief", Role.Administrator);
        var linked = room.Add("li.si", Role.Officer);
        room.Store.Put(linked with { Subject = provider.Issuer + " u-77", PasswordHash = "", MustChangePassword = true });
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        await provider.DisposeAsync();
        room.Dispose();
    }

    private protected async Task StartAsync(Action<JsonObject>? configure = null)
    {
        var file = new JsonObject { ["issuer"] = provider.Issuer, ["clientId"] = FakeProvider.ClientId, ["clientSecret"] = FakeProvider.Secret, ["redirectUri"] = "http://127.0.0.1:1/api/v1/session/oidc/callback" };
        configure?.Invoke(file);
        var path = Path.Combine(room.Folder, OidcOptions.FileName);
        await File.WriteAllTextAsync(path, file.ToJsonString());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (app is not null)
            await app.DisposeAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAccounts(_ => new AccountServices(AccountStore.Open(room.StorePath), new byte[32], room.Log, room.Time));
        app = builder.Build();
        app.MapAccounts();
        await app.StartAsync();
        browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    private protected async Task<HttpResponseMessage> SignInAsync()
    {
        var (request, cookie) = await BeginAsync();
        return await CallbackAsync(provider.Agree(request), cookie);
    }

    private protected async Task<(Uri Request, string Cookie)> BeginAsync()
    {
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var cookie = Cookie(answer, "bodycam_oidc");
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        return (answer.Headers.Location!, cookie.Split(';')[0]["bodycam_oidc=".Length..]);
    }

    private protected async Task<HttpResponseMessage> CallbackAsync(string query, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/session/oidc/callback" + query);
        if (cookie.Length > 0)
            request.Headers.Add("Cookie", "bodycam_oidc=" + cookie);
        return await browser.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private protected static async Task AssertRefused(HttpResponseMessage answer, OidcRefusal expected, HttpStatusCode? status = null)
    {
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("oidc_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(expected.ToString()), problem.GetProperty("title").GetString());
        Assert.Equal(status ?? (expected == OidcRefusal.Unreachable ? HttpStatusCode.BadGateway : HttpStatusCode.Unauthorized), answer.StatusCode);
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], static cookie => cookie.StartsWith(AccountsHttp.Cookie + "=", StringComparison.Ordinal));
    }

    private protected static string Cookie(HttpResponseMessage answer, string name) => answer.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal));
}
