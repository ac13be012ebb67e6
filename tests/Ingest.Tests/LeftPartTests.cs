using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>What an end, or a disk without room, leaves in <c>parts/</c>: no byte of it is thrown away, and what is whole is stored though its recorder never comes again.</summary>
public sealed class LeftPartTests
{
    [Fact]
    public async Task What_came_before_the_card_lost_the_rest_is_kept_though_there_was_no_room_to_set_it_aside_at_first()
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        station.Room!.Below = "parts/";
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        station.Room!.Below = null;
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Damaged, Assert.Single(station.Receipts).State);
        Assert.Equal(segment.Chunk(0), File.ReadAllBytes(Path.Combine(station.Folder, $"damaged/{segment.Key.RelativePath}.mkv")));
    }

    [Fact]
    public async Task Bytes_of_which_no_chunk_stands_are_entered_as_damaged_once_though_the_recorder_says_it_twice()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.CloseAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        // As a power cut leaves it: bytes, and no note of their digests.
        station.Write($"parts/{segment.Key.PartPath}.part", new byte[440]);
        var gate = new TaskCompletionSource();
        station.Change = options => options with { CommitTurn = () => gate.Task };
        station.Open();
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        gate.SetResult();
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.Equal(ReceiptState.Damaged, Assert.Single(station.Receipts).State);
        Assert.Equal(440, new FileInfo(Path.Combine(station.Folder, $"damaged/{segment.Key.RelativePath}.mkv")).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whole_segment_that_could_not_be_moved_is_stored_without_its_recorder(bool byStart)
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        station.Room!.Below = "segments/";
        await station.UploadAsync(segment);
        await station.Ingest.TickAsync(CancellationToken.None);
        Assert.Empty(station.Receipts);
        station.Room!.Below = null;
        if (byStart)
        {
            await station.CloseAsync();
            station.Open();
        }
        else
        {
            await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        }

        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key))));
        Assert.Empty(station.Ingest.Status().Parts);
    }

    [Fact]
    public async Task A_tail_whose_record_was_lost_with_the_process_gets_it_at_the_next_start()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.SettleAsync();
        Assert.Empty(Directory.GetFiles(Path.Combine(station.Folder, "parts"), "*", SearchOption.AllDirectories));
        await station.CloseAsync();

        // As a kill between the move and the commit leaves it: a tail, and the mark of its record.
        var other = new SegmentKey(segment.Key.Device, segment.Key.Epoch, 1, 2);
        var tail = Path.Combine(station.Folder, $"orphans/{other.RelativePath}.mkv");
        await File.WriteAllBytesAsync(tail, [1, 2, 3], TestContext.Current.CancellationToken);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([1, 2, 3]));
        await File.WriteAllTextAsync(Path.Combine(station.Folder, $"parts/{other.PartPath}.{sha256[..16]}.closing"), sha256, TestContext.Current.CancellationToken);
        station.Open();
        await station.SettleAsync();
        var size = station.Ingest.Checkpoint.Checkpoint.Size;
        var tails = new LogReader(Path.Combine(station.Folder, "log")).ReadRecords(0, size).Where(static record => record.Type == "orphan").Select(static record => System.Text.Encoding.UTF8.GetString(record.Utf8Json!)).ToList();
        Assert.Equal(2, tails.Count);
        Assert.Contains(sha256, tails[1], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(station.Folder, "parts"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_tail_with_holes_is_no_contradiction_to_the_segment_that_comes_whole()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 3));
        Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "orphan_differs");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_segment_that_is_not_what_had_arrived_of_it_before_is_an_alarm(int arrived)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var other = new FakeRecorder(Station.Device, station.Keys).Footage(1, 1, final: true, frames: 7, frameBytes: 3100);
        await station.UpAsync(FakeRecorder.ChunkMessage(other, arrived));
        Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        await station.UploadAsync(recorder.Footage(1, 1, final: true, frames: 8));
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "orphan_differs");
    }

    [Fact]
    public async Task Every_tail_of_a_segment_is_held_against_it_and_not_only_the_newest()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        var other = new FakeRecorder(Station.Device, station.Keys).Footage(1, 1, final: true, frames: 7, frameBytes: 3100);
        await station.UpAsync(FakeRecorder.ChunkMessage(other, 0));
        Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 3));
        Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "orphan_differs");
    }

    [Fact]
    public async Task A_left_seal_whose_digest_rotted_moves_no_original()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await station.CloseAsync();
        byte[] rotten = [.. segment.SealBytes];
        rotten[300] ^= 1;
        var left = Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.seal");
        await File.WriteAllBytesAsync(left, rotten, TestContext.Current.CancellationToken);
        station.Open();
        Assert.Equal(segment.Bytes, await File.ReadAllBytesAsync(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key)), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(left));
        Assert.Empty(station.Ingest.Status().Alerts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_beside_a_row_goes_only_when_the_recorded_original_stands_whole(bool isWhole)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await station.CloseAsync();
        var original = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        await File.WriteAllBytesAsync(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.part"), segment.Bytes, TestContext.Current.CancellationToken);
        if (!isWhole)
            File.Delete(original);
        station.Open();
        await station.SettleAsync();
        Assert.Empty(station.Ingest.Status().Parts);
        var kept = Directory.GetFiles(station.Folder, "*", SearchOption.AllDirectories).Where(path => new FileInfo(path).Length == segment.Bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(segment.Bytes)).ToList();
        Assert.Equal(isWhole, Assert.Single(kept) == original);
    }

    [Fact]
    public async Task A_receipt_file_for_which_there_was_no_room_is_written_when_there_is()
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        station.Room!.Below = SegmentStore.ReceiptPath(segment.Key, damaged: false);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        station.Room!.Below = null;
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.SettleAsync();
        Assert.True(File.Exists(Path.Combine(station.Folder, SegmentStore.ReceiptPath(segment.Key, damaged: false))));
    }
}
