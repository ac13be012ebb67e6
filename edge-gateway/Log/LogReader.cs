using System.Buffers.Binary;

namespace BodyCam.Log;

/// <summary>Reads a log without changing it, beside a writer too. What it returns is as the files say; <see cref="LogAudit"/> and <see cref="MerkleProof"/> tell whether it is true. Not for concurrent use.</summary>
public sealed class LogReader
{
    private const int CachedTilesMax = 64;
    private readonly ILogFiles _files;
    private readonly Dictionary<(int Level, long Index), byte[]> _tiles = [];

    /// <summary>Names the log; nothing is read yet.</summary>
    /// <param name="folder">The log's folder, or a copy of it.</param>
    /// <param name="files">Storage verbs, or null for real ones over the folder.</param>
    public LogReader(string folder, ILogFiles? files = null) => _files = files ?? new DiskLogFiles(folder);

    /// <summary>True when a checkpoint stands, readable as one or not: a log was begun here.</summary>
    public bool HasCheckpoint => _files.Read(LogPaths.Checkpoint) is not null;

    /// <summary>Reads the newest checkpoint; its signature is not checked.</summary>
    /// <returns>The checkpoint with its note, or null if there is none that can be read.</returns>
    public SignedCheckpoint? ReadCheckpoint() =>
        _files.Read(LogPaths.Checkpoint) is { } note && CheckpointNote.Parse(note) is { } checkpoint ? new SignedCheckpoint(checkpoint, note) : null;

    /// <summary>Reads the newest checkpoint as <see cref="CheckpointNote.ParseUnsigned"/> does; for judging a log, never for opening one.</summary>
    public Checkpoint? ReadUnsignedCheckpoint() => _files.Read(LogPaths.Checkpoint) is { } note ? CheckpointNote.ParseUnsigned(note) : null;

    /// <summary>Leaves up to the last of which a file stands, as its name or its lines say; true or not. For a log whose checkpoint cannot be read.</summary>
    public long StandingSize()
    {
        var (last, widest) = (-1L, 0);
        foreach (var path in _files.List(""))
        {
            if (!LogPaths.TryParse(path, out var level, out var index, out var width) || level != 0 || index < last || index >= long.MaxValue / LogPaths.Width)
                continue;
            if (path == LogPaths.Records(index))
                width = Math.Min(LogPaths.Width, Lines.Of(_files.Read(path) ?? []).Count());
            (last, widest) = (index, index > last ? width : Math.Max(widest, width));
        }

        return last < 0 ? 0 : (last * LogPaths.Width) + widest;
    }

    /// <summary>Reads what a writer reads when it opens the log: tiles and records at its end, two files of records at most.</summary>
    /// <param name="checkpoint">The newest checkpoint.</param>
    /// <returns>The newest record; null when the log is empty.</returns>
    /// <exception cref="LogBrokenException">They do not fit the checkpoint: the log cannot be opened for writing, or its newest record is not its leaf's.</exception>
    public StoredRecord? ReadNewest(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        _ = LogRecovery.ReadEdge(_files, checkpoint);
        var newest = checkpoint.Size - 1;
        if (newest < 0)
            return null;
        return ReadRecord(newest) is { } record && MerkleHash.Leaf(record.ToEntry().ToBytes()).AsSpan().SequenceEqual(ReadLeafHash(newest, checkpoint.Size))
            ? record
            : throw LogRecovery.Broken($"{LogPaths.Records(newest / LogPaths.Width)} is missing or damaged at record {newest}");
    }

    /// <summary>Reads one record.</summary>
    /// <param name="sequence">Place in the log, from 0.</param>
    /// <returns>The record, or null if its line is missing or damaged.</returns>
    public StoredRecord? ReadRecord(long sequence) => ReadRecords(sequence, sequence + 1).FirstOrDefault();

    /// <summary>Reads records in order; lines that are missing, damaged or outside their place are left out. Memory: one records file.</summary>
    /// <param name="from">First sequence.</param>
    /// <param name="to">Sequence after the last; usually the checkpoint's size.</param>
    /// <returns>The records, lazily.</returns>
    public IEnumerable<StoredRecord> ReadRecords(long from, long to)
    {
        for (var bundle = from / LogPaths.Width; bundle * LogPaths.Width < to; bundle++)
        {
            foreach (var stored in ReadBundle(bundle, from, to))
                yield return stored;
        }
    }

    /// <summary>Reads records in order and holds each against its leaf; from the first to the checkpoint's end also all leaves together against its root. For whoever makes something from them.</summary>
    /// <param name="from">First sequence.</param>
    /// <param name="checkpoint">What covers them; they end with it.</param>
    /// <returns>The records, lazily, none left out.</returns>
    /// <exception cref="InvalidDataException">A record is missing or is not its leaf, or the leaves have not that root; the message says what to do.</exception>
    public IEnumerable<StoredRecord> ReadLeaves(long from, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var range = new CompactRange();
        var next = from;
        foreach (var record in ReadRecords(from, checkpoint.Size))
        {
            var leaf = record.ToEntry().LeafHash();
            if (record.Sequence != next || !leaf.AsSpan().SequenceEqual(ReadLeafHash(next, checkpoint.Size)))
                break;
            range.Push(0, leaf);
            next++;
            yield return record;
        }

        if (next < checkpoint.Size)
            throw new InvalidDataException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Record {next} of the log is missing or is not its leaf. Run 'bodycam verify' on the data folder and restore what it names."));
        if (from == 0 && !range.Root().AsSpan().SequenceEqual(checkpoint.Root))
            throw new InvalidDataException("The leaves of the log have not the root of its checkpoint. Run 'bodycam verify' on the data folder and restore what it names.");
    }

    /// <summary>Reads every record that stands, as <see cref="ReadRecords"/> from the first on; only bundles are opened of which the folder has a file, so that a size that nobody vouches for costs nothing.</summary>
    /// <param name="size">The checkpoint's size, true or not.</param>
    /// <returns>The records in order, lazily.</returns>
    public IEnumerable<StoredRecord> ReadStandingRecords(long size) => StandingBundles(size).SelectMany(bundle => ReadBundle(bundle, 0, size));

    /// <summary>Bundles of a tree of which the folder has a file, in order.</summary>
    /// <param name="size">The checkpoint's size, true or not.</param>
    internal IReadOnlyCollection<long> StandingBundles(long size)
    {
        var bundles = new SortedSet<long>();
        foreach (var path in _files.List(""))
        {
            if (size > 0 && LogPaths.TryParse(path, out var level, out var index, out _) && level == 0 && index <= (size - 1) / LogPaths.Width)
                bundles.Add(index);
        }

        return bundles;
    }

    /// <summary>Reads the lines at and beyond a size: a batch under way, or what an older checkpoint that was put back does not cover. Nothing vouches for them.</summary>
    /// <param name="size">The checkpoint's size.</param>
    /// <returns>The records in order, lazily.</returns>
    public IEnumerable<StoredRecord> ReadBeyond(long size)
    {
        var bundles = new SortedSet<long>();
        foreach (var path in _files.List(""))
        {
            if (LogPaths.TryParse(path, out var level, out var index, out _) && level == 0 && index >= size / LogPaths.Width && index < long.MaxValue / LogPaths.Width)
                bundles.Add(index);
        }

        return bundles.SelectMany(bundle => ReadBundle(bundle, size, long.MaxValue));
    }

    /// <summary>Reads one leaf.</summary>
    /// <param name="sequence">Place in the log, from 0.</param>
    /// <param name="treeSize">A size that the log has or had, above the sequence.</param>
    /// <returns>The entry, or null if it is missing or damaged.</returns>
    public LogEntry? ReadEntry(long sequence, long treeSize)
    {
        var bundle = sequence / LogPaths.Width;
        var width = LogPaths.WidthAt(treeSize, 0, bundle);
        var entries = SplitBundle(TileFiles.ReadAtWidth(_files, LogPaths.Entries(bundle), Math.Max(width, 1), out _) ?? [], width, out _);
        var place = (int)(sequence % LogPaths.Width);
        return place < entries.Count ? LogEntry.Parse(entries[place]) : null;
    }

    /// <summary>Reads the leaves' bytes in order. Memory: one bundle.</summary>
    /// <param name="treeSize">Number of leaves, at most the checkpoint's size.</param>
    /// <returns>The entries, lazily; ends early where a bundle is missing or torn.</returns>
    public IEnumerable<byte[]> ReadEntries(long treeSize)
    {
        for (long bundle = 0; bundle * LogPaths.Width < treeSize; bundle++)
        {
            var width = (int)Math.Min(LogPaths.Width, treeSize - (bundle * LogPaths.Width));
            var entries = SplitBundle(TileFiles.ReadAtWidth(_files, LogPaths.Entries(bundle), width, out _) ?? [], width, out _);
            foreach (var entry in entries)
                yield return entry;
            if (entries.Count < width)
                yield break;
        }
    }

    /// <summary>Reads one leaf's hash from its tile.</summary>
    /// <param name="sequence">Place in the log.</param>
    /// <param name="treeSize">A size that the log has or had, above the sequence.</param>
    /// <returns>32 bytes.</returns>
    /// <exception cref="InvalidDataException">The tile is missing or too short.</exception>
    public byte[] ReadLeafHash(long sequence, long treeSize) => Subtree(0, sequence, treeSize);

    /// <summary>The root at a size that the log has or had.</summary>
    /// <param name="treeSize">0 or more, at most the checkpoint's size.</param>
    /// <returns>32 bytes.</returns>
    /// <exception cref="InvalidDataException">A tile is missing or too short.</exception>
    public byte[] RootAt(long treeSize) => treeSize == 0 ? MerkleHash.EmptyRoot() : Root(0, treeSize, treeSize);

    /// <summary>Proof that a leaf stands in a tree (RFC 9162 §2.1.3.1), for <see cref="MerkleProof.VerifyInclusion"/>.</summary>
    /// <param name="sequence">The leaf's place.</param>
    /// <param name="treeSize">A size that the log has or had, above the sequence.</param>
    /// <returns>Hashes from the leaf's sibling upwards; at most 63.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The leaf is not in that tree.</exception>
    /// <exception cref="InvalidDataException">A tile is missing or too short.</exception>
    public IReadOnlyList<byte[]> InclusionProof(long sequence, long treeSize)
    {
        if (sequence < 0 || sequence >= treeSize)
            throw new ArgumentOutOfRangeException(nameof(sequence), "The record is not in a tree of that size. Use a newer checkpoint.");
        var proof = new List<byte[]>();
        var (from, to) = (0L, treeSize);
        while (to - from > 1)
        {
            var middle = from + SplitPoint(to - from);
            proof.Add(sequence < middle ? Root(middle, to, treeSize) : Root(from, middle, treeSize));
            (from, to) = sequence < middle ? (from, middle) : (middle, to);
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>Proof that a tree is a prefix of a newer one (RFC 9162 §2.1.4.1), for <see cref="MerkleProof.VerifyConsistency"/>.</summary>
    /// <param name="oldSize">0 or more.</param>
    /// <param name="newSize">At least the old size, at most the checkpoint's size.</param>
    /// <returns>The hashes; none if the old size is 0 or equals the new size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The sizes are the wrong way round.</exception>
    /// <exception cref="InvalidDataException">A tile is missing or too short.</exception>
    public IReadOnlyList<byte[]> ConsistencyProof(long oldSize, long newSize)
    {
        if (oldSize < 0 || oldSize > newSize)
            throw new ArgumentOutOfRangeException(nameof(oldSize), "The older tree must not be larger than the newer one. Exchange the checkpoints.");
        var proof = new List<byte[]>();
        if (oldSize == 0 || oldSize == newSize)
            return proof;
        var (from, to) = (0L, newSize);
        while (to != oldSize)
        {
            var middle = from + SplitPoint(to - from);
            if (oldSize <= middle)
            {
                proof.Add(Root(middle, to, newSize));
                to = middle;
            }
            else
            {
                proof.Add(Root(from, middle, newSize));
                from = middle;
            }
        }
        // The verifier knows the old root itself; only a subtree that is not the whole old tree is sent.
        if (from > 0)
            proof.Add(Root(from, to, newSize));
        proof.Reverse();
        return proof;
    }

    /// <summary>Cuts a bundle into entries; fewer than <paramref name="width"/> if it is torn. <paramref name="used"/> is what they took, in bytes.</summary>
    internal static List<byte[]> SplitBundle(byte[] bundle, int width, out int used)
    {
        var entries = new List<byte[]>(width);
        used = 0;
        while (entries.Count < width && bundle.Length - used >= 2)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.AsSpan(used));
            if (bundle.Length - used - 2 < length)
                break;
            entries.Add(bundle[(used + 2)..(used + 2 + length)]);
            used += 2 + length;
        }
        return entries;
    }

    private IEnumerable<StoredRecord> ReadBundle(long bundle, long from, long to)
    {
        var bytes = _files.Read(LogPaths.Records(bundle)) ?? [];
        var place = bundle * LogPaths.Width;
        foreach (var line in Lines.Of(bytes).Take(LogPaths.Width))
        {
            if (place >= from && place < to && StoredRecord.ParseLine(bytes.AsSpan(line)) is { } stored && stored.Sequence == place)
                yield return stored;
            place++;
        }
    }

    private static long SplitPoint(long count) => 1L << (int)long.Log2(count - 1);

    /// <summary>Root over leaves from..to, where from is aligned to the largest power of two within.</summary>
    private byte[] Root(long from, long to, long treeSize)
    {
        var count = to - from;
        if (long.IsPow2(count))
            return Subtree((int)long.Log2(count), from / count, treeSize);
        var middle = from + SplitPoint(count);
        return MerkleHash.Node(Root(from, middle, treeSize), Root(middle, to, treeSize));
    }

    /// <summary>Hash of the perfect subtree of a height at an index within that height.</summary>
    internal byte[] Subtree(int height, long index, long treeSize)
    {
        var level = height / 8;
        var count = 1 << (height % 8);
        var first = index * count;
        var tile = Tile(level, first / LogPaths.Width, treeSize);
        var offset = (int)(first % LogPaths.Width) * MerkleHash.Bytes;
        var bytes = count * MerkleHash.Bytes;
        return tile.Length >= offset + bytes
            ? MerkleHash.PerfectRoot(tile.AsSpan(offset, bytes))
            : throw new InvalidDataException($"{LogPaths.Tile(level, first / LogPaths.Width)} is missing or too short. Run: bodycam verify");
    }

    private byte[] Tile(int level, long index, long treeSize)
    {
        var width = LogPaths.WidthAt(treeSize, level, index);
        if (_tiles.TryGetValue((level, index), out var tile) && tile.Length >= width * MerkleHash.Bytes)
            return tile;
        tile = TileFiles.ReadAtWidth(_files, LogPaths.Tile(level, index), width, out _) ?? [];
        if (_tiles.Count >= CachedTilesMax)
            _tiles.Clear();
        _tiles[(level, index)] = tile;
        return tile;
    }
}
