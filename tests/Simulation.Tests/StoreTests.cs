using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Storage;

namespace BodyCam.Simulation.Tests;

/// <summary>The store over a disk in memory: parts whose sync failed for want of room, on a disk that then shows what it does not have; a seal that comes beside its row.</summary>
public sealed class StoreTests
{
    private static readonly FakeSegment segment = new FakeRecorder(DeviceId.Parse("unit-7"), new KeyRing(new byte[32])).Footage(1, 1, final: true, frames: 1, frameBytes: 2000);

    /// <summary>The first chunk had come longer before the seal said where the segment ends.</summary>
    [Fact]
    public void The_length_of_a_segment_is_on_the_device_also_when_a_sync_without_room_lost_the_cut()
    {
        for (var seed = 0; seed < 16; seed++)
        {
            using var disk = new SimDisk(new Random(seed), static _ => { });
            using var store = Begun(disk);
            var part = CommittedWithoutRoom(store, disk);
            Assert.Equal(PlaceOutcome.Stored, PlaceChunk(store, segment.Chunk(0)));
            Assert.NotNull(store.Commit(part));
            Assert.Equal(segment.Bytes, disk.Find($"{disk.Root}/data/{SegmentStore.SegmentPath(segment.Key)}", onDevice: true)!.File!.OnDevice.ToArray());
        }
    }

    [Fact]
    public void A_tail_is_as_long_on_the_device_as_its_record_says_also_when_a_sync_without_room_lost_the_cut()
    {
        for (var seed = 0; seed < 16; seed++)
        {
            using var disk = new SimDisk(new Random(seed), static _ => { });
            using var store = Begun(disk);
            var part = CommittedWithoutRoom(store, disk);
            var kept = store.KeepOrphan(part)!.Value;
            Assert.Equal(kept.Bytes, disk.Find($"{disk.Root}/data/orphans/{segment.Key.RelativePath}.mkv", onDevice: true)!.File!.OnDevice.Length);
        }
    }

    /// <summary>As when its row came between the question to the catalog and this one.</summary>
    [Fact]
    public void The_seal_of_a_segment_that_stands_is_no_conflict_and_another_one_is()
    {
        using var disk = new SimDisk(new Random(1), static _ => { });
        using var store = Begun(disk);
        PlaceChunk(store, segment.Chunk(0));
        Assert.NotNull(store.Commit(store.Find(segment.Key)!));
        store.Forget(segment.Key);
        Assert.Equal(PlaceOutcome.Duplicate, store.PlaceSeal(SealOf(segment)));
        Assert.Equal(PlaceOutcome.Conflict, store.PlaceSeal(SealOf(new FakeRecorder(segment.Key.Device, new KeyRing(new byte[32])).Footage(1, 1, final: false))));
    }

    private static SegmentStore Begun(SimDisk disk)
    {
        Assert.Single(Enumerable.Range(0, segment.ChunkCount));
        var store = new SegmentStore(GatewayVerbs.Disk(disk.Root + "/data"), new SimClock());
        Assert.Equal(PlaceOutcome.Stored, PlaceChunk(store, new byte[4096]));
        store.SyncOpenParts();
        store.PlaceSeal(SealOf(segment));
        return store;
    }

    private static Part CommittedWithoutRoom(SegmentStore store, SimDisk disk)
    {
        Assert.Equal(PlaceOutcome.Stored, PlaceChunk(store, segment.Chunk(0)));
        var part = store.Find(segment.Key)!;
        disk.IsFull = true;
        Assert.Throws<IOException>(() => store.Commit(part));
        disk.IsFull = false;
        return part;
    }

    private static Seal SealOf(FakeSegment of)
    {
        Assert.Equal(RefusalReason.None, Seal.TryParse(of.SealBytes, out var seal));
        return seal!;
    }

    private static PlaceOutcome PlaceChunk(SegmentStore store, byte[] payload)
    {
        var digest = new byte[32];
        Digests.Chunk(payload, digest);
        return store.Place(segment.Key, 0, (uint)segment.ChunkBytes, payload, digest);
    }
}
