using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using BodyCam.Accounts;
using BodyCam.Custody.Acts;
using BodyCam.Gateway;
using BodyCam.Rules.Policies;

namespace BodyCam.Web.Tests;

/// <summary>A gateway in this process with an agency of qidong, and somebody of each role signed in by the API.</summary>
public sealed class Console : IAsyncLifetime
{
    /// <summary>Letter, roles, rank: as the expected tables name them.</summary>
    public static readonly (char Letter, Role[] Roles, Rank Rank)[] People =
    [
        ('A', [Role.Administrator], Rank.None), ('C', [Role.Custodian], Rank.None), ('O', [Role.Officer], Rank.None), ('L', [Role.Legal], Rank.None), ('R', [Role.Archivist], Rank.None), ('T', [Role.Technician], Rank.None),
        ('K', [Role.Collector], Rank.None), ('U', [Role.Auditor], Rank.None), ('1', [], Rank.UnitHead), ('2', [], Rank.LeaderInCharge), ('3', [], Rank.MainLeader),
    ];

    private const string Password = "correct horse battery 9";

    private readonly string root = Directory.CreateTempSubdirectory("console").FullName;

    /// <summary>The gateway's clock: the machine's, unless a test lets it leap.</summary>
    public LeapingTime Time { get; } = new();

    public GatewayHost Host { get; private set; } = null!;

    public HttpClient Nobody { get; private set; } = null!;

    public Dictionary<char, HttpClient> Clients { get; } = [];

    public string DataFolder => Path.Combine(root, "data");

    public Uri Address => new($"http://127.0.0.1:{Host.HttpPort}");

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        using (var store = AccountStore.Open(Path.Combine(root, "keys", AccountStore.FileName)))
        using (var passwords = new Passwords())
        {
            var hash = passwords.Hash(Password);
            foreach (var (letter, roles, rank) in People)
                store.Put(new Account("user-" + letter, "user." + letter, "用户" + letter, roles.Contains(Role.Technician) || roles.Contains(Role.Administrator) ? null : "o-" + letter, "unit-1", roles, rank) { PasswordHash = hash });
        }

        foreach (var (letter, _, _) in People)
            Clients[letter] = await SignInAsync("user." + letter);
        await Must('A', "/agencies", new { id = "agency-1", name = "启东市某局", policyId = "qidong" });
        await Must('A', "/units", new { id = "unit-1", agencyId = "agency-1", name = "执法大队" });
        await Must('A', "/units", new { id = "unit-2", agencyId = "agency-1", name = "二大队" });
        foreach (var (letter, _, rank) in People)
            await Must('A', "/officers", new { id = "o-" + letter, name = "姓名" + letter, certificateNumber = "证" + letter, unitId = "unit-1", rank = JsonNamingPolicy.CamelCase.ConvertName(rank.ToString()), isActive = true });
        await Must('C', "/recorders", new { id = "bc-01", serial = "SN1", brand = "BodyCam", model = "WROVER", unitId = "unit-1", isExplosionProof = false, hasInfrared = true, hasSpareBattery = false });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    public async Task<HttpClient> SignInAsync(string name)
    {
        var answer = await (await Nobody.PostAsJsonAsync("/api/v1/session", new { name, password = Password })).Content.ReadFromJsonAsync<JsonElement>();
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.GetProperty("token").GetString());
        return client;
    }

    /// <summary>Signs everybody in again: a step of the clock ends sessions.</summary>
    public async Task SignInAgainAsync()
    {
        foreach (var (letter, _, _) in People)
            Clients[letter] = await SignInAsync("user." + letter);
    }

    public async Task<JsonElement> Must(char who, string path, object? body = null)
    {
        var answer = await Post(who, path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{who} {path}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public async Task<string> Refused(char who, string path, object? body, int status)
    {
        var answer = await Post(who, path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{who} {path}: {(int)answer.StatusCode} {text}");
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("detail").GetString()));
        return problem.GetProperty("title").GetString()!;
    }

    public async Task<JsonElement> Get(char who, string path) => await (await Clients[who].GetAsync("/api/v1" + path)).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();

    private Task<HttpResponseMessage> Post(char who, string path, object? body) => Clients[who].PostAsync("/api/v1" + path, body is null ? null : JsonContent.Create(body), TestContext.Current.CancellationToken);

    private async Task StartAsync()
    {
        Host = await GatewayHost.StartAsync(
            new GatewayOptions { DataFolder = DataFolder, KeysFolder = Path.Combine(root, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false, Time = Time, IntakeEvery = TimeSpan.FromMilliseconds(100) }, TestContext.Current.CancellationToken);
        Nobody = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };
    }
}
