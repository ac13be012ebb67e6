using System.Globalization;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>What the records of one log may not say beside each other: two things of one segment, one recording or one epoch.</summary>
internal static class RecordCheck
{
    public static void Check(LogRecords log, List<Finding> findings)
    {
        foreach (var (sequence, type) in log.Unreadable)
            findings.Add(new Finding("record_unreadable", FindingSeverity.Error, null, "log/records", sequence, string.Create(CultureInfo.InvariantCulture, $"Record {sequence} of the log ({type}) does not say what such a record says. Compare with an older copy of the log.")));
        foreach (var (key, records) in log.Segments)
            Compare(key, "segment", [.. records.Select(static record => (record.Sequence, $"{record.SealDigest} {record.Sha256} {record.Bytes} {record.State}"))], findings);
        foreach (var (key, records) in log.Announced)
            Compare(key, "announced", [.. records.Select(static record => (record.Sequence, record.Activity.ToString(CultureInfo.InvariantCulture)))], findings);
        foreach (var (key, records) in log.Archived)
        {
            Compare(key, "archived", [.. records.Where(static record => !record.IsOfOrphan).Select(static record => (record.Sequence, record.SealDigest))], findings);
            foreach (var record in records)
                CheckArchived(record, log, findings);
        }

        foreach (var purge in log.Purges.Values.Where(purge => log.Of(purge.Key) is null))
            findings.Add(new Finding("purge_unknown", FindingSeverity.Error, purge.Key, "log/records", purge.Sequence, string.Create(CultureInfo.InvariantCulture, $"{purge.Key}: record {purge.Sequence} of the log certifies a purge of what no record says was ever stored. Compare with an older copy of the log.")));
        foreach (var epoch in log.Epochs.GroupBy(static record => (record.Device, record.Epoch)).Where(static group => group.Count() > 1))
            findings.Add(new Finding("epoch_twice", FindingSeverity.Error, null, "log/records", epoch.Last().Sequence, $"{epoch.Key.Device} got epoch {epoch.Key.Epoch} more than once: records {Names(epoch.Select(static record => record.Sequence))} of the log. Numbers of this epoch are not unique; find out which recorders hold it."));
    }

    // What a record says is one text for each; the first stands.
    private static void Compare(SegmentKey key, string type, List<(long Sequence, string Says)> records, List<Finding> findings)
    {
        var name = key.Segment == 0 ? $"{key.Device} epoch {key.Epoch} recording {key.Recording}" : key.ToString();
        foreach (var (sequence, says) in records.Skip(1))
        {
            var both = Names([records[0].Sequence, sequence]);
            findings.Add(string.Equals(says, records[0].Says, StringComparison.Ordinal)
                ? new Finding("record_repeated", FindingSeverity.Note, key, "log/records", sequence, $"{name}: records {both} of the log ({type}) say the same.")
                : new Finding("record_contradicts", FindingSeverity.Error, key, "log/records", sequence, $"{name}: records {both} of the log ({type}) contradict one another. The first one is held against the files. Find out who had the gateway's key when the other came."));
        }
    }

    private static void CheckArchived(ArchivedRecord record, LogRecords log, List<Finding> findings)
    {
        if (record.IsOfOrphan)
        {
            if (!log.Orphans.Exists(orphan => orphan.Key == record.Key && string.Equals(orphan.Sha256, record.Sha256, StringComparison.Ordinal)))
                findings.Add(Unknown(record, "an orphaned tail"));
        }
        else if (log.Of(record.Key) is not { } segment)
        {
            findings.Add(Unknown(record, "a segment"));
        }
        else if (!string.Equals(segment.SealDigest, record.SealDigest, StringComparison.Ordinal))
        {
            findings.Add(new Finding("record_contradicts", FindingSeverity.Error, record.Key, "log/records", record.Sequence, $"{record.Key}: records {Names([segment.Sequence, record.Sequence])} of the log contradict one another: what was archived has another seal digest than what was stored."));
        }
    }

    private static Finding Unknown(ArchivedRecord record, string what) => new(
        "archived_unknown", FindingSeverity.Error, record.Key, "log/records", record.Sequence, string.Create(CultureInfo.InvariantCulture, $"{record.Key}: record {record.Sequence} of the log says that {what} was archived of which no record speaks. Compare with an older copy of the log."));

    private static string Names(IEnumerable<long> sequences) => string.Join(" and ", sequences.Select(static sequence => sequence.ToString(CultureInfo.InvariantCulture)));
}
