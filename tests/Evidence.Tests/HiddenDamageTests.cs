using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.TestKit;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Evidence.Tests;

/// <summary>Damage that is done to the log, or to files' rights, so that other damage is no longer told: each stands for itself all the same.</summary>
public sealed class HiddenDamageTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Fact]
    public void A_marker_put_beside_destroyed_segments_is_told_though_a_line_of_the_log_is_cut()
    {
        using var copy = new FolderCopy(small.Folder);
        if (Directory.Exists(copy.At("parts")))
            Directory.Delete(copy.At("parts"), recursive: true);
        Directory.Delete(copy.At("segments/unit-7/0001/000001"), recursive: true);
        File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
        var records = copy.At("log/records/000.jsonl");
        File.WriteAllLines(records, File.ReadAllLines(records)[..^1]);
        Directory.Delete(copy.At("log/tile/entries"), recursive: true);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "folder_kind", Severity: FindingSeverity.Error, FollowsFrom: null });
        Assert.Contains(report.Findings, static finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, FollowsFrom: null, Segment.Recording: 1 });
        Assert.Contains(report.Recordings, static recording => recording is { Recording: 1, State: "files_missing" });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_segment_of_another_log_of_the_same_key_stands_for_itself_whatever_of_this_log_is_gone(bool areAllTilesGone)
    {
        await using var other = new Station { Key = GatewayKey.FromPem(small.Key.ExportPrivatePem()) };
        var recorder = await other.OpenWithRecorderAsync();
        await other.UploadAsync(recorder.Footage(9, 1, final: true, frames: 1, frameBytes: 900));
        await other.SettleAsync();
        await other.CloseAsync();
        using var copy = new FolderCopy(small.Folder);
        var planted = new SegmentKey(Station.Device, 1, 9, 1);
        Directory.CreateDirectory(Path.GetDirectoryName(copy.At($"segments/{planted.RelativePath}.mkv"))!);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Copy(Path.Combine(other.Folder, $"segments/{planted.RelativePath}{ending}"), copy.At($"segments/{planted.RelativePath}{ending}"));
        File.Delete(copy.At("log/records/000.jsonl"));
        Directory.Delete(copy.At(areAllTilesGone ? "log/tile" : "log/tile/0"), recursive: true);
        foreach (var bundle in areAllTilesGone ? [] : Directory.GetFiles(copy.At("log/tile/entries"), "*", SearchOption.AllDirectories))
            File.WriteAllBytes(bundle, [0]);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(report.Findings.Any(finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted), string.Join('\n', report.Findings));
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
    }

    [Fact]
    public async Task A_segment_of_another_log_of_the_same_key_stands_for_itself_though_the_checkpoints_signature_is_spoilt()
    {
        await using var other = new Station { Key = GatewayKey.FromPem(small.Key.ExportPrivatePem()) };
        var recorder = await other.OpenWithRecorderAsync();
        await other.UploadAsync(recorder.Footage(9, 1, final: true, frames: 1, frameBytes: 900));
        await other.SettleAsync();
        await other.CloseAsync();
        using var copy = new FolderCopy(small.Folder);
        var planted = new SegmentKey(Station.Device, 1, 9, 1);
        Directory.CreateDirectory(Path.GetDirectoryName(copy.At($"segments/{planted.RelativePath}.mkv"))!);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Copy(Path.Combine(other.Folder, $"segments/{planted.RelativePath}{ending}"), copy.At($"segments/{planted.RelativePath}{ending}"));
        copy.SpoilCheckpointSignature();
        var report = Verifier.Run(copy.Path, WithKey, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings[0] is { Code: "log_signature", IsCause: true }, said);
        Assert.True(report.Findings.Any(finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted), said);
        Assert.True(report.Findings.Any(finding => finding is { Code: "receipt_checkpoint", FollowsFrom: null } && finding.Segment == planted), said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_tails_of_one_segment_a_file_that_cannot_be_read_excuses_only_its_own(bool isFirstUnreadable)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var one = recorder.Footage(4, 1, final: true, frames: 3);
        var two = one with { Bytes = [.. one.Bytes.Select(static (value, index) => index == 1000 ? (byte)(value ^ 1) : value)] };
        foreach (var tail in new[] { one, two })
        {
            await station.UpAsync(FakeRecorder.ChunkMessage(tail, 0));
            await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
            await station.SettleAsync();
        }

        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        var tails = Directory.GetFiles(copy.At("orphans"), "*.mkv", SearchOption.AllDirectories).OrderBy(static path => Path.GetFileName(path).Length).ToList();
        Assert.Equal(2, tails.Count);
        foreach (var tail in tails)
            File.Delete(tail);
        Loop(tails[isFirstUnreadable ? 0 : 1]);
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.Single(report.Findings, static finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, FollowsFrom: null });
        Assert.Single(report.Findings, static finding => finding.Code == "file_unreadable");
    }

    [Fact]
    public async Task Tails_that_are_gone_are_told_though_files_that_cannot_be_read_are_put_beside_them()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        foreach (var number in new uint[] { 4, 5 })
            await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(number, 1, final: true, frames: 3), 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.SettleAsync();
        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        var tails = Directory.GetFiles(copy.At("orphans"), "*.mkv", SearchOption.AllDirectories);
        Assert.NotEmpty(tails);
        foreach (var tail in tails)
        {
            File.Delete(tail);
            Loop($"{tail[..tail.IndexOf('.', tail.LastIndexOf('/'))]}.{Path.GetRandomFileName()}.mkv");
        }

        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.Equal(tails.Length, report.Findings.Count(static finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, FollowsFrom: null }));
        Assert.Equal(tails.Length, report.Findings.Count(static finding => finding.Code == "file_unreadable"));
    }

    [Fact]
    public void A_file_of_the_log_that_was_not_read_is_told_though_another_one_stands_in_for_it()
    {
        using var copy = new FolderCopy(small.Folder);
        var older = Directory.EnumerateFiles(copy.At("log/tile/0"), "*", SearchOption.AllDirectories).MinBy(static path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))!;
        File.Delete(older);
        Loop(older);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Path == Path.GetRelativePath(copy.Path, older));
    }

    [Theory]
    [InlineData(".seal", true)]
    [InlineData(".seal", false)]
    [InlineData(".mkv", true)]
    [InlineData(".mkv", false)]
    public void A_folder_or_a_file_without_rights_in_the_place_of_one_file_is_one_finding_and_every_other_segment_is_compared(string ending, bool isFolder)
    {
        using var copy = new FolderCopy(small.Folder);
        var (displaced, destroyed) = (new SegmentKey(Station.Device, 1, 1, 1), new SegmentKey(Station.Device, 1, 2, 1));
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        Execute(copy.At("catalog.db"), "DELETE FROM segment WHERE recording = 1 AND segment = 2");
        var file = copy.At($"segments/{displaced.RelativePath}{ending}");
        File.Delete(file);
        if (isFolder)
            Directory.CreateDirectory(file);
        else
            File.CreateSymbolicLink(file, "/proc/sys/vm/compact_memory"); // which no user may read, root neither
        File.Delete(copy.At($"segments/{destroyed.RelativePath}.mkv"));
        var report = Verifier.Run(copy.Path, WithKey with { CatalogComparison = CatalogCheck.Differences }, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings.Count(static finding => finding.Code == "file_unreadable") == 1, said);
        Assert.True(report.Findings.Any(finding => finding is { Code: "file_unreadable", FollowsFrom: null } && finding.Segment == displaced), said);
        Assert.True(report.Findings.Any(finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, FollowsFrom: null } && finding.Segment == destroyed), said);
        Assert.True(report.Findings.Any(static finding => finding.Code == "catalog_differs" && finding.Message.Contains("segment 2 is not in it", StringComparison.Ordinal)), said);
    }

    [Fact]
    public void A_folder_that_is_a_link_is_named_and_not_walked()
    {
        using var copy = new FolderCopy(small.Folder);
        foreach (var name in new[] { "one", "two" })
            Directory.CreateSymbolicLink(copy.At($"segments/{name}"), copy.At("segments"));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Equal(["segments/one", "segments/two"], report.Findings.Where(static finding => finding.Code == "not_in_layout").Select(static finding => finding.Path));
        foreach (var name in new[] { "one", "two" })
            File.Delete(copy.At($"segments/{name}"));
    }

    [Fact]
    public void A_checkpoint_that_says_millions_over_a_few_leaves_takes_no_longer()
    {
        using var copy = new FolderCopy(small.Folder);
        var note = File.ReadAllLines(copy.At("log/checkpoint"));
        File.WriteAllText(copy.At("log/checkpoint"), string.Join('\n', [note[0], "300000000", .. note[2..]]) + "\n");
        var files = new BodyCam.Log.DiskLogFiles(copy.At("log"));
        var checkpoint = new BodyCam.Log.LogReader("", files).ReadCheckpoint()!.Checkpoint;
        Assert.Equal(300_000_000, checkpoint.Size);
        var roots = BodyCam.Log.LogRoots.At(files, checkpoint, new HashSet<long> { 1, 200_000_000 });
        Assert.Equal((1, false), (roots.Roots.Count, roots.IsSigned));
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute(sql);
    }

    // It stands, and whoever opens it gets an error that is not about rights: as a disk that fails there.
    private static void Loop(string path) => File.CreateSymbolicLink(path, path);
}
