using System.Collections.Concurrent;
using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Checks a data or archive folder whole: every byte, seal, chain, receipt, record, leaf and checkpoint (DESIGN D7–D9).</summary>
public static class Verifier
{
    private static readonly string[] asides = ["orphans", "conflicts"];

    /// <summary>Runs the verification; reads only.</summary>
    /// <param name="folder">Data or archive folder (storage format §6).</param>
    /// <param name="options">Anchors and keys from outside it.</param>
    /// <param name="progress">Told the number of segments checked.</param>
    public static VerifyReport Run(string folder, VerifyOptions options, IProgress<int>? progress)
    {
        ArgumentNullException.ThrowIfNull(options);
        var findings = new List<Finding>();
        using var anchors = Anchors.Read(folder, options, findings);
        var key = anchors.Key;
        var audit = LogAudit.Run(Path.Combine(folder, "log"), key is null ? null : LogPublicKey.From(key), anchors.Checkpoints);
        foreach (var fault in audit.Faults)
            findings.Add(new Finding("log_" + fault.Kind.ToString().ToLowerInvariant(), FindingSeverity.Error, null, "log/" + fault.Path, fault.Sequence, $"log/{fault.Path}{(fault.Sequence is { } at ? string.Create(CultureInfo.InvariantCulture, $", record {at}") : "")}: {fault.What}"));
        var size = audit.Signed?.Checkpoint.Size ?? 0;
        var reader = new LogReader(Path.Combine(folder, "log"));
        var log = LogRecords.Read(reader, size);
        NameSegmentsOfFaults(audit, log, findings);

        var keys = ListSegments(folder).Union(log.Segments.Keys).Order().ToList();
        var check = new SegmentCheck(folder, key, options.Keys);
        var checkedSegments = new ConcurrentBag<CheckedSegment>();
        var done = 0;
        Parallel.ForEach(keys, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) }, segment =>
        {
            checkedSegments.Add(check.Check(segment, log.Segments.GetValueOrDefault(segment)));
            progress?.Report(Interlocked.Increment(ref done));
        });
        var segments = checkedSegments.OrderBy(static segment => segment.Key).ToList();
        findings.AddRange(segments.SelectMany(static segment => segment.Findings));
        CheckStates(segments, reader, size, audit.Signed?.Checkpoint.Root, findings);
        var stored = segments.Select(static segment => segment.Key).ToHashSet();
        var pending = PendingSegments.Read(folder).Where(part => !stored.Contains(part.Key)).ToList();
        findings.AddRange(pending.Select(static part => new Finding("incomplete", FindingSeverity.Warning, part.Key, "parts/" + part.Key.PartPath, null, part.Message)));
        var completeness = ChainCheck.Check(segments, pending, log, findings);
        ListAsides(folder, log, findings);
        if (options.CatalogComparison is { } compare)
            findings.AddRange(compare(folder).Select(static difference => new Finding("catalog_differs", FindingSeverity.Error, null, "catalog.db", null, $"The catalog differs from what files and log give: {difference}. Remove catalog.db; the gateway makes it anew.")));
        if (audit.BeyondCheckpoint > 0)
            findings.Add(new Finding("beyond_checkpoint", FindingSeverity.Warning, null, "log", null, $"The log holds {audit.BeyondCheckpoint} files or lines beyond its checkpoint: a batch that was broken off, or an older checkpoint put back. Compare with a checkpoint kept elsewhere."));

        var failed = findings.Any(static finding => finding.Severity == FindingSeverity.Error);
        var established = (anchors.IsKeyGiven && audit.SignerEstablished) || anchors.VouchForKey;
        var verdict = failed ? VerifyVerdict.Failed : established ? VerifyVerdict.Verified : VerifyVerdict.ConsistentSignerNotEstablished;
        return new VerifyReport(
            verdict, [.. findings.OrderByDescending(static finding => finding.Severity)], segments.Count, segments.Sum(static segment => (long)segment.Frames), segments.Sum(static segment => segment.Bytes), size,
            anchors.NewestSize, completeness);
    }

    // A fault in a record or leaf that belongs to a segment is told with the segment's name.
    private static void NameSegmentsOfFaults(LogAuditReport audit, LogRecords log, List<Finding> findings)
    {
        var bySequence = log.Segments.Values.ToDictionary(static record => record.Sequence);
        foreach (var sequence in audit.Faults.Where(static fault => fault.Sequence is not null).Select(static fault => fault.Sequence!.Value).Distinct())
        {
            if (bySequence.TryGetValue(sequence, out var record))
                findings.Add(new Finding("record_damaged", FindingSeverity.Error, record.Key, null, sequence, $"{record.Key}: its record in the log is damaged."));
        }
    }

    // What a seal or a receipt says the log once was must be one of its states: a log that was built anew has other ones.
    private static void CheckStates(List<CheckedSegment> segments, LogReader reader, long size, byte[]? root, List<Finding> findings)
    {
        var roots = new Dictionary<ulong, byte[]?>();
        byte[]? RootAt(ulong at)
        {
            if (!roots.TryGetValue(at, out var known))
            {
                try
                {
                    known = at > (ulong)size ? null : at == (ulong)size ? root : reader.RootAt((long)at);
                }
                catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
                {
                    known = null; // a tile is missing or torn: the audit names it
                }

                roots[at] = known;
            }

            return known;
        }

        foreach (var segment in segments)
        {
            if (segment.Seal is { CheckpointSize: > 0 } seal && !(RootAt(seal.CheckpointSize) is { } sealed_ && sealed_.AsSpan().SequenceEqual(seal.CheckpointRoot)))
                findings.Add(new Finding("seal_checkpoint", FindingSeverity.Error, segment.Key, null, null, $"{segment.Key}: the recorder had seen a checkpoint of {seal.CheckpointSize} leaves that this log never had: the log was cut or built anew."));
            if (segment.Receipt is { } receipt && !(RootAt(receipt.CheckpointSize) is { } received && received.AsSpan().SequenceEqual(receipt.CheckpointRoot.Span)))
                findings.Add(new Finding("receipt_checkpoint", FindingSeverity.Error, segment.Key, null, null, $"{segment.Key}: its receipt names a checkpoint of {receipt.CheckpointSize} leaves that this log never had: the log was cut or built anew."));
        }
    }

    private static void ListAsides(string folder, LogRecords log, List<Finding> findings)
    {
        foreach (var name in asides)
        {
            var path = Path.Combine(folder, name);
            var count = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Count() : 0;
            if (count > 0)
                findings.Add(new Finding(name, FindingSeverity.Warning, null, name, null, $"{name}/ holds {count} files: {(name == "orphans" ? "what came of segments whose recorder never came back" : "bytes that contradicted stored ones")}."));
        }

        foreach (var orphan in log.Orphans)
            findings.Add(new Finding("orphan", FindingSeverity.Warning, orphan, null, null, $"{orphan}: an orphaned tail, without the recorder's seal."));
        if (log.ConflictCount > 0)
            findings.Add(new Finding("conflict", FindingSeverity.Warning, null, "conflicts", null, $"{log.ConflictCount} conflicts are on record: other bytes came for stored places. Find out which card or recorder sent them."));
        foreach (var (device, epoch, reason) in log.Epochs.Where(static row => row.Reason != "provisioned"))
            findings.Add(new Finding("new_epoch", FindingSeverity.Warning, null, null, null, $"{device} got epoch {epoch}: {reason}. What epoch {epoch - 1} still owes is to be asked for."));
    }

    private static List<SegmentKey> ListSegments(string folder)
    {
        var root = Path.Combine(folder, "segments");
        var keys = new HashSet<SegmentKey>();
        if (!Directory.Exists(root))
            return [];
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            if (SegmentKey.TryParsePath(Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'), out var key))
                keys.Add(key);
        }

        return [.. keys];
    }
}
