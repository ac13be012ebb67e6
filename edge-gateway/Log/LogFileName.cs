using System.Globalization;

namespace BodyCam.Log;

/// <summary>A file that a tree needs; see log-format.md §1.</summary>
/// <param name="Path">Name relative to the log's folder, with '/' between parts.</param>
/// <param name="Full">Name of the full tile or bundle that takes its place; the same name for what is full and for records.</param>
/// <param name="First">The first leaf that it speaks of.</param>
/// <param name="End">The leaf after the last one of the file when it is finished: in a tree of that size or more its bytes never change again.</param>
public sealed record LogFileName(string Path, string Full, long First, long End)
{
    /// <summary>Files of a tree that a tree it grew out of does not have full: those of the leaves, bundle by bundle, then the tiles above. Lazily.</summary>
    /// <param name="from">Size of the earlier tree; 0 for every file.</param>
    /// <param name="to">Size of the tree.</param>
    public static IEnumerable<LogFileName> Between(long from, long to) => LeavesBetween(from, to).SelectMany(static files => files).Concat(TilesAbove(from, to));

    /// <summary>Of <see cref="Between"/> the three files that know the leaves of each bundle: records, entries, tile of level 0. Lazily.</summary>
    /// <param name="from">Size of the earlier tree.</param>
    /// <param name="to">Size of the tree.</param>
    public static IEnumerable<LogFileName[]> LeavesBetween(long from, long to) =>
        Tiles(0, from, to, LogPaths.Entries).Zip(Tiles(0, from, to, static index => LogPaths.Tile(0, index)), static (entries, tile) => new[] { Records(entries.First / LogPaths.Width), entries, tile });

    /// <summary>Of <see cref="Between"/> the tiles of level 1 and above, from below. Lazily.</summary>
    /// <param name="from">Size of the earlier tree.</param>
    /// <param name="to">Size of the tree.</param>
    public static IEnumerable<LogFileName> TilesAbove(long from, long to)
    {
        for (var level = 1; level < LogPaths.LevelsMax && to >> (8 * level) > 0; level++)
        {
            var at = level;
            foreach (var tile in Tiles(level, from, to, index => LogPaths.Tile(at, index)))
                yield return tile;
        }
    }

    /// <summary>The records file of a path; null for every other one.</summary>
    /// <param name="path">Name relative to the log's folder.</param>
    public static LogFileName? RecordsOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.StartsWith("records/", StringComparison.Ordinal) && LogPaths.TryParse(path, out _, out var bundle, out _) ? Records(bundle) : null;
    }

    /// <summary>True for a records file, which grows under its name.</summary>
    public bool IsRecords => Path.StartsWith("records/", StringComparison.Ordinal);

    /// <summary>What this tile or bundle was or may have been between a tree that this one grew out of and now, narrower than it is: first as the earlier tree has it, which is no file when its width is 0. None for records.</summary>
    /// <param name="from">Size of the earlier tree.</param>
    public IEnumerable<LogFileName> Narrower(long from)
    {
        var leavesOfOne = IsRecords ? 0 : (End - First) / Width;
        for (var width = IsRecords ? Width : (int)(Math.Max(from - First, 0) / leavesOfOne); width < Width; width++)
            yield return new LogFileName(LogPaths.AtWidth(Full, width), Full, First, First + (width * leavesOfOne));
    }

    private int Width => Path == Full ? LogPaths.Width : int.Parse(Path.AsSpan(Full.Length + ".p/".Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>What a tree needs of this file, cut from its content or from the full one that has taken its place: both begin with the same bytes.</summary>
    /// <param name="content">Content of <see cref="Path"/> or <see cref="Full"/>.</param>
    /// <param name="size">Size of the tree.</param>
    /// <returns>Null when the content is cut short.</returns>
    public byte[]? Take(byte[] content, long size)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (IsRecords)
            return EndOfLine(content, Math.Min(End, size) - First) is { } end ? content[..end] : null;
        var length = Width * MerkleHash.Bytes;
        if (Full.StartsWith("tile/entries/", StringComparison.Ordinal) && LogReader.SplitBundle(content, Width, out length).Count < Width)
            return null;
        return length <= content.Length ? content[..length] : null;
    }

    /// <summary>Bytes of the first lines of a records file.</summary>
    /// <param name="content">Its content.</param>
    /// <param name="lines">How many.</param>
    /// <returns>Null when there are fewer.</returns>
    public static int? EndOfLine(byte[] content, long lines)
    {
        ArgumentNullException.ThrowIfNull(content);
        var end = 0;
        for (; lines > 0; lines--)
        {
            if (Array.IndexOf(content, (byte)'\n', end) is not (>= 0 and var at))
                return null;
            end = at + 1;
        }

        return end;
    }

    private static LogFileName Records(long bundle) => new(LogPaths.Records(bundle), LogPaths.Records(bundle), bundle * LogPaths.Width, (bundle + 1) * LogPaths.Width);

    private static IEnumerable<LogFileName> Tiles(int level, long from, long to, Func<long, string> name)
    {
        for (var index = (from >> (8 * level)) / LogPaths.Width; LogPaths.WidthAt(to, level, index) is > 0 and var width; index++)
        {
            var first = index * LogPaths.Width;
            yield return new LogFileName(LogPaths.AtWidth(name(index), width), name(index), first << (8 * level), (first + width) << (8 * level));
        }
    }
}
