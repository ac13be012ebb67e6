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
    // What rests on a signature of the gateway.
    private static readonly HashSet<string> ofKey = new(["log_signature", "record_signature", "receipt_signature", "purge_signature"], StringComparer.Ordinal);

    // What rests on the log's records, or on the states that it had.
    private static readonly HashSet<string> ofLog = new(
        ["log_missing", "log_damaged", "log_checkpoint", "log_signature", "log_anchor", "log_cut", "not_in_log", "seal_checkpoint", "receipt_checkpoint", "receipt_state", "archived_unknown", "purge_unknown", "record_unreadable", "aside_unrecorded", "source_unnamed", "log_behind", "catalog_differs"],
        StringComparer.Ordinal);

    /// <summary>Puts causes first, with what to do, and marks what follows from them.</summary>
    /// <returns>All findings: causes, then by severity.</returns>
    public IReadOnlyList<Finding> Mark(List<Finding> findings)
    {
        if (KeyCause(findings) is { } key)
            Follow(findings, key, finding => ofKey.Contains(finding.Code));
        if (LogCause(findings) is { } cause)
            Follow(findings, cause, finding => ofLog.Contains(finding.Code) || IsOfFormerKey(finding) || IsOfLostCertificate(finding));
        else if (CatalogCause(findings) is { } catalog)
            Follow(findings, catalog, static finding => finding is { Code: "catalog_differs", Segment: null });
        return [.. findings.OrderByDescending(static finding => finding.IsCause).ThenByDescending(static finding => finding.Severity)];
    }

    private static void Follow(List<Finding> findings, Finding cause, Func<Finding, bool> follows)
    {
        for (var index = 0; index < findings.Count; index++)
        {
            if (!findings[index].IsCause && findings[index].FollowsFrom is null && follows(findings[index]))
                findings[index] = findings[index] with { FollowsFrom = cause.Code };
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
        at = anchors.Key is null ? findings.FindIndex(static finding => finding is { Code: "file_missing", Path: "gateway.pem" }) : -1;
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
        var at = findings.FindIndex(finding => finding is { IsCause: false, FollowsFrom: null, Code: "log_missing" or "log_damaged" or "log_checkpoint" or "log_signature" or "log_anchor" or "log_cut" } && !IsOfOtherLog(finding));
        if (at < 0)
            return null;
        var what = findings[at].Code is "log_damaged" || (findings[at].Code is "log_missing" && audit.Signed is not null) ? "this file, or log/ whole where it does not fit," : "log/ whole";
        return Named(findings, at, folder.IsArchive
            ? $"Restore {what} from the gateway's data folder (the gateway's next start brings it) or from a backup: a log is never made anew."
            : $"Restore {what} from the archive's log/ (complete up to its last round) or from a backup, and leave catalog.db and custody.db as they are: a log is never made anew.");
    }

    // The log is whole: then the catalog may be made anew. One that cannot be told from the files of a segment is not the cause.
    private static Finding? CatalogCause(List<Finding> findings)
    {
        var at = findings.FindIndex(static finding => finding is { Code: "catalog_differs", Segment: null });
        return at < 0 ? null : Named(findings, at, "Stop the gateway, remove catalog.db, catalog.db-wal and catalog.db-shm, and start it again: it makes the catalog anew.");
    }

    private bool IsOfOtherLog(Finding finding) => finding.Code == "log_anchor" && anchors.Checkpoints.All(anchor => audit.Signed is { } signed && !string.Equals(anchor.Origin, signed.Checkpoint.Origin, StringComparison.Ordinal));

    // Which keys signed before is read from the log.
    private bool IsOfFormerKey(Finding finding) => finding.Code is "receipt_signature" or "record_signature" && Directory.EnumerateFiles(folder.Root, "gateway-*.pem").Any();

    // Bytes that went by a certificate which cannot be read now; the note of it stands in their place.
    private bool IsOfLostCertificate(Finding finding) => finding is { Code: "file_missing", Path: { } path } && path.EndsWith(".mkv", StringComparison.Ordinal) && File.Exists(folder.At(Path.ChangeExtension(path, ".purged")));

    private static Finding Named(List<Finding> findings, int at, string remedy) =>
        findings[at] = findings[at] with { IsCause = true, Message = remedy.Length > 0 ? $"{findings[at].Message} {remedy}" : findings[at].Message };
}
