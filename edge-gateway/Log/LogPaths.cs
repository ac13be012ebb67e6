using System.Globalization;

namespace BodyCam.Log;

/// <summary>Names of the log's files below its folder, with '/' between parts (C2SP tlog-tiles).</summary>
internal static class LogPaths
{
    /// <summary>Hashes in a full tile, entries in a full bundle, lines in a full records file.</summary>
    public const int Width = 256;

    /// <summary>Levels 0..7 hold 2^64 leaves, more than a sequence can count.</summary>
    public const int LevelsMax = 8;

    public const string Checkpoint = "checkpoint";
    public const string Lock = "lock";
    public const string Temporary = "tmp";

    public static string Records(long bundle) => $"records/{Index(bundle)}.jsonl";

    public static string Entries(long bundle) => $"tile/entries/{Index(bundle)}";

    public static string Tile(int level, long index) => string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{Index(index)}");

    /// <summary>Folder of the partial versions of a full tile or bundle.</summary>
    public static string PartialFolder(string full) => full + ".p";

    public static string Partial(string full, int width) => string.Create(CultureInfo.InvariantCulture, $"{full}.p/{width}");

    /// <summary>The stored name for a tile that holds <paramref name="width"/> of 256.</summary>
    public static string AtWidth(string full, int width) => width == Width ? full : Partial(full, width);

    /// <summary>How many hashes the tile holds in a tree of a size; 0 if the tree does not reach it.</summary>
    public static int WidthAt(long treeSize, int level, long index) =>
        (int)Math.Clamp((treeSize >> (8 * level)) - (index * Width), 0, Width);

    /// <summary>Reads the name of a tile, a bundle or a records file back; only canonical names are accepted.</summary>
    /// <param name="path">The name, relative to the log's folder.</param>
    /// <param name="level">Level of the tile; 0 for bundles and records, which are as wide as level 0.</param>
    /// <param name="index">Index of the tile or bundle within its level.</param>
    /// <param name="width">How many the file holds; for a records file 1, because an unfinished one has the same name.</param>
    public static bool TryParse(string path, out int level, out long index, out int width)
    {
        (level, index, width) = (0, 0, Width);
        var parts = path.Split('/');
        if (parts[0] == "records" && path.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            width = 1;
            return TryIndex(path["records/".Length..^".jsonl".Length], out index) && path == Records(index);
        }
        if (parts.Length < 3 || parts[0] != "tile")
            return false;
        var rest = path[(parts[0].Length + parts[1].Length + 2)..];
        if (rest.IndexOf(".p/", StringComparison.Ordinal) is var dot and >= 0)
        {
            if (!int.TryParse(rest[(dot + 3)..], NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is 0 or >= Width)
                return false;
            rest = rest[..dot];
        }
        if (!TryIndex(rest, out index))
            return false;
        if (parts[1] == "entries")
            return path == AtWidth(Entries(index), width);
        return int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out level) && level < LevelsMax && path == AtWidth(Tile(level, index), width);
    }

    private static bool TryIndex(string text, out long index) =>
        long.TryParse(text.Replace("/", "", StringComparison.Ordinal).Replace("x", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out index);

    /// <summary>1234067 becomes x001/x234/067.</summary>
    private static string Index(long index)
    {
        var text = (index % 1000).ToString("D3", CultureInfo.InvariantCulture);
        for (index /= 1000; index > 0; index /= 1000)
            text = string.Create(CultureInfo.InvariantCulture, $"x{index % 1000:D3}/{text}");
        return text;
    }
}
