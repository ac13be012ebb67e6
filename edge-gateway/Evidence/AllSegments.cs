using System.Collections.Concurrent;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Checks the files of all segments, on several threads, and what does not fit once more against what the log got meanwhile: a gateway places a segment before its record, and its receipt after.</summary>
internal sealed class AllSegments(EvidenceFolder folder, LogRecords log, NewerLog newer, GatewaySignatures signatures, VerifyOptions options, ArchiveDues dues)
{
    // A batch that the disk holds up has its record within that time.
    private static readonly TimeSpan BatchMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<SegmentKey, CheckedSegment> done = new();
    private readonly ConcurrentDictionary<SegmentKey, (int Stored, int Archived, long Purge)> said = new();

    /// <summary>Checks those listed and those on record, in the order of their keys; <paramref name="progress"/> is told their number.</summary>
    /// <remarks>Afterwards <see cref="NewerLog.Signed"/> is no older than any receipt that was read, and all records up to it are taken: one of a segment that came last may be among them without the segment.</remarks>
    public List<CheckedSegment> Check(IReadOnlySet<SegmentKey> listed, IProgress<int>? progress)
    {
        CheckEach(listed.Union(log.Segments.Keys), progress);
        var began = options.Time.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            // After the receipts were read: no true one is of a newer state.
            var hasRecords = newer.Advance(log);
            var amiss = done.Values.Where(IsAmiss).Select(static segment => segment.Key).ToList();
            var isOver = !isFirst && options.Time.GetElapsedTime(began) > BatchMax;
            if (!hasRecords)
            {
                if (isOver || !IsUnderWay(amiss))
                    return Ordered();
                Task.Delay(PollEvery).Wait();
                continue;
            }

            // The bound ends the waiting, and no answer to what the log says since: of each segment it says something new only so often.
            var again = isOver ? amiss.Where(key => said[key] != Said(key)) : amiss;
            var keys = again.Concat(isFirst || (!isOver && amiss.Count > 0) ? log.Segments.Keys.Where(key => !done.ContainsKey(key)) : []).ToList();
            if (keys.Count == 0)
                return Ordered();
            CheckEach(keys, progress);
        }
    }

    private List<CheckedSegment> Ordered() => [.. done.Values.OrderBy(static segment => segment.Key)];

    private void CheckEach(IEnumerable<SegmentKey> keys, IProgress<int>? progress)
    {
        var check = new SegmentCheck(folder, log, newer.Size, signatures, options, dues);
        Parallel.ForEach(keys, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) }, key =>
        {
            said[key] = Said(key);
            done[key] = check.Check(key);
            progress?.Report(done.Count);
        });
    }

    // Numbers of the records by which a segment is judged.
    private (int Stored, int Archived, long Purge) Said(SegmentKey key) =>
        (log.Segments.GetValueOrDefault(key)?.Count ?? 0, log.Archived.GetValueOrDefault(key)?.Count ?? 0, log.Purges.GetValueOrDefault(key)?.Sequence ?? -1);

    private static bool IsAmiss(CheckedSegment segment) => segment.Findings.Exists(static finding => finding.Severity == FindingSeverity.Error || finding.Code == ReceiptCheck.MissingCode);

    // Without a record, where a gateway is at work: its catalog is open, or its log grew.
    private bool IsUnderWay(List<SegmentKey> amiss) => amiss.Exists(key => log.Of(key) is null) && (newer.HasGrown || File.Exists(folder.At("catalog.db-wal")));
}
