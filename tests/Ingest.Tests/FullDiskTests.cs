using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

public sealed class FullDiskTests
{
    [Theory]
    [InlineData("parts/")]
    [InlineData("segments/")]
    [InlineData("")]
    public async Task Without_room_for_any_write_there_is_no_receipt_but_an_alarm_and_the_upload_goes_on_by_itself(string below)
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        station.Room!.Below = below;
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.UploadAsync(segment);
        Assert.Empty(station.Receipts);
        Assert.False(station.Ingest.IsFaulted);
        Assert.Contains(RefusalReason.StorageFull, station.Refusals);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "storage_full");

        station.Room!.Below = null;
        await station.Ingest.TickAsync(CancellationToken.None);
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "storage_full");
        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, segment));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts.DistinctBy(static receipt => receipt.State)).State);
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key))));
    }

    [Fact]
    public async Task A_receipt_file_that_cannot_be_written_stops_nothing_and_is_written_at_the_next_start()
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        var receipt = SegmentStore.ReceiptPath(segment.Key, damaged: false);
        station.Room!.Below = receipt;
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Single(station.Receipts);
        Assert.False(File.Exists(Path.Combine(station.Folder, receipt)));
        await station.CloseAsync();
        station.Open();
        await station.SettleAsync();
        Assert.Equal(station.Receipts[^1].Entries[0].SealDigest.ToArray(), File.ReadAllBytes(Path.Combine(station.Folder, receipt))[^(96 + 32)..^96]);
    }

    [Fact]
    public async Task A_tail_that_cannot_be_kept_for_want_of_room_stays_a_part()
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(1, 1, final: true), 0));
        await station.Ingest.TickAsync(CancellationToken.None);
        station.Room!.Below = "orphans/";
        station.Time.Advance(TimeSpan.FromDays(8));
        await station.Ingest.TickAsync(CancellationToken.None);
        Assert.Single(station.Ingest.Status().Parts);
        Assert.False(station.Ingest.IsFaulted);
        station.Room!.Below = null;
        await station.Ingest.TickAsync(CancellationToken.None);
        Assert.Empty(station.Ingest.Status().Parts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disk_that_fails_under_the_counter_of_messages_down_ends_the_receipts(bool besideAFullDisk)
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        station.Room!.FailsBelow = "counter";
        if (besideAFullDisk)
        {
            station.Room.Below = "parts/";
            await Record.ExceptionAsync(() => station.UpAsync(FakeRecorder.SealMessage(segment)));
        }
        else
        {
            Assert.Throws<IOException>(() => station.Ingest.Command(Station.Device, "locate", []));
        }

        Assert.True(station.Ingest.IsFaulted);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "storage_fault");
        Assert.Empty(station.Down);
        (station.Room.FailsBelow, station.Room.Below) = (null, null);
        await station.UploadAsync(segment);
        Assert.Empty(station.Receipts);
        Assert.Contains(RefusalReason.StorageFault, station.Refusals);
    }
}
