using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.Store;
using BodyCam.Log;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using BodyCam.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BodyCam.Accounts.Tests;

/// <summary>The API over real sockets on the accounts of a <see cref="Room"/>, plain or over TLS, with acts in memory and few hash rounds.</summary>
public sealed class SignRoom : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Office office;
    private readonly SqliteCatalog catalog;
    private readonly GatewayKey key;

    private SignRoom(WebApplication app, Office office, SqliteCatalog catalog, GatewayKey key, Room room) => (this.app, this.office, this.catalog, this.key, Room) = (app, office, catalog, key, room);

    public Room Room { get; }

    public HttpClient Http { get; private set; } = null!;

    public static async Task<SignRoom> StartAsync(Room room, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        var office = new Office(SqliteCustodyStore.Open(":memory:"), new NoActs(), new NoPolicies(), room.Time);
        var (catalog, key) = (SqliteCatalog.Open(":memory:"), GatewayKey.Create());
        var guard = new ClockGuard(room.Time, new SystemBootClock(room.Time), new ClockGuardFile(Path.Combine(room.Folder, "clock.json")));
        var services = new WebServices(office, catalog, room.Folder, room.Store, new byte[32], room.Log, new TaskList(new WorkingDays(CalendarSet.Load(Path.Combine(AppContext.BaseDirectory, "calendars")))), guard, key, room.Time);
        builder.Services.AddWebApi(() => services);
        builder.Services.AddSingleton(_ => new Passwords(iterations: 1_000));
        var app = builder.Build();
        app.MapWebApi();
        await app.StartAsync();
        return new SignRoom(app, office, catalog, key, room)
        {
            // The certificate is this test's own, on loopback.
            Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate?.GetCertHashString() } }) { BaseAddress = new Uri(app.Urls.Single()) },
        };
    }

    /// <summary>A certificate for loopback, good for this run.</summary>
    public static X509Certificate2 Certificate()
    {
        using var rsa = RSA.Create(2048);
        var made = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Signs in; the cookie line, the token and the CSRF token.</summary>
    public async Task<(string Cookie, string Token, string Csrf)> InAsync(string name, string password = Room.Password, string? code = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = JsonContent.Create(new { name, password, code }) };
        foreach (var header in headers)
            request.Headers.Add(header.Name, header.Value);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await JsonAsync(answer);
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return (answer.Headers.GetValues("Set-Cookie").Single(), body.GetProperty("token").GetString()!, body.GetProperty("csrf").GetString()!);
    }

    /// <summary>One call; by cookie with <paramref name="csrf"/>, by bearer when it is null.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> CallAsync(string method, string path, string? token, object? body = null, string? cookieCsrf = null, bool isCookie = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null)
            request.Headers.Add(isCookie ? "Cookie" : "Authorization", isCookie ? "bodycam=" + token : "Bearer " + token);
        if (cookieCsrf is not null)
            request.Headers.Add("X-BodyCam-CSRF", cookieCsrf);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await JsonAsync(answer));
    }

    /// <summary>Every call that the document names, with a value in the place of each parameter of the path.</summary>
    public async Task<IReadOnlyList<(string Method, string Path, string Name)>> EveryCallAsync()
    {
        var document = await Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        return
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
               where path.Name.StartsWith("/api/v1/", StringComparison.Ordinal)
               from operation in path.Value.EnumerateObject()
               select (operation.Name.ToUpperInvariant(), path.Name.Replace("{id}", "nothing", StringComparison.Ordinal).Replace("{segment}", "1", StringComparison.Ordinal), operation.Value.GetProperty("operationId").GetString()!),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        office.Dispose();
        catalog.Dispose();
        key.Dispose();
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return text.StartsWith('{') || text.StartsWith('[') ? JsonSerializer.Deserialize<JsonElement>(text) : default;
    }

    private sealed class NoActs : IActLog
    {
        public long Size { get; private set; }

        public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel)
        {
            Size += records.Count;
            return ValueTask.FromResult(Size - records.Count);
        }

        public IEnumerable<LoggedAct> ReadFrom(long sequence) => [];
    }

    private sealed class NoPolicies : IPolicies
    {
        public PolicySet? At(string policyId, DateOnly day) => null;
    }
}
