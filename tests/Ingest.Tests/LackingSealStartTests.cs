using BodyCam.Bench.Load;
using BodyCam.Storage;
using BodyCam.TestKit;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest.Tests;

/// <summary>Starts that find a record of the log without its seal, beside whatever else was left, lost or purged: found by a review.</summary>
public sealed class LackingSealStartTests
{
    [Fact]
    public async Task A_catalog_of_before_that_passed_over_a_record_without_its_seal_brings_no_second_record()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        station.Write(SegmentStore.SealPath(segment.Key), new byte[352]);
        station.DeleteCatalog();
        station.Open();
        await station.CloseAsync();
        // The catalog as schema 6 left it: the leaf is counted, and nothing says that its row lacks.
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(station.Folder, "catalog.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER segment_lacks_no_more; DROP TRIGGER segment_came_late; DROP TABLE lacking; PRAGMA user_version = 6;";
            command.ExecuteNonQuery();
        }

        station.ForgetDown();
        station.Open();
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
    }

    [Fact]
    public async Task A_lacking_segment_whose_folder_was_lost_gets_no_second_record_at_the_next_start()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        // The end came between log and catalog, and the folder of the originals is lost.
        station.Write($"parts/{segment.Key.PartPath}.seal", segment.SealBytes);
        Directory.Delete(Path.Combine(station.Folder, "segments"), recursive: true);
        station.DeleteCatalog();
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
        await station.UploadAsync(segment);
        await station.SettleAsync();
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.CloseAsync();
        station.Open();
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
    }

    [Fact]
    public async Task A_complete_part_beside_a_rotten_original_that_lacks_its_seal_keeps_no_gateway_from_its_start()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount - 1; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, segment.ChunkCount - 1));
        await station.SettleAsync();
        await station.CloseAsync();
        // The part came back after a power cut (a copy, as nothing links them here), the seal beside the original and the original rotted.
        station.Write($"parts/{segment.Key.PartPath}.seal", segment.SealBytes);
        var rotten = segment.Bytes.ToArray();
        rotten[700] ^= 4;
        station.Write(SegmentStore.SegmentPath(segment.Key), rotten);
        station.Write(SegmentStore.SealPath(segment.Key), new byte[352]);
        station.DeleteCatalog();
        station.Open();
        // Now the part: a folder of parts that another process put back.
        await station.CloseAsync();
        var file = Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.part");
        File.WriteAllBytes(file, segment.Bytes);
        station.Open();
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(rotten, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key))));
        Assert.Single(station.RecordTypes(), static type => type == "segment");
    }

    [Fact]
    public async Task A_part_beside_an_original_that_was_restored_wrongly_while_its_seal_lacks_keeps_no_gateway_from_its_start()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        station.Write($"parts/{segment.Key.PartPath}.seal", segment.SealBytes);
        var original = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        File.Delete(original);
        station.Write(SegmentStore.SealPath(segment.Key), new byte[352]);
        station.DeleteCatalog();
        station.Open();
        // It comes again whole, and lies in parts/ with its notes.
        for (var index = 0; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.CloseAsync();
        // Meanwhile its owner restored the original from the archive, as the alarm asks; a byte of it is wrong.
        var rotten = segment.Bytes.ToArray();
        rotten[700] ^= 4;
        station.Write(SegmentStore.SegmentPath(segment.Key), rotten);
        station.Open();
        Assert.False(station.Ingest.IsFaulted);
        Assert.Single(station.RecordTypes(), static type => type == "segment");
    }

    [Fact]
    public async Task What_a_certificate_names_of_a_damaged_segment_goes_though_it_lacks_its_seal()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 5);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        var path = Path.Combine(station.Folder, $"damaged/{segment.Key.RelativePath}.mkv");
        var bytes = File.ReadAllBytes(path);
        var order = new PurgeOrder(Station.Device, 1, 1, "expired", [], 1, "one", "two", station.Ingest.PurgeList(Station.Device, 1, 1)) { Tails = station.Ingest.PurgeTails(Station.Device, 1, 1) };
        Assert.Equal(PurgeOutcome.Done, (await station.Ingest.PurgeAsync(order, default)).Outcome);
        await station.CloseAsync();
        // The power went between the certificate and the bytes; the seal is lost, and the catalog is made anew.
        File.WriteAllBytes(path, bytes);
        File.Delete(Path.ChangeExtension(path, ".seal"));
        station.DeleteCatalog();
        station.Open();
        await station.Ingest.TickAsync(default);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task An_original_that_cannot_be_read_keeps_no_gateway_from_its_start_for_ever()
    {
        await using var station = new Station();
        var segment = await station.StoreAndCloseAsync();
        var seal = segment.SealBytes.ToArray();
        seal[96] ^= 4;
        station.Write(SegmentStore.SealPath(segment.Key), seal);
        station.DeleteCatalog();
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
        await station.CloseAsync();
        var disk = new HookDisk(new PosixDisk(station.Folder)) { BeforeReadWhole = path => { if (path == SegmentStore.SegmentPath(segment.Key)) throw new IOException("planned: input/output error", 5); } };
        station.Change = options => options with { Disk = disk };
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "seal_lacking");
    }
}
