using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace BodyCam.Cli;

/// <summary>The people of the demo, who do all they do through the API as anybody would: set-up with the code from the keys folder, accounts, sign-in, acts.</summary>
internal sealed class DemoAgency(int httpPort, string keysFolder) : IDisposable
{
    private const string Unit = "unit-1";
    private const string Officer = "officer-1";

    private readonly Uri address = new($"http://127.0.0.1:{httpPort}");
    private readonly Dictionary<string, HttpClient> people = new(StringComparer.Ordinal);

    /// <summary>Founds the agency, its unit and people, and issues the recorder to its officer.</summary>
    public async Task FoundAsync(string device, CancellationToken cancel)
    {
        var code = (await File.ReadAllTextAsync(Path.Combine(keysFolder, "setup-code.txt"), cancel).ConfigureAwait(false)).Trim();
        var password = NewPassword();
        using (var nobody = Client())
            await PostAsync(nobody, "/setup", new { code, name = "admin", displayName = "系统管理员", password }, cancel).ConfigureAwait(false);
        await SignInAsync("admin", password, null, cancel).ConfigureAwait(false);
        await DoAsync("admin", "/agencies", new { id = "agency-1", name = "启东市某局", policyId = "qidong" }, cancel).ConfigureAwait(false);
        await DoAsync("admin", "/units", new { id = Unit, agencyId = "agency-1", name = "执法大队" }, cancel).ConfigureAwait(false);
        foreach (var (id, name, rank) in new[] { (Officer, "李四", "none"), ("officer-2", "王五", "unitHead"), ("officer-3", "赵六", "none") })
            await DoAsync("admin", "/officers", new { id, name, certificateNumber = "证" + id[^1], unitId = Unit, rank, isActive = true }, cancel).ConfigureAwait(false);
        await DoAsync("admin", "/units", new { id = Unit, agencyId = "agency-1", name = "执法大队", headOfficerId = "officer-2" }, cancel).ConfigureAwait(false);
        await AddAsync("head", "王五", "officer-2", [], "unitHead", cancel).ConfigureAwait(false);
        await AddAsync("custodian", "赵六", "officer-3", ["custodian"], "none", cancel).ConfigureAwait(false);
        await DoAsync("custodian", "/recorders", new { id = device, serial = "DEMO-1", brand = "BodyCam", model = "virtual", unitId = Unit, isExplosionProof = false, hasInfrared = false, hasSpareBattery = false, custodianId = "officer-3" }, cancel).ConfigureAwait(false);
        await DoAsync("custodian", $"/recorders/{device}/issue", new { officerId = Officer }, cancel).ConfigureAwait(false);
    }

    /// <summary>The custodian takes the recorder back with its manifest; the head of the unit hears the spoken note and confirms it.</summary>
    /// <returns>The ledger, and the leads that were raised.</returns>
    public async Task<(JsonElement Ledger, IReadOnlyList<string> Leads)> CloseAsync(string device, CancellationToken cancel)
    {
        await DoAsync("custodian", $"/recorders/{device}/return", null, cancel).ConfigureAwait(false);
        var interruption = (await ItemsAsync("/interruptions", cancel).ConfigureAwait(false)).FirstOrDefault(static row => row.TryGetProperty("noteToUs", out _));
        if (interruption.ValueKind != JsonValueKind.Object)
            throw new DemoException("No interruption with a spoken note came from the journal. Look at GET /api/v1/interruptions and report it.");
        await DoAsync("head", $"/interruptions/{interruption.GetProperty("id").GetString()}/confirm", new { words = "已听取：电池耗尽，更换后继续" }, cancel).ConfigureAwait(false);
        var ledger = await GetAsync($"/activities/{interruption.GetProperty("activityId").GetString()}/continuity", cancel).ConfigureAwait(false);
        return (ledger, [.. (await ItemsAsync("/leads", cancel).ConfigureAwait(false)).Select(static row => row.GetProperty("type").GetString()!)]);
    }

    /// <summary>True once the journal told of the end of the activity and of the note, and every recording is stored.</summary>
    public async Task<bool> IsTakenInAsync(CancellationToken cancel) =>
        await ItemsAsync("/activities", cancel).ConfigureAwait(false) is { Count: > 0 } activities && activities.All(static row => row.TryGetProperty("endedAt", out _))
        && (await ItemsAsync("/interruptions", cancel).ConfigureAwait(false)).Any(static row => row.TryGetProperty("noteToUs", out _) && row.TryGetProperty("toUs", out _))
        && (await ItemsAsync("/recordings", cancel).ConfigureAwait(false)) is { Count: > 0 } recordings && recordings.All(static row => row.TryGetProperty("storedAt", out _));

    public void Dispose()
    {
        foreach (var person in people.Values)
            person.Dispose();
    }

    private async Task AddAsync(string name, string displayName, string officerId, string[] roles, string rank, CancellationToken cancel)
    {
        var given = NewPassword();
        await DoAsync("admin", "/accounts", new { grant = new { name, displayName, officerId, unitId = Unit, roles, rank }, password = given }, cancel).ConfigureAwait(false);
        await SignInAsync(name, given, NewPassword(), cancel).ConfigureAwait(false);
    }

    // What an administrator gave is changed at the first sign-in.
    private async Task SignInAsync(string name, string password, string? own, CancellationToken cancel)
    {
        var client = people[name] = Client();
        var answer = await PostAsync(client, "/session", new { name, password }, cancel).ConfigureAwait(false);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.GetProperty("token").GetString());
        if (own is not null)
            await PostAsync(client, "/session/password", new { old = password, @new = own }, cancel).ConfigureAwait(false);
    }

    private Task<JsonElement> DoAsync(string who, string path, object? body, CancellationToken cancel) => PostAsync(people[who], path, body, cancel);

    private async Task<IReadOnlyList<JsonElement>> ItemsAsync(string path, CancellationToken cancel) => [.. (await GetAsync(path, cancel).ConfigureAwait(false)).GetProperty("items").EnumerateArray()];

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancel) => await AnswerAsync(await people["head"].GetAsync(new Uri("/api/v1" + path, UriKind.Relative), cancel).ConfigureAwait(false), path, cancel).ConfigureAwait(false);

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object? body, CancellationToken cancel)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        return await AnswerAsync(await client.PostAsync(new Uri("/api/v1" + path, UriKind.Relative), content, cancel).ConfigureAwait(false), path, cancel).ConfigureAwait(false);
    }

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage answer, string path, CancellationToken cancel)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new DemoException($"The gateway answered {(int)answer.StatusCode} to {path}: {text}. Report it.");
        }
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)) + "-Demo";

    private HttpClient Client() => new(new SocketsHttpHandler { UseCookies = false }, disposeHandler: true) { BaseAddress = address };
}
