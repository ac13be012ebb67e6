using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>A log of which a file is gone or cut: that is the one cause, and neither evidence nor catalog is accused for it.</summary>
public sealed class BrokenLogTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private static readonly SegmentKey first = new(Station.Device, 1, 1, 1);
    private static readonly SegmentKey last = new(Station.Device, 1, 2, 1);

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData("the folder of tiles")]
    [InlineData("every tile and bundle")]
    [InlineData("the newest tile")]
    [InlineData("the newest tile, emptied")]
    [InlineData("the newest tile, cut")]
    public void A_tile_that_is_gone_or_cut_is_told_beside_a_catalog_too_and_the_catalog_is_not_the_cause(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        Spoil(copy, what);
        var report = Verifier.Run(copy.Path, WithKey with { CatalogComparison = CatalogCheck.Differences }, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings[0] is { Code: "log_missing" or "log_damaged", IsCause: true }, said);
        Assert.DoesNotContain("emove catalog.db", said, StringComparison.Ordinal);
        Assert.All(report.Findings.Where(static finding => finding.Code == "catalog_differs"), finding => Assert.Equal(report.Findings[0].Code, finding.FollowsFrom));
    }

    [Theory]
    [InlineData("the folder of tiles")]
    [InlineData("every tile and bundle")]
    [InlineData("the newest tile")]
    [InlineData("the newest tile, emptied")]
    [InlineData("the newest tile, cut")]
    [InlineData("a bit of the newest tile")]
    [InlineData("the tiles, and a line of the records beside them")]
    public void A_tile_at_fault_accuses_no_seal_and_no_receipt_while_records_or_entries_know_the_leaves(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        Spoil(copy, what);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.DoesNotContain(report.Findings, static finding => finding.Code is "seal_checkpoint" or "receipt_checkpoint" or "checkpoint_unchecked");
        Assert.All(report.Findings.Where(static finding => finding is { Severity: FindingSeverity.Error, IsCause: false }), finding => Assert.Equal(report.Findings[0].Code, finding.FollowsFrom));
    }

    [Fact]
    public void A_state_that_rests_on_leaves_that_are_gone_everywhere_is_not_judged_and_one_before_them_is()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.Delete(copy.At("log/tile"), recursive: true);
        CutRecords(copy, (int)(CheckpointNote.Parse(small.EarlyCheckpoint)!.Size - 1));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "checkpoint_unchecked", FollowsFrom: not null });
        Assert.DoesNotContain(report.Findings, static finding => finding.Code is "seal_checkpoint" or "receipt_checkpoint");
    }

    [Fact]
    public async Task A_state_that_the_log_never_had_is_told_beside_a_missing_tile_too()
    {
        await using var station = new Station { Key = GatewayKey.FromPem(small.Key.ExportPrivatePem()) };
        var recorder = await station.OpenWithRecorderAsync();
        (recorder.CheckpointSize, recorder.CheckpointRoot) = (1, [.. Enumerable.Repeat((byte)7, 32)]);
        await station.UploadAsync(recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        Directory.Delete(Path.Combine(station.Folder, "log/tile/0"), recursive: true);
        var report = Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = small.PublicPem, Keys = station.Keys }, null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "seal_checkpoint", FollowsFrom: null } && finding.Segment == first);
    }

    [Theory]
    [InlineData("no records file")]
    [InlineData("records cut behind the early checkpoint")]
    [InlineData("no records file and no bundles")]
    public void Records_that_are_missing_are_the_cause_of_the_segments_that_they_spoke_of(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        if (what == "records cut behind the early checkpoint")
            CutRecords(copy, (int)CheckpointNote.Parse(small.EarlyCheckpoint)!.Size);
        else
            File.Delete(copy.At("log/records/000.jsonl"));
        if (what == "no records file and no bundles")
            Directory.Delete(copy.At("log/tile/entries"), recursive: true);
        var report = Verifier.Run(copy.Path, WithKey, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings[0] is { Code: "log_missing", IsCause: true }, said);
        Assert.Contains(report.Findings, static finding => finding is { Code: "not_in_log", FollowsFrom: "log_missing" });
        Assert.True(report.Findings.Skip(1).All(static finding => finding.Severity < FindingSeverity.Error || finding.FollowsFrom == "log_missing"), said);
    }

    [Fact]
    public void What_missing_records_cannot_explain_stands_beside_them()
    {
        var planted = new SegmentKey(Station.Device, 1, 9, 1);
        using var copy = new FolderCopy(small.Folder);
        CutRecords(copy, (int)CheckpointNote.Parse(small.EarlyCheckpoint)!.Size);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(copy.At($"segments/{planted.RelativePath}{ending}"))!);
            File.Copy(copy.At($"segments/{last.RelativePath}{ending}"), copy.At($"segments/{planted.RelativePath}{ending}"));
        }

        File.Delete(copy.At($"segments/{first.RelativePath}.mkv"));
        File.Delete(copy.At($"segments/{last.RelativePath}.receipt"));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(report.Findings, finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted);
        // Without its receipt nobody vouches that the gateway ever stored it.
        Assert.Contains(report.Findings, finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == last);
        Assert.Contains(report.Findings, finding => finding is { Code: "file_missing", FollowsFrom: null } && finding.Segment == first);
    }

    [Fact]
    public async Task A_segment_of_which_the_receipt_is_older_than_every_missing_record_is_not_explained_by_them()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var one = recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900);
        await station.UploadAsync(one);
        await station.SettleAsync();
        await station.UploadAsync(recorder.Footage(2, 1, final: true, frames: 1, frameBytes: 900), recorder.Footage(3, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        // The record of the first is made one of another kind, as somebody who puts it here would find the log; the lines of the others are lost besides.
        var at = (int)copy.SequenceOf("segment", 1, 1);
        var lost = (int)Math.Min(copy.SequenceOf("segment", 2, 1), copy.SequenceOf("segment", 3, 1));
        var lines = File.ReadAllLines(copy.At("log/records/000.jsonl"));
        lines[at] = lines[at].Replace("\"type\":\"segment\"", "\"type\":\"noted\"", StringComparison.Ordinal);
        File.WriteAllText(copy.At("log/records/000.jsonl"), string.Join('\n', lines[..lost]) + "\n");
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.Contains(report.Findings, finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == one.Key);
        Assert.Contains(report.Findings, static finding => finding is { Code: "not_in_log", FollowsFrom: not null, Segment.Recording: 3 });
    }

    private static void CutRecords(FolderCopy copy, int lines) => File.WriteAllLines(copy.At("log/records/000.jsonl"), File.ReadAllLines(copy.At("log/records/000.jsonl"))[..lines]);

    private static void Spoil(FolderCopy copy, string what)
    {
        var newest = Directory.EnumerateFiles(copy.At("log/tile/0"), "*", SearchOption.AllDirectories).MaxBy(static path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))!;
        switch (what)
        {
            case "the folder of tiles": Directory.Delete(copy.At("log/tile/0"), recursive: true); break;
            case "every tile and bundle": Directory.Delete(copy.At("log/tile"), recursive: true); break;
            case "the newest tile": File.Delete(newest); break;
            case "a bit of the newest tile": var flipped = File.ReadAllBytes(newest); flipped[5] ^= 1; File.WriteAllBytes(newest, flipped); break;
            case "the tiles, and a line of the records beside them": Directory.Delete(copy.At("log/tile/0"), recursive: true); CutRecords(copy, 3); break;
            case "the newest tile, emptied": File.WriteAllBytes(newest, []); break;
            default: File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^16]); break;
        }
    }
}
