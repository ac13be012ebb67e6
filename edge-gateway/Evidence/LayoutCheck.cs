using System.Globalization;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Names what lies under <c>segments/</c> and has no place there, and what an archive kept of another log (storage format §6): nothing else is read of it, and no record speaks of it.</summary>
internal static class LayoutCheck
{
    private const int NamedMax = 100;

    private static readonly string[] endings = [".mkv", ".seal", ".receipt", ".purged"];

    /// <summary>True for the one path that a file of this segment has, with one of its endings.</summary>
    public static bool IsOf(string path, SegmentKey key)
    {
        var stem = key.RelativePath;
        return path.StartsWith(stem, StringComparison.Ordinal) && endings.Contains(path[stem.Length..], StringComparer.Ordinal);
    }

    public static void Check(EvidenceFolder folder, List<Finding> findings)
    {
        foreach (var path in folder.Strays.Order(StringComparer.Ordinal).Take(NamedMax))
            findings.Add(new Finding("not_in_layout", FindingSeverity.Warning, null, "segments/" + path, null, $"segments/{path}: no file of a segment has this name, and it was not checked. Find out who put it there; it may be moved elsewhere."));
        if (folder.Strays.Count > NamedMax)
            findings.Add(new Finding("not_in_layout", FindingSeverity.Warning, null, "segments", null, string.Create(CultureInfo.InvariantCulture, $"segments/: {folder.Strays.Count - NamedMax} more files have names that no file of a segment has.")));
        var kept = folder.Files("kept").Order(StringComparer.Ordinal).ToList();
        foreach (var path in kept.Take(NamedMax))
            findings.Add(new Finding("log_kept", FindingSeverity.Warning, null, "kept/" + path, null, $"kept/{path}: records of a log that this one does not continue, kept when the station went on from an older state; receipts may have been given for them, and they were not checked. Compare them with the log; the file may be moved elsewhere and is not to be deleted."));
        if (kept.Count > NamedMax)
            findings.Add(new Finding("log_kept", FindingSeverity.Warning, null, "kept", null, string.Create(CultureInfo.InvariantCulture, $"kept/: {kept.Count - NamedMax} more files of records were kept.")));
    }
}
