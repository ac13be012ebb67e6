using System.Globalization;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Names what lies under <c>segments/</c>, <c>damaged/</c> or <c>orphans/</c> and has no place there, and what an archive kept of another log (storage format §6): no record speaks of it.</summary>
internal static class LayoutCheck
{
    private const int NamedMax = 100;

    // Hex digits of a SHA-256 in the name of a second tail.
    private const int DigestStart = 16;

    private static readonly string[] endings = [".mkv", ".seal", ".receipt", ".purged"];

    private static readonly string[] tailEndings = [".mkv", ".chunks", ".purged"];

    /// <summary>True for the one path that a file of this segment has, with one of its endings.</summary>
    public static bool IsOf(string path, SegmentKey key)
    {
        var stem = key.RelativePath;
        return path.StartsWith(stem, StringComparison.Ordinal) && endings.Contains(path[stem.Length..], StringComparer.Ordinal);
    }

    /// <summary>The same of a file under <c>damaged/</c>.</summary>
    public static bool IsOfDamaged(string path, SegmentKey key) => IsOf(path, key) || path == key.RelativePath + ".chunks";

    /// <summary>The same of a file under <c>orphans/</c>.</summary>
    /// <param name="path">From there.</param>
    /// <param name="key">The segment.</param>
    /// <param name="sha256">Of the tails of it that the log knows: a second one has the start of it in its names.</param>
    public static bool IsOfTail(string path, SegmentKey key, IEnumerable<string> sha256)
    {
        var stem = key.RelativePath;
        return path == stem + ".seal" || sha256.Select(digest => $"{stem}.{digest[..Math.Min(digest.Length, DigestStart)]}").Prepend(stem).Any(name => path.StartsWith(name, StringComparison.Ordinal) && tailEndings.Contains(path[name.Length..], StringComparer.Ordinal));
    }

    public static void Check(EvidenceFolder folder, List<Finding> findings)
    {
        foreach (var strays in folder.Strays.GroupBy(static path => path[..path.IndexOf('/', StringComparison.Ordinal)]).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            foreach (var path in strays.Order(StringComparer.Ordinal).Take(NamedMax))
                findings.Add(new Finding("not_in_layout", FindingSeverity.Warning, null, path, null, $"{path}: no file {Owner(strays.Key)} has this name, and it was not checked. Find out {(strays.Key == "segments" ? "who put it there" : "who put it there, or what work was broken off")}; it may be moved elsewhere."));
            if (strays.Count() > NamedMax)
                findings.Add(new Finding("not_in_layout", FindingSeverity.Warning, null, strays.Key, null, string.Create(CultureInfo.InvariantCulture, $"{strays.Key}/: {strays.Count() - NamedMax} more files have names that no file {Owner(strays.Key)} has. Move those that are named elsewhere, and verify again.")));
        }
        var kept = folder.Files("kept").Order(StringComparer.Ordinal).ToList();
        foreach (var path in kept.Take(NamedMax))
            findings.Add(new Finding("log_kept", FindingSeverity.Warning, null, "kept/" + path, null, $"kept/{path}: records of a log that this one does not continue, kept when the station went on from an older state; receipts may have been given for them, and they were not checked. Compare them with the log; the file may be moved elsewhere and is not to be deleted."));
        if (kept.Count > NamedMax)
            findings.Add(new Finding("log_kept", FindingSeverity.Warning, null, "kept", null, string.Create(CultureInfo.InvariantCulture, $"kept/: {kept.Count - NamedMax} more files of records were kept.")));
    }

    private static string Owner(string folder) => folder == "segments" ? "of a segment" : "of what the log knows";
}
