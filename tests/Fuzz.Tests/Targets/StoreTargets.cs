using System.Buffers.Binary;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>What a start of the gateway finds beside a part: the notes of its chunks.</summary>
internal static class StoreTargets
{
    private const int EntryBytes = 40;
    private static readonly DeviceId device = DeviceId.Parse("unit-7");

    public static IEnumerable<FuzzTarget> All()
    {
        var segment = new FakeRecorder(device, new KeyRing([.. Enumerable.Range(1, 32).Select(static number => (byte)number)])).Footage(1, 1, final: true, frames: 5, frameBytes: 4000);
        byte[] small = Notes(segment.Bytes, 4096);
        byte[] large = Notes(segment.Bytes, 8192);
        return
        [
            // The disk in memory, which holds the part twice, is measured along.
            new("chunk notes", [small, small[EntryBytes..], small[..(2 * EntryBytes)], large, [.. small, 1, 2, 3]], bytes => Recover(segment, bytes, hasSeal: false), (bytes, found) => Holds(segment, bytes, (Found)found, small, large)) { AllocatedMax = 1 << 20, AllocatedPerByte = 64, InputBytesMax = 4 * 1024, Words = [.. small.Chunk(EntryBytes), .. large.Chunk(EntryBytes), [0xFF, 0xFF, 0xFF, 0xFF], [0, 0x10, 0, 0], [0, 0x20, 0, 0], [0xFF, 7, 0, 0]] },
        ];
    }

    private static byte[] Notes(byte[] file, int chunkBytes)
    {
        int count = (file.Length + chunkBytes - 1) / chunkBytes;
        byte[] notes = new byte[count * EntryBytes];
        for (int index = 0; index < count; index++)
        {
            var chunk = file.AsSpan(index * chunkBytes, Math.Min(chunkBytes, file.Length - (index * chunkBytes)));
            BinaryPrimitives.WriteInt32LittleEndian(notes.AsSpan(index * EntryBytes), index);
            BinaryPrimitives.WriteInt32LittleEndian(notes.AsSpan((index * EntryBytes) + 4), chunk.Length);
            Core.Seals.Digests.Chunk(chunk, notes.AsSpan((index * EntryBytes) + 8, 32));
        }

        return notes;
    }

    // Null when no chunk stands.
    private static Found? Recover(FakeSegment segment, byte[] notes, bool hasSeal)
    {
        var disk = new VolatileDisk();
        string stem = "parts/" + segment.Key.PartPath;
        disk.WriteWhole(stem + ".part", segment.Bytes);
        disk.WriteWhole(stem + ".chunks", notes);
        if (hasSeal)
            disk.WriteWhole(stem + ".seal", segment.SealBytes);
        using var store = new SegmentStore(disk, TimeProvider.System);
        int parts = store.Recover(static _ => true);
        var part = store.Parts.Count == 1 && parts == 1 ? store.Parts[0] : throw new InvalidOperationException($"{parts} parts are found");
        if (!disk.ReadWhole(stem + ".part").AsSpan().SequenceEqual(segment.Bytes))
            throw new InvalidOperationException("the part's bytes are changed");
        uint chunkCount = (uint)((segment.Bytes.Length + 4095) / 4096);
        var standing = Enumerable.Range(0, (int)chunkCount).Select(static index => (uint)index).Except(part.Missing(chunkCount, int.MaxValue).SelectMany(static range => Enumerable.Range((int)range.First, (int)range.Count).Select(static index => (uint)index))).ToList();
        return part.PresentCount == 0 ? null : new Found(part.ChunkBytes, standing, part.PresentCount, part.PresentBytes, part.IsCovered());
    }

    private static bool Holds(FakeSegment segment, byte[] notes, Found found, byte[] small, byte[] large)
    {
        Require(found.ChunkBytes is 4096 or 8192, $"chunks of {found.ChunkBytes} bytes");
        Require(found.Standing.Count == found.PresentCount, "chunks stand beyond the part");
        var entries = notes.Chunk(EntryBytes).Where(static entry => entry.Length == EntryBytes).ToList();
        long bytes = 0;
        foreach (uint index in found.Standing)
        {
            byte[] entry = entries.Find(one => IsRight(segment.Bytes, one, index, found.ChunkBytes)) ?? throw new InvalidOperationException($"chunk {index} stands without a note that its bytes have");
            bytes += BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(4));
        }

        Require(bytes == found.PresentBytes, $"{found.PresentBytes} bytes stand, the notes say {bytes}");
        foreach (byte[] whole in (found.ChunkBytes == 4096 ? small : large).Chunk(EntryBytes))
            Require(!entries.Exists(entry => entry.AsSpan().SequenceEqual(whole)) || found.Standing.Contains(BinaryPrimitives.ReadUInt32LittleEndian(whole)), "a chunk that is noted and there is asked for again");
        // Beside its seal a part is whole only when it is the segment.
        var sealedOne = Recover(segment, notes, hasSeal: true);
        Require(sealedOne?.IsCovered != false, "a part that is not the sealed segment counts as complete");
        return true;
    }

    private static bool IsRight(byte[] file, byte[] entry, uint index, uint chunkBytes)
    {
        long length = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(4));
        long offset = index * (long)chunkBytes;
        return BinaryPrimitives.ReadUInt32LittleEndian(entry) == index && length > 0 && length <= chunkBytes && offset + length <= file.Length && Core.Seals.Digests.ChunkMatches(file.AsSpan((int)offset, (int)length), entry.AsSpan(8));
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private sealed record Found(uint ChunkBytes, List<uint> Standing, int PresentCount, long PresentBytes, bool? IsCovered);
}
