using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;

namespace BodyCam.Web.Tests;

/// <summary>Linked sources (D4) leave through the gate of recordings: a role or an approval, an entry of the register, an act in the log (M1–M7).</summary>
public sealed class SourceAccessTests(Console console) : IClassFixture<Console>
{
    [Fact]
    public async Task A_linked_source_leaves_whole_or_in_ranges_with_its_hash_and_kind_and_only_by_the_register()
    {
        var (_, source, bytes) = await LinkedAsync();
        var path = $"/api/v1/linked-sources/{source}/file?entry=";
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync('1', path + "register-000001")).StatusCode);
        var entry = Id(await console.Must('1', $"/linked-sources/{source}/open", new { action = "view", purpose = "核对现场录音" }));

        using var answer = await GetAsync('1', path + entry);
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:", answer.Headers.GetValues("Repr-Digest").Single());
        Assert.Equal("voice_recorder", answer.Headers.GetValues("X-BodyCam-Source").Single());
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"", answer.Headers.ETag!.Tag);
        // What somebody gave in is saved, never run by a browser.
        Assert.Equal(("attachment", "application/octet-stream", "nosniff"), (answer.Content.Headers.ContentDisposition!.DispositionType, answer.Content.Headers.ContentType!.MediaType, answer.Headers.GetValues("X-Content-Type-Options").Single()));

        using var part = await GetAsync('1', path + entry, new RangeHeaderValue(100, 299));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(bytes[100..300], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var beyond = await GetAsync('1', path + entry, new RangeHeaderValue(bytes.Length + 5, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);

        // An entry is one person's and one thing's.
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync('3', path + entry)).StatusCode);
        var (_, other, _) = await LinkedAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync('1', $"/api/v1/linked-sources/{other}/file?entry={entry}")).StatusCode);
        Assert.Equal(["activity.link", "access.open_source"], (await console.Get('U', $"/linked-sources/{source}/acts")).EnumerateArray().Select(static act => act.GetProperty("act").GetString()));
        var row = Assert.Single((await console.Get('U', $"/register?key=source&value={source}")).GetProperty("items").EnumerateArray());
        Assert.Equal(("user-1", "核对现场录音", "view"), (row.GetProperty("userId").GetString(), row.GetProperty("purpose").GetString(), row.GetProperty("action").GetString()));

        // A file that is gone is said to be damaged, not passed over.
        File.Delete(Path.Combine(console.DataFolder, "sources", Convert.ToHexStringLower(SHA256.HashData(bytes))));
        Assert.Equal(HttpStatusCode.Conflict, (await GetAsync('1', path + entry)).StatusCode);
    }

    [Fact]
    public async Task Who_has_no_right_of_the_role_needs_an_approval_by_rank_for_this_source_and_this_way()
    {
        var (_, source, bytes) = await LinkedAsync();
        var (_, other, _) = await LinkedAsync();
        Assert.Equal("not_allowed", await console.Refused('O', $"/linked-sources/{source}/open", new { action = "view", purpose = "看看" }, 403));
        Assert.Equal("not_allowed", await console.Refused('3', $"/linked-sources/{source}/open", new { action = "copy", purpose = "带走" }, 403));
        Assert.Equal("scope", await console.Refused('O', "/access-requests", new { kind = "ownWork", requester = "李", organisation = "大队", purpose = "办案", recordingIds = Array.Empty<string>(), actions = new[] { "copy" } }, 400));
        Assert.Equal("linked_source_not_found", await console.Refused('O', "/access-requests", new { kind = "ownWork", requester = "李", organisation = "大队", purpose = "办案", recordingIds = Array.Empty<string>(), actions = new[] { "copy" }, sourceIds = new[] { "source-999999" } }, 404));
        var request = Id(await console.Must('O', "/access-requests", new { kind = "ownWork", requester = "李", organisation = "大队", purpose = "办案", recordingIds = Array.Empty<string>(), actions = new[] { "copy" }, sourceIds = new[] { source } }));
        Assert.Contains((await console.Get('2', "/units/unit-1/tasks")).EnumerateArray(), task => task.GetProperty("subject").GetString() == "access_request/" + request && task.GetProperty("cites")[0].GetString()!.StartsWith("qidong 17", StringComparison.Ordinal));
        Assert.Equal("not_allowed", await console.Refused('O', $"/linked-sources/{source}/open", new { action = "copy", purpose = "办案", requestId = request }, 403));
        await console.Must('2', $"/access-requests/{request}/decide", new { approved = true, words = "同意", expiresAt = console.Host.Office.Now.AddDays(2) });
        Assert.Equal("not_allowed", await console.Refused('O', $"/linked-sources/{source}/open", new { action = "view", purpose = "办案", requestId = request }, 403));
        Assert.Equal("not_allowed", await console.Refused('O', $"/linked-sources/{other}/open", new { action = "copy", purpose = "办案", requestId = request }, 403));
        var entry = Id(await console.Must('O', $"/linked-sources/{source}/open", new { action = "copy", purpose = "办案", requestId = request }));
        using var answer = await GetAsync('O', $"/api/v1/linked-sources/{source}/file?entry={entry}");
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Beside_a_recording_with_a_state_secret_the_source_opens_to_nobody()
    {
        var (activity, source, _) = await LinkedAsync();
        var entry = Id(await console.Must('1', $"/linked-sources/{source}/open", new { action = "view", purpose = "核对" }));
        var secret = new Recording("bc-77.1.1", "bc-77", 1, 1, "agency-1", "unit-1") { ActivityId = activity, State = RecordingState.Verified, Secrecy = Secrecy.State };
        Assert.True((await console.Host.Office.DoAsync(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(secret), TestContext.Current.CancellationToken)).IsDone);
        Assert.True(secret.IsQuarantined);
        foreach (var who in "13L")
            Assert.Equal("quarantined", await console.Refused(who, $"/linked-sources/{source}/open", new { action = "view", purpose = "核对" }, 422));
        Assert.Equal("quarantined", await console.Refused('O', "/access-requests", new { kind = "ownWork", requester = "李", organisation = "大队", purpose = "办案", recordingIds = Array.Empty<string>(), actions = new[] { "view" }, sourceIds = new[] { source } }, 422));
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync('1', $"/api/v1/linked-sources/{source}/file?entry={entry}")).StatusCode);
    }

    private async Task<(string Activity, string Source, byte[] Bytes)> LinkedAsync()
    {
        var activity = Id(await console.Must('O', "/activities", new { unitId = "unit-1", description = new { type = "inspection", title = "检查", place = "某厂" } }));
        var bytes = RandomNumberGenerator.GetBytes(5000);
        using var answer = await console.Clients['K'].PostAsync($"/api/v1/activities/{activity}/sources?source=voice_recorder&name={Uri.EscapeDataString("录音.wav")}&takenAt=2026-11-20T01:00:00Z", new ByteArrayContent(bytes), TestContext.Current.CancellationToken);
        return (activity, Id(await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)), bytes);
    }

    private Task<HttpResponseMessage> GetAsync(char who, string path, RangeHeaderValue? range = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = range;
        return console.Clients[who].SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;
}
