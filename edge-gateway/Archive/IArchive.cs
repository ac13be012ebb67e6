using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>What became of one forwarded segment.</summary>
public enum ArchiveOutcome
{
    /// <summary>The archive holds the segment, its seal and its receipt; all were read back and match.</summary>
    Archived,

    /// <summary>The original or its seal on the gateway is missing or does not match the log: it was not forwarded. Run <c>bodycam verify</c>.</summary>
    OriginalDiffers,

    /// <summary>Its receipt file is missing on the gateway: issued again, it goes with the next round.</summary>
    ReceiptMissing,

    /// <summary>Other bytes stand in the archive under this name: nothing was overwritten. Run <c>bodycam verify</c> on the archive.</summary>
    ArchiveDiffers,

    /// <summary>The log calls it archived; neither the archive nor the gateway has it as the log says. Restore it from another copy.</summary>
    Lost,

    /// <summary>The archive cannot be reached, is not the one that was archived to, is full or failed to sync: it is tried again later.</summary>
    Unavailable,
}

/// <summary>The central archive (DESIGN D6): a folder here, S3 with Object Lock elsewhere.</summary>
public interface IArchive
{
    /// <summary>Why what is there was refused as not this station's archive, for people, ending with the next action; null when the last step refused nothing.</summary>
    string? Refusal { get; }

    /// <summary>What of the damaged, orphaned and linked files did not get there in the last round of the log that came to its end with them, by name below the data folder.</summary>
    IReadOnlyDictionary<string, ArchiveOutcome> NotThere { get; }

    /// <summary>Which medium stands there: a number that rises with each that was found there, another one or another state of the same; at least 1.</summary>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Null when the archive is away.</returns>
    ValueTask<int?> MediumAsync(CancellationToken cancel);

    /// <summary>True when each file of it stands there, none is empty, the original is as long as it was stored and the seal as long as here; none is read.</summary>
    bool Has(ArchiveItem item);

    /// <summary>True when bytes of a segment, or of tails of it, stand there, or nobody can tell.</summary>
    bool HasBytesOf(SegmentKey key);

    /// <summary>Forwards one segment with its seal and receipt; safe to repeat after any interruption.</summary>
    /// <param name="item">What to forward.</param>
    /// <param name="cancel">Ends between two steps; a repeat goes on where it stopped.</param>
    /// <returns>Archived only when everything was synced and read back.</returns>
    ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel);

    /// <summary>Forwards the newest receipt of a segment that is archived: the one that says so.</summary>
    ValueTask<ArchiveOutcome> ForwardReceiptAsync(ArchiveItem item, CancellationToken cancel);

    /// <summary>Brings the archive's copy of the transparency log up to a checkpoint, what is kept as damaged or orphaned, and linked sources; the checkpoint is replaced last.</summary>
    /// <param name="durable">The gateway's newest checkpoint that no power cut can take back: an archive that is ahead of its gateway would be refused.</param>
    /// <param name="cancel">Ends between two files.</param>
    ValueTask<ArchiveOutcome> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel);

    /// <summary>Removes the bytes of a segment whose purge certificate the archive's log holds; seal and receipt stay. Safe to repeat.</summary>
    /// <param name="item">Segment, leaf of the certificate, and the orphaned tails that it names.</param>
    /// <param name="cancel">Ends between two steps.</param>
    ValueTask<ArchiveOutcome> PurgeAsync(PurgeItem item, CancellationToken cancel);
}

/// <summary>A segment that is purged by certificate.</summary>
/// <param name="Key">Segment.</param>
/// <param name="CertificateSequence">Leaf of the certificate.</param>
/// <param name="Tails">Orphaned tails that the certificate of its recording names.</param>
public sealed record PurgeItem(SegmentKey Key, long CertificateSequence, IReadOnlyList<PurgedTail> Tails);

/// <summary>An orphaned tail that a certificate names.</summary>
/// <param name="Key">Its segment.</param>
/// <param name="Sha256">Of its bytes, hex.</param>
/// <param name="CertificateSequence">Leaf of the certificate that names it.</param>
public sealed record PurgedTail(SegmentKey Key, string Sha256, long CertificateSequence);

/// <summary>The gateway's side of forwarding: what is due, and what to do once it is there.</summary>
public interface IArchiveQueue
{
    /// <summary>The log's newest durable checkpoint.</summary>
    SignedCheckpoint Checkpoint { get; }

    /// <summary>At most <paramref name="countMax"/> stored segments that are not archived, oldest first.</summary>
    /// <param name="afterSequence">Only those whose record in the log is above it; −1 for all.</param>
    /// <param name="countMax">Bound.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<IReadOnlyList<ArchiveItem>> DueAsync(long afterSequence, int countMax, CancellationToken cancel);

    /// <summary>True when the seal beside the original is the recorder's and speaks of these bytes: once it is archived, the recorder lets go of its own. Reads both whole.</summary>
    bool IsSealed(ArchiveItem item);

    /// <summary>Enters the items in the log as archived and sends the recorders <c>archived</c> receipts; all of it is durable when this returns.</summary>
    ValueTask ArchivedAsync(IReadOnlyList<ArchiveItem> items, CancellationToken cancel);

    /// <summary>The segments that were entered as archived last, with their newest receipts written: a round that was broken off may have left the archive with older ones. Null when the log cannot be read just now.</summary>
    ValueTask<IReadOnlyList<ArchiveItem>?> NewestArchivedAsync(int countMax, CancellationToken cancel);

    /// <summary>Segments purged here whose bytes may still stand in the archive, with the certificate's leaf, in the order of the certificates; those whose certificate cannot be read are passed over.</summary>
    /// <param name="countMax">Bound.</param>
    /// <param name="after">Only those behind this one; null for all.</param>
    /// <returns>None only when nothing is due behind it.</returns>
    IReadOnlyList<PurgeItem> PurgesDue(int countMax, PurgeItem? after = null);

    /// <summary>The archive has no bytes of it any more.</summary>
    void PurgedInArchive(SegmentKey key);

    /// <summary>The archive is there, and the bytes could not be removed from it: it is tried again.</summary>
    void NotPurgedInArchive(SegmentKey key);

    /// <summary>What the log says of the archive from one leaf to another.</summary>
    /// <param name="from">First leaf.</param>
    /// <param name="to">Leaf after the last.</param>
    ArchivedSlice ArchivedBetween(long from, long to);

    /// <summary>Bytes that were purged there stand there again: their purge is due once more.</summary>
    void PurgeThereAgain(SegmentKey key);

    /// <summary>Told of every outcome but Archived, and of Archived after another: alarms, and a receipt issued again.</summary>
    void Report(ArchiveItem item, ArchiveOutcome outcome);

    /// <summary>The same of a damaged, orphaned or linked file.</summary>
    /// <param name="relative">Name below the data folder.</param>
    /// <param name="outcome">What came of it.</param>
    void Report(string relative, ArchiveOutcome outcome);

    /// <summary>Told at the end of each round, also when nothing was due.</summary>
    /// <param name="isAway">True when a step found the archive unavailable.</param>
    /// <param name="refusal">Why it was refused as not this station's; null when it is away for another reason.</param>
    void RoundEnded(bool isAway, string? refusal);
}
