using System.Buffers.Binary;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>The notes beside a part file: which chunks stand, 40 bytes each (storage format §6).</summary>
internal static class Sidecar
{
    private const int EntryBytes = 40;

    /// <summary>Entries for these chunks of a part.</summary>
    public static byte[] Entries(Part part, uint[] chunks)
    {
        var entries = new byte[chunks.Length * EntryBytes];
        for (var slot = 0; slot < chunks.Length; slot++)
        {
            var entry = entries.AsSpan(slot * EntryBytes, EntryBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, chunks[slot]);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)part.LengthOf(chunks[slot]));
            part.DigestOf(chunks[slot]).CopyTo(entry[8..]);
        }

        return entries;
    }

    /// <summary>Appends entries and syncs them; a torn last entry is written over.</summary>
    public static void Append(IDiskFile file, ReadOnlySpan<byte> entries)
    {
        file.WriteAt(file.Length / EntryBytes * EntryBytes, entries);
        file.Sync();
    }

    /// <summary>True when the bytes of a whole segment have other ones, or none, where a noted chunk belongs. What was not noted is a hole in the tail and says nothing.</summary>
    public static bool Contradict(ReadOnlySpan<byte> entries, ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at + EntryBytes <= entries.Length; at += EntryBytes)
        {
            var index = BinaryPrimitives.ReadUInt32LittleEndian(entries[at..]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(entries[(at + 4)..]);
            var digest = entries.Slice(at + 8, 32);
            // The notes do not say how long a full chunk is.
            if (!StandsAt(index * 4096L, length, digest, bytes) && !StandsAt(index * 8192L, length, digest, bytes))
                return true;
        }

        return false;
    }

    private static bool StandsAt(long offset, uint length, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> bytes) =>
        offset + length <= bytes.Length && Digests.ChunkMatches(bytes.Slice((int)offset, (int)length), digest);

    /// <summary>Sets the chunks whose bytes still have their noted digest, and writes them again: after a sync that failed the system shows bytes that the disk never got, and only what is written is synced.</summary>
    public static void Read(Part part, ReadOnlySpan<byte> entries, long segmentBytesMax)
    {
        var payload = new byte[8192];
        // Of two notes of one chunk, which may have come shorter or longer before, the later is what arrived last.
        for (var at = (entries.Length / EntryBytes * EntryBytes) - EntryBytes; at >= 0; at -= EntryBytes)
        {
            var index = BinaryPrimitives.ReadUInt32LittleEndian(entries[at..]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(entries[(at + 4)..]);
            var digest = entries.Slice(at + 8, 32);
            if (index * 4096L >= segmentBytesMax || length is 0 or > 8192)
                continue;
            // Full chunks tell the chunk length; a single short one is the first chunk of a short segment.
            foreach (var chunkBytes in part.ChunkBytes != 0 ? [part.ChunkBytes] : new uint[] { 8192, 4096 })
            {
                if (length <= chunkBytes && part.File.ReadAt((long)index * chunkBytes, payload.AsSpan(0, (int)length)) == length && Digests.ChunkMatches(payload.AsSpan(0, (int)length), digest))
                {
                    if (part.ChunkBytes == 0 && (index > 0 || length > 4096))
                        part.ChunkBytes = chunkBytes;
                    if (!part.Has(index))
                    {
                        part.File.WriteAt((long)index * chunkBytes, payload.AsSpan(0, (int)length));
                        part.Set(index, (int)length, digest);
                    }

                    break;
                }
            }
        }

        if (part.ChunkBytes == 0)
            part.ChunkBytes = 4096;
    }
}
