using System.Diagnostics;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>A file longer than any of its kind has wrong content, and no disk has failed: it ends no start, and one recorder's message stops no receipts of others.</summary>
public sealed class LongFileTests
{
    [Fact]
    public async Task A_receipt_that_was_lengthened_is_written_anew_at_the_start()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        var receipt = Path.Combine(station.Folder, SegmentStore.ReceiptPath(segment.Key, damaged: false));
        var length = new FileInfo(receipt).Length;
        Lengthen(receipt);
        station.Open();
        await station.SettleAsync();
        Assert.Equal(length, new FileInfo(receipt).Length);
    }

    [Fact]
    public async Task A_counter_that_was_lengthened_is_said_to_be_unreadable()
    {
        await using var station = new Station();
        await station.StoreAndCloseAsync();
        Lengthen(Path.Combine(station.Folder, DownCounter.FileName));
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "counter_unreadable");
    }

    [Fact]
    public async Task A_seal_that_was_lengthened_beside_its_row_gives_way_to_the_recorders_own()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        var seal = Path.Combine(station.Folder, SegmentStore.SealPath(segment.Key));
        Lengthen(seal);
        station.ForgetDown();
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(seal));
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task A_long_file_in_the_place_of_a_segment_goes_to_the_conflicts_and_the_segment_is_stored()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        var place = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        Lengthen(place);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(SegmentReader.FileBytesMax + 1, new FileInfo(Assert.Single(Directory.GetFiles(Path.Combine(station.Folder, "conflicts"), "*.bin", SearchOption.AllDirectories))).Length);
        Assert.Equal(segment.Bytes, File.ReadAllBytes(place));
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task Notes_of_a_part_that_were_lengthened_are_begun_anew_and_its_chunks_are_asked_for_again()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        var offer = recorder.OfferMessage(first: true, newEpoch: false, segment);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.CloseAsync();
        Lengthen(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.chunks"));
        station.Open();
        await station.UpAsync(offer);
        Assert.Equal([(0, segment.ChunkCount)], Assert.Single(station.Missing).Ranges);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.CloseAsync();
        station.ForgetDown();
        station.Open();
        await station.UpAsync(offer);
        Assert.Equal([(1, segment.ChunkCount - 1)], Assert.Single(station.Missing).Ranges);
    }

    [Fact]
    public async Task A_waiting_seal_that_was_lengthened_gives_way_to_the_recorders_own()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.CloseAsync();
        Lengthen(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.seal"));
        station.Open();
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
    }

    [Fact]
    public async Task A_tail_that_was_lengthened_is_counted_and_keeps_no_segment_of_it_out()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        var tail = Path.Combine(station.Folder, $"orphans/{segment.Key.RelativePath}.mkv");
        Lengthen(tail);
        Lengthen(Path.ChangeExtension(tail, ".chunks"));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Single(station.Receipts);
        Assert.Equal(SegmentReader.FileBytesMax + 1, Assert.Single(station.Ingest.PurgeTails(Station.Device, 1, 1)).Bytes);
    }

    [Fact]
    public async Task A_file_of_holes_is_read_no_further_than_any_segment_reaches()
    {
        await using var station = new Station();
        await station.OpenWithRecorderAsync();
        Lengthen(Path.Combine(station.Folder, $"orphans/{new SegmentKey(Station.Device, 1, 1, 1).RelativePath}.mkv"), 1L << 30);
        Assert.InRange(Assert.Single(station.Ingest.PurgeTails(Station.Device, 1, 1)).Bytes, SegmentReader.FileBytesMax + 1, 2 * SegmentReader.FileBytesMax);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_tail_makes_nobody_wait()
    {
        await using var station = new Station();
        await station.OpenWithRecorderAsync();
        var tail = Path.Combine(station.Folder, $"orphans/{new SegmentKey(Station.Device, 1, 1, 1).RelativePath}.mkv");
        Directory.CreateDirectory(Path.GetDirectoryName(tail)!);
        using (var make = Process.Start("mkfifo", [tail]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => Task.Run(() => station.Ingest.PurgeTails(Station.Device, 1, 1)).WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void What_is_too_long_is_named()
    {
        var path = Path.Combine(Path.GetTempPath(), "bodycam-long-" + Path.GetRandomFileName());
        try
        {
            Lengthen(path);
            Assert.Contains(path, Assert.ThrowsAny<IOException>(() => BoundedFile.ReadAllBytes(path, SegmentReader.FileBytesMax)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // By default one byte more than anything is read whole; it takes no room.
    private static void Lengthen(string path, long length = SegmentReader.FileBytesMax + 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!OperatingSystem.IsWindows() && File.Exists(path))
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = File.Open(path, FileMode.OpenOrCreate);
        file.SetLength(length);
    }
}
