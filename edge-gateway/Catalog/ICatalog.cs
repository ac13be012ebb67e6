using BodyCam.Core;

namespace BodyCam.Catalog;

/// <summary>What the gateway looks up; derived from files, records and log. One writer.</summary>
/// <remarks>No question but those that name a whole epoch or recorder costs more as the rows grow.</remarks>
public interface ICatalog : IDisposable
{
    /// <summary>Leaves of the log that the catalog holds.</summary>
    long LogSize { get; }

    /// <summary>Root of the log at that size; empty when not known.</summary>
    byte[] LogRoot { get; }

    /// <summary>Applies a batch in one durable transaction.</summary>
    void Apply(CatalogBatch batch);

    /// <summary>The segment, or null.</summary>
    SegmentRow? Find(SegmentKey key);

    /// <summary>Segments that the log names and whose seal is not here, by key.</summary>
    IReadOnlyList<LackingRow> Lacking();

    /// <summary>The segment that follows in its recording, whatever lies between; null when none does.</summary>
    SegmentRow? Next(SegmentKey key);

    /// <summary>True when a segment of the recording has this seal digest.</summary>
    bool HasDigest(DeviceId device, uint epoch, uint recording, ReadOnlySpan<byte> sealDigest);

    /// <summary>Segments of an epoch in order.</summary>
    IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch);

    /// <summary>Segments of one recording in order; recording 0 is the journal chain.</summary>
    IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch, uint recording);

    /// <summary>Every epoch given, by device and number.</summary>
    IReadOnlyList<EpochRow> Epochs();

    /// <summary>Every certificate issued, by device and epoch.</summary>
    IReadOnlyList<CertificateRow> Certificates();

    /// <summary>Every revocation, by device and epoch.</summary>
    IReadOnlyList<RevocationRow> Revocations();

    /// <summary>Highest recording seen (also where its seal is lacking) or announced, and its highest segment; zeros when none.</summary>
    (uint Recording, uint Segment) Highest(DeviceId device, uint epoch);

    /// <summary>Newest seal digest of the footage or the journal chain; null when none.</summary>
    byte[]? Head(DeviceId device, uint epoch, bool journal);

    /// <summary>Stored segments that are neither archived nor purged, oldest first, whose record is above a sequence.</summary>
    IReadOnlyList<SegmentRow> NotArchived(long afterSequence, int countMax);

    /// <summary>The purge of a segment, or null.</summary>
    PurgeRow? FindPurge(SegmentKey key);

    /// <summary>Purges at a state, in the order of their certificates.</summary>
    /// <param name="state">How far they are.</param>
    /// <param name="countMax">Bound.</param>
    /// <param name="after">Only those behind this one; null for all.</param>
    IReadOnlyList<PurgeRow> PurgesAt(PurgeState state, int countMax, PurgeRow? after = null);

    /// <summary>Notes how far a purge is; not of the log, found out again when the catalog is made anew.</summary>
    void MarkPurge(SegmentKey key, PurgeState state);

    /// <summary>A recording with its sums; null when no segment of it is here.</summary>
    RecordingRow? FindRecording(DeviceId device, uint epoch, uint recording);

    /// <summary>Recordings of a recorder with their sums, by epoch and number.</summary>
    IReadOnlyList<RecordingRow> Recordings(DeviceId device);

    /// <summary>Recordings of which a segment came last for the first time, with their sums, newest first.</summary>
    IReadOnlyList<RecordingRow> NewestRecordings(int countMax);

    /// <summary>Recordings that were announced and of which no segment came, oldest first.</summary>
    IReadOnlyList<AnnouncementRow> AnnouncedMissing(int countMax);

    /// <summary>Segments whose predecessor in the chain is not here, oldest first.</summary>
    IReadOnlyList<SegmentRow> PendingLinks(int countMax);

    /// <summary>The manifest in a segment of the journal chain, or null.</summary>
    ManifestRow? FindManifest(SegmentKey key);

    /// <summary>Manifests of a recorder, newest last.</summary>
    IReadOnlyList<ManifestRow> Manifests(DeviceId device);

    /// <summary>Manifests entered last, newest first.</summary>
    IReadOnlyList<ManifestRow> NewestManifests(int countMax);

    /// <summary>Manifests that are not complete, newest first.</summary>
    IReadOnlyList<ManifestRow> IncompleteManifests(int countMax);

    /// <summary>Manifests of an epoch that are not complete and speak of a recording.</summary>
    IReadOnlyList<ManifestRow> WaitingManifests(DeviceId device, uint epoch, uint recording);

    /// <summary>Number of segments by state.</summary>
    IReadOnlyDictionary<ReceiptState, long> CountByState();
}
