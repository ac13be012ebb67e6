using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Ingest;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

public sealed class UploadTests
{
    [Fact]
    public async Task A_whole_segment_gets_a_receipt_that_both_keys_vouch_for_and_the_log_covers()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();

        var message = Assert.Single(station.Down);
        var receipt = Assert.Single(station.Receipts);
        Assert.Equal(ReceiptState.Stored, receipt.State);
        Assert.True(receipt.Entries[0].SealDigest.Span.SequenceEqual(segment.SealBytes.AsSpan(288, 32)));
        Assert.True(Receipt.MacMatches(message, station.Keys.ReceiptKey(Station.Device, 1)));
        Assert.True(Receipt.SignatureMatches(message, station.Key.Ecdsa));
        Assert.True(receipt.CheckpointSize >= 2);
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key))));
        Assert.Equal(segment.SealBytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SealPath(segment.Key))));
        Assert.Equal(message, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.ReceiptPath(segment.Key, damaged: false))));
        Assert.Empty(station.Ingest.Status().Parts);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(station.Folder, "parts"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Order_and_duplicates_do_not_matter_and_a_receipt_is_given_again_when_asked()
    {
        const int seed = 7;
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segments = Enumerable.Range(1, 4).Select(number => recorder.Footage(1, (uint)number, number == 4, frames: 5)).ToList();
        var messages = segments.SelectMany(static segment => Enumerable.Range(0, segment.ChunkCount).Select(index => FakeRecorder.ChunkMessage(segment, index)).Append(FakeRecorder.SealMessage(segment))).ToList();
        messages.AddRange([.. messages]);
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        foreach (var message in messages.OrderBy(_ => random.Next()))
            await station.UpAsync(message);
        await station.SettleAsync();

        Assert.Empty(station.Refusals);
        Assert.Equal(4, station.Receipts.Select(static receipt => receipt.Entries[0].Segment).Distinct().Count());
        station.ForgetDown();
        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, [.. segments]));
        await station.SettleAsync();
        Assert.Equal(4, station.Receipts.Count);
        Assert.Contains(station.Commands, static command => command.StartsWith("state\nepoch=1\nlastRecording=1\nlastSegment=4\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_offer_of_a_sealed_segment_is_answered_with_the_ranges_that_lack()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 8);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 1));
        await station.UpAsync(recorder.OfferMessage(first: false, newEpoch: false, segment));

        var (key, ranges) = Assert.Single(station.Missing);
        Assert.Equal(segment.Key, key);
        Assert.Equal([(0, 1), (2, segment.ChunkCount - 2)], ranges);
    }

    [Theory]
    [InlineData("version", RefusalReason.UnknownVersion)]
    [InlineData("type", RefusalReason.UnknownType)]
    [InlineData("truncated", RefusalReason.BadLength)]
    [InlineData("oversized", RefusalReason.BadLength)]
    [InlineData("epoch", RefusalReason.UnknownEpoch)]
    [InlineData("digest", RefusalReason.ChunkDigest)]
    public async Task A_bad_chunk_is_refused_with_its_reason_and_leaves_nothing(string what, RefusalReason reason)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var message = FakeRecorder.ChunkMessage(recorder.Footage(1, 1, final: true), 0);
        switch (what)
        {
            case "version": message[0] = 9; break;
            case "type": message[1] = 77; break;
            case "truncated": message = message[..56]; break;
            case "oversized": message = [.. message, .. new byte[8192]]; break;
            case "epoch": message[4] = 9; break;
            default: message[^1] ^= 1; break;
        }

        await station.UpAsync(message);
        Assert.Equal([reason], station.Refusals);
        Assert.Empty(station.Receipts);
        Assert.Empty(station.Ingest.Status().Parts);
    }

    [Fact]
    public async Task A_seal_with_a_wrong_mac_of_another_recorder_or_that_contradicts_itself_is_refused()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var foreign = new FakeRecorder(DeviceId.Parse("unit-8"), station.Keys);
        await station.UpAsync(FakeRecorder.SealMessage(foreign.Footage(1, 1, final: true)));
        var forged = recorder.Footage(1, 1, final: true);
        forged.SealBytes[320] ^= 1;
        await station.UpAsync(FakeRecorder.SealMessage(forged));
        var contradicting = recorder.Footage(1, 2, final: true);
        contradicting.SealBytes[60] = 99; // chunk count
        await station.UpAsync(FakeRecorder.SealMessage(contradicting));

        Assert.Equal([RefusalReason.WrongDevice, RefusalReason.SealMac, RefusalReason.SealInvalid], station.Refusals);
        Assert.Empty(station.Ingest.Status().Parts);
    }

    [Fact]
    public async Task A_recorder_that_sends_only_conflicts_grows_neither_files_nor_log_beyond_the_bounds()
    {
        var limits = new StoreLimits { ConflictsMax = 20 };
        await using var station = new Station(null, options => options with { Limits = limits });
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        for (var number = 0; number < 300; number++)
        {
            var other = segment with { Bytes = [.. segment.Bytes] };
            BitConverter.TryWriteBytes(other.Bytes.AsSpan(200), number + 1);
            await station.UpAsync(FakeRecorder.ChunkMessage(other, 0));
        }

        await station.SettleAsync();
        Assert.True(Directory.EnumerateFiles(Path.Combine(station.Folder, "conflicts"), "*", SearchOption.AllDirectories).Count() <= 20);
        Assert.True(station.Ingest.Status().LogSize < 30, $"{station.Ingest.Status().LogSize} leaves");
        Assert.All(station.Refusals, static reason => Assert.Equal(RefusalReason.Conflict, reason));
        Assert.True(station.Refusals.Count <= 20, "refusals of one second are bounded");
        Assert.Equal(segment.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key))));
    }

    [Fact]
    public async Task Parts_of_one_recorder_are_bounded_and_it_is_told_to_come_later()
    {
        await using var station = new Station(null, static options => options with { Limits = new StoreLimits { PartsMax = 5 } });
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 9; number++)
            await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(1, number, final: false), 0));
        Assert.Equal(5, station.Ingest.Status().Parts.Count);
        Assert.Equal(Enumerable.Repeat(RefusalReason.Quota, 4), station.Refusals);
    }

    [Fact]
    public async Task A_full_disk_gives_no_receipt_but_an_alarm_and_uploads_go_on_by_themselves_once_there_is_room()
    {
        var disk = new VolatileDisk();
        await using var station = new Station(null, options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        disk.FreeBytes = 1L << 30;
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        Assert.Contains(RefusalReason.StorageFull, station.Refusals);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "storage_full");

        disk.FreeBytes = 1L << 40;
        await station.Ingest.TickAsync(CancellationToken.None);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.Receipts);
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "storage_full");
    }

    [Fact]
    public async Task Bytes_that_do_not_match_their_own_seal_are_asked_for_twice_then_kept_as_damaged_and_the_spool_drains()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var good = recorder.Footage(1, 1, final: true);
        var rotten = good with { Bytes = [.. good.Bytes] };
        rotten.Bytes[500] ^= 0x10;
        for (var round = 0; round < 3; round++)
            await station.UploadAsync(rotten);
        await station.SettleAsync();

        Assert.Equal(2, station.Missing.Count);
        Assert.Equal(ReceiptState.Damaged, Assert.Single(station.Receipts).State);
        Assert.Equal(rotten.Bytes, File.ReadAllBytes(Path.Combine(station.Folder, "damaged", good.Key.RelativePath + ".mkv")));
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "segment_damaged");
    }

    [Fact]
    public async Task A_segment_lost_on_the_card_and_a_gone_middle_segment_are_named_and_the_rest_gets_receipts()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segments = Enumerable.Range(1, 4).Select(number => recorder.Footage(1, (uint)number, number == 4)).ToArray();
        await station.UploadAsync(segments[0], segments[3]);
        await station.UpAsync(FakeRecorder.SealMessage(segments[1], lost: true));
        await station.SettleAsync();

        Assert.Equal([ReceiptState.Stored, ReceiptState.Stored, ReceiptState.Damaged], station.Receipts.Select(static receipt => receipt.State).Order());
        Assert.Equal([segments[3].Key.ToString()], station.Ingest.Status().PendingLinks);
        await station.UploadAsync(segments[2]);
        await station.SettleAsync();
        Assert.Empty(station.Ingest.Status().PendingLinks);
    }

    [Fact]
    public async Task An_announced_recording_of_which_nothing_comes_is_named_and_a_manifest_is_complete_only_when_all_is_here()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var first = recorder.Footage(1, 1, final: true);
        var second = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(recorder.Announce(1), recorder.Announce(2), first, recorder.Manifest([first, second]));
        await station.SettleAsync();
        Assert.Equal([new SegmentKey(Station.Device, 1, 2, 0).ToString()], station.Ingest.Status().AnnouncedMissing);
        Assert.False(Assert.Single(station.Ingest.Status().Manifests).Complete);

        await station.UploadAsync(second);
        await station.SettleAsync();
        Assert.Empty(station.Ingest.Status().AnnouncedMissing);
        Assert.True(Assert.Single(station.Ingest.Status().Manifests).Complete);
    }

    [Fact]
    public async Task A_recorder_whose_card_changed_gets_one_new_epoch_however_often_it_asks()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (var round = 0; round < 3; round++)
            await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: true));
        var configures = station.Commands.Where(static command => command.StartsWith("configure\n", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, configures.Count);
        Assert.Single(configures.Distinct());
        Assert.Contains("\nepoch=2\n", configures[0], StringComparison.Ordinal);
        Assert.Contains(station.Ingest.Status().Recorders, static row => row is { Device: "unit-7", EpochInForce: 1, NewestEpoch: 2 });
    }

    [Fact]
    public async Task An_open_tail_is_closed_as_an_orphan_and_superseded_when_the_recorder_comes_back()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 6);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 1));
        station.Time.Advance(TimeSpan.FromDays(8));
        await station.Ingest.TickAsync(CancellationToken.None);
        Assert.Equal(segment.Bytes[..8192], File.ReadAllBytes(Path.Combine(station.Folder, "orphans", segment.Key.RelativePath + ".mkv")));

        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.Receipts);
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "orphan_differs");
    }
}
