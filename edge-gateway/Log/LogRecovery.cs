using System.Security.Cryptography;

namespace BodyCam.Log;

/// <summary>What opening a log finds out and puts right.</summary>
/// <param name="Edge">The right edge at the checkpoint.</param>
/// <param name="RecordsTailBytes">Length of the unfinished records file.</param>
/// <param name="Signed">The checkpoint, durable.</param>
internal sealed record LogRecovery(TreeEdge Edge, long RecordsTailBytes, SignedCheckpoint Signed)
{
    /// <summary>Reads the edge, proves that it fits the checkpoint, and only then cuts what lies beyond and makes the unfinished files again.</summary>
    /// <exception cref="LogBrokenException">It does not fit; nothing was changed.</exception>
    public static LogRecovery Run(ILogFiles files, ECDsa key, string origin, IReadOnlyList<LogPublicKey> previousKeys)
    {
        var signed = ReadCheckpoint(files, key, origin, previousKeys);
        var (edge, tailBytes) = ReadEdge(files, signed.Checkpoint);
        // Before the full ones go that they may have been read from.
        RestoreUpper(files, edge);
        CutBeyond(files, edge, tailBytes);
        RestoreUnfinished(files, edge);
        // A checkpoint that a killed process renamed into place may not have reached the disk.
        files.WriteDurable(LogPaths.Checkpoint, signed.Note);
        return new LogRecovery(edge, tailBytes, signed);
    }

    /// <summary>Reads what a log goes on from, the unfinished tiles above the leaves and the newest records, and proves that it fits the checkpoint. Changes nothing.</summary>
    /// <exception cref="LogBrokenException">It does not fit.</exception>
    public static (TreeEdge Edge, long RecordsTailBytes) ReadEdge(ILogFiles files, Checkpoint checkpoint)
    {
        var size = checkpoint.Size;
        var edge = new TreeEdge();
        for (var level = LogPaths.LevelsMax - 1; level >= 1; level--)
            edge.Restore(level, size, ReadUnfinishedTile(files, level, size));
        var tailBytes = ReadTail(files, edge, size);
        if (!edge.Root().AsSpan().SequenceEqual(checkpoint.Root))
            throw Broken("the root over tiles and records is not the checkpoint's");
        return (edge, tailBytes);
    }

    private static SignedCheckpoint ReadCheckpoint(ILogFiles files, ECDsa key, string origin, IReadOnlyList<LogPublicKey> previousKeys)
    {
        var note = files.Read(LogPaths.Checkpoint);
        if (note is null)
        {
            // A log begins with its checkpoint, so records without one are not a log that was being begun.
            if (files.List("records").Any() || files.List("tile").Any())
                throw Broken("the checkpoint is missing");
            var empty = new Checkpoint(origin, 0, MerkleHash.EmptyRoot());
            return new SignedCheckpoint(empty, CheckpointNote.Sign(empty, key));
        }
        var verdict = CheckpointNote.Verify(note, LogPublicKey.From(key), out var checkpoint);
        if (verdict == CheckpointVerdict.Valid)
            return new SignedCheckpoint(checkpoint!, note);
        if (verdict == CheckpointVerdict.UnknownSigner && previousKeys.Any(old => CheckpointNote.Verify(note, old, out _) == CheckpointVerdict.Valid))
            return new SignedCheckpoint(checkpoint!, CheckpointNote.Sign(checkpoint!, key));
        throw Broken($"its checkpoint is not signed by this gateway's key ({verdict})");
    }

    private static byte[] ReadUnfinishedTile(ILogFiles files, int level, long size)
    {
        var index = size >> (8 * level) >> 8;
        var width = LogPaths.WidthAt(size, level, index);
        if (width == 0)
            return [];
        var path = LogPaths.Partial(LogPaths.Tile(level, index), width);
        if (files.Read(path) is { } tile && tile.Length == width * MerkleHash.Bytes)
            return tile;
        // The full one takes its place before the checkpoint comes, and begins with the same hashes; the root tells whether it is right.
        if (files.Read(LogPaths.Tile(level, index)) is { } full && full.Length >= width * MerkleHash.Bytes)
            return full[..(width * MerkleHash.Bytes)];
        throw Broken($"{path} is missing or has the wrong length");
    }

    /// <summary>Makes the unfinished bundle and level-0 tile again from the record lines.</summary>
    private static long ReadTail(ILogFiles files, TreeEdge edge, long size)
    {
        var width = (int)(size % LogPaths.Width);
        if (width == 0)
            return 0;
        var path = LogPaths.Records(size / LogPaths.Width);
        var bytes = files.Read(path) ?? throw Broken($"{path} is missing");
        var tailBytes = 0;
        foreach (var line in Lines.Of(bytes).Take(width))
        {
            if (StoredRecord.ParseLine(bytes.AsSpan(line)) is not { } stored || stored.Sequence != edge.Size)
                throw Broken($"{path} is damaged at record {edge.Size}");
            var entry = stored.ToEntry().ToBytes();
            edge.Append(entry, MerkleHash.Leaf(entry), []);
            tailBytes = line.End.Value;
        }
        return edge.Size == size ? tailBytes : throw Broken($"{path} ends at record {edge.Size}, the checkpoint covers {size}");
    }

    private static void CutBeyond(ILogFiles files, TreeEdge edge, long tailBytes)
    {
        // An interrupted batch reaches at most this many bundles beyond the last one.
        const int bundlesBeyond = (LogWriter.BatchRecordsMax / LogPaths.Width) + 1;
        var bundle = edge.Size / LogPaths.Width;
        for (var beyond = bundle + bundlesBeyond; beyond >= bundle; beyond--)
        {
            if (beyond > bundle || tailBytes == 0)
                files.DeleteDurable(LogPaths.Records(beyond));
            CutTile(files, LogPaths.Entries(beyond), beyond == bundle ? edge.Entries() : [], path => EntriesPrefix(edge.Entries(), path));
        }
        if (tailBytes > 0 && files.Read(LogPaths.Records(bundle))!.Length > tailBytes)
            files.TruncateDurable(LogPaths.Records(bundle), tailBytes);
        for (var level = 0; level < LogPaths.LevelsMax - 1; level++)
        {
            var first = edge.Size >> (8 * level) >> 8;
            for (var index = first + (bundlesBeyond >> (8 * level)) + 1; index >= first; index--)
            {
                var tile = index == first ? edge.Tile(level) : [];
                CutTile(files, LogPaths.Tile(level, index), tile, width => width * MerkleHash.Bytes <= tile.Length ? tile[..(width * MerkleHash.Bytes)] : null);
            }
        }
    }

    /// <summary>Removes a full file beyond the checkpoint and every partial one that is not a prefix of what the checkpoint covers.</summary>
    private static void CutTile(ILogFiles files, string full, byte[] content, Func<int, byte[]?> prefixOfWidth)
    {
        files.DeleteDurable(full);
        var folder = LogPaths.PartialFolder(full);
        if (content.Length == 0)
        {
            files.DeleteDurable(folder);
            return;
        }
        foreach (var path in files.List(folder).ToList())
        {
            var expected = int.TryParse(path[(folder.Length + 1)..], out var width) ? prefixOfWidth(width) : null;
            if (expected is null || !files.Read(path).AsSpan().SequenceEqual(expected))
                files.DeleteDurable(path);
        }
    }

    private static byte[]? EntriesPrefix(byte[] entries, int width)
    {
        var end = 0;
        for (; width > 0 && end < entries.Length; width--)
            end += 2 + ((entries[end] << 8) | entries[end + 1]);
        return width == 0 ? entries[..end] : null;
    }

    private static void RestoreUpper(ILogFiles files, TreeEdge edge)
    {
        for (var level = 1; level < LogPaths.LevelsMax; level++)
        {
            if (edge.Tile(level) is not { Length: > 0 } tile)
                continue;
            var path = LogPaths.Partial(LogPaths.Tile(level, edge.Size >> (8 * (level + 1))), tile.Length / MerkleHash.Bytes);
            if (files.Read(path) is not { } standing || !standing.AsSpan().SequenceEqual(tile))
                files.WriteDurable(path, tile);
        }
    }

    private static void RestoreUnfinished(ILogFiles files, TreeEdge edge)
    {
        var width = (int)(edge.Size % LogPaths.Width);
        if (width == 0)
            return;
        var bundle = edge.Size / LogPaths.Width;
        var entriesPath = LogPaths.Partial(LogPaths.Entries(bundle), width);
        if (files.Read(entriesPath) is null)
            files.WriteUnsynced(entriesPath, edge.Entries());
        var tilePath = LogPaths.Partial(LogPaths.Tile(0, bundle), width);
        if (files.Read(tilePath) is null)
            files.WriteUnsynced(tilePath, edge.Tile(0));
    }

    public static LogBrokenException Broken(string what) =>
        new($"The log does not fit its checkpoint: {what}. Nothing was changed. Keep a copy of the folder, then run: bodycam verify");
}
