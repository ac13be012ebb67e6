using BodyCam.Archive;
using BodyCam.Bench.Load;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Ingest.Tests;

/// <summary>The one way in which originals go.</summary>
public sealed class PurgeTests
{
    [Fact]
    public async Task Two_persons_a_reason_and_the_reviewed_list_purge_a_recording_and_nothing_else()
    {
        await using var station = await StoredAsync();
        var order = Order(station);
        foreach (var bad in new[]
        {
            order with { Approver = order.Reviewer }, order with { Approver = order.Reviewer.ToUpperInvariant() }, order with { Reviewer = " " }, order with { Reason = "" }, order with { ExpiredAtUs = 0 }, order with { ExpiredAtUs = long.MaxValue },
        })
            Assert.Equal(PurgeOutcome.NotDecided, (await station.Ingest.PurgeAsync(bad, default)).Outcome);
        Assert.Equal(PurgeOutcome.NotFound, (await station.Ingest.PurgeAsync(order with { Recording = 0 }, default)).Outcome);
        Assert.Equal(PurgeOutcome.NotFound, (await station.Ingest.PurgeAsync(order with { Recording = 9 }, default)).Outcome);
        Assert.Equal(PurgeOutcome.Changed, (await station.Ingest.PurgeAsync(order with { Segments = [order.Segments[0]] }, default)).Outcome);
        Assert.Equal(PurgeOutcome.Changed, (await station.Ingest.PurgeAsync(order with { Segments = [order.Segments[0], order.Segments[1] with { Sha256 = new string('0', 64) }] }, default)).Outcome);
        Assert.Equal(3, Originals(station.Folder).Count);

        var (outcome, sequence) = await station.Ingest.PurgeAsync(order, default);
        Assert.Equal(PurgeOutcome.Done, outcome);
        Assert.Equal(["000002/000001.mkv"], Originals(station.Folder));
        Assert.True(File.Exists(Path.Combine(station.Folder, "segments/unit-7/0001/000001/000001.seal")));
        Assert.True(File.Exists(Path.Combine(station.Folder, "segments/unit-7/0001/000001/000001.receipt")));
        Assert.Equal((PurgeOutcome.Done, sequence), await station.Ingest.PurgeAsync(order, default));
        var report = Verify(station);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Equal(2, report.Findings.Count(static finding => finding.Code == "purged"));
        Assert.Equal([(1u, "purged"), (2u, "complete")], report.Recordings.Select(static recording => (recording.Recording, recording.State)));
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Fact]
    public async Task A_purged_segment_that_is_offered_again_is_receipted_and_not_taken_in_again()
    {
        await using var station = await StoredAsync();
        await station.Ingest.PurgeAsync(Order(station), default);
        station.ForgetDown();
        var recorder = new FakeRecorder(Station.Device, station.Keys);
        recorder.Announce(1);
        var again = recorder.Footage(1, 1, final: false);
        await station.UploadAsync(again);
        await station.SettleAsync();
        Assert.Contains(station.Receipts, receipt => receipt.Entries.Any(entry => entry.SealDigest.Span.SequenceEqual(again.SealBytes.AsSpan(288, 32))));
        Assert.DoesNotContain("000001/000001.mkv", Originals(station.Folder));
    }

    [Fact]
    public async Task What_the_log_certifies_goes_at_the_next_start_when_it_was_broken_off()
    {
        var folder = "";
        byte[] bytes;
        await using (var station = await StoredAsync())
        {
            folder = station.Folder;
            var path = Path.Combine(folder, "segments/unit-7/0001/000001/000001.mkv");
            bytes = File.ReadAllBytes(path);
            await station.Ingest.PurgeAsync(Order(station), default);
            await station.CloseAsync();
            // As if the power had gone after the log and before the bytes: the catalog's note is lost with it.
            File.WriteAllBytes(path, bytes);
            foreach (var ending in new[] { "", "-wal", "-shm" })
                File.Delete(Path.Combine(folder, "catalog.db" + ending));
            Assert.Contains(Verify(station).Findings, static finding => finding.Code == "purge_unfinished" && finding.Severity == FindingSeverity.Warning);
            station.Open();
            Assert.Equal(["000002/000001.mkv"], Originals(folder));
            Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
        }
    }

    [Fact]
    public async Task Bytes_that_are_gone_without_a_certificate_or_under_a_false_one_are_errors()
    {
        await using var station = await StoredAsync();
        var path = Path.Combine(station.Folder, "segments/unit-7/0001/000002/000001.mkv");
        File.Delete(path);
        File.WriteAllText(Path.ChangeExtension(path, ".purged"), "5\n");
        Assert.Contains(Verify(station).Findings, static finding => finding.Code == "file_missing" && finding.Severity == FindingSeverity.Error);
    }

    [Fact]
    public async Task The_archive_purges_after_it_has_the_certificate()
    {
        await using var station = await StoredAsync();
        var archive = Path.Combine(station.Folder + "-archive");
        var forwarder = new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, archive), NullLogger<ArchiveForwarder>.Instance);
        await forwarder.RunOnceAsync(default);
        Assert.Equal(3, Originals(archive).Count);
        await station.Ingest.PurgeAsync(Order(station), default);
        Assert.Equal(3, Originals(archive).Count);
        await forwarder.RunOnceAsync(default);
        Assert.Equal(["000002/000001.mkv"], Originals(archive));
        var report = Verifier.Run(archive, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Empty(station.Ingest.PurgesDue(10));
        Directory.Delete(archive, recursive: true);
    }

    [Fact]
    public async Task A_segment_purged_before_it_was_archived_is_not_forwarded_and_raises_no_alarm()
    {
        await using var station = await StoredAsync();
        await station.Ingest.PurgeAsync(Order(station), default);
        var archive = Path.Combine(station.Folder + "-archive");
        await new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, archive), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(default);
        Assert.Equal(["000002/000001.mkv"], Originals(archive));
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "original_differs");
        Directory.Delete(archive, recursive: true);
    }

    // The sources are the gateway's own, without the command line and the bench, which have no store: nothing but the purge may remove below segments/.
    [Fact]
    public void No_other_code_removes_an_original()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "BodyCam.sln")))
            root = root.Parent!;
        var deleters = Directory.EnumerateFiles(Path.Combine(root.FullName, "edge-gateway"), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/Cli/", StringComparison.Ordinal) && !path.Contains("/Bench/", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path).Select(line => (File: Path.GetFileName(path), Line: line.Trim())))
            .Where(static row => row.Line.Contains("disk.Delete(", StringComparison.Ordinal) || row.Line.Contains("File.Delete(", StringComparison.Ordinal) || row.Line.Contains("Directory.Delete(", StringComparison.Ordinal))
            .Where(static row => row.File is not ("SegmentStore.cs" or "SegmentStoreAside.cs" or "FolderArchive.cs"))
            .Select(static row => row.File).Distinct().Order(StringComparer.Ordinal);
        // Each of these was read: parts, tails by certificate, temporaries, the catalog, log tiles here and in the archive, keys, retired CAs, the note of a running gateway, arriving sources.
        Assert.Equal(known, deleters);
    }

    private static readonly string[] known = ["AsideFolders.cs", "AuthorityChange.cs", "CatalogReplay.cs", "CopyFolder.cs", "DiskLogFiles.cs", "FootageApi.cs", "IsoImages.cs", "KeyFolder.cs", "LogInArchive.cs", "PackageApi.cs", "PackageBuilder.cs", "PackageShelf.cs", "PartTable.cs", "PosixDisk.cs", "ServedFile.cs", "SetupFile.cs", "VerifiedCopy.cs"];

    private static PurgeOrder Order(Station station) => new(
        Station.Device, 1, 1, "保存期限已满，无保存意义", ["qidong 18(一)"], (station.Time.GetUtcNow().AddDays(-1) - DateTimeOffset.UnixEpoch).Ticks / 10, "u-custodian", "u-head", station.Ingest.PurgeList(Station.Device, 1, 1));

    private static VerifyReport Verify(Station station) => Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, CatalogComparison = CatalogCheck.Differences }, null);

    private static List<string> Originals(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder, "segments/unit-7/0001"), "*.mkv", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Path.Combine(folder, "segments/unit-7/0001"), path)).Where(static path => !path.StartsWith("000000", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static async Task<Station> StoredAsync()
    {
        var station = new Station();
        station.Open();
        await station.Ingest.ProvisionAsync(Station.Device, "provisioned", null, default);
        var recorder = new FakeRecorder(Station.Device, station.Keys);
        foreach (var segment in new[] { recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true), recorder.Footage(2, 1, final: true) })
            await station.UploadAsync(segment);
        await station.SettleAsync();
        return station;
    }
}
