using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>One thing that is wrong is said once, first and with what to do; what follows from it says so.</summary>
public sealed class CauseTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private const string NewestCheckpoint = "Put the newest checkpoint that was kept outside the station, or one from a backup, into log/checkpoint, and verify again. Restore log/ whole from the archive only where there is none or that does not help: keep a copy of the data folder";

    private static readonly SegmentKey first = new(Station.Device, 1, 1, 1);

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys, CatalogComparison = static _ => [new("it holds 9 of 7 leaves", DifferenceKind.AheadOfLog), new($"{first} is only in it", DifferenceKind.AheadOfLog, first)] };

    [Fact]
    public void Without_the_logs_checkpoint_that_is_the_one_cause_and_the_log_is_to_be_restored_never_the_catalog_removed()
    {
        var report = Spoiled(static copy => File.Delete(Path.Combine(copy, "log/checkpoint")), WithKey);
        AssertOneCause(report, "log_missing", NewestCheckpoint);
        Assert.True(report.Findings.Count(static finding => finding is { Code: "not_in_log", FollowsFrom: "log_missing" }) == 7, string.Join('\n', report.Findings));
        Assert.Equal(2, report.Findings.Count(static finding => finding.Code == "catalog_differs"));
        Assert.DoesNotContain(report.Findings, static finding => finding.Message.Contains("emove", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_stations_key_is_the_one_cause_of_every_signature_that_does_not_hold()
    {
        using var other = GatewayKey.Create();
        var report = Verifier.Run(small.Folder, new VerifyOptions { GatewayKeyPem = other.PublicKeyPem, Keys = small.Keys }, null);
        AssertOneCause(report, "key_differs", "Give this station's own gateway.pem");
        Assert.Equal(7, report.Findings.Count(static finding => finding.Code == "record_signature"));
        Assert.Equal(7, report.Findings.Count(static finding => finding.Code == "receipt_signature"));
    }

    [Fact]
    public void An_exchanged_gateway_pem_is_told_with_the_key_as_one_file_and_without_it_as_the_cause()
    {
        using var other = GatewayKey.Create();
        void Exchange(string copy) => File.WriteAllText(Path.Combine(copy, "gateway.pem"), other.PublicKeyPem);
        var told = Spoiled(Exchange, new VerifyOptions { GatewayKeyPem = small.PublicPem });
        var only = Assert.Single(told.Findings, static finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal(("key_differs", false), (only.Code, only.IsCause));
        Assert.Contains("put it in the place of gateway.pem", only.Message, StringComparison.Ordinal);

        AssertOneCause(Spoiled(Exchange, new VerifyOptions()), "log_signature", "Put this station's own gateway.pem in its place");
        AssertOneCause(Spoiled(static copy => File.Delete(Path.Combine(copy, "gateway.pem")), new VerifyOptions()), "file_missing", "Give the key with --gateway-key");
    }

    [Fact]
    public void A_missing_gateway_pem_is_written_by_the_gateway_where_the_key_was_given()
    {
        var report = Spoiled(static copy => File.Delete(Path.Combine(copy, "gateway.pem")), WithKey with { CatalogComparison = null });
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        var missing = Assert.Single(report.Findings, static finding => finding.Code == "file_missing");
        Assert.Equal(FindingSeverity.Warning, missing.Severity);
        Assert.Contains("Start the gateway: it writes it again", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("--gateway-key", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void That_a_receipt_is_missing_follows_from_the_original_or_seal_that_is_missing_beside_it_and_from_no_other()
    {
        static string Of(int recording, string ending) => $"segments/unit-7/0001/{recording:000000}/000001{ending}";
        foreach (var gone in new[] { ".mkv", ".seal" })
        {
            var report = Spoiled(
                copy =>
                {
                    foreach (var name in new[] { Of(1, gone), Of(1, ".receipt"), Of(2, ".receipt") })
                        File.Delete(Path.Combine(copy, name));
                },
                WithKey);
            var said = string.Join('\n', report.Findings);
            Assert.True(report.Findings.Any(finding => finding is { Code: "file_missing", IsCause: true, FollowsFrom: null } && finding.Path == Of(1, gone)), said);
            Assert.True(report.Findings.Any(static finding => finding is { Code: "receipt_missing", Segment.Recording: 1, FollowsFrom: "file_missing" }), said);
            Assert.True(report.Findings.Any(static finding => finding is { Code: "receipt_missing", Segment.Recording: 2, FollowsFrom: null }), said);
        }
    }

    [Fact]
    public void An_older_checkpoint_put_back_is_told_by_the_receipts_as_a_log_that_was_cut()
    {
        var report = Spoiled(copy => File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), small.EarlyCheckpoint), WithKey);
        AssertOneCause(report, "log_cut", "Restore log/ whole");
        AssertOneCause(report, "log_cut", NewestCheckpoint);
        Assert.Contains(report.Findings, static finding => finding is { Code: "receipt_checkpoint", FollowsFrom: "log_cut" });

        // The one that was given is the newer one.
        AssertOneCause(Spoiled(copy => File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), small.EarlyCheckpoint), WithKey with { Checkpoints = [small.Checkpoint] }), "log_anchor", NewestCheckpoint);
    }

    /// <summary>An older checkpoint of the archive that comes with its log/ covers none of one's own lines behind it.</summary>
    [Fact]
    public void Only_beside_a_whole_checkpoint_are_the_own_lines_to_be_kept_behind_those_of_the_archive()
    {
        const string keep = "keep log/checkpoint and the lines of a records file that come after those there";
        Assert.Contains(keep, Spoiled(DamageOneRecord, WithKey).Findings[0].Message, StringComparison.Ordinal);
        foreach (var spoil in new Action<string>[] { CutToEarly, static copy => Directory.Delete(Path.Combine(copy, "log"), recursive: true) })
        {
            var cause = Spoiled(spoil, WithKey).Findings[0];
            Assert.True(cause is { Code: "log_cut" or "log_missing", IsCause: true }, cause.ToString());
            Assert.Contains("Restore log/ whole from the archive's log/ (complete up to its last round) or from a backup", cause.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("keep ", cause.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_damaged_record_is_the_cause_and_its_segment_is_still_named()
    {
        var report = Spoiled(DamageOneRecord, WithKey);
        Assert.True(report.Findings[0] is { Code: "log_damaged", IsCause: true }, string.Join('\n', report.Findings));
        Assert.Contains("Restore this file, or log/ whole where it does not fit", report.Findings[0].Message, StringComparison.Ordinal);
        Assert.Contains(report.Findings, static finding => finding is { Code: "record_damaged", FollowsFrom: null, Segment: not null });
        Assert.All(report.Findings.Where(static finding => finding.Code == "catalog_differs"), static finding => Assert.Equal("log_damaged", finding.FollowsFrom));
    }

    [Fact]
    public void A_catalog_that_differs_while_the_log_is_whole_is_to_be_removed_and_that_is_said_once()
    {
        var report = Verifier.Run(small.Folder, WithKey with { CatalogComparison = static _ => [new("it holds 5 of 7 leaves"), new($"{first} differs", Segment: first)] }, null);
        AssertOneCause(report, "catalog_differs", "remove catalog.db, catalog.db-wal and catalog.db-shm");
        Assert.Single(report.Findings, static finding => finding.Message.Contains("remove catalog.db", StringComparison.Ordinal));

        // Where the files of a segment are at fault, they are mended and not the catalog.
        var spoilt = Spoiled(static copy => File.Delete(Path.Combine(copy, $"segments/{first.RelativePath}.seal")), WithKey with { CatalogComparison = static _ => [new($"{first} is only in it", DifferenceKind.AheadOfLog, first)] });
        Assert.DoesNotContain(spoilt.Findings, static finding => finding.IsCause);
        Assert.Contains("Mend the files of this segment first.", Assert.Single(spoilt.Findings, static finding => finding.Code == "catalog_differs").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_that_knows_more_than_the_log_is_kept_as_the_witness_of_what_was_put_back()
    {
        foreach (var difference in new StoreDifference[] { new("it holds 9 of 7 leaves", DifferenceKind.AheadOfLog), new($"{first} is only in it", DifferenceKind.AheadOfLog, first) })
        {
            var report = Verifier.Run(small.Folder, WithKey with { CatalogComparison = _ => [difference] }, null);
            AssertOneCause(report, "catalog_differs", "Keep catalog.db");
            Assert.DoesNotContain(report.Findings, static finding => finding.Message.Contains("emove catalog.db", StringComparison.Ordinal));
        }
    }

    /// <summary>As in a station whose log parted: the trace of the replaced log stays for good.</summary>
    [Fact]
    public async Task A_seal_that_names_a_state_of_another_log_keeps_no_catalog_that_is_behind_and_one_that_is_ahead_is_kept_beside_it()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        (recorder.CheckpointSize, recorder.CheckpointRoot) = (1, [.. Enumerable.Repeat((byte)7, 32)]);
        await station.UploadAsync(recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        foreach (var (difference, remedy) in new[] { (new StoreDifference("it holds 1 of 7 leaves"), "Stop the gateway, remove catalog.db"), (new StoreDifference("it holds 9 of 7 leaves", DifferenceKind.AheadOfLog), "Keep catalog.db") })
        {
            var report = Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, CatalogComparison = _ => [difference] }, null);
            Assert.Contains(report.Findings, static finding => finding.Code == "seal_checkpoint");
            Assert.Contains(remedy, Assert.Single(report.Findings, static finding => finding is { Code: "catalog_differs", IsCause: true }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_wrong_with_other_segments_is_not_folded_into_one_damaged_record()
    {
        var second = new SegmentKey(Station.Device, 1, 2, 1);
        var planted = new SegmentKey(Station.Device, 1, 9, 1);
        using var copy = new FolderCopy(small.Folder);
        DamageOneRecord(copy.Path);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(copy.At($"segments/{planted.RelativePath}{ending}"))!);
            File.Copy(copy.At($"segments/{second.RelativePath}{ending}"), copy.At($"segments/{planted.RelativePath}{ending}"));
        }

        File.Delete(copy.At($"segments/{second.RelativePath}.mkv"));
        File.WriteAllText(copy.At($"segments/{second.RelativePath}.purged"), "3\n");
        File.WriteAllText(copy.At("gateway-0000.pem"), "x");
        var receipt = copy.At($"segments/{second.RelativePath}.receipt");
        var forged = File.ReadAllBytes(receipt);
        forged[^1] ^= 1;
        File.WriteAllBytes(receipt, forged);
        var report = Verifier.Run(copy.Path, WithKey with { CatalogComparison = null }, null);
        Assert.Contains(report.Findings, finding => finding is { Code: "not_in_log", FollowsFrom: null } && finding.Segment == planted);
        Assert.Contains(report.Findings, finding => finding is { Code: "file_missing", FollowsFrom: null } && finding.Segment == second);
        Assert.Contains(report.Findings, finding => finding is { Code: "receipt_signature", FollowsFrom: null } && finding.Segment == second);
    }

    // One record's salt of the first segment.
    private static void DamageOneRecord(string copy)
    {
        var records = Path.Combine(copy, "log/records/000.jsonl");
        var lines = File.ReadAllLines(records);
        var at = Array.FindIndex(lines, static line => line.Contains("\"type\":\"segment\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("\"salt\":\"", "\"salt\":\"AAAA", StringComparison.Ordinal).Remove(lines[at].IndexOf("\"salt\":\"", StringComparison.Ordinal) + 12, 4);
        File.WriteAllText(records, string.Join('\n', lines) + "\n");
    }

    // Nothing of the log is left behind the early checkpoint.
    private void CutToEarly(string copy)
    {
        var size = (int)CheckpointNote.Parse(small.EarlyCheckpoint)!.Size;
        File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), small.EarlyCheckpoint);
        var records = Path.Combine(copy, "log/records/000.jsonl");
        File.WriteAllText(records, string.Join('\n', File.ReadAllLines(records)[..size]) + "\n");
        foreach (var tile in Directory.GetFiles(Path.Combine(copy, "log/tile"), "*", SearchOption.AllDirectories).Where(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture) > size))
            File.Delete(tile);
    }

    // Every other error follows from the first finding, and that one says what to do.
    private static void AssertOneCause(VerifyReport report, string code, string remedy)
    {
        var said = string.Join('\n', report.Findings);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(report.Findings[0].Code == code && report.Findings[0].IsCause, said);
        Assert.Contains(remedy, report.Findings[0].Message, StringComparison.Ordinal);
        Assert.True(report.Findings.Skip(1).All(finding => finding is { IsCause: false } && (finding.Severity < FindingSeverity.Error || finding.FollowsFrom == code)), said);
    }

    private VerifyReport Spoiled(Action<string> spoil, VerifyOptions options)
    {
        using var copy = new FolderCopy(small.Folder);
        spoil(copy.Path);
        return Verifier.Run(copy.Path, options, null);
    }
}
