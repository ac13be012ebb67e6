using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>A checkpoint that is spoilt or gone hides nothing: the records that stand are read, a destroyed segment is named, and a planted one stands for itself.</summary>
public sealed class SpoiltCheckpointTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private static readonly SegmentKey destroyed = new(Station.Device, 1, 1, 1);
    private static readonly SegmentKey planted = new(Station.Device, 1, 2, 77);

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData("another letter in the signature", "log_signature")]
    [InlineData("no letter of base64 in the signature", "log_signature")]
    [InlineData("a tab in the signature", "log_signature")]
    [InlineData("no UTF-8 in the signature", "log_signature")]
    [InlineData("no signature line", "log_signature")]
    [InlineData("no empty line before the signature", "log_signature")]
    [InlineData("no line end", "log_signature")]
    [InlineData("a smaller size", "log_signature")]
    [InlineData("another letter in the root", "log_signature")]
    [InlineData("no number as size", "log_checkpoint")]
    [InlineData("no base64 in the root", "log_checkpoint")]
    [InlineData("empty", "log_checkpoint")]
    [InlineData("gone", "log_missing")]
    public void It_hides_no_destroyed_segment_and_folds_no_planted_one_with_an_anchor_and_without(string what, string code)
    {
        foreach (var anchors in new IReadOnlyList<byte[]>[] { [], [small.EarlyCheckpoint], [small.Checkpoint] })
        {
            using var copy = new FolderCopy(small.Folder);
            Spoil(copy.At("log/checkpoint"), what);
            Destroy(copy);
            Plant(copy);
            var report = Verifier.Run(copy.Path, WithKey with { Checkpoints = anchors }, null);
            var said = string.Join('\n', report.Findings);
            Assert.Equal(VerifyVerdict.Failed, report.Verdict);
            Assert.True(report.Findings[0] is { IsCause: true, Path: "log/checkpoint" } cause && cause.Code == code, said);
            Assert.True(report.Findings.Any(static finding => finding is { Code: "file_missing", FollowsFrom: null } && finding.Segment == destroyed), said);
            Assert.True(report.Findings.Any(static finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted), said);
        }
    }

    [Theory]
    [InlineData("no letter of base64 in the signature")]
    [InlineData("another letter in the root")]
    [InlineData("another letter in the name")]
    [InlineData("a smaller size")]
    [InlineData("empty")]
    [InlineData("gone")]
    public void Alone_it_is_the_one_cause_and_accuses_no_segment(string what)
    {
        foreach (var anchors in new IReadOnlyList<byte[]>[] { [], [small.EarlyCheckpoint], [small.Checkpoint] })
        {
            using var copy = new FolderCopy(small.Folder);
            Spoil(copy.At("log/checkpoint"), what);
            var report = Verifier.Run(copy.Path, WithKey with { Checkpoints = anchors }, null);
            var said = string.Join('\n', report.Findings);
            Assert.True(report.Findings[0] is { IsCause: true, Path: "log/checkpoint" } cause && cause.Message.Contains("Put the newest checkpoint that was kept outside the station", StringComparison.Ordinal) && !cause.Message.Contains("keep the lines", StringComparison.Ordinal), said);
            Assert.True(report.Findings.Skip(1).All(finding => finding.Severity < FindingSeverity.Error || finding.FollowsFrom == report.Findings[0].Code), said);
            // What an anchor covers is covered.
            var covered = anchors.Count == 0 ? 0 : CheckpointNote.Parse(anchors[0])!.Size;
            Assert.True(report.Findings.Where(static finding => finding.Code == "not_in_log").All(finding => finding.Chunk >= covered), said);
            if (report.Findings.All(static finding => finding.Code != "not_in_log"))
                Assert.Equal(["complete", "complete"], report.Recordings.Select(static recording => recording.State));
        }
    }

    [Theory]
    [InlineData("another letter in the root")]
    [InlineData("a smaller size")]
    public void A_text_that_the_signature_does_not_fit_excuses_no_anchor_that_the_leaves_do_not_give(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        Spoil(copy.At("log/checkpoint"), what);
        using var key = Core.Keys.GatewayKey.FromPem(small.Key.ExportPrivatePem());
        var newest = CheckpointNote.Parse(small.Checkpoint)!;
        foreach (var anchor in new[] { newest with { Root = [.. Enumerable.Repeat((byte)7, MerkleHash.Bytes)] }, newest with { Size = newest.Size + 1 } })
        {
            var findings = Verifier.Run(copy.Path, WithKey with { Checkpoints = [CheckpointNote.Sign(anchor, key.Ecdsa)] }, null).Findings;
            Assert.True(findings.Any(static finding => finding is { Code: "log_anchor", FollowsFrom: null }), string.Join('\n', findings));
        }
    }

    [Fact]
    public void A_size_that_the_signature_does_not_fit_excuses_no_log_that_is_shorter_than_its_receipts_say()
    {
        using var copy = new FolderCopy(small.Folder);
        Spoil(copy.At("log/checkpoint"), "a smaller size");
        var early = (int)CheckpointNote.Parse(small.EarlyCheckpoint)!.Size;
        File.WriteAllText(copy.At("log/records/000.jsonl"), string.Join('\n', File.ReadAllLines(copy.At("log/records/000.jsonl"))[..early]) + "\n");
        Directory.Delete(copy.At("log/tile"), recursive: true);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(report.Findings.Any(static finding => finding is { Code: "log_cut", FollowsFrom: null }), string.Join('\n', report.Findings));
    }

    [Theory]
    [InlineData("no letter of base64 in the signature")]
    [InlineData("gone")]
    public void The_log_behind_it_is_audited_and_held_against_an_anchor(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        Spoil(copy.At("log/checkpoint"), what);
        var records = File.ReadAllLines(copy.At("log/records/000.jsonl"));
        records[1] = "x";
        File.WriteAllText(copy.At("log/records/000.jsonl"), string.Join('\n', records) + "\n");
        File.WriteAllText(copy.At("log/strange"), "");
        var other = CheckpointNote.Parse(small.EarlyCheckpoint)! with { Root = [.. Enumerable.Repeat((byte)7, MerkleHash.Bytes)] };
        using var key = Core.Keys.GatewayKey.FromPem(small.Key.ExportPrivatePem());
        var findings = Verifier.Run(copy.Path, WithKey with { Checkpoints = [CheckpointNote.Sign(other, key.Ecdsa)] }, null).Findings;
        Assert.Contains(findings, static finding => finding is { Code: "log_damaged", Path: "log/records/000.jsonl", Chunk: 1 });
        Assert.Contains(findings, static finding => finding is { Code: "log_unexpected", Path: "log/strange" });
        Assert.Contains(findings, static finding => finding is { Code: "log_anchor", FollowsFrom: null });
    }

    [Fact]
    public void A_log_that_is_gone_whole_explains_only_the_segments_for_which_the_gateway_signed_a_receipt()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.Delete(copy.At("log"), recursive: true);
        Plant(copy);
        var report = Verifier.Run(copy.Path, WithKey, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings[0] is { Code: "log_missing", IsCause: true }, said);
        Assert.True(report.Findings.Any(static finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted), said);
        Assert.True(report.Findings.Any(static finding => finding is { Code: "not_in_log", FollowsFrom: "log_missing" } && finding.Segment == destroyed), said);
    }

    [Fact]
    public void A_file_far_behind_the_last_costs_nothing_where_the_checkpoint_is_gone()
    {
        foreach (var far in new[] { "log/records/x035/x999/x999/999.jsonl", "log/tile/entries/x035/x999/x999/x999/x999/999" })
        {
            using var copy = new FolderCopy(small.Folder);
            File.Delete(copy.At("log/checkpoint"));
            Destroy(copy);
            Directory.CreateDirectory(Path.GetDirectoryName(copy.At(far))!);
            File.WriteAllText(copy.At(far), "far\n");
            var report = Verifier.Run(copy.Path, WithKey, null);
            Assert.Contains(report.Findings, static finding => finding is { Code: "file_missing", FollowsFrom: null } && finding.Segment == destroyed);
        }
    }

    [Theory]
    [InlineData("no letter of base64 in the signature")]
    [InlineData("no signature line")]
    public void The_log_is_opened_by_it_for_writing_as_little_as_ever(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        Spoil(copy.At("log/checkpoint"), what);
        using var key = Core.Keys.GatewayKey.FromPem(small.Key.ExportPrivatePem());
        Assert.Throws<LogBrokenException>(() => LogWriter.Open(copy.At("log"), key.Ecdsa, $"bodycam/gateway/{key.Id:x16}", TimeProvider.System).Dispose());
        Assert.Null(new LogReader(copy.At("log")).ReadCheckpoint());
    }

    private static void Destroy(FolderCopy copy)
    {
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Delete(copy.At($"segments/{destroyed.RelativePath}{ending}"));
    }

    // With seal and receipt of another segment beside it.
    private static void Plant(FolderCopy copy)
    {
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Copy(copy.At($"segments/{new SegmentKey(Station.Device, 1, 2, 1).RelativePath}{ending}"), copy.At($"segments/{planted.RelativePath}{ending}"));
    }

    private static void Spoil(string path, string what)
    {
        var note = File.ReadAllBytes(path);
        var lines = File.ReadAllLines(path);
        var at = note.AsSpan().LastIndexOf((byte)' ') + 20;
        switch (what)
        {
            case "another letter in the signature": note[at] = (byte)(note[at] == 'B' ? 'C' : 'B'); break;
            case "no letter of base64 in the signature": note[at] = (byte)'!'; break;
            case "a tab in the signature": note[at] = (byte)'\t'; break;
            case "no UTF-8 in the signature": note[at] = 0xff; break;
            case "no signature line": note = note[..(note.AsSpan().IndexOf("\n\n"u8) + 2)]; break;
            case "no empty line before the signature": note[note.AsSpan().IndexOf("\n\n"u8) + 1] = (byte)'x'; break;
            case "no line end": note = note[..^1]; break;
            case "another letter in the name": note = Bytes([lines[0][..^1] + (lines[0][^1] == 'a' ? 'b' : 'a'), .. lines[1..]]); break;
            case "another letter in the root": note = Bytes([.. lines[..2], (lines[2][0] == 'A' ? "B" : "A") + lines[2][1..], .. lines[3..]]); break;
            case "a smaller size": note = Bytes([lines[0], "1", .. lines[2..]]); break;
            case "no number as size": note = Bytes([lines[0], "x" + lines[1].Length.ToString(CultureInfo.InvariantCulture), .. lines[2..]]); break;
            case "no base64 in the root": note = Bytes([.. lines[..2], "!" + lines[2][1..], .. lines[3..]]); break;
            case "empty": note = []; break;
            default: File.Delete(path); return;
        }

        File.WriteAllBytes(path, note);
    }

    private static byte[] Bytes(string[] lines) => System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
}
