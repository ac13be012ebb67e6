using BodyCam.Core;

namespace BodyCam.Catalog;

/// <summary>What the gateway looks up; derived from files, records and log. One writer.</summary>
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

    /// <summary>True when a segment with this seal digest is here.</summary>
    bool HasDigest(DeviceId device, uint epoch, ReadOnlySpan<byte> sealDigest);

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

    /// <summary>Highest recording seen or announced, and its highest segment; zeros when none.</summary>
    (uint Recording, uint Segment) Highest(DeviceId device, uint epoch);

    /// <summary>Newest seal digest of the footage or the journal chain; null when none.</summary>
    byte[]? Head(DeviceId device, uint epoch, bool journal);

    /// <summary>Stored segments that are neither archived nor purged, oldest first, whose record is above a sequence.</summary>
    IReadOnlyList<SegmentRow> NotArchived(long afterSequence, int countMax);

    /// <summary>The purge of a segment, or null.</summary>
    PurgeRow? FindPurge(SegmentKey key);

    /// <summary>Purges that are not further than a state.</summary>
    IReadOnlyList<PurgeRow> Purges(PurgeState upTo, int countMax);

    /// <summary>Notes how far a purge is; not of the log, found out again when the catalog is made anew.</summary>
    void MarkPurge(SegmentKey key, PurgeState state);

    /// <summary>Recordings with their sums, all or of one device.</summary>
    IReadOnlyList<RecordingRow> Recordings(DeviceId? device);

    /// <summary>Recordings that were announced and of which no segment came.</summary>
    IReadOnlyList<AnnouncementRow> AnnouncedMissing();

    /// <summary>Segments whose predecessor in the chain is not here.</summary>
    IReadOnlyList<SegmentRow> PendingLinks(int countMax);

    /// <summary>Manifests, newest last.</summary>
    IReadOnlyList<ManifestRow> Manifests(DeviceId? device);

    /// <summary>Number of segments by state.</summary>
    IReadOnlyDictionary<ReceiptState, long> CountByState();
}
