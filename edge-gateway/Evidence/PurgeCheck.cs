using System.Globalization;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Records of which only the leaf is left. The leaf proves that there was one, not that it might go: without a purge certificate, which this version has none of, each is an error.</summary>
internal static class PurgeCheck
{
    private const int NamedMax = 1000;

    // Findings about something that ought to have a record and has none.
    private static readonly HashSet<string> unaccounted = new(["not_in_log", "archived_unknown", "aside_unrecorded", "segment_missing", "announced_missing", "recording_missing", "manifest_lacks"], StringComparer.Ordinal);

    /// <summary>Names every purged leaf, and what it may have spoken of by everything else that was found.</summary>
    public static void Check(EvidenceFolder folder, LogRecords log, List<Finding> findings)
    {
        if (log.Purged.Count == 0)
            return;
        var beside = new SortedList<long, SegmentKey>(log.Segments.Values.SelectMany(static records => records).ToDictionary(static record => record.Sequence, static record => record.Key));
        foreach (var (sequence, type) in log.Purged.Take(NamedMax))
            findings.Add(new Finding("record_purged", FindingSeverity.Error, null, "log/records", sequence, string.Create(CultureInfo.InvariantCulture, $"Record {sequence} of the log ({type}) was taken away without a purge certificate{Between(beside, sequence)}. Restore log/records from {(folder.IsArchive ? "the station's data folder" : "the archive")} or a backup.")));
        if (log.Purged.Count > NamedMax)
            findings.Add(new Finding("record_purged", FindingSeverity.Error, null, "log/records", null, string.Create(CultureInfo.InvariantCulture, $"{log.Purged.Count - NamedMax} more records of the log were taken away.")));

        var taken = log.Purged.Where(static leaf => leaf.Type == "segment").Select(static leaf => leaf.Sequence).ToList();
        if (taken.Count == 0)
            return;
        var numbers = string.Join(", ", taken.Take(10).Select(static sequence => sequence.ToString(CultureInfo.InvariantCulture))) + (taken.Count > 10 ? ", …" : "");
        foreach (var key in findings.Where(static finding => unaccounted.Contains(finding.Code)).Select(static finding => finding.Segment).OfType<SegmentKey>().Distinct().Order().Take(NamedMax).ToList())
        {
            var name = key.Segment == 0 ? $"{key.Device} epoch {key.Epoch} recording {key.Recording}" : key.ToString();
            findings.Add(new Finding("record_taken", FindingSeverity.Error, key, "log/records", null, $"{name}: no record speaks of it; it may be what {(taken.Count == 1 ? "the record" : "one of the records")} said that {(taken.Count == 1 ? "was" : "were")} taken away ({numbers})."));
        }
    }

    private static string Between(SortedList<long, SegmentKey> beside, long sequence)
    {
        // First index above the sequence: its own record is gone.
        var (low, high) = (0, beside.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (beside.Keys[middle] < sequence)
                low = middle + 1;
            else
                high = middle;
        }

        var before = low > 0 ? $"after the one of {beside.Values[low - 1]}" : "";
        var after = low < beside.Count ? $"before the one of {beside.Values[low]}" : "";
        var both = before.Length > 0 && after.Length > 0 ? " and " : "";
        return before.Length + after.Length > 0 ? $"; it came {before}{both}{after}" : "";
    }
}
