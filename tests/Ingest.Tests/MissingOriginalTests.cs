using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>The log has a segment of which neither seal nor original stands: a data folder under the log of its archive.</summary>
public sealed class MissingOriginalTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_comes_in_again_from_its_recorder_and_its_record_stands_once(bool isBrokenOff)
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        if (isBrokenOff)
        {
            await station.UpAsync(FakeRecorder.SealMessage(segment));
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
            await station.CloseAsync();
            station.Open();
        }

        await station.UploadAsync(segment);
        await station.SettleAsync();
        AssertIsBack(station, segment);
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code is "seal_lacking" or "original_differs" or "orphan_differs");
        await station.CloseAsync();
        station.Open();
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Fact]
    public async Task It_is_asked_for_when_its_seal_is_offered()
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        await station.UpAsync(new FakeRecorder(Station.Device, station.Keys).OfferMessage(first: true, newEpoch: false, segment));
        Assert.Equal([(0, segment.ChunkCount)], Assert.Single(station.Missing).Ranges);
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.SettleAsync();
        AssertIsBack(station, segment);
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task Another_seal_than_the_records_is_refused_and_the_true_one_is_taken_after_it()
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        var other = new FakeRecorder(Station.Device, station.Keys).Footage(1, 1, final: true, frames: 7, frameBytes: 900);
        await station.UpAsync(FakeRecorder.SealMessage(other));
        await station.SettleAsync();
        Assert.Contains(RefusalReason.Conflict, station.Refusals);
        Assert.Empty(station.Receipts);
        Assert.Empty(station.Ingest.Status().Parts);
        Assert.False(File.Exists(Original(station, segment)));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        AssertIsBack(station, segment);
    }

    [Fact]
    public async Task Bytes_that_its_seal_covers_and_its_record_does_not_name_take_no_place_and_get_no_receipt()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount - 1; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        // A byte rots between its arrival and the hash that goes into the record.
        using (var part = new FileStream(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.part"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            part.Position = 100;
            part.WriteByte((byte)(segment.Bytes[100] ^ 4));
        }

        await station.UpAsync(FakeRecorder.ChunkMessage(segment, segment.ChunkCount - 1));
        await station.SettleAsync();
        Assert.NotEqual(segment.Bytes, File.ReadAllBytes(Original(station, segment)));
        await LoseAsync(station, segment);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        AssertIsRefused(station);
        Assert.False(File.Exists(Original(station, segment)));
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.part")));

        // The next start says so again, and sets nothing aside in silence.
        await station.Ingest.TickAsync(default);
        await station.CloseAsync();
        station.Open();
        await station.SettleAsync();
        AssertIsRefused(station);
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.part")));
    }

    [Fact]
    public async Task What_had_come_whole_before_a_kill_takes_its_place_at_the_next_start()
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.Ingest.TickAsync(default);
        await station.CloseAsync();
        // As a kill leaves it between the durable seal and the move.
        station.Write($"parts/{segment.Key.PartPath}.seal", segment.SealBytes);
        station.Open();
        await station.SettleAsync();
        AssertIsBack(station, segment);
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.False(Directory.Exists(Path.Combine(station.Folder, "conflicts")));
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code is "seal_lacking" or "original_differs");
    }

    [Fact]
    public async Task Chunks_that_never_give_its_seals_content_bring_no_second_record_and_the_true_ones_come_in_after_a_start()
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        byte[] bytes = [.. segment.Bytes];
        bytes[100] ^= 4;
        var rotten = segment with { Bytes = bytes };
        for (var time = 0; time < 5; time++)
            await station.UploadAsync(rotten);
        await station.SettleAsync();
        AssertIsRefused(station);
        Assert.False(File.Exists(Original(station, segment)));
        Assert.False(Directory.Exists(Path.Combine(station.Folder, "damaged")));
        Assert.Equal(2, station.Missing.Count);
        await station.CloseAsync();
        station.Open();
        await station.UploadAsync(segment);
        await station.SettleAsync();
        AssertIsBack(station, segment);
    }

    [Fact]
    public async Task That_its_card_lost_it_too_brings_no_second_record()
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        AssertIsRefused(station);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_original_that_is_put_back_while_it_arrives_is_held_against_the_record_and_never_written_over(bool isWhole)
    {
        await using var station = new Station();
        var segment = await LoseAsync(station);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount - 1; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        byte[] bytes = [.. segment.Bytes];
        bytes[100] ^= isWhole ? (byte)0 : (byte)4;
        station.Write(SegmentStore.SegmentPath(segment.Key), bytes);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, segment.ChunkCount - 1));
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Empty(station.Receipts);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.SettleAsync();
        Assert.Equal(bytes, File.ReadAllBytes(Original(station, segment)));
        if (isWhole)
            AssertIsBack(station, segment);
        else
            AssertIsRefused(station);
    }

    private static async Task<FakeSegment> LoseAsync(Station station)
    {
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await LoseAsync(station, segment);
        return segment;
    }

    private static async Task LoseAsync(Station station, FakeSegment segment)
    {
        await station.CloseAsync();
        Directory.Delete(Path.Combine(station.Folder, "segments"), recursive: true);
        station.DeleteCatalog();
        station.ForgetDown();
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, alert => alert.Code == "seal_lacking" && alert.Subject == segment.Key.ToString());
    }

    private static void AssertIsBack(Station station, FakeSegment segment)
    {
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Original(station, segment)));
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(Path.ChangeExtension(Original(station, segment), ".seal")));
        Assert.NotNull(station.Ingest.Catalog.Find(segment.Key));
        Assert.Empty(station.Ingest.Catalog.Lacking());
        Assert.Empty(station.Ingest.Status().Parts);
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.False(station.Ingest.IsFaulted);
    }

    private static void AssertIsRefused(Station station)
    {
        Assert.Empty(station.Receipts);
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.Single(station.Ingest.Catalog.Lacking());
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "original_differs");
        Assert.False(station.Ingest.IsFaulted);
    }

    private static string Original(Station station, FakeSegment segment) => Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
}
