using System.IO.Compression;
using System.Text;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.TestKit;

namespace BodyCam.Packaging.Tests;

/// <summary>A package tells of its recordings' time and of nothing else; what is left out of the journal is named, and what should be there and is not is broken.</summary>
public sealed class JournalTests(JournalTests.Shift shift) : IClassFixture<JournalTests.Shift>
{
    private const string Journal = "segments/unit-7/0001/000000/";

    [Fact]
    public void Only_the_journal_of_the_recordings_time_goes_in_whole_and_the_rest_up_to_the_manifest_as_seals()
    {
        var folder = shift.Package(2);
        Assert.Equal(["journal of two", "journal in two"], Said(folder));
        Assert.Equal(["000005.mkv", "000006.mkv", "000007.mkv", "000008.digests", "000009.mkv", "000010.digests", "000011.mkv"], Files(folder));
        var report = shift.Verify(folder);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join("; ", report.Findings));
        Assert.Contains("8, 10, which tell of other times", Assert.Single(report.Findings, static finding => finding.Code == "journal_part").Message, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "completeness");
        var (code, output) = shift.Script(folder);
        Assert.True(code == 0 && output.Contains("only the seals are here: segments/unit-7/0001/000000/000008 segments/unit-7/0001/000000/000010", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    [InlineData(4u)]
    public void No_word_of_another_activitys_journal_is_in_any_file(uint activity)
    {
        var folder = shift.Package(activity);
        Assert.Equal(VerifyVerdict.Verified, shift.Verify(folder).Verdict);
        var (code, output) = shift.Script(folder);
        Assert.True(code == 0, output);
        var all = string.Concat(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(static path => Encoding.Latin1.GetString(File.ReadAllBytes(path))));
        string[] words = ["of one", "of two", "of three", "of four"];
        Assert.Contains(words[activity - 1], all, StringComparison.Ordinal);
        Assert.DoesNotContain(words.Where((_, index) => index != activity - 1), other => all.Contains(other, StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_power_ended_brings_the_journal_of_the_boot_after_it()
    {
        Assert.Equal(["journal of four", "boot after four"], Said(shift.Package(4)));
    }

    [Fact]
    public void Two_activities_with_another_between_verify()
    {
        var folder = shift.Package(1, 3);
        var report = shift.Verify(folder);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join("; ", report.Findings));
        Assert.Equal(0, shift.Script(folder).Code);
        Assert.DoesNotContain("journal of two", Said(folder));
    }

    // From here on the forger has the gateway's own key: sums and signature are made anew.
    [Theory]
    [InlineData(5, "journal_gap", " belongs to the journal of activity 2")]
    [InlineData(6, "journal_gap", "000006 belongs to the journal of activity 2")]
    [InlineData(7, "journal_gap", "000007 belongs to the journal of activity 2")]
    [InlineData(8, "journal_gap", "000008 belongs to the journal of activity 2")]
    [InlineData(9, "journal_gap", "000009 belongs to the journal of activity 2")]
    [InlineData(10, "journal_gap", "000010 belongs to the journal of activity 2")]
    public void A_segment_of_the_journal_taken_out_with_its_leaf_is_named_though_all_is_signed_anew(int number, string code, string says)
    {
        var folder = shift.Package(2);
        TakeOut(folder, number);
        Forged(folder, code, says);
    }

    [Fact]
    public void A_left_out_segment_whose_seal_is_gone_is_named_by_its_leaf()
    {
        var folder = shift.Package(2);
        foreach (var ending in new[] { ".seal", ".digests" })
            File.Delete(Path.Combine(folder, Journal + "000008" + ending));
        Forged(folder, "segment_missing", "000008: the log has it and the package has not");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void Lines_of_the_recordings_time_that_were_put_away_behind_a_seal_are_named(int number)
    {
        var folder = shift.Package(2);
        HideLines(folder, number);
        Forged(folder, "journal_left_out", "tells of the time of activity 2");
    }

    [Theory]
    [InlineData(6)]
    [InlineData(11)]
    public void An_announcement_or_a_manifest_cannot_be_put_away_behind_a_seal(int number)
    {
        // Then no manifest speaks of the recordings any more, or the announcement is not whole.
        var folder = shift.Package(2);
        HideLines(folder, number);
        var report = shift.Verify(folder);
        Assert.Contains(report.Findings, static finding => finding.Code is "journal_left_out" or "completeness");
    }

    [Fact]
    public void A_seal_whose_header_was_changed_to_look_like_another_time_is_caught()
    {
        var folder = shift.Package(2);
        HideLines(folder, 7);
        var path = Path.Combine(folder, Journal + "000007.seal");
        var seal = File.ReadAllBytes(path);
        seal[93] += 1;
        seal[101] += 1;
        File.WriteAllBytes(path, seal);
        Forged(folder, "seal_mismatch", "does not cover these digests");
    }

    [Fact]
    public async Task Activities_far_apart_leave_the_journal_between_them_out_altogether()
    {
        await using var station = new Station { Key = GatewayKey.FromPem(shift.Station.Key.ExportPrivatePem()) };
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Journal("boot"), recorder.Announce(1), recorder.Footage(1, 1, final: true), recorder.Journal("one"), recorder.Journal("two"), recorder.Journal("three"), recorder.Announce(2, 2), recorder.Footage(2, 1, final: true, activity: 2), recorder.Journal("end"));
        await station.SettleAsync();
        // What stands in between may even be gone.
        File.Delete(Path.Combine(station.Folder, Journal + "000004.mkv"));
        var zip = Path.Combine(station.Folder, "two.zip");
        using (var file = File.Create(zip))
            PackageBuilder.Build(station.Folder, Shelf.Request(1, 2), null, station.Key, file);
        ZipFile.ExtractToDirectory(zip, zip + ".d");
        Assert.Equal(["000001.mkv", "000002.mkv", "000003.digests", "000005.mkv", "000006.mkv", "000007.digests"], Files(zip + ".d"));
        var report = shift.Verify(zip);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join("; ", report.Findings));
        var (code, output) = shift.Script(zip + ".d");
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task A_recording_of_the_activity_that_was_announced_and_is_not_here_is_named_without_a_manifest()
    {
        await using var station = new Station { Key = GatewayKey.FromPem(shift.Station.Key.ExportPrivatePem()) };
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Journal("boot"), recorder.Announce(1), recorder.Footage(1, 1, final: true), recorder.Journal("between"), recorder.Announce(2), recorder.Journal("after"));
        await station.SettleAsync();
        var zip = Path.Combine(station.Folder, "part.zip");
        using (var file = File.Create(zip))
            PackageBuilder.Build(station.Folder, Shelf.Request(1), null, station.Key, file);
        Assert.Contains(shift.Verify(zip).Findings, static finding => finding.Code == "announced_missing");

        await station.UploadAsync(recorder.Footage(3, 1, final: true), recorder.Journal("end"));
        await station.SettleAsync();
        var all = Path.Combine(station.Folder, "all.zip");
        using (var file = File.Create(all))
            PackageBuilder.Build(station.Folder, Shelf.Request(1, 3), null, station.Key, file);
        Assert.Contains(shift.Verify(all).Findings, static finding => finding.Code == "announced_missing");
        ZipFile.ExtractToDirectory(all, all + ".d");
        var (code, output) = shift.Script(all + ".d");
        Assert.True(code == 1 && output.Contains("000002 was announced in the same activity", StringComparison.Ordinal), output);
    }

    [Fact]
    public void The_whole_journal_taken_out_is_told_by_the_heads_that_the_footage_names()
    {
        var folder = shift.Package(2);
        for (var number = 5; number <= 11; number++)
            TakeOut(folder, number);
        Resign(folder);
        Assert.Contains(shift.Verify(folder).Findings, static finding => finding.Code == "journal_gap");
    }

    private void Forged(string folder, string code, string says)
    {
        Resign(folder);
        var report = shift.Verify(folder);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(report.Findings.Any(finding => finding.Code == code), string.Join("; ", report.Findings));
        var (exit, output) = shift.Script(folder);
        Assert.True(exit == 1 && output.Contains(says, StringComparison.Ordinal), output);
    }

    private void Resign(string folder) => Shelf.Resign(folder, shift.Station.Key);

    private static void TakeOut(string folder, int number) => Take(folder, $"\"recording\":0,\"segment\":{number},", $"{Journal}{number:D6}");

    private static void Take(string folder, string text, string stem)
    {
        foreach (var record in Directory.EnumerateFiles(Path.Combine(folder, "log/leaves"), "*.record").Where(path => File.ReadAllText(path).Contains(text, StringComparison.Ordinal)).ToList())
        {
            foreach (var ending in new[] { ".entry", ".record", ".salt", ".proof" })
                File.Delete(Path.ChangeExtension(record, ending));
        }

        if (Directory.Exists(Path.Combine(folder, stem)))
            Directory.Delete(Path.Combine(folder, stem), recursive: true);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt", ".digests" })
            File.Delete(Path.Combine(folder, stem + ending));
    }

    private void HideLines(string folder, int number)
    {
        var stem = Path.Combine(folder, $"{Journal}{number:D6}");
        File.WriteAllBytes(stem + ".digests", File.ReadAllBytes(stem + ".mkv").Chunk(4096).SelectMany(static chunk => System.Security.Cryptography.HMACSHA256.HashData("bodycam/v1/chunk"u8, chunk)).ToArray());
        File.Delete(stem + ".mkv");
        File.Delete(stem + ".receipt");
        Resign(folder);
    }

    private static List<string> Files(string folder) => [.. Directory.EnumerateFiles(Path.Combine(folder, Journal)).Select(path => Path.GetFileName(path)).Where(static name => name.EndsWith(".mkv", StringComparison.Ordinal) || name.EndsWith(".digests", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static List<string> Said(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder, Journal), "*.mkv").Order(StringComparer.Ordinal).SelectMany(static path => BodyCam.Core.Matroska.JournalReader.Lines(File.ReadAllBytes(path))).Select(static line => line.TryGetProperty("event", out var said) ? said.GetString()! : "").Where(static said => said is not ("" or "announced"))];

    /// <summary>One shift: activities 1 to 3 with a manifest, then activity 4, which the power ended.</summary>
    public sealed class Shift : IAsyncLifetime
    {
        private readonly string folder = Directory.CreateTempSubdirectory("shift").FullName;

        public Station Station { get; } = new();

        public async ValueTask InitializeAsync()
        {
            var recorder = await Station.OpenWithRecorderAsync();
            await Station.UploadAsync(recorder.Journal("boot"), recorder.Journal("journal of one"), recorder.Announce(1));
            var first = recorder.Footage(1, 1, final: true);
            await Station.UploadAsync(first, recorder.Journal("idle"), recorder.Journal("journal of two"), recorder.Announce(2, 2));
            var second = recorder.Footage(2, 1, final: true, activity: 2);
            await Station.UploadAsync(second, recorder.Journal("journal in two"));
            var third = recorder.Footage(3, 1, final: true, activity: 2);
            await Station.UploadAsync(third, recorder.Journal("journal of three"), recorder.Announce(4, 3));
            var fourth = recorder.Footage(4, 1, final: true, activity: 3);
            await Station.UploadAsync(fourth, recorder.Journal("after the shift"));
            await Station.UploadAsync(recorder.Manifest([first, second, third, fourth]), recorder.Journal("more idle"), recorder.Journal("journal of four"), recorder.Footage(5, 1, final: false, activity: 4));
            recorder.Reboot();
            await Station.UploadAsync(recorder.Journal("boot after four"), recorder.Journal("later"));
            await Station.SettleAsync();
            File.WriteAllText(Path.Combine(folder, "anchor.pem"), Station.Key.PublicKeyPem);
        }

        public async ValueTask DisposeAsync()
        {
            await Station.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        public string Package(params uint[] activities)
        {
            uint[][] recordings = [[1], [2, 3], [4], [5]];
            var zip = Path.Combine(folder, Path.GetRandomFileName() + ".zip");
            using (var file = File.Create(zip))
                PackageBuilder.Build(Station.Folder, Shelf.Request([.. activities.SelectMany(activity => recordings[activity - 1])]), null, Station.Key, file);
            ZipFile.ExtractToDirectory(zip, zip + ".d");
            return zip + ".d";
        }

        public PackageReport Verify(string path) => PackageVerifier.Run(path, new VerifyOptions { GatewayKeyPem = Station.Key.PublicKeyPem });

        public (int Code, string Output) Script(string path) => Shelf.Script(path, "--gateway-key", Path.Combine(folder, "anchor.pem"));
    }
}
