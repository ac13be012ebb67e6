using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.TestKit;

namespace BodyCam.Web.Tests;

/// <summary>The whole life of a recording by the API: issue, record, classify, attest, access, hold, expiry; and what verify says of it afterwards.</summary>
public sealed class LifeTests(Console console) : IClassFixture<Console>
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");

    [Fact]
    public async Task From_issue_to_certificate_every_step_is_an_act_and_verify_holds()
    {
        var cancel = TestContext.Current.CancellationToken;
        await console.Host.Ingest.ProvisionAsync(device, "provisioned", null, cancel);
        await console.Refused('C', "/recorders/bc-01/return", null, 409);
        await console.Must('C', "/recorders/bc-01/issue", new { officerId = "o-O" });
        await console.Must('O', "/recorders/bc-01/checks", new { items = new[] { new { item = "battery", grade = "passed", figure = 90, unit = "percent" } } });

        var recorder = new FakeRecorder(device, KeyRingOf(console)) { WallBaseUs = (ulong)((console.Host.Office.Now - DateTimeOffset.UnixEpoch).Ticks / 10) };
        foreach (var segment in new[] { recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true) })
            await Upload(segment, cancel);
        await UntilAsync(async () => (await console.Get('O', "/recordings")).GetProperty("items").EnumerateArray().Any(static row => row.GetProperty("state").GetString() == "verified"));
        var id = "bc-01.1.1";
        Assert.Equal("o-O", (await console.Get('O', $"/recordings/{id}")).GetProperty("holderId").GetString());

        // Nobody gets bytes without an entry of the register; the officer may look to classify.
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['O'].GetAsync($"/api/v1/recordings/{id}/segments/1?entry=register-000001", cancel)).StatusCode);
        Assert.Equal("not_allowed", await console.Refused('C', $"/recordings/{id}/open", new { action = "view", purpose = "看看" }, 403));
        var entry = (await console.Must('O', $"/recordings/{id}/open", new { action = "view", purpose = "分类整理" })).GetProperty("id").GetString();
        var bytes = await console.Clients['O'].GetByteArrayAsync($"/api/v1/recordings/{id}/segments/1?entry={entry}", cancel);
        Assert.Equal(File.ReadAllBytes(Path.Combine(console.DataFolder, "segments/bc-01/0001/000001/000001.mkv")), bytes);
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['3'].GetAsync($"/api/v1/recordings/{id}/segments/1?entry={entry}", cancel)).StatusCode);

        await console.Must('O', $"/recordings/{id}/classify", new { category = "日常检查", title = "某厂检查", order = 1, place = "某厂", content = "查看台账" });
        await console.Must('O', $"/recordings/{id}/attest", new { statement = "内容真实" });
        Assert.Equal("not_allowed", await console.Refused('O', $"/recordings/{id}/open", new { action = "view", purpose = "再看" }, 403));
        var request = (await console.Must('O', "/access-requests", new { kind = "ownWork", requester = "李", organisation = "大队", purpose = "办案", recordingIds = new[] { id }, actions = new[] { "view" } })).GetProperty("id").GetString();
        Assert.Equal("expiry", await console.Refused('3', $"/access-requests/{request}/decide", new { approved = true, words = "同意", expiresAt = DateTimeOffset.UnixEpoch.AddYears(80) }, 400));
        await console.Must('2', $"/access-requests/{request}/decide", new { approved = true, words = "同意", expiresAt = console.Host.Office.Now.AddDays(2) });
        await console.Must('O', $"/recordings/{id}/open", new { action = "view", purpose = "核对", requestId = request });

        // Not before its end, not while a hold stands.
        Assert.Equal("kept", await console.Refused('C', $"/recordings/{id}/review", null, 422));
        var hold = (await console.Must('O', "/holds", new { recordingId = id, trigger = "complaint_or_petition", reason = "投诉" })).GetProperty("id").GetString();
        Assert.Contains("投诉", (await console.Get('O', $"/recordings/{id}/retention")).GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("not_allowed", await console.Refused('1', $"/holds/{hold}/lift", new { reason = "了结" }, 403));
        await console.Must('2', $"/holds/{hold}/lift", new { reason = "投诉已了结" });

        var acts = (await console.Get('U', $"/recordings/{id}/acts")).EnumerateArray().Select(static act => act.GetProperty("act").GetString()).ToList();
        Assert.Equal(["intake", "access.open", "recording.classify", "recording.attest", "access.request", "access.decide", "access.open", "hold.set", "hold.lift"], acts.Where(static act => act != "intake").Prepend("intake"));
        Assert.Equal(2, (await console.Get('C', "/register")).GetProperty("items").GetArrayLength());

        // A package leaves only under an approval, filled from the data, and verifies offline.
        var extract = (await console.Must('R', "/access-requests", new { kind = "evidence", requester = "档案", organisation = "档案室", purpose = "作为证据", recordingIds = new[] { id }, actions = new[] { "extract" } })).GetProperty("id").GetString();
        Assert.Equal("not_allowed", await console.Refused('R', "/packages", new { recordingIds = new[] { id }, title = "检查案", number = "1", purpose = "入卷", requestId = extract }, 403));
        await console.Must('2', $"/access-requests/{extract}/decide", new { approved = true, words = "同意", expiresAt = console.Host.Office.Now.AddDays(2) });
        var package = await console.Must('R', "/packages", new { recordingIds = new[] { id }, title = "检查案", number = "2026-1", purpose = "入卷", requestId = extract, proves = "检查经过" });
        var zip = await console.Clients['R'].GetByteArrayAsync($"/api/v1/packages/{package.GetProperty("id").GetString()}/file", cancel);
        Assert.Equal(package.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(zip)));
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['O'].GetAsync($"/api/v1/packages/{package.GetProperty("id").GetString()}/file", cancel)).StatusCode);
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, zip, cancel);
        Assert.Equal(VerifyVerdict.Verified, Packaging.PackageVerifier.Run(file, new VerifyOptions { GatewayKeyPem = console.Host.PublicKeyPem }).Verdict);
        using (var archive = System.IO.Compression.ZipFile.OpenRead(file))
        using (var form = new StreamReader(archive.GetEntry("forms/evidence-note.html")!.Open()))
            Assert.DoesNotContain("data-field=\"empty\"", await form.ReadToEndAsync(cancel), StringComparison.Ordinal);
        File.Delete(file);

        // An approval that is withdrawn takes back what it opened: the entry, and the package with its copy on disk.
        var taken = (await console.Must('R', $"/recordings/{id}/open", new { action = "extract", purpose = "入卷", requestId = extract })).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.OK, (await console.Clients['R'].GetAsync($"/api/v1/recordings/{id}/segments/1?entry={taken}", cancel)).StatusCode);
        await console.Must('2', $"/access-requests/{extract}/withdraw", new { reason = "撤回" });
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['R'].GetAsync($"/api/v1/recordings/{id}/segments/1?entry={taken}", cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['R'].GetAsync($"/api/v1/packages/{package.GetProperty("id").GetString()}/file", cancel)).StatusCode);
        await UntilAsync(() => Task.FromResult(!Directory.EnumerateFiles(Path.Combine(console.DataFolder, "packages")).Any()));

        var report = Verifier.Run(console.DataFolder, new VerifyOptions { GatewayKeyPem = console.Host.PublicKeyPem, CustodyComparison = Custody.Store.CustodyCheck.Differences }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task Another_source_is_stored_under_its_digest_and_linked()
    {
        var cancel = TestContext.Current.CancellationToken;
        var activity = (await console.Must('O', "/activities", new { unitId = "unit-1", description = new { type = "inspection", title = "检查", place = "某厂" } })).GetProperty("id").GetString();
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var answer = await console.Clients['K'].PostAsync($"/api/v1/activities/{activity}/sources?source=voice_recorder&name=a.wav&takenAt=2026-11-20T01:00:00Z", new ByteArrayContent(bytes), cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var source = await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(sha, source.GetProperty("sha256").GetString());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(console.DataFolder, "sources", sha), cancel));
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Clients['U'].PostAsync($"/api/v1/activities/{activity}/sources?source=voice_recorder&name=a.wav&takenAt=2026-11-20T01:00:00Z", new ByteArrayContent(bytes), cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await console.Clients['K'].PostAsync($"/api/v1/activities/{activity}/sources?source=voice_recorder&name=a.wav&takenAt=2026-11-20T01:00:00Z", new ByteArrayContent([]), cancel)).StatusCode);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(console.DataFolder, "sources"), ".arriving*"));
    }

    [Fact]
    public async Task Tasks_name_what_is_due_with_its_article()
    {
        var activity = (await console.Must('O', "/activities", new { unitId = "unit-1", description = new { type = "inspection", title = "检查", place = "某地" } })).GetProperty("id").GetString();
        await console.Must('O', "/stop-uses", new { activityId = activity, reason = "person_requested", words = "举报人要求", requester = "张某" });
        var tasks = (await console.Get('1', "/units/unit-1/tasks")).EnumerateArray().ToList();
        var record = Assert.Single(tasks, static task => task.GetProperty("kind").GetString() == "work_record");
        Assert.Equal("qidong 12", record.GetProperty("cites")[0].GetString());
        Assert.Contains(tasks, static task => task.GetProperty("kind").GetString() == "supervision" && task.GetProperty("cites")[0].GetString() == "qidong 20");
        var figures = await console.Get('1', "/units/unit-1/figures");
        Assert.Contains("未指定第一责任人", figures.GetProperty("missing").EnumerateArray().Select(static text => text.GetString()));
        Assert.True(figures.GetProperty("recorded").GetInt32() <= figures.GetProperty("activities").GetInt32());
        Assert.Equal(1, figures.GetProperty("recorders").EnumerateObject().Sum(static state => state.Value.GetInt32()));
    }

    [Fact]
    public async Task A_person_of_another_unit_neither_sees_nor_touches()
    {
        var activity = (await console.Must('O', "/activities", new { unitId = "unit-1", description = new { type = "inspection", title = "检查", place = "某地" } })).GetProperty("id").GetString();
        var store = Accounts.AccountStore.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys", Accounts.AccountStore.FileName));
        using (store)
        {
            var officer = store.Find("user-O")!;
            store.Put(officer with { Id = "user-other", Name = "other", UnitId = "unit-2", OfficerId = "o-x" });
        }

        var other = await console.SignInAsync("other");
        // What is another unit's answers like what is not there: neither code nor words tell that it exists.
        foreach (var path in new[] { "", "/acts", "/continuity" })
            await SameAsNothing(other, HttpMethod.Get, $"/api/v1/activities/ID{path}", activity!, null);
        await SameAsNothing(other, HttpMethod.Post, "/api/v1/activities/ID/return", activity!, new { at = DateTimeOffset.UnixEpoch });
        await SameAsNothing(other, HttpMethod.Post, "/api/v1/activities/ID/notice", activity!, new { given = true, reason = "已告知" });
        await SameAsNothing(other, HttpMethod.Post, "/api/v1/activities/ID/join", activity!, new { otherId = "activity-x", reason = "合并" });
        Assert.Equal(0, (await other.GetFromJsonAsync<JsonElement>("/api/v1/activities", TestContext.Current.CancellationToken)).GetProperty("items").GetArrayLength());
        // Asking is open to other units; what was not approved stays closed.
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsJsonAsync("/api/v1/access-requests", new { kind = "otherUnit", requester = "外", organisation = "二大队", purpose = "协查", recordingIds = new[] { "bc-01.9.9" }, actions = new[] { "view" } }, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsJsonAsync($"/api/v1/activities/{activity}/describe", new { type = "inspection", title = "改", place = "改" }, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync("/api/v1/units/unit-1/figures", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync("/api/v1/units/unit-9/figures", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Leaders_and_the_legal_section_of_another_agency_see_and_touch_nothing()
    {
        var cancel = TestContext.Current.CancellationToken;
        var activity = (await console.Must('O', "/activities", new { unitId = "unit-1", description = new { type = "inspection", title = "检查", place = "某地" } })).GetProperty("id").GetString();
        var hold = (await console.Must('O', "/holds", new { activityId = activity, trigger = "complaint_or_petition", reason = "投诉" })).GetProperty("id").GetString();
        await console.Must('A', "/agencies", new { id = "agency-f", name = "外局", policyId = "lingchuan-hrss" });
        await console.Must('A', "/units", new { id = "unit-f", agencyId = "agency-f", name = "外大队" });
        using (var store = Accounts.AccountStore.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys", Accounts.AccountStore.FileName)))
        {
            foreach (var letter in new[] { "3", "L", "U", "R" })
                store.Put(store.Find("user-" + letter)! with { Id = "user-f" + letter, Name = "foreign." + letter, UnitId = "unit-f", OfficerId = "o-f" + letter });
        }

        foreach (var letter in new[] { "3", "L", "U", "R" })
        {
            var foreign = await console.SignInAsync("foreign." + letter);
            await SameAsNothing(foreign, HttpMethod.Get, "/api/v1/activities/ID", activity!, null);
            await SameAsNothing(foreign, HttpMethod.Get, "/api/v1/holds/ID", hold!, null);
            foreach (var list in new[] { "activities", "holds", "officers", "recorders", "recordings" })
                Assert.Equal(0, (await foreign.GetFromJsonAsync<JsonElement>("/api/v1/" + list, cancel)).GetProperty("items").GetArrayLength());
            Assert.Equal(HttpStatusCode.Forbidden, (await foreign.GetAsync("/api/v1/units/unit-1/tasks", cancel)).StatusCode);
            if (letter == "3")
                await SameAsNothing(foreign, HttpMethod.Post, "/api/v1/holds/ID/lift", hold!, new { reason = "了结" });
        }

        // Several agencies: who has no unit belongs to none of them.
        Assert.Equal("投诉", (await console.Get('3', $"/holds/{hold}")).GetProperty("reason").GetString());
        await console.Must('2', $"/holds/{hold}/lift", new { reason = "了结" });
    }

    // The same request for what is there and for what is not gives the same answer, but for the id.
    private static async Task SameAsNothing(HttpClient client, HttpMethod method, string path, string id, object? body)
    {
        var cancel = TestContext.Current.CancellationToken;
        var answers = new List<string>();
        foreach (var one in new[] { id, "nothing-000001" })
        {
            using var request = new HttpRequestMessage(method, path.Replace("ID", one, StringComparison.Ordinal)) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await client.SendAsync(request, cancel);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
            answers.Add($"{(int)answer.StatusCode} {problem.GetProperty("title").GetString()} {problem.GetProperty("detail").GetString()!.Replace(one, "ID", StringComparison.Ordinal)}");
        }

        Assert.StartsWith("404 ", answers[0], StringComparison.Ordinal);
        Assert.Equal(answers[1], answers[0]);
    }

    private static KeyRing KeyRingOf(Console console) => KeyFolder.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys"), console.DataFolder).Ring;

    private async Task Upload(FakeSegment segment, CancellationToken cancel)
    {
        await console.Host.Ingest.HandleUpAsync(device, new System.Buffers.ReadOnlySequence<byte>(FakeRecorder.SealMessage(segment)), cancel);
        for (var index = 0; index < segment.ChunkCount; index++)
            await console.Host.Ingest.HandleUpAsync(device, new System.Buffers.ReadOnlySequence<byte>(FakeRecorder.ChunkMessage(segment, index)), cancel);
    }

    // The gateway's own loop brings it; ends as soon as it is there.
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
            await timer.WaitForNextTickAsync(end.Token);
    }
}
