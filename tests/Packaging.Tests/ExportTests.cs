using System.IO.Compression;
using System.Text.Json;
using BodyCam.Core.Keys;
using BodyCam.Custody.Access;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Evidence;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Tests;

/// <summary><c>bodycam export</c> as a person runs it: nothing leaves without an entry of the register.</summary>
public sealed class ExportTests(Shelf shelf) : IClassFixture<Shelf>
{
    [Fact]
    public async Task With_an_entry_for_each_recording_a_package_is_made_that_verifies_and_carries_forms_and_custody()
    {
        await Enter("register-1", "unit-7.1.1", AccessAction.Extract, TimeSpan.Zero);
        await Enter("register-2", "unit-7.1.2", AccessAction.Extract, TimeSpan.FromMinutes(-9));
        await Enter("register-3", "unit-7.1.3", AccessAction.Extract, TimeSpan.Zero);
        var form = Path.Combine(Folder(), "form.json");
        File.WriteAllText(form, """{"policy":"qidong","title":"某厂检查","maker":"张制作","extractor":"李提取","source":"执法记录仪","proves":"经过","sidecars":{"classification.json":{"category":"检查"}}}""");
        var target = Path.Combine(Folder(), "case-1.zip");
        var (code, output) = Export(target, "1-3", ["register-1", "register-2", "register-3"], "--form-data", form, "--checkpoint", shelf.OlderCheckpointFile, "--json");
        Assert.True(code == 0, output);
        Assert.Equal("case-1", JsonSerializer.Deserialize<JsonElement>(output).GetProperty("manifest").GetProperty("id").GetString());
        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(target).Verdict);
        using (var zip = ZipFile.OpenRead(target))
        {
            Assert.Contains(zip.Entries, static entry => entry.FullName == "forms/evidence-note.html");
            Assert.Contains(zip.Entries, static entry => entry.FullName == "sidecar/classification.json");
            Assert.Contains(zip.Entries, static entry => entry.FullName.StartsWith("log/consistency/", StringComparison.Ordinal));
            using var custody = new StreamReader(zip.GetEntry("custody.json")!.Open());
            Assert.Contains("access.open", custody.ReadToEnd(), StringComparison.Ordinal);
        }

        (code, output) = Shelf.Bodycam("verify", target, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 0 && output.Contains("Verified", StringComparison.Ordinal), output);
        (code, output) = Shelf.Bodycam("verify", target);
        Assert.True(code == 3 && !output.Contains("Verified", StringComparison.Ordinal), output);
        (code, output) = Export(target, "1-3", ["register-1", "register-2", "register-3"]);
        Assert.True(code == 2 && output.Contains("is there already", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/", "again later")]
    [InlineData("nonsense", "is no http address for --tsa")]
    [InlineData("ftp://stamps/", "is no http address for --tsa")]
    public async Task An_authority_that_cannot_stamp_leaves_no_package(string address, string words)
    {
        await Enter("register-tsa", "unit-7.1.1", AccessAction.Extract, TimeSpan.Zero);
        var target = Path.Combine(Folder(), "stamped.zip");
        var (code, output) = Export(target, "1", ["register-tsa"], "--tsa", address);
        Assert.True(code == 2 && output.Contains(words, StringComparison.Ordinal), output);
        Assert.False(File.Exists(target));
    }

    [Theory]
    [InlineData("no entry", "has no extraction")]
    [InlineData("another's", "has no extraction")]
    [InlineData("only a view", "has no extraction")]
    [InlineData("eleven minutes old", "has no extraction")]
    [InlineData("of tomorrow", "has no extraction")]
    [InlineData("by no request", "has no extraction")]
    [InlineData("by a request unknown", "approval")]
    [InlineData("withdrawn since", "approval")]
    [InlineData("approval over", "approval")]
    [InlineData("never approved", "approval")]
    [InlineData("approved for others", "approval")]
    [InlineData("approved to view", "approval")]
    [InlineData("quarantined", "is quarantined")]
    [InlineData("purged", "was purged")]
    [InlineData("unknown to custody", "does not know")]
    public async Task Without_an_entry_that_opens_it_nothing_is_written(string what, string says)
    {
        var id = what == "unknown to custody" ? "unit-7.1.77" : "unit-7.1.2";
        var name = "register-" + what.Replace(' ', '-');
        if (what != "unknown to custody")
        {
            var request = "request-of-" + name;
            await Enter(
                what == "no entry" ? "register-of-nobody" : name, what == "another's" ? "unit-7.1.3" : id, what == "only a view" ? AccessAction.View : AccessAction.Extract,
                what switch { "eleven minutes old" => TimeSpan.FromMinutes(-11), "of tomorrow" => TimeSpan.FromDays(1), _ => TimeSpan.Zero }, what == "by no request" ? null : request,
                id, recording => what switch { "quarantined" => recording with { Secrecy = Secrecy.State }, "purged" => recording with { State = RecordingState.Purged }, _ => recording });
        }

        if (what is "withdrawn since" or "approval over" or "never approved" or "approved for others" or "approved to view")
        {
            var request = Approved("request-of-" + name);
            await Append("access.withdraw", what switch
            {
                "withdrawn since" => request with { State = AccessState.Withdrawn },
                "approval over" => request with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) },
                "never approved" => request with { State = AccessState.Waiting, ExpiresAt = null },
                "approved for others" => request with { RecordingIds = ["unit-7.1.3"] },
                _ => request with { Actions = [AccessAction.View] },
            });
        }

        var target = Path.Combine(Folder(), Path.GetRandomFileName() + ".zip");
        var (code, output) = Export(target, id.Split('.')[^1], [name]);
        Assert.True(code == 2 && output.Contains(says, StringComparison.Ordinal), output);
        Assert.False(File.Exists(target) || File.Exists(target + ".part"));
    }

    [Fact]
    public async Task Another_gateways_key_bad_numbers_and_bad_words_are_refused_with_the_next_action()
    {
        await Enter("register-9", "unit-7.1.3", AccessAction.Extract, TimeSpan.Zero);
        var target = Path.Combine(Folder(), "never.zip");
        var (code, output) = Shelf.Bodycam("export", "unit-7", "1", "3", "--data", shelf.Station.Folder, "--keys", Keys(GatewayKey.Create()), "--out", target, "--register", "register-9");
        Assert.True(code == 2 && output.Contains("did not sign the log", StringComparison.Ordinal), output);
        (code, output) = Export(target, "3-1", ["register-9"]);
        Assert.True(code == 2 && output.Contains("names no recordings", StringComparison.Ordinal), output);
        var form = Path.Combine(Folder(), "bad.json");
        File.WriteAllText(form, """{"titel":"x"}""");
        (code, output) = Export(target, "3", ["register-9"], "--form-data", form);
        Assert.True(code == 2 && output.Contains("titel", StringComparison.Ordinal), output);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task Images_are_made_of_a_package_that_holds_its_own_check_and_of_a_damaged_one_nothing_is_written()
    {
        await Enter("register-discs", "unit-7.1.1", AccessAction.Extract, TimeSpan.Zero);
        var target = Path.Combine(Folder(), "discs-1.zip");
        var (code, output) = Export(target, "1", ["register-discs"]);
        Assert.True(code == 0, output);
        var images = Path.Combine(Folder(), "images");
        var bytes = await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        var bad = Path.Combine(Folder(), "discs-bad.zip");
        await File.WriteAllBytesAsync(bad, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(1, Shelf.Bodycam("verify", bad).Code);
        (code, output) = Shelf.Bodycam("discs", bad, "--out", images);
        Assert.True(code == 1 && output.Contains($"'bodycam verify {bad}'", StringComparison.Ordinal) && output.Contains("No image was written.", StringComparison.Ordinal), output);
        Assert.False(Directory.Exists(images));

        (code, output) = Shelf.Bodycam("discs", target, "--out", images);
        Assert.True(code == 0, output);
        Assert.True(File.Exists(Path.Combine(images, "discs-1-1.iso")));
    }

    private async Task Enter(string entryId, string recordingId, AccessAction action, TimeSpan from, string? requestId = "request-1", string? entity = null, Func<Recording, Recording>? change = null)
    {
        var id = entity ?? recordingId;
        var at = DateTimeOffset.UtcNow + from;
        var parts = id.Split('.');
        var recording = new Recording(id, parts[0], uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), uint.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture), "agency-1", "unit-1");
        var entry = new RegisterEntry(entryId, recordingId, action, "王一", "执法大队", "办案", at, "user-1", requestId);
        var act = new Act("access.open", "register_entry/" + entryId, "user-1", "王一", "none", at, "办案", [], [ActJson.ToChange(entry), ActJson.ToChange(change?.Invoke(recording) ?? recording)]);
        await shelf.Station.Ingest.AppendAsync([ActJson.ToRecord(act)], TestContext.Current.CancellationToken);
        if (requestId is not null && !requestId.EndsWith("unknown", StringComparison.Ordinal))
            await Append("access.decide", Approved(requestId));
    }

    private static AccessRequest Approved(string id) => new(id, AccessKind.Evidence, "王一", "执法大队", "user-1", "办案", ["unit-7.1.1", "unit-7.1.2", "unit-7.1.3"], [AccessAction.Extract], DateTimeOffset.UtcNow.AddDays(-1))
    {
        State = AccessState.Approved,
        Approver = "user-2",
        ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
    };

    private async Task Append(string name, AccessRequest request)
    {
        var act = new Act(name, "access_request/" + request.Id, "user-2", "周二", "none", DateTimeOffset.UtcNow, "", [], [ActJson.ToChange(request)]);
        await shelf.Station.Ingest.AppendAsync([ActJson.ToRecord(act)], TestContext.Current.CancellationToken);
    }

    private (int Code, string Output) Export(string target, string recordings, string[] entries, params string[] more) =>
        Shelf.Bodycam(["export", "unit-7", "1", recordings, "--data", shelf.Station.Folder, "--keys", Keys(shelf.Station.Key), "--out", target, "--register", .. entries, .. more]);

    private string Folder() => Path.GetDirectoryName(shelf.KeyFile)!;

    private string Keys(GatewayKey key)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder(), "keys-" + Path.GetRandomFileName())).FullName;
        File.WriteAllText(Path.Combine(folder, KeyFolder.GatewayKeyFile), key.ExportPrivatePem());
        return folder;
    }
}
