using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Finds the one thing that many findings follow from, a key that is not the signer's or a log that is not whole, and marks them.</summary>
/// <remarks>A finding that is marked may still have a reason of its own: that shows when the cause is mended and the folder verified again.</remarks>
/// <param name="folder">The folder.</param>
/// <param name="log">What the log's records say.</param>
/// <param name="anchors">What was given from outside.</param>
/// <param name="audit">What the audit of the log found.</param>
/// <param name="history">Key changes of the log.</param>
internal sealed class Causes(EvidenceFolder folder, LogRecords log, Anchors anchors, LogAuditReport audit, KeyHistory history)
{
    private const int UnreadNamedMax = 10;

    private const string CheckpointPath = "log/checkpoint";

    // What rests on a signature of the gateway.
    private static readonly HashSet<string> ofKey = new(["log_signature", "record_signature", "receipt_signature", "purge_signature"], StringComparer.Ordinal);

    // What rests on the log's records, or on the states that it had.
    private static readonly HashSet<string> ofLog = new(
        ["log_missing", Unreadable.LogCode, "log_damaged", "log_checkpoint", "log_signature", "log_anchor", "log_cut", "not_in_log", "seal_checkpoint", "receipt_checkpoint", "receipt_state", "archived_unknown", "purge_unknown", "record_unreadable", "aside_unrecorded", "source_unnamed", "log_behind", "catalog_differs", CustodyFindings.Code],
        StringComparer.Ordinal);

    // One file of the log says nothing about segments of which it does not speak: what is wrong with those stands for itself.
    private static readonly HashSet<string> ofOneFile = new(["log_missing", Unreadable.LogCode, "log_damaged", "catalog_differs", CustodyFindings.Code, "checkpoint_unchecked"], StringComparer.Ordinal);

    /// <summary>What is said of a segment whose record stands in a log without a checkpoint.</summary>
    public static Finding Uncovered(SegmentKey key, long sequence) =>
        new("not_in_log", FindingSeverity.Error, key, CheckpointPath, sequence, string.Create(CultureInfo.InvariantCulture, $"{key}: its record ({sequence}) stands, and no checkpoint that can be read covers it."));

    /// <summary>Puts causes first, with what to do, and marks what follows from them.</summary>
    /// <returns>All findings: causes, then by severity.</returns>
    public IReadOnlyList<Finding> Mark(List<Finding> findings, IReadOnlyList<CheckedSegment> segments, StateCheck states)
    {
        if (KeyCause(findings) is { } key)
            Follow(findings, key, finding => ofKey.Contains(finding.Code));
        if (LogCause(findings) is { } cause)
        {
            var lost = new LostRecords(log, segments, states.Proven);
            var isTextAlone = cause.Code == "log_signature" && states.IsTextAlone;
            Follow(findings, cause, IsWholeLogAtFault(cause, findings) ? static finding => ofLog.Contains(finding.Code) : finding => IsOfOneFile(finding) || lost.Explain(finding) || (isTextAlone && IsOfText(finding)) || (audit.Standing is not null && (IsOfUnsigned(finding) || IsOfFormerKey(finding))));
        }
        else
        {
            if (CatalogCause(findings) is { } catalog)
                Follow(findings, catalog, static finding => finding is { Code: "catalog_differs", Segment: null });
            if (CustodyCause(findings) is { } custody)
                Follow(findings, custody, static finding => finding.Code == CustodyFindings.Code);
        }

        if (RightsCause(findings) is { } rights)
            Follow(findings, rights, IsOfRights);
        FollowReceipts(findings);
        return [.. findings.OrderByDescending(static finding => finding.IsCause).ThenByDescending(static finding => finding.Severity)];
    }

    private static bool IsOfRights(Finding finding) => finding.Code == Unreadable.Code && finding.Message.Contains(Unreadable.ByUser, StringComparison.Ordinal);

    // Run as somebody who may read nothing here, every file would say the same; a few are named each.
    private static Finding? RightsCause(List<Finding> findings)
    {
        if (findings.Count(static finding => IsOfRights(finding) && !finding.IsCause && finding.FollowsFrom is null) <= UnreadNamedMax)
            return null;
        var at = findings.FindIndex(static finding => IsOfRights(finding) && finding.IsCause);
        return at >= 0 ? findings[at] : Named(findings, findings.FindIndex(static finding => IsOfRights(finding) && finding.FollowsFrom is null), "");
    }

    private static void Follow(List<Finding> findings, Finding cause, Func<Finding, bool> follows)
    {
        for (var index = 0; index < findings.Count; index++)
        {
            if (!findings[index].IsCause && findings[index].FollowsFrom is null && follows(findings[index]))
                findings[index] = findings[index] with { FollowsFrom = cause.Code };
        }
    }

    // The gateway writes a receipt again for what stands whole, and for nothing else.
    private static void FollowReceipts(List<Finding> findings)
    {
        var causes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < findings.Count; index++)
        {
            // Of both, the original.
            if (findings[index] is { Code: "file_missing", Segment: not null, FollowsFrom: null, Path: { } path } && (path.EndsWith(".mkv", StringComparison.Ordinal) || !causes.ContainsKey(Path.ChangeExtension(path, null))))
                causes[Path.ChangeExtension(path, null)] = index;
        }

        for (var index = 0; index < findings.Count; index++)
        {
            if (findings[index] is not { Code: ReceiptCheck.MissingCode, FollowsFrom: null, Path: { } path } || !causes.TryGetValue(Path.ChangeExtension(path, null), out var at))
                continue;
            findings[index] = findings[index] with { FollowsFrom = findings[at].Code };
            findings[at] = findings[at] with { IsCause = true };
        }
    }

    // Another key was given, the folder's own is gone, or it is not the one that signed.
    private Finding? KeyCause(List<Finding> findings)
    {
        var at = findings.FindIndex(static finding => finding.Code == "key_differs");
        if (at >= 0 && anchors.IsSigner(audit.Signed))
        {
            findings[at] = findings[at] with { Message = $"{findings[at].Message} That one signed the folder: put it in the place of gateway.pem." };
            return null;
        }

        if (at >= 0)
            return Named(findings, at, "The folder was signed by another key. Give this station's own gateway.pem as it was kept elsewhere with --gateway-key (after a lost key the one from after it); if that is the one given, somebody else signed this folder, and nothing in it is proved.");
        at = anchors.Key is null ? findings.FindIndex(static finding => finding is { Code: "file_missing" or Unreadable.Code, Path: "gateway.pem" }) : -1;
        if (at >= 0)
            return Named(findings, at, "");
        at = findings.FindIndex(static finding => finding.Code == "log_signature");
        return at < 0 || !AreRecordsOfAnotherKey(findings) ? null : Named(findings, at, "Neither is any record. Put this station's own gateway.pem in its place as it was kept elsewhere, or give it with --gateway-key; if it is that one, somebody else signed this folder, and nothing in it is proved.");
    }

    // One record that still holds under the key shows that not the key is wrong but the checkpoint.
    private bool AreRecordsOfAnotherKey(List<Finding> findings)
    {
        var from = history.Changes.Select(static change => change.Sequence).DefaultIfEmpty(0).Max();
        var signed = log.Segments.Values.SelectMany(static records => records).Where(record => record.Sequence >= from).Select(static record => record.Key).ToHashSet();
        return signed.Count > 0 && signed.IsSubsetOf(findings.Where(static finding => finding.Code == "record_signature").Select(static finding => finding.Segment!.Value));
    }

    private Finding? LogCause(List<Finding> findings)
    {
        // A checkpoint of another log that was given by mistake says nothing about this one.
        var at = findings.FindIndex(finding => finding is { IsCause: false, FollowsFrom: null, Code: "log_missing" or Unreadable.LogCode or "log_damaged" or "log_checkpoint" or "log_signature" or "log_anchor" or "log_cut" } && !IsOfOtherLog(finding));
        if (at < 0)
            return null;
        // Nothing is to be restored before somebody with the rights has read it.
        if (findings[at].Code == Unreadable.LogCode)
            return Named(findings, at, "");
        var isOfFile = findings[at].Code is "log_damaged" || (findings[at].Code is "log_missing" && audit.Signed is not null);
        var what = isOfFile ? "this file, or log/ whole where it does not fit," : "log/ whole";
        return Named(findings, at, folder.IsArchive ? RemedyInArchive(findings[at].Code, what)
            : IsOfCheckpointAlone(findings[at].Code) ? "Put the newest checkpoint that was kept outside the station, or one from a backup, into log/checkpoint, and verify again. Restore log/ whole from the archive only where there is none or that does not help: keep a copy of the data folder, put no lines of your own behind those of the archive, and go on as operations.md (A log that parted) says. Until then leave catalog.db and custody.db as they are: a log is never made anew."
            : $"Restore {what} from the archive's log/ (complete up to its last round{(isOfFile ? "; keep log/checkpoint and the lines of a records file that come after those there" : "")}) or from a backup, and leave catalog.db and custody.db as they are: a log is never made anew.");
    }

    // The records stand, and a newer checkpoint covers them again; with an older one of the archive's in its place nothing would.
    private bool IsOfCheckpointAlone(string code) => code switch
    {
        "log_signature" => true,
        "log_cut" => audit.BeyondCheckpoint > 0,
        "log_anchor" => audit.BeyondCheckpoint > 0 && anchors.Checkpoints.Any(anchor => anchor.Size > audit.Signed?.Checkpoint.Size),
        _ => audit.Standing is { Size: > 0 },
    };

    // A round brings what is missing there, and writes over nothing that the checkpoint there covers; without one that can be read it brings little.
    private string RemedyInArchive(string code, string what) => code == "log_damaged"
        ? "Copy this file from the station's data folder, after that was verified, or from a backup: the gateway writes over nothing here that the checkpoint covers."
        : $"Restore {what} from the station's data folder{(code == "log_missing" && audit.Signed is not null ? " (the gateway's next start brings it)" : "")} or from a backup: a log is never made anew.";

    // The log is whole: then the catalog may be made anew, unless it knows more than the log, which was then put back. One that cannot be told from the files of a segment is not the cause.
    private static Finding? CatalogCause(List<Finding> findings)
    {
        var at = findings.FindIndex(static finding => finding is { Code: "catalog_differs", Segment: null });
        if (at < 0)
            return null;
        var isAhead = findings.Exists(static finding => finding is { Code: "catalog_differs", Difference: DifferenceKind.AheadOfLog });
        return Named(findings, at, isAhead
            ? "It tells of more than the log has, or is longer than one of it can be: the log, or the whole folder, may be an older one that was put back. Keep catalog.db, and compare with the archive's log/ and with a checkpoint kept elsewhere before anything is removed."
            : "Stop the gateway, remove catalog.db, catalog.db-wal and catalog.db-shm, and start it again: it makes the catalog anew.");
    }

    private static Finding? CustodyCause(List<Finding> findings)
    {
        var at = findings.FindIndex(static finding => finding.Code == CustodyFindings.Code);
        return at < 0 ? null : Named(findings, at, CustodyFindings.Remedy(findings.Where(static finding => finding.Code == CustodyFindings.Code).Select(static finding => finding.Difference).OfType<DifferenceKind>()));
    }

    private bool IsOfOtherLog(Finding finding) => finding.Code == "log_anchor" && anchors.Checkpoints.All(anchor => audit.Signed is { } signed && !string.Equals(anchor.Origin, signed.Checkpoint.Origin, StringComparison.Ordinal));

    // Which keys signed before is read from the log.
    private bool IsOfFormerKey(Finding finding) => finding.Code is "receipt_signature" or "record_signature" && folder.HasFormerKey;

    // A root that the leaves do not give follows from damage only where that leaves a leaf open; where each is settled, leaves were written anew.
    private bool IsOfOneFile(Finding finding) => ofOneFile.Contains(finding.Code) || (finding.Code == "log_checkpoint" && !audit.AreLeavesSettled);

    // That no checkpoint covers a record that stands, and that receipts tell of more leaves, is what a checkpoint that is gone means; nothing else about a segment is.
    private static bool IsOfUnsigned(Finding finding) => finding is { Code: "log_cut" } or { Code: "not_in_log", Path: CheckpointPath };

    // What the checkpoint's own text says of the leaves and of an anchor.
    private static bool IsOfText(Finding finding) => finding.Code is "log_checkpoint" or "log_anchor";

    // A log that is shorter than its gateway signed for; a checkpoint of which a byte is at fault, or that is gone, takes no record with it.
    private static bool IsWholeLogAtFault(Finding cause, List<Finding> findings) => cause.Code == "log_cut" || (cause.Code == "log_anchor" && findings.Exists(static finding => finding.Code == "log_cut"));

    private static Finding Named(List<Finding> findings, int at, string remedy) =>
        findings[at] = findings[at] with { IsCause = true, Message = remedy.Length > 0 ? $"{findings[at].Message} {remedy}" : findings[at].Message };
}
