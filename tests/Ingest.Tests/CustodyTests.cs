using System.Buffers;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Evidence;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>What must never happen to bytes that came: dropped, overwritten, receipted without being what the seal covers.</summary>
public sealed class CustodyTests
{
    [Fact]
    public async Task Chunks_beyond_what_a_recovered_seal_covers_are_cut_before_the_receipt()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var whole = recorder.Footage(1, 1, final: true, frames: 4, frameBytes: 6000);
        var covered = whole.Bytes[..((3 * 4096) + 100)];
        var recovered = new FakeRecorder(Station.Device, station.Keys, recorder.Epoch).Seal(1, 1, SegmentKind.Footage, covered, final: true, (uint)SegmentReader.Read(covered).PictureCount, 4096, 1);
        for (var index = 0; index < whole.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(whole, index));
        await station.UploadAsync(recovered);
        await station.SettleAsync();
        Assert.Equal(recovered.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(recovered.Key))));
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts.DistinctBy(static receipt => receipt.State)).State);
        await station.CloseAsync();
        var report = Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task What_had_arrived_of_a_segment_that_is_lost_on_the_card_is_kept_with_the_list_of_its_chunks()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 10, frameBytes: 6000);
        for (var index = 0; index < segment.ChunkCount - 1; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        var kept = Path.Combine(station.Folder, "damaged", segment.Key.RelativePath);
        Assert.Equal(segment.Bytes[..((segment.ChunkCount - 1) * segment.ChunkBytes)], File.ReadAllBytes(kept + ".mkv"));
        Assert.Equal(40 * (segment.ChunkCount - 1), new FileInfo(kept + ".chunks").Length);
        Assert.Equal(ReceiptState.Damaged, Assert.Single(station.Receipts).State);
    }

    [Fact]
    public async Task A_segment_that_is_lost_on_the_card_after_all_of_it_arrived_is_stored()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
    }

    [Fact]
    public async Task An_original_whose_seal_file_rotted_is_never_overwritten()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await station.CloseAsync();
        var original = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        File.Delete(Path.ChangeExtension(original, ".seal"));
        foreach (var path in Directory.GetFiles(station.Folder, "catalog.db*"))
            File.Delete(path);
        station.ForgetDown();
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
        await station.UploadAsync(new FakeRecorder(Station.Device, station.Keys, recorder.Epoch).Footage(1, 1, final: true, frames: 7, frameBytes: 900));
        await station.SettleAsync();
        Assert.Equal(segment.Bytes, File.ReadAllBytes(original));
        Assert.Contains(RefusalReason.Conflict, station.Refusals);
        Assert.Empty(station.Receipts);
    }

    [Fact]
    public async Task A_connection_that_ends_in_the_middle_of_a_commit_leaves_a_segment_that_gets_its_receipt()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.Ingest.HandleUpAsync(Station.Device, new ReadOnlySequence<byte>(FakeRecorder.ChunkMessage(segment, index)), new CancellationToken(canceled: true));
        await station.SettleAsync();
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task A_file_in_a_segments_place_that_is_not_what_its_seal_covers_is_set_aside_at_the_start_and_gets_no_receipt()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.CloseAsync();
        var place = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        await File.WriteAllTextAsync(place, "not the footage", TestContext.Current.CancellationToken);
        station.Open();
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        Assert.Equal("not the footage", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(station.Folder, "conflicts", "unit-7"))), TestContext.Current.CancellationToken));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task A_catalog_that_the_log_does_not_continue_is_made_anew_and_what_stands_without_a_record_is_read_and_entered_once()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: false));
        await station.SettleAsync();
        await station.CloseAsync();
        var older = station.Folder + "-log";
        Copy(Path.Combine(station.Folder, "log"), older);
        station.Open();
        var second = recorder.Footage(1, 2, final: true);
        await station.UploadAsync(second);
        await station.SettleAsync();
        await station.CloseAsync();
        Directory.Delete(Path.Combine(station.Folder, "log"), recursive: true);
        Directory.Move(older, Path.Combine(station.Folder, "log"));
        station.ForgetDown();
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(second.Key));
        Assert.Equal(second.Key.Segment, Assert.Single(station.Receipts).Entries[0].Segment);
        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, second));
        await station.SettleAsync();
        Assert.Equal(2, station.RecordTypes().Count(static type => type == "segment"));
    }

    [Fact]
    public async Task What_arrived_of_an_open_segment_survives_a_power_cut_after_the_next_tick()
    {
        var disk = new VolatileDisk();
        await using var station = new Station(null, options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 10, frameBytes: 6000);
        for (var index = 0; index < 5; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.CloseAsync();
        disk.Kill();
        station.Open();
        Assert.Equal(5 * 4096, Assert.Single(station.Ingest.Status().Parts).PresentBytes);
    }

    [Fact]
    public async Task A_recorder_that_asks_again_and_again_gets_receipts_and_stops_nothing()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 60; number++)
        {
            var segment = recorder.Footage(1, number, final: false, frames: 1, frameBytes: 500);
            await station.UploadAsync(segment);
            for (var again = 0; again < 20; again++)
                await station.UpAsync(FakeRecorder.SealMessage(segment));
        }

        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(60, station.Receipts.Select(static receipt => receipt.Entries[0].Segment).Distinct().Count());
    }

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
