using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using BodyCam.Custody.Store;
using BodyCam.Evidence;
using Microsoft.Data.Sqlite;

namespace BodyCam.Web.Tests;

/// <summary>What a package says of custody is what the log says, whatever was made of <c>custody.db</c>.</summary>
public sealed class PackageCustodyTests(Console console) : IClassFixture<Console>
{
    private const string Id = "bc-01.1.1";

    [Fact]
    public async Task Words_that_are_not_in_the_log_leave_in_no_package_and_verify_names_them()
    {
        var cancel = TestContext.Current.CancellationToken;
        var shift = await Shift.BeginAsync(console, "bc-01", console.Host.Office.Now);
        await console.Must('C', "/recorders/bc-01/issue", new { officerId = "o-O" });
        await shift.RecordAsync(1, 1);
        await VerifiedAsync();
        await console.Must('O', $"/recordings/{Id}/classify", new { category = "日常检查", title = "某厂检查", order = 1, place = "某厂", content = "查看台账" });
        await console.Must('O', "/holds", new { recordingId = Id, trigger = "complaint_or_petition", reason = "当事人投诉" });
        var request = (await console.Must('R', "/access-requests", new { kind = "evidence", requester = "档案", organisation = "档案室", purpose = "作为证据", recordingIds = new[] { Id }, actions = new[] { "extract" } })).GetProperty("id").GetString();
        await console.Must('2', $"/access-requests/{request}/decide", new { approved = true, words = "同意", expiresAt = console.Host.Office.Now.AddDays(2) });

        foreach (var (table, was, instead) in new[] { ("act", "当事人投诉", "无任何理由"), ("entity", "查看台账", "台账查看"), ("act", "hold.set", "hold.put") })
        {
            Replace(table, was, instead);
            var answer = await Package(request!);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
            Assert.Equal((409, "custody_differs"), ((int)answer.StatusCode, problem.GetProperty("title").GetString()));
            var detail = problem.GetProperty("detail").GetString()!;
            Assert.Contains($"recording/{Id} differs (", detail, StringComparison.Ordinal);
            Assert.EndsWith("it makes custody.db anew from the log.", detail, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(console.DataFolder, "packages")));
            Assert.Contains(Verify().Findings, static finding => finding is { Code: "custody_differs", IsCause: true });
            Replace(table, instead, was);
        }

        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
        var made = await (await Package(request!)).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancel);
        using var zip = new ZipArchive(await console.Clients['R'].GetStreamAsync($"/api/v1/packages/{made.GetProperty("id").GetString()}/file", cancel));
        using var custody = new StreamReader(zip.GetEntry("custody.json")!.Open(), Encoding.UTF8);
        Assert.Contains(JsonDocument.Parse(await custody.ReadToEndAsync(cancel)).RootElement.EnumerateArray(), static line => line.GetProperty("reason").GetString() == "当事人投诉");
    }

    private async Task VerifiedAsync()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!(await console.Get('O', "/recordings")).GetProperty("items").EnumerateArray().Any(static row => row.GetProperty("state").GetString() == "verified"))
            await timer.WaitForNextTickAsync(end.Token);
    }

    private Task<HttpResponseMessage> Package(string request) =>
        console.Clients['R'].PostAsJsonAsync("/api/v1/packages", new { recordingIds = new[] { Id }, title = "检查案", number = "2026-1", purpose = "入卷", requestId = request, proves = "检查经过" });

    private VerifyReport Verify() => Verifier.Run(console.DataFolder, new VerifyOptions { GatewayKeyPem = console.Host.PublicKeyPem, CustodyComparison = CustodyCheck.Differences }, null);

    // As somebody does who can write on the gateway's disk while it runs.
    private void Replace(string table, string was, string instead)
    {
        using var db = new SqliteConnection($"Data Source={Path.Combine(console.DataFolder, "custody.db")};Pooling=False");
        db.Open();
        using var change = db.CreateCommand();
        change.CommandText = $"UPDATE {table} SET body = replace(body, '{was}', '{instead}') WHERE body LIKE '%{was}%'";
        Assert.NotEqual(0, change.ExecuteNonQuery());
    }
}
