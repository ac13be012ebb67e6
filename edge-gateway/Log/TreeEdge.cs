using System.Buffers.Binary;

namespace BodyCam.Log;

/// <summary>The right edge of the tree: the unfinished tile of each level and the unfinished entry bundle. At most 8 × 8 KiB and one bundle, whatever the size of the log.</summary>
internal sealed class TreeEdge
{
    private readonly List<byte>[] _tiles = [.. Enumerable.Range(0, LogPaths.LevelsMax).Select(_ => new List<byte>())];
    private readonly List<byte> _entries = [];
    private readonly CompactRange _range = new();

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    public byte[] Root() => _range.Root();

    /// <summary>The unfinished bundle; empty if the last one is full.</summary>
    public byte[] Entries() => [.. _entries];

    /// <summary>The unfinished tile of a level; empty if the last one is full.</summary>
    public byte[] Tile(int level) => [.. _tiles[level]];

    /// <summary>Takes the whole tiles to the left as given: the hashes of one level that are in no full tile of that level. To be called from the highest level down, before any leaf.</summary>
    public void Restore(int level, long treeSize, ReadOnlySpan<byte> hashes)
    {
        for (var i = 0; i < hashes.Length; i += MerkleHash.Bytes)
            _range.Push(8 * level, hashes.Slice(i, MerkleHash.Bytes).ToArray());
        _tiles[level].AddRange(hashes);
        Size = treeSize / LogPaths.Width * LogPaths.Width;
    }

    /// <summary>Adds one leaf.</summary>
    /// <param name="entry">The leaf's bytes.</param>
    /// <param name="leafHash">Its hash.</param>
    /// <param name="filled">Receives name and content of what became full: the bundle first, then tiles upwards.</param>
    public void Append(ReadOnlySpan<byte> entry, byte[] leafHash, List<(string Path, byte[] Content)> filled)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)entry.Length));
        _entries.AddRange(length);
        _entries.AddRange(entry);
        _range.Push(0, leafHash);
        _tiles[0].AddRange(leafHash);
        Size++;
        for (var level = 0; _tiles[level].Count == LogPaths.Width * MerkleHash.Bytes; level++)
        {
            var tile = Tile(level);
            if (level == 0)
            {
                filled.Add((LogPaths.Entries((Size / LogPaths.Width) - 1), Entries()));
                _entries.Clear();
            }
            filled.Add((LogPaths.Tile(level, (Size >> (8 * (level + 1))) - 1), tile));
            _tiles[level].Clear();
            _tiles[level + 1].AddRange(MerkleHash.PerfectRoot(tile));
        }
    }
}
