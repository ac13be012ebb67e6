using System.Buffers.Binary;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>What one recorder can make the gateway keep, log or do.</summary>
public sealed class BoundTests
{
    [Fact]
    public async Task Lines_that_are_no_announcement_or_no_digest_stop_nothing()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        await station.UploadAsync(recorder.Text(SegmentKind.Announcement, [.. Enumerable.Range(1, 5000).Select(static number => $"{{\"event\":\"announced\",\"recording\":{number}}}")]));
        await station.UploadAsync(recorder.Text(SegmentKind.Manifest, "{\"manifest\":1,\"firstRecording\":1,\"lastRecording\":1}", $"{{\"recording\":1,\"segments\":1,\"lastSeal\":\"{new string('z', 64)}\"}}", "{\"end\":1,\"lines\":3}"));
        await station.SettleAsync();
        Assert.False(station.Ingest.IsFaulted);
        Assert.InRange(station.Ingest.Status().LogSize, 4, 80);
        Assert.False(Assert.Single(station.Ingest.Status().Manifests).Complete);
        await station.CloseAsync();
        station.Open();
    }

    [Fact]
    public async Task One_conflicting_seal_is_kept_and_logged_once_however_often_it_comes()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        await station.SettleAsync();
        var before = station.Ingest.Status().LogSize;
        var other = new FakeRecorder(Station.Device, station.Keys, recorder.Epoch).Footage(1, 1, final: true, frames: 3);
        for (var again = 0; again < 200; again++)
            await station.UpAsync(FakeRecorder.SealMessage(other));
        await station.SettleAsync();
        Assert.Equal(before + 1 + 2, station.Ingest.Status().LogSize); // the conflict, and the two of settling
        Assert.Equal(other.SealBytes, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Path.Combine(station.Folder, "conflicts", "unit-7"))), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Bytes_in_parts_are_bounded_and_a_chunk_beyond_the_longest_segment_is_refused()
    {
        await using var station = new Station(null, static options => options with { Limits = new StoreLimits { PartBytesMax = 20_000 } });
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 100, frameBytes: 4000);
        for (var index = 0; index < 20; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        Assert.InRange(Assert.Single(station.Ingest.Status().Parts).PresentBytes, 1, 20_000);
        Assert.Contains(RefusalReason.Quota, station.Refusals);
        var beyond = FakeRecorder.ChunkMessage(segment, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(beyond.AsSpan(16), 60_000);
        await station.UpAsync(beyond);
        Assert.Contains(RefusalReason.BadLength, station.Refusals);
        Assert.InRange(Directory.GetFiles(Path.Combine(station.Folder, "parts"), "*.part", SearchOption.AllDirectories).Sum(static path => new FileInfo(path).Length), 1, 20_000);
    }

    [Fact]
    public async Task Parts_that_the_old_epoch_left_hold_up_neither_the_new_one_nor_the_old_one_once_it_is_lost()
    {
        await using var station = new Station(null, static options => options with { Limits = new StoreLimits { PartsMax = 8 } });
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 8; number++)
        {
            var segment = recorder.Footage(1, number, final: false, frames: 3);
            await station.UpAsync(FakeRecorder.SealMessage(segment));
            if (number % 2 == 0)
                await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        }

        var (epoch, _) = await station.Ingest.ProvisionAsync(Station.Device, "reissued", null, CancellationToken.None);
        await station.UploadAsync(new FakeRecorder(Station.Device, station.Keys, epoch).Footage(1, 1, final: true));
        await station.SettleAsync();
        Assert.Single(station.Receipts);
        Assert.Equal(4, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
        Assert.All(station.Ingest.Status().Parts, static part => Assert.Equal(0, part.PresentBytes));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(station.Folder, "orphans"), "*.seal", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_closed_tail_is_superseded_by_what_its_recorder_sends_later()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 3);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None));
            await station.UpAsync(FakeRecorder.SealMessage(segment));
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, round));
        }

        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts.DistinctBy(static receipt => receipt.State)).State);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(station.Folder, "orphans"), "*.mkv", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_duplicate_chunk_of_a_stored_segment_costs_no_more_than_a_chunk()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 20, frameBytes: 100_000, chunkBytes: 8192);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        var message = FakeRecorder.ChunkMessage(segment, 3);
        await station.UpAsync(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var again = 0; again < 20; again++)
            await station.UpAsync(message);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 20, 0, 64 * 1024);
        Assert.Empty(station.Refusals);
    }

    [Fact]
    public async Task An_epoch_is_never_given_twice_however_many_ask_and_whoever_gives_up()
    {
        await using var station = new Station();
        station.Open();
        var given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => (await station.Ingest.ProvisionAsync(Station.Device, "provisioned", null, CancellationToken.None)).Epoch)));
        Assert.Equal(Enumerable.Range(1, 8).Select(static number => (uint)number), given.Order());
        using var giveUp = new CancellationTokenSource();
        var asked = station.Ingest.ProvisionAsync(Station.Device, "reissued", null, giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        var ninth = await Record.ExceptionAsync(() => asked) is null ? (await asked).Epoch : 0;
        var next = (await station.Ingest.ProvisionAsync(Station.Device, "reissued", null, CancellationToken.None)).Epoch;
        Assert.Equal(ninth == 0 ? 9u : 10u, next);
        Assert.Equal((int)next, station.Ingest.Catalog.Epochs().Count);
    }
}
