using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

public sealed class CrashTests
{
    /// <summary>Every verb of the disk in an upload of several segments, one after another, is where the power goes.</summary>
    [Fact]
    public async Task Whatever_was_receipted_before_the_power_went_is_there_afterwards_and_the_rest_comes_again()
    {
        var verbs = await CountVerbsAsync();
        Assert.InRange(verbs, 20, 500);
        for (var at = 1; at < verbs; at++)
            await CutAtAsync(at);
        TestContext.Current.TestOutputHelper!.WriteLine($"{verbs} verbs, each cut once");
    }

    [Fact]
    public async Task A_failed_sync_gives_no_receipt_then_or_later_until_the_gateway_is_opened_again()
    {
        var disk = new VolatileDisk();
        await using var station = new Station(null, options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        disk.SyncFails = true;
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        disk.SyncFails = false;
        await station.UploadAsync(recorder.Footage(1, 2, final: true));
        Assert.Empty(station.Receipts);
        Assert.True(station.Ingest.IsFaulted);
        Assert.Contains(RefusalReason.StorageFault, station.Refusals);
    }

    [Fact]
    public async Task Chunks_acknowledged_and_not_synced_are_asked_for_again_after_a_kill_and_synced_ones_are_not()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 1));
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 2));

        // A kill leaves the files as they are: copy them before the orderly close would sync the rest.
        var copy = station.Folder + "-killed";
        CopyFolder(station.Folder, copy);
        await station.CloseAsync();
        await using var again = new Station(copy) { Key = Core.Keys.GatewayKey.FromPem(station.Key.ExportPrivatePem()) };
        again.Open();
        await again.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, segment));
        var (_, ranges) = Assert.Single(again.Missing);
        Assert.Equal([(2, segment.ChunkCount - 2)], ranges);
        await again.UploadAsync(segment);
        await again.SettleAsync();
        Assert.Single(again.Receipts);
    }

    [Fact]
    public async Task A_seal_lost_in_a_kill_comes_again_with_the_offer_and_only_what_lacks_is_asked_for()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount - 1; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.Ingest.TickAsync(CancellationToken.None);
        var copy = station.Folder + "-killed";
        CopyFolder(station.Folder, copy);
        File.Delete(Assert.Single(Directory.EnumerateFiles(Path.Combine(copy, "parts"), "*.seal", SearchOption.AllDirectories)));
        await station.CloseAsync();
        await using var again = new Station(copy) { Key = Core.Keys.GatewayKey.FromPem(station.Key.ExportPrivatePem()) };
        again.Open();
        await again.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, segment));
        Assert.Equal([(segment.ChunkCount - 1, 1)], Assert.Single(again.Missing).Ranges);
        await again.UpAsync(FakeRecorder.ChunkMessage(segment, segment.ChunkCount - 1));
        await again.SettleAsync();
        Assert.Single(again.Receipts);
    }

    [Fact]
    public async Task A_data_folder_put_back_from_an_older_backup_gets_what_it_lacks_from_offers()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segments = Enumerable.Range(1, 3).Select(number => recorder.Footage(1, (uint)number, number == 3)).ToArray();
        await station.UploadAsync(segments[0]);
        await station.SettleAsync();
        var backup = station.Folder + "-backup";
        CopyFolder(station.Folder, backup);
        await station.UploadAsync(segments[1], segments[2]);
        await station.SettleAsync();
        await station.CloseAsync();

        await using var restored = new Station(backup) { Key = Core.Keys.GatewayKey.FromPem(station.Key.ExportPrivatePem()) };
        restored.Open();
        await restored.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, segments));
        Assert.Equal(2, restored.Missing.Count);
        await restored.UploadAsync(segments[1], segments[2]);
        await restored.SettleAsync();
        Assert.Equal([1u, 2u, 3u], restored.Receipts.Select(static receipt => receipt.Entries[0].Segment).Order());
    }

    [Fact]
    public async Task The_catalog_made_anew_from_files_and_log_equals_the_one_that_grew()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var last = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(recorder.Announce(1), last, recorder.Manifest([last]));
        await station.UpAsync(FakeRecorder.SealMessage(recorder.Footage(2, 1, final: true), lost: true));
        await station.SettleAsync();
        await station.CloseAsync();
        Assert.Empty(CatalogCheck.Differences(station.Folder));
        File.Delete(Path.Combine(station.Folder, "catalog.db"));
        station.Open();
        Assert.Equal(2, station.Ingest.Catalog.Recordings(Station.Device).Count);
        await station.CloseAsync();
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Fact]
    public async Task A_catalog_that_a_kill_left_behind_the_log_is_no_difference_and_a_row_that_it_lacks_is_one()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        await station.SettleAsync();
        await station.CloseAsync();
        var (catalog, earlier) = (Path.Combine(station.Folder, "catalog.db"), Path.Combine(station.Folder, "earlier.db"));
        File.Copy(catalog, earlier);
        station.Open();
        await station.UploadAsync(recorder.Footage(2, 1, final: true));
        await station.SettleAsync();
        await station.CloseAsync();
        File.Move(earlier, catalog, overwrite: true);
        Assert.NotEmpty(CatalogCheck.Differences(station.Folder));
        Assert.Empty(CatalogCheck.DifferencesAfterKill(station.Folder));

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={catalog};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM segment";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        Assert.Contains("is not in it", Assert.Single(CatalogCheck.DifferencesAfterKill(station.Folder)).What, StringComparison.Ordinal);
    }

    private static async Task<int> CountVerbsAsync()
    {
        var disk = new VolatileDisk();
        await using var station = new Station(null, options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        var before = disk.VerbCount;
        await station.UploadAsync([.. Shift(recorder)]);
        await station.SettleAsync();
        return disk.VerbCount - before;
    }

    private static async Task CutAtAsync(int verb)
    {
        var disk = new VolatileDisk();
        await using var station = new Station(null, options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        var segments = Shift(recorder);
        disk.VerbsLeft = verb;
        await station.UploadAsync([.. segments]);
        var receipted = station.Receipts.Select(static receipt => receipt.Entries[0]).ToList();
        await station.CloseAsync();
        disk.Kill();

        station.ForgetDown();
        station.Open();
        foreach (var entry in receipted)
        {
            var segment = segments.Single(one => one.Key.Recording == entry.Recording && one.Key.Segment == entry.Segment);
            Assert.Equal(segment.Bytes, disk.ReadWhole(SegmentStore.SegmentPath(segment.Key)));
            Assert.NotNull(station.Ingest.Catalog.Find(segment.Key));
        }

        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, [.. segments]));
        await station.UploadAsync([.. segments]);
        await station.SettleAsync();
        Assert.Empty(station.Refusals);
        foreach (var segment in segments)
        {
            Assert.Equal(segment.Bytes, disk.ReadWhole(SegmentStore.SegmentPath(segment.Key)));
            Assert.Contains(station.Receipts, receipt => receipt.Entries[0].SealDigest.Span.SequenceEqual(segment.SealBytes.AsSpan(288, 32)));
        }

        var audit = LogAudit.Run(Path.Combine(station.Folder, "log"), LogPublicKey.From(station.Key.Ecdsa));
        Assert.True(audit.IsSound, string.Join('\n', audit.Faults));
    }

    private static List<FakeSegment> Shift(FakeRecorder recorder)
    {
        var first = recorder.Footage(1, 1, final: false);
        var last = recorder.Footage(1, 2, final: true);
        return [recorder.Announce(1), first, last, recorder.Manifest([last])];
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) == "lock")
                continue; // held by the log that is open; a copy has none
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new FileStream(target, FileMode.Create);
            source.CopyTo(copy);
        }
    }
}
