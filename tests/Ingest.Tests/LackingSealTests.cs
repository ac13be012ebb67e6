using System.Buffers.Binary;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>The log has a segment and the catalog has not, and the seal that the row is made from has gone bad: found by the simulation.</summary>
public sealed class LackingSealTests
{
    private const int MagicOffset = 0;
    private const int EndMonotonicOffset = 96;

    [Theory]
    [InlineData(MagicOffset)]
    [InlineData(EndMonotonicOffset)]
    public async Task A_seal_that_rotted_between_log_and_catalog_gives_way_to_the_recorders_own_and_the_record_stands_once(int offset)
    {
        await using var station = new Station();
        var segment = await StoreAsync(station);
        await WithoutCatalogAsync(station, segment, offset);
        Assert.Null(station.Ingest.Catalog.Find(segment.Key));
        Assert.Equal([segment.Key.ToString()], Lacking(station));
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Empty(station.Refusals);
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.Equal(BinaryPrimitives.ReadInt64LittleEndian(segment.SealBytes.AsSpan(EndMonotonicOffset)), station.Ingest.Catalog.Find(segment.Key)!.EndUs);
        Assert.Empty(Lacking(station));
        Assert.Empty(station.Ingest.Status().Parts);
        await ReopenAsync(station);
        Assert.Empty(Lacking(station));
        Assert.Empty(CatalogDifferences(station));
    }

    [Fact]
    public async Task That_a_seal_is_lacking_is_said_after_every_start_until_it_is_put_back()
    {
        await using var station = new Station();
        var segment = await StoreAsync(station);
        await WithoutCatalogAsync(station, segment, MagicOffset);
        await ReopenAsync(station);
        Assert.Equal([segment.Key.ToString()], Lacking(station));
        await station.CloseAsync();
        File.WriteAllBytes(Place(station, segment), segment.SealBytes);
        station.Open();
        Assert.Empty(Lacking(station));
        Assert.NotNull(station.Ingest.Catalog.Find(segment.Key));
    }

    [Fact]
    public async Task A_waiting_copy_that_is_whole_takes_the_place_of_a_rotten_seal_at_the_start_without_a_second_record()
    {
        await using var station = new Station();
        var segment = await StoreAsync(station);
        await station.CloseAsync();
        var waiting = Path.Combine(station.Folder, $"parts/{segment.Key.PartPath}.seal");
        Directory.CreateDirectory(Path.GetDirectoryName(waiting)!);
        File.WriteAllBytes(waiting, segment.SealBytes);
        await WithoutCatalogAsync(station, segment, MagicOffset);
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.NotNull(station.Ingest.Catalog.Find(segment.Key));
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(Place(station, segment)));
        Assert.False(File.Exists(waiting));
    }

    [Fact]
    public async Task A_rotten_original_beside_a_rotten_seal_gets_no_receipt_and_stays_as_it_is()
    {
        await using var station = new Station();
        var segment = await StoreAsync(station);
        var original = Path.ChangeExtension(Place(station, segment), ".mkv");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(original, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var rotten = segment.Bytes.ToArray();
        rotten[700] ^= 4;
        File.WriteAllBytes(original, rotten);
        await WithoutCatalogAsync(station, segment, MagicOffset);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "original_differs");
        Assert.Equal(rotten, File.ReadAllBytes(original));
    }

    [Fact]
    public async Task A_lost_segment_whose_seal_rotted_stays_lost_when_its_recorder_says_so_again()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        await station.CloseAsync();
        File.Delete(Path.Combine(station.Folder, $"damaged/{segment.Key.RelativePath}.seal"));
        station.DeleteCatalog();
        station.ForgetDown();
        station.Open();
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "segment");
        Assert.Equal(ReceiptState.Damaged, Assert.Single(station.Receipts).State);
    }

    private static async Task<FakeSegment> StoreAsync(Station station)
    {
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        return segment;
    }

    private static async Task WithoutCatalogAsync(Station station, FakeSegment segment, int rottenOffset)
    {
        await station.CloseAsync();
        var seal = segment.SealBytes.ToArray();
        seal[rottenOffset] ^= 4;
        File.WriteAllBytes(Place(station, segment), seal);
        station.DeleteCatalog();
        station.ForgetDown();
        station.Open();
    }

    private static async Task ReopenAsync(Station station)
    {
        await station.CloseAsync();
        station.Open();
    }

    private static string Place(Station station, FakeSegment segment) => Path.Combine(station.Folder, SegmentStore.SealPath(segment.Key));

    private static List<string> Lacking(Station station) => [.. station.Ingest.Status().Alerts.Where(static alert => alert.Code == "seal_lacking").Select(static alert => alert.Subject)];

    private static IReadOnlyList<StoreDifference> CatalogDifferences(Station station) => CatalogCheck.Differences(station.Folder);
}
