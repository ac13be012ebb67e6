using BodyCam.Archive;
using BodyCam.Bench.Load;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>Rows that come late, or twice at once: found by a review.</summary>
public sealed class LackingSealRaceTests
{
    [Fact]
    public async Task A_recording_whose_first_segment_lacked_its_seal_is_summed_as_a_rebuild_does()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var first = recorder.Footage(1, 1, final: false);
        var other = recorder.Footage(2, 1, final: true);
        var last = recorder.Footage(1, 2, final: true);
        foreach (var segment in new[] { first, other, last })
        {
            await station.UploadAsync(segment);
            await station.SettleAsync();
            station.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var before = station.Ingest.Catalog.NewestRecordings(10).Select(static row => row.Recording).ToList();
        await station.CloseAsync();
        station.Write(SegmentStore.SealPath(first.Key), new byte[352]);
        station.DeleteCatalog();
        station.Open();
        await station.UploadAsync(first);
        await station.SettleAsync();
        Assert.NotNull(station.Ingest.Catalog.Find(first.Key));
        using var rebuilt = SqliteCatalog.Open(":memory:");
        CatalogReplay.Run(rebuilt, new LogReader(Path.Combine(station.Folder, "log")), station.Ingest.Checkpoint.Checkpoint.Size, new PosixDisk(station.Folder));
        Assert.Equal(before, rebuilt.NewestRecordings(10).Select(static row => row.Recording));
        Assert.Equal(before, station.Ingest.Catalog.NewestRecordings(10).Select(static row => row.Recording));
    }

    [Fact]
    public async Task A_second_seal_that_was_held_up_does_not_take_the_archives_state_back()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        station.Write(SegmentStore.SealPath(segment.Key), new byte[352]);
        station.DeleteCatalog();
        var disk = new HookDisk(new PosixDisk(station.Folder));
        station.Change = options => options with { Disk = disk };
        station.Open();
        station.ForgetDown();
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var held = 0;
        disk.BeforeWriteWhole = path =>
        {
            if (path == SegmentStore.SealPath(segment.Key) && Interlocked.Increment(ref held) == 1)
            {
                reached.Set();
                go.Wait();
            }
        };
        // The old connection of the recorder hangs in the disk's sync; the new one goes on.
        var old = Task.Run(() => station.UpAsync(FakeRecorder.SealMessage(segment)));
        reached.Wait();
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.SettleAsync();
        var row = station.Ingest.Catalog.Find(segment.Key)!;
        await station.Ingest.ArchivedAsync([new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Key, row.LogSequence)], default);
        Assert.Equal(ReceiptState.Archived, station.Ingest.Catalog.Find(segment.Key)!.State);
        go.Set();
        await old;
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Archived, station.Ingest.Catalog.Find(segment.Key)!.State);
        Assert.Equal([ReceiptState.Stored, ReceiptState.Archived], station.Receipts.Select(static receipt => receipt.State).Take(2));
        Assert.DoesNotContain(ReceiptState.Stored, station.Receipts.Skip(1).Select(static receipt => receipt.State));
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Fact]
    public async Task The_alarm_of_a_lacking_seal_stands_though_a_recorder_raises_many_others()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await station.CloseAsync();
        station.Write(SegmentStore.SealPath(segment.Key), new byte[352]);
        station.DeleteCatalog();
        station.Open();
        station.Time.Advance(TimeSpan.FromSeconds(1));
        for (uint number = 1; number <= 300; number++)
            await station.UpAsync(FakeRecorder.SealMessage(recorder.Footage(2, number, final: false), lost: true));
        await station.SettleAsync();
        await station.Ingest.TickAsync(default);
        Assert.NotEmpty(station.Ingest.Catalog.Lacking());
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
    }

    [Fact]
    public async Task A_lost_segment_whose_second_message_was_held_up_is_entered_once()
    {
        await using var station = new Station();
        var disk = new HookDisk(new PosixDisk(station.Folder));
        station.Change = options => options with { Disk = disk };
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var held = 0;
        disk.BeforeExists = path =>
        {
            if (path == SegmentStore.SegmentPath(segment.Key) && Interlocked.Increment(ref held) == 1)
            {
                reached.Set();
                go.Wait();
            }
        };
        var old = Task.Run(() => station.UpAsync(FakeRecorder.SealMessage(segment, lost: true)));
        reached.Wait();
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        go.Set();
        await old;
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
    }
}
