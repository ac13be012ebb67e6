namespace BodyCam.Log;

/// <summary>Holds what a log grew by against its signed roots: record lines against entries, entries against the tile of level 0, tiles against those below, the edge against the root before and after. Its work grows with the new leaves.</summary>
public sealed class LogGrowth
{
    private readonly Checkpoint _from;
    private readonly TreeEdge _edge;
    private readonly Dictionary<string, byte[]> _filled = new(StringComparer.Ordinal);

    private LogGrowth(Checkpoint from, TreeEdge edge) => (_from, _edge) = (from, edge);

    /// <summary>Begins where a log stood, from the tiles at its edge: one of each level.</summary>
    /// <param name="files">The log, as it stood or longer.</param>
    /// <param name="from">What was signed of it.</param>
    /// <returns>Null when those tiles are missing, or are not what that root was signed over.</returns>
    public static LogGrowth? From(ILogFiles files, Checkpoint from)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(from);
        var (range, edge) = (new CompactRange(), new TreeEdge());
        for (var level = LogPaths.LevelsMax - 1; level >= 0; level--)
        {
            var index = from.Size >> (8 * level) >> 8;
            var width = LogPaths.WidthAt(from.Size, level, index);
            var tile = width == 0 ? [] : TileFiles.ReadAtWidth(files, LogPaths.Tile(level, index), width, out _);
            if (tile is null || tile.Length < width * MerkleHash.Bytes)
                return null;
            var hashes = tile.AsSpan(0, width * MerkleHash.Bytes);
            for (var at = 0; at < hashes.Length; at += MerkleHash.Bytes)
                range.Push(8 * level, hashes.Slice(at, MerkleHash.Bytes).ToArray());
            // Leaves are taken from the beginning of their bundle.
            if (level > 0)
                edge.Restore(level, from.Size, hashes);
        }

        return range.Root().AsSpan().SequenceEqual(from.Root) ? new LogGrowth(from, edge) : null;
    }

    /// <summary>Takes the leaves of the next bundle, the first one from its beginning.</summary>
    /// <param name="to">Size of the tree that it grew to.</param>
    /// <param name="records">Its lines in that tree.</param>
    /// <param name="entries">Its entries.</param>
    /// <param name="tile">Its tile of level 0.</param>
    /// <returns>The first thing that does not fit the rest; nothing is to be taken after it. Null when all fits.</returns>
    public LogFault? Append(long to, byte[] records, byte[] entries, byte[] tile)
    {
        var bundle = _edge.Size / LogPaths.Width;
        var width = LogPaths.WidthAt(to, 0, bundle);
        var leaves = new LeafSources(bundle, width, records, entries, LogPaths.AtWidth(LogPaths.Entries(bundle), width), tile, LogPaths.AtWidth(LogPaths.Tile(0, bundle), width));
        var fault = leaves.Faults.FirstOrDefault();
        var filled = new List<(string Path, byte[] Content)>();
        for (var i = 0; i < width && fault is null; i++)
        {
            var leaf = leaves.Judge(i, (path, sequence, kind, what) => fault ??= new LogFault(path, sequence, kind, what));
            _edge.Append(leaf.Entry, leaf.Hash, filled);
            if (_edge.Size == _from.Size && !_edge.Root().AsSpan().SequenceEqual(_from.Root))
                fault ??= new LogFault(LogPaths.Records(bundle), null, LogFaultKind.Damaged, "Its first leaves are not the ones that were signed.");
        }

        foreach (var (path, content) in filled.Where(static file => LogPaths.TryParse(file.Path, out var level, out _, out _) && level > 0))
            _filled[path] = content;
        return fault;
    }

    /// <summary>Holds a tile above the leaves that grew against what they make of it; after all of them were taken.</summary>
    /// <param name="path">Its name relative to the log's folder.</param>
    /// <param name="content">Its hashes.</param>
    public bool Holds(string path, ReadOnlySpan<byte> content)
    {
        if (!LogPaths.TryParse(path, out var level, out var index, out var width))
            return false;
        var expected = width == LogPaths.Width ? _filled.GetValueOrDefault(path) : index == _edge.Size >> (8 * level) >> 8 ? _edge.Tile(level) : null;
        return expected is not null && content.SequenceEqual(expected);
    }

    /// <summary>True when the leaves that were taken are those of a checkpoint.</summary>
    /// <param name="to">What was signed of the log as it is now.</param>
    public bool IsAt(Checkpoint to)
    {
        ArgumentNullException.ThrowIfNull(to);
        return _edge.Size == to.Size && _edge.Root().AsSpan().SequenceEqual(to.Root);
    }
}
