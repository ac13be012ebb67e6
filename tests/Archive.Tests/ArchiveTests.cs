using BodyCam.Archive;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Evidence;
using BodyCam.Storage;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>A gateway with an archive beside it, forwarded by hand, round by round.</summary>
public sealed class ArchiveTests : IAsyncLifetime
{
    private readonly Station station = new();
    private FakeRecorder recorder = null!;
    private ArchiveForwarder forwarder = null!;

    private string Folder => station.Folder + "-archive";

    public async ValueTask InitializeAsync()
    {
        recorder = await station.OpenWithRecorderAsync();
        Renew();
    }

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        else
            File.Delete(Folder);
        if (Directory.Exists(Folder + ".off"))
            Directory.Delete(Folder + ".off", recursive: true);
    }

    [Fact]
    public async Task A_segment_is_archived_with_its_seal_and_the_receipt_that_says_so_and_the_archive_verifies()
    {
        var segment = await StoreAsync(1);
        Assert.Equal((1, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.Equal(segment.Bytes, File.ReadAllBytes(At(segment, ".mkv")));
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(At(segment, ".seal")));
        Assert.Equal(RefusalReason.None, Receipt.TryParse(File.ReadAllBytes(At(segment, ".receipt")), out var receipt));
        Assert.Equal(ReceiptState.Archived, receipt!.State);
        Assert.Equal(ReceiptState.Archived, station.Receipts[^1].State);
        await VerifiedAsync();
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Nothing_is_called_archived_before_it_stands_there_and_was_read_back()
    {
        var segment = await StoreAsync(1);
        await File.WriteAllTextAsync(Folder, "a file where the archive's folder should be", TestContext.Current.CancellationToken);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.DoesNotContain(station.Receipts, static receipt => receipt.State == ReceiptState.Archived);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
        Assert.Single(station.Ingest.Catalog.NotArchived(-1, 10));

        File.Delete(Folder);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.True(File.Exists(At(segment, ".mkv")));
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
    }

    [Fact]
    public async Task After_a_restart_in_the_middle_of_a_copy_the_round_goes_on_and_leaves_no_temporary_file()
    {
        var segments = new[] { await StoreAsync(1), await StoreAsync(2) };
        // Cut after the first segment's original stood, before the log heard of it, and in the middle of the second one's.
        foreach (var ending in new[] { ".seal", ".receipt", ".mkv" })
            Put(At(segments[0], ending), File.ReadAllBytes(Path.Combine(station.Folder, Path.ChangeExtension(SegmentStore.SegmentPath(segments[0].Key), ending))));
        Put(Path.Combine(Folder, "tmp", "7"), segments[1].Bytes[..100]);
        await station.CloseAsync();
        station.Open();
        Renew();
        Assert.Equal(2, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "tmp")));
        await VerifiedAsync();
    }

    [Fact]
    public async Task A_round_cut_between_the_log_and_the_receipts_leaves_the_archived_receipt_to_the_next_start()
    {
        var segment = await StoreAsync(1);
        var (here, there) = (Path.Combine(station.Folder, SegmentStore.ReceiptPath(segment.Key, damaged: false)), At(segment, ".receipt"));
        var before = await File.ReadAllBytesAsync(here, TestContext.Current.CancellationToken);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        // As the kill leaves it: the record is in the log, both receipts are the older ones.
        await station.CloseAsync();
        await File.WriteAllBytesAsync(here, before, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(there, before, TestContext.Current.CancellationToken);
        station.Open();
        Renew();
        await forwarder.RunOnceAsync(CancellationToken.None);
        foreach (var path in new[] { here, there })
        {
            Assert.Equal(RefusalReason.None, Receipt.TryParse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), out var receipt));
            Assert.Equal(ReceiptState.Archived, receipt!.State);
        }
    }

    [Fact]
    public async Task Other_bytes_in_the_archive_are_never_overwritten_and_hold_up_nothing_else()
    {
        var first = await StoreAsync(1);
        var second = await StoreAsync(2);
        Put(At(first, ".mkv"), [1, 2, 3]);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(At(first, ".mkv")));
        Assert.Equal(second.Bytes, File.ReadAllBytes(At(second, ".mkv")));
        Assert.Contains(station.Ingest.Status().Alerts, alert => alert.Code == "archive_differs" && alert.Subject == first.Key.ToString());
    }

    [Fact]
    public async Task A_rotten_original_is_not_forwarded_and_named()
    {
        var first = await StoreAsync(1);
        await StoreAsync(2);
        var original = Path.Combine(station.Folder, SegmentStore.SegmentPath(first.Key));
        var bytes = File.ReadAllBytes(original);
        bytes[^1] ^= 1;
        File.Delete(original); // it is read-only
        File.WriteAllBytes(original, bytes);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.False(File.Exists(At(first, ".mkv")));
        Assert.Contains(station.Ingest.Status().Alerts, alert => alert.Code == "original_differs" && alert.Subject == first.Key.ToString());
    }

    [Theory]
    [InlineData(0, "magic")]
    [InlineData(96, "end")]
    [InlineData(290, "digest")]
    [InlineData(330, "MAC")]
    public async Task A_rotten_seal_is_not_forwarded_and_named_until_the_recorder_offers_its_own(int offset, string field)
    {
        var segment = await StoreAsync(1);
        await StoreAsync(2);
        var path = Path.Combine(station.Folder, SegmentStore.SealPath(segment.Key));
        var bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.True(1 == (await forwarder.RunOnceAsync(CancellationToken.None)).Archived, field);
        Assert.False(File.Exists(At(segment, ".seal")));
        Assert.DoesNotContain(station.Receipts, receipt => receipt.State == ReceiptState.Archived && receipt.Entries.Any(entry => entry.Recording == segment.Key.Recording));
        Assert.Contains(station.Ingest.Status().Alerts, alert => alert.Code == "original_differs" && alert.Subject == segment.Key.ToString());

        station.Time.Advance(TimeSpan.FromMinutes(1));
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.SettleAsync();
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(path));
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        await VerifiedAsync();
    }

    [Fact]
    public async Task A_receipt_file_that_is_missing_on_the_gateway_is_issued_again_and_the_segment_goes_with_the_next_round()
    {
        var segment = await StoreAsync(1);
        var receipt = Path.Combine(station.Folder, SegmentStore.ReceiptPath(segment.Key, damaged: false));
        File.Delete(receipt);
        Assert.Equal(0, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        await station.SettleAsync();
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
    }

    [Fact]
    public async Task More_than_a_round_that_cannot_be_forwarded_does_not_hold_up_what_comes_after()
    {
        var segments = new List<FakeSegment>();
        for (uint number = 1; number <= ArchiveForwarder.BatchCount + 3; number++)
        {
            var segment = recorder.Footage(1, number, final: false, frames: 1, frameBytes: 400);
            await station.UploadAsync(segment);
            segments.Add(segment);
        }

        await station.SettleAsync();
        foreach (var segment in segments.Take(ArchiveForwarder.BatchCount))
            Put(At(segment, ".mkv"), [0]);
        Assert.Equal((0, true), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.Equal((3, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.True(File.Exists(Path.Combine(Folder, "log", "checkpoint")));
    }

    [Fact]
    public async Task Damaged_and_orphaned_footage_goes_to_the_archive_too()
    {
        var damaged = recorder.Footage(1, 1, final: true, frames: 4);
        await station.UpAsync(FakeRecorder.ChunkMessage(damaged, 0));
        await station.UpAsync(FakeRecorder.SealMessage(damaged, lost: true));
        var open = recorder.Footage(2, 1, final: true, frames: 4);
        await station.UpAsync(FakeRecorder.ChunkMessage(open, 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.SettleAsync();
        await forwarder.RunOnceAsync(CancellationToken.None);
        foreach (var folder in new[] { "damaged", "orphans" })
        {
            var here = Directory.GetFiles(Path.Combine(station.Folder, folder), "*", SearchOption.AllDirectories);
            Assert.NotEmpty(here);
            Assert.All(here, path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(Folder, Path.GetRelativePath(station.Folder, path)))));
        }
    }

    [Fact]
    public async Task An_archive_that_went_away_is_not_begun_anew_and_goes_on_where_it_was_when_it_is_back()
    {
        await StoreAsync(1);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.False(IsAway());

        Directory.Move(Folder, Folder + ".off");
        // Also while nothing is due.
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.True(IsAway());
        var second = await StoreAsync(2);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.False(Directory.Exists(Folder));

        // After a start too, and where the mount left an empty folder.
        await station.CloseAsync();
        station.Open();
        Renew();
        Directory.CreateDirectory(Folder);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.True(IsAway());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
        Assert.Single(station.Ingest.Catalog.NotArchived(-1, 10));

        Directory.Delete(Folder);
        Directory.Move(Folder + ".off", Folder);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.False(IsAway());
        Assert.True(File.Exists(At(second, ".mkv")));
        await VerifiedAsync();
    }

    [Fact]
    public async Task An_archive_that_is_back_when_nothing_is_due_ends_its_alarm()
    {
        await StoreAsync(1);
        await forwarder.RunOnceAsync(CancellationToken.None);
        Directory.Move(Folder, Folder + ".off");
        await forwarder.RunOnceAsync(CancellationToken.None);
        Assert.True(IsAway());
        Directory.Move(Folder + ".off", Folder);
        await forwarder.RunOnceAsync(CancellationToken.None);
        Assert.False(IsAway());
    }

    [Fact]
    public async Task An_archive_that_was_begun_and_went_before_its_first_segment_is_not_begun_anew_by_the_same_run()
    {
        await forwarder.RunOnceAsync(CancellationToken.None);
        Directory.Move(Folder, Folder + ".off");
        await StoreAsync(1);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.True(IsAway());
        Assert.False(Directory.Exists(Folder));
        Directory.Move(Folder + ".off", Folder);
    }

    [Fact]
    public async Task A_purge_is_not_called_done_in_an_archive_that_is_away()
    {
        var segment = await StoreAsync(1);
        await forwarder.RunOnceAsync(CancellationToken.None);
        var purge = new PurgeItem(segment.Key, 0, []);
        Directory.Move(Folder, Folder + ".off");
        Assert.Equal(ArchiveOutcome.Unavailable, await Open().PurgeAsync(purge, CancellationToken.None));
        Directory.Move(Folder + ".off", Folder);
        Assert.True(File.Exists(At(segment, ".mkv")));
        Assert.Equal(ArchiveOutcome.Archived, await Open().PurgeAsync(purge, CancellationToken.None));
        Assert.False(File.Exists(At(segment, ".mkv")));
    }

    [Fact]
    public async Task The_marker_names_the_station_by_its_log_and_one_without_the_name_is_completed()
    {
        await StoreAsync(1);
        await forwarder.RunOnceAsync(CancellationToken.None);
        var origin = station.Ingest.Checkpoint.Checkpoint.Origin;
        Assert.Equal(origin, ArchiveMarker.Parse(File.ReadAllBytes(Marker))!.Log);

        Put(Marker, "{\"kind\":\"archive\",\"version\":1}\n"u8.ToArray());
        await StoreAsync(2);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.Equal(origin, ArchiveMarker.Parse(File.ReadAllBytes(Marker))!.Log);
        await VerifiedAsync();
    }

    [Theory]
    [InlineData("its marker names it")]
    [InlineData("its log names it, the marker nobody")]
    [InlineData("its log names it, and there is no marker")]
    public async Task Another_stations_archive_is_refused_with_both_names_and_left_as_it_is(string how)
    {
        await using var other = new Station();
        var recorder2 = await other.OpenWithRecorderAsync();
        await other.UploadAsync(recorder2.Footage(1, 1, final: true));
        await other.SettleAsync();
        Assert.Equal(1, (await new ArchiveForwarder(other.Ingest, new FolderArchive(other.Folder, Folder), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(CancellationToken.None)).Archived);
        if (how.EndsWith("nobody", StringComparison.Ordinal))
            Put(Marker, new ArchiveMarker(Log: null).ToBytes());
        else if (how.EndsWith("no marker", StringComparison.Ordinal))
            File.Delete(Marker);
        else
            File.Delete(Path.Combine(Folder, "log", "checkpoint"));
        var before = Snapshot();

        await StoreAsync(1);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.Equal(before, Snapshot());
        var alert = Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
        Assert.Contains(other.Ingest.Checkpoint.Checkpoint.Origin, alert.Message, StringComparison.Ordinal);
        Assert.Contains(station.Ingest.Checkpoint.Checkpoint.Origin, alert.Message, StringComparison.Ordinal);
        Assert.Contains("Mount this station's own archive", alert.Message, StringComparison.Ordinal);
        Assert.Equal(ArchiveOutcome.Unavailable, await Open().PurgeAsync(new PurgeItem(recorder2.Footage(1, 1, final: true).Key, 0, []), CancellationToken.None));
        Assert.Equal(before, Snapshot());

        Directory.Delete(Folder, recursive: true);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        Assert.False(IsAway());
    }

    [Fact]
    public async Task A_marker_that_is_none_is_refused_and_not_overwritten()
    {
        await StoreAsync(1);
        Put(Marker, "{\"kind\":\"data\"}"u8.ToArray());
        Assert.Equal((0, false), await forwarder.RunOnceAsync(CancellationToken.None));
        Assert.Equal("{\"kind\":\"data\"}", File.ReadAllText(Marker));
        Assert.Contains("is no marker of an archive", Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_archive_is_begun_on_purpose_by_its_marker_and_gets_the_whole_log_and_what_comes_from_then_on()
    {
        await StoreAsync(1);
        await forwarder.RunOnceAsync(CancellationToken.None);
        Directory.Move(Folder, Folder + ".off");
        await forwarder.RunOnceAsync(CancellationToken.None);
        // operations.md, A new archive: the marker, and what was archived before.
        Put(Path.Combine(Folder, "archive.json"), "{\"kind\":\"archive\",\"version\":1}\n"u8.ToArray());
        foreach (var file in Directory.EnumerateFiles(Path.Combine(station.Folder, "segments"), "*", SearchOption.AllDirectories))
            Put(Path.Combine(Folder, Path.GetRelativePath(station.Folder, file)), File.ReadAllBytes(file));
        await forwarder.RunOnceAsync(CancellationToken.None);
        Assert.False(IsAway());
        Assert.True(File.Exists(Path.Combine(Folder, "log", "checkpoint")));
        await StoreAsync(2);
        Assert.Equal(1, (await forwarder.RunOnceAsync(CancellationToken.None)).Archived);
        await VerifiedAsync();
    }

    private string Marker => Path.Combine(Folder, "archive.json");

    private string Snapshot() => string.Join('\n', Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => $"{path} {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}"));

    private bool IsAway() => station.Ingest.Status().Alerts.Any(static alert => alert.Code == "archive_unavailable");

    private static void Put(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private void Renew() => forwarder = new ArchiveForwarder(station.Ingest, Open(), NullLogger<ArchiveForwarder>.Instance);

    private FolderArchive Open() => new(station.Folder, Folder, () => station.Ingest.HasArchived);

    private string At(FakeSegment segment, string ending) => Path.Combine(Folder, Path.ChangeExtension(SegmentStore.SegmentPath(segment.Key), ending));

    private async Task<FakeSegment> StoreAsync(uint recording)
    {
        var segment = recorder.Footage(recording, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        return segment;
    }

    private async Task VerifiedAsync()
    {
        await station.CloseAsync();
        var report = Verifier.Run(Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        station.Open();
        Renew();
    }
}
