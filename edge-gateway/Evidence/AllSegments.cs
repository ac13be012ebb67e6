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

    /// <summary>Checks those listed and those on record, in the order of their keys; <paramref name="progress"/> is told their number.</summary>
    /// <remarks>Afterwards <see cref="NewerLog.Signed"/> is no older than any receipt that was read.</remarks>
    public List<CheckedSegment> Check(IReadOnlySet<SegmentKey> listed, IProgress<int>? progress)
    {
        CheckEach(listed.Union(log.Segments.Keys), progress);
        var began = TimeProvider.System.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            // After the receipts were read: no true one is of a newer state.
            var records = newer.Advance();
            var amiss = done.Values.Where(IsAmiss).Select(static segment => segment.Key).ToList();
            var isOver = TimeProvider.System.GetElapsedTime(began) > BatchMax || (records.Count == 0 && !IsUnderWay(amiss));
            if (isOver || (amiss.Count == 0 && !isFirst))
                return [.. done.Values.OrderBy(static segment => segment.Key)];
            if (records.Count == 0)
                Task.Delay(PollEvery).Wait();
            foreach (var record in records)
                log.Take(record);
            if (records.Count > 0)
                CheckEach(amiss.Concat(log.Segments.Keys.Where(key => !done.ContainsKey(key))).ToList(), progress);
        }
    }

    private void CheckEach(IEnumerable<SegmentKey> keys, IProgress<int>? progress)
    {
        var check = new SegmentCheck(folder, log, newer.Size, signatures, options, dues);
        Parallel.ForEach(keys, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) }, key =>
        {
            done[key] = check.Check(key);
            progress?.Report(done.Count);
        });
    }

    private static bool IsAmiss(CheckedSegment segment) => segment.Findings.Exists(static finding => finding.Severity == FindingSeverity.Error || finding.Code == "receipt_missing");

    // Without a record, where a gateway is at work: its catalog is open, or its log grew.
    private bool IsUnderWay(List<SegmentKey> amiss) => amiss.Exists(key => log.Of(key) is null) && (newer.HasGrown || File.Exists(folder.At("catalog.db-wal")));
}
