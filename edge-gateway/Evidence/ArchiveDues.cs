using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Tells what an archive need not have yet. That no record says archived excuses nothing while such a record may be among those that are gone, spoilt, not the log's own, or beyond its checkpoint.</summary>
/// <param name="folder">The folder.</param>
/// <param name="log">What the log's records say.</param>
/// <param name="audit">What the audit of the log found.</param>
internal sealed class ArchiveDues(EvidenceFolder folder, LogRecords log, LogAuditReport audit)
{
    /// <summary>What is said of a file that is missing while nobody can tell whether it was there.</summary>
    public const string Untold = "Whether it was ever archived cannot be told before the log is whole: look for it in the gateway's data folder too.";

    private readonly bool mayLackRecords = audit.MayLack("archived") || log.Unreadable.Exists(static record => record.Type == "archived");

    public bool IsDue(SegmentKey key) => folder.IsArchive && !mayLackRecords && !log.IsArchived(key) && !log.IsArchivedBeyond(key);

    /// <summary>The same of an orphaned tail.</summary>
    public bool IsDue(OrphanRecord orphan) => folder.IsArchive && !mayLackRecords && !log.IsArchived(orphan) && !log.IsArchivedBeyond(orphan);

    public bool IsUntold(SegmentKey key) => folder.IsArchive && (mayLackRecords || log.IsArchivedBeyond(key)) && !log.IsArchived(key);

    /// <summary>The same of an orphaned tail.</summary>
    public bool IsUntold(OrphanRecord orphan) => folder.IsArchive && (mayLackRecords || log.IsArchivedBeyond(orphan)) && !log.IsArchived(orphan);
}
