using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Checks a data or archive folder whole: every byte, seal, chain, receipt, record, leaf and checkpoint (DESIGN D7–D9).</summary>
public static class Verifier
{
    /// <summary>Runs the verification; reads only.</summary>
    /// <param name="folder">Data or archive folder (storage format §6).</param>
    /// <param name="options">Anchors and keys from outside it.</param>
    /// <param name="progress">Told the number of segments checked.</param>
    public static VerifyReport Run(string folder, VerifyOptions options, IProgress<int>? progress)
    {
        ArgumentNullException.ThrowIfNull(options);
        var findings = new List<Finding>();
        // Before the log is read: what a running gateway places later has its record in a newer log.
        var data = EvidenceFolder.List(folder);
        var files = new LogFiles(Path.Combine(folder, "log"));
        var reader = new LogReader(Path.Combine(folder, "log"), files);
        var history = HistoryOf(reader, options);
        using var anchors = Anchors.Read(folder, files.Read("checkpoint"), options, history, findings);
        var key = anchors.Key;
        var audit = LogAudit.Run(Path.Combine(folder, "log"), key is null ? null : LogPublicKey.From(key), anchors.Checkpoints, files);
        findings.AddRange(audit.Faults.Select(fault => OfFault(fault, files)));
        // Also where another file stood in for it, or the audit has no need of it: what was not read is not shown.
        findings.AddRange(files.Unread.Where(one => !audit.Faults.Any(fault => fault.Path == one.Path)).Select(static one => new Finding(Unreadable.LogCode, FindingSeverity.Error, null, $"log/{one.Path}".TrimEnd('/'), null, $"log/{one.Path} {one.Reason}.")));
        // Without a checkpoint that can be read, what stands is judged all the same, and nothing counts as signed by it.
        var audited = audit.Signed ?? new SignedCheckpoint(audit.Standing!, []);
        var size = audited.Checkpoint.Size;
        // Nobody vouches for the size of one that is not signed either: a smaller number hides no record, and takes no state back.
        var readTo = audit.Faults.Any(static fault => fault.Kind == LogFaultKind.Signature) ? Math.Max(size, reader.StandingSize()) : (long?)null;
        var log = LogRecords.Read(reader, readTo ?? size, isEndKnown: audit.Standing is null);
        data.ReadKind(log, audited.Checkpoint.Origin is { Length: > 0 } origin ? origin : null, findings);
        NameSegmentsOfFaults(audit, log, findings);

        using var signatures = new GatewaySignatures(key, history);
        var dues = new ArchiveDues(data, log, audit);
        // Beside the segments: it takes one thread and reads other files.
        var comparison = options.CatalogComparison is { } compare ? Task.Run(() => compare(folder)) : null;
        var custody = options.CustodyComparison is { } compareActs ? Task.Run(() => compareActs(folder)) : null;
        var newer = new NewerLog(files, audited, audit.IsSound, anchors);
        var segments = new AllSegments(data, log, newer, signatures, options, dues).Check(data.Segments, progress);
        foreach (var segment in segments.Where(segment => audit.Standing is not null && log.Of(segment.Key) is { } record && record.Sequence >= audit.HeldTo))
            segment.Findings.Add(Causes.Uncovered(segment.Key, log.Of(segment.Key)!.Sequence));
        findings.AddRange(segments.SelectMany(static segment => segment.Findings));
        var states = new StateCheck(data, files, audit with { Signed = newer.Signed }, anchors.Checkpoints, readTo);
        states.Check(segments, findings);
        var stored = segments.Select(static segment => segment.Key).ToHashSet();
        var pending = PendingSegments.Read(data).Where(part => !stored.Contains(part.Key)).ToList();
        findings.AddRange(pending.Select(static part => new Finding("incomplete", FindingSeverity.Warning, part.Key, "parts/" + part.Key.PartPath, null, part.Message)));
        var completeness = ChainCheck.Check(segments, pending, log, findings);
        new AsideCheck(data, log, newer, signatures, options.Keys, dues).Check(findings);
        // After the last one that takes what a running gateway appended.
        RecordCheck.Check(log, findings);
        new SourceCheck(data, log).Check(findings);
        LayoutCheck.Check(data, findings);
        PurgeCheck.Check(data, log, findings);
        BeyondCheck.Check(data, log, signatures, findings);
        foreach (var epoch in log.Epochs.Where(static record => record.Reason != "provisioned"))
            findings.Add(new Finding("new_epoch", FindingSeverity.Warning, null, null, null, $"{epoch.Device} got epoch {epoch.Epoch}: {epoch.Reason}. What epoch {epoch.Epoch - 1} still owes is to be asked for."));
        var notHere = findings.Count(static finding => finding.Code == VerifyReport.NotHereCode);
        if (data.IsArchive)
            findings.Add(OfArchive(notHere));
        if (comparison is not null)
            AddDifferences(comparison, findings);
        if (!data.IsArchive)
            DatabaseCheck.Check(data, findings);
        if (custody is not null)
            CustodyFindings.Add(custody, findings);
        data.NameUnreadable(findings);
        newer.Tell(findings);
        if (audit.BeyondCheckpoint > 0 && !newer.HasGrown)
            findings.Add(new Finding("beyond_checkpoint", FindingSeverity.Warning, null, "log", null, $"The log holds {audit.BeyondCheckpoint} files or lines beyond its checkpoint: a batch that was broken off, or an older checkpoint put back. Compare with a checkpoint kept elsewhere."));

        var failed = findings.Any(static finding => finding.Severity == FindingSeverity.Error);
        var established = (anchors.IsKeyGiven && audit.SignerEstablished) || anchors.VouchForKey;
        // Whoever can write here can also make a database take the room that its copy needs.
        var isPart = notHere > 0 || findings.Exists(static finding => finding.Code == VerifyReport.NotComparedCode);
        var verdict = failed ? VerifyVerdict.Failed : !established ? VerifyVerdict.ConsistentSignerNotEstablished : isPart ? VerifyVerdict.Partial : VerifyVerdict.Verified;
        return new VerifyReport(
            verdict, new Causes(data, log, anchors, audit, history).Mark(findings, segments, states), segments.Count, segments.Sum(static segment => (long)segment.Frames), segments.Sum(static segment => segment.Bytes), size,
            anchors.NewestSize, completeness);
    }

    // Read before anything is checked: it only says which key to check with, and each change is signed by the keys it names, under the log's origin.
    private static KeyHistory HistoryOf(LogReader reader, VerifyOptions options)
    {
        try
        {
            return reader.ReadUnsignedCheckpoint() is { } checkpoint ? KeyHistory.Read(reader, checkpoint) : HistoryOfStanding(reader, options);
        }
        catch (Exception torn) when (torn is IOException or InvalidDataException or InvalidOperationException or ArgumentException or FormatException or System.Text.Json.JsonException)
        {
            return new KeyHistory([]); // the audit names what is wrong with the log
        }
    }

    // The origin stands only in the checkpoint: an anchor names it too, and it is made of the first key's id (log-format.md §10).
    private static KeyHistory HistoryOfStanding(LogReader reader, VerifyOptions options)
    {
        var size = reader.StandingSize();
        var first = reader.ReadStandingRecords(size).FirstOrDefault(static record => record is { Type: KeyChange.Type, Utf8Json: not null });
        var origins = options.Checkpoints.Concat(options.CheckpointsInside).Select(static note => CheckpointNote.Parse(note)?.Origin).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (first is not null)
        {
            using var change = System.Text.Json.JsonDocument.Parse(first.Utf8Json);
            origins.Add("bodycam/gateway/" + change.RootElement.Text("oldKeyId"));
        }

        return origins.Select(origin => KeyHistory.Read(reader, new Checkpoint(origin, size, []))).FirstOrDefault(static history => history.Changes.Count > 0) ?? new KeyHistory([]);
    }

    private static Finding OfFault(LogFault fault, LogFiles files)
    {
        var where = $"log/{fault.Path}";
        return fault.Kind == LogFaultKind.Missing && files.ReasonOf(fault.Path) is { } reason
            ? new Finding(Unreadable.LogCode, FindingSeverity.Error, null, where, fault.Sequence, $"{where} {reason}.")
            : new Finding("log_" + fault.Kind.ToString().ToLowerInvariant(), FindingSeverity.Error, null, where, fault.Sequence, $"{where}{(fault.Sequence is { } at ? string.Create(CultureInfo.InvariantCulture, $", record {at}") : "")}: {fault.What}");
    }

    // Where the files of a segment are what is wrong, the catalog is only the witness.
    private static void AddDifferences(Task<IReadOnlyList<StoreDifference>> comparison, List<Finding> findings)
    {
        IReadOnlyList<StoreDifference> differences;
        try
        {
            differences = comparison.GetAwaiter().GetResult();
        }
        catch (UnauthorizedAccessException) when (findings.Exists(static finding => finding.Code == Unreadable.LogCode))
        {
            findings.Add(new Finding("catalog_differs", FindingSeverity.Error, null, "log", null, "catalog.db was not compared: the log cannot be read. Mend that first, and verify again."));
            return;
        }
        catch (UnauthorizedAccessException refused)
        {
            findings.Add(new Finding(Unreadable.Code, FindingSeverity.Error, null, "catalog.db", null, $"catalog.db was not compared ({refused.Message.TrimEnd('.')}): it, or a file it is compared with, cannot be read by this user. Run this as the gateway's user."));
            return;
        }

        var spoilt = findings.Where(static finding => finding is { Severity: FindingSeverity.Error, Segment: not null, Path: not null } && finding.Code != "not_in_log" && !finding.Code.EndsWith("_signature", StringComparison.Ordinal)).Select(static finding => finding.Segment!.Value).ToHashSet();
        foreach (var difference in differences)
        {
            if (difference.Kind == DifferenceKind.NotCompared)
            {
                findings.Add(CustodyFindings.NotCompared("catalog.db", difference));
                continue;
            }

            var segment = difference.Segment is { } key && spoilt.Contains(key) ? key : (SegmentKey?)null;
            findings.Add(new Finding("catalog_differs", FindingSeverity.Error, segment, "catalog.db", null, $"The catalog differs from what files and log give: {difference.What}.{(segment is null ? "" : " Mend the files of this segment first.")}") { Difference = difference.Kind });
        }
    }

    // A fault in a record or leaf that belongs to a segment is told with the segment's name.
    private static void NameSegmentsOfFaults(LogAuditReport audit, LogRecords log, List<Finding> findings)
    {
        var bySequence = log.Segments.Values.SelectMany(static records => records).ToDictionary(static record => record.Sequence);
        foreach (var sequence in audit.Faults.SelectMany(static fault => fault.Leaves).Distinct())
        {
            if (bySequence.TryGetValue(sequence, out var record))
                findings.Add(new Finding("record_damaged", FindingSeverity.Error, record.Key, null, sequence, $"{record.Key}: its record in the log is damaged."));
        }
    }

    private static Finding OfArchive(int due) => due == 0
        ? new Finding("archive_folder", FindingSeverity.Note, null, "archive.json", null, "This folder says that it is an archive.")
        : new Finding("archive_folder", FindingSeverity.Warning, null, "archive.json", null, $"This folder says that it is an archive: {due} segments, orphaned tails or linked sources of the log are not yet in it, and nothing here shows that they exist. Verify the gateway's data folder for them.");
}
