using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Catalog;

/// <summary>A segment as the catalog has it.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="State">stored, archived or damaged.</param>
/// <param name="SealDigest">32 bytes.</param>
/// <param name="PreviousDigest">32 bytes.</param>
/// <param name="Sha256">Of the file, 32 bytes; zeros when no bytes came.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Flags">Flags of the seal.</param>
/// <param name="StopReason">None unless final.</param>
/// <param name="Activity">Activity within the epoch.</param>
/// <param name="FrameCount">Complete frames.</param>
/// <param name="SegmentCount">Of the recording if final.</param>
/// <param name="StartUs">Device-monotonic start.</param>
/// <param name="EndUs">Device-monotonic end.</param>
/// <param name="StartDeviceWallUs">Device-wall start.</param>
/// <param name="StoredAtUs">Gateway-wall time of the receipt.</param>
/// <param name="LogSequence">Leaf of its record.</param>
public sealed record SegmentRow(
    SegmentKey Key, SegmentKind Kind, ReceiptState State, byte[] SealDigest, byte[] PreviousDigest, byte[] Sha256, long Bytes, SealFlags Flags, StopReason StopReason,
    long Activity, long FrameCount, long SegmentCount, long StartUs, long EndUs, long StartDeviceWallUs, long StoredAtUs, long LogSequence)
{
    /// <summary>The row of a seal.</summary>
    public static SegmentRow Of(Seal seal, ReceiptState state, byte[] sha256, long bytes, long storedAtUs, long logSequence)
    {
        ArgumentNullException.ThrowIfNull(seal);
        return new SegmentRow(
            seal.Key, seal.Kind, state, seal.SealDigest.ToArray(), seal.PreviousSealDigest.ToArray(), sha256, bytes, seal.Flags, seal.StopReason, seal.Activity, seal.FrameCount,
            seal.SegmentCount, (long)seal.StartMonotonicUs, (long)seal.EndMonotonicUs, (long)seal.StartDeviceWallUs, storedAtUs, logSequence);
    }
}

/// <summary>A segment that the log names and whose seal is missing, unreadable or rotten: what its record says, until the seal comes.</summary>
/// <param name="Key">Which one.</param>
/// <param name="State">stored, archived or damaged.</param>
/// <param name="SealDigest">Of the seal that is lacking, 32 bytes.</param>
/// <param name="Sha256">Of the file, 32 bytes; zeros when no bytes came.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="StoredAtUs">Gateway-wall time of the receipt.</param>
/// <param name="LogSequence">Leaf of its record.</param>
public sealed record LackingRow(SegmentKey Key, ReceiptState State, byte[] SealDigest, byte[] Sha256, long Bytes, long StoredAtUs, long LogSequence)
{
    /// <summary>The row of the segment, once its seal is here.</summary>
    public SegmentRow With(Seal seal) => SegmentRow.Of(seal, State, Sha256, Bytes, StoredAtUs, LogSequence);
}

/// <summary>An epoch that was given.</summary>
public sealed record EpochRow(DeviceId Device, uint Epoch, string Reason, long LogSequence);

/// <summary>A recorder's certificate.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch that it is for; one certificate each.</param>
/// <param name="Serial">Serial number, upper-case hex.</param>
/// <param name="Sha256">Of its DER, lower-case hex.</param>
/// <param name="Authority">SHA-256 of the DER of the CA that issued it, lower-case hex.</param>
/// <param name="NotAfterUs">Last moment of its validity, µs since 1970.</param>
/// <param name="LogSequence">Leaf of its record.</param>
public sealed record CertificateRow(DeviceId Device, uint Epoch, string Serial, string Sha256, string Authority, long NotAfterUs, long LogSequence);

/// <summary>A revocation: <paramref name="Epoch"/> and all before it come in no more.</summary>
public sealed record RevocationRow(DeviceId Device, uint Epoch, string Reason, long AtUs, long LogSequence);

/// <summary>A recording that was announced.</summary>
public sealed record AnnouncementRow(DeviceId Device, uint Epoch, uint Recording, long Activity, long LogSequence);

/// <summary>A shift manifest that came.</summary>
public sealed record ManifestRow(DeviceId Device, uint Epoch, uint Segment, uint FirstRecording, uint LastRecording, bool Complete, string Lacks, long LogSequence);

/// <summary>One recording, summed over its segments.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Recording">Number.</param>
/// <param name="Activity">Activity.</param>
/// <param name="Segments">Segments stored or archived.</param>
/// <param name="Damaged">Segments damaged or lost.</param>
/// <param name="SegmentCount">What the final seal says; 0 until it came.</param>
/// <param name="StopReason">Of the final seal.</param>
/// <param name="Frames">Frames.</param>
/// <param name="RecordedUs">Sum of the segments' intervals, device-monotonic.</param>
/// <param name="Bytes">Bytes.</param>
public sealed record RecordingRow(string Device, long Epoch, long Recording, long Activity, long Segments, long Damaged, long SegmentCount, long StopReason, long Frames, long RecordedUs, long Bytes)
{
    /// <summary>True when every segment that the final seal counts is here undamaged.</summary>
    public bool IsComplete => SegmentCount > 0 && Segments == SegmentCount;
}

/// <summary>How far a purge is.</summary>
public enum PurgeState
{
    /// <summary>The certificate stands in the log; the bytes are to go.</summary>
    Certified = 1,

    /// <summary>The bytes are gone here.</summary>
    Gone = 2,

    /// <summary>Gone from the archive too.</summary>
    GoneEverywhere = 3,
}

/// <summary>A segment whose bytes go by certificate.</summary>
public sealed record PurgeRow(SegmentKey Key, long LogSequence, PurgeState State);

/// <summary>What one group of log leaves adds to the catalog; applied whole or not at all.</summary>
public sealed class CatalogBatch
{
    /// <summary>Segments new or with a new state.</summary>
    public List<SegmentRow> Segments { get; } = [];

    /// <summary>Segments whose seal is not here; each goes when its row comes.</summary>
    public List<LackingRow> Lacking { get; } = [];

    /// <summary>Epochs given.</summary>
    public List<EpochRow> Epochs { get; } = [];

    /// <summary>Certificates issued.</summary>
    public List<CertificateRow> Certificates { get; } = [];

    /// <summary>Revocations.</summary>
    public List<RevocationRow> Revocations { get; } = [];

    /// <summary>Announcements.</summary>
    public List<AnnouncementRow> Announcements { get; } = [];

    /// <summary>Manifests.</summary>
    public List<ManifestRow> Manifests { get; } = [];

    /// <summary>Segments that are archived now.</summary>
    public List<SegmentKey> Archived { get; } = [];

    /// <summary>Segments whose bytes go by certificate, with the certificate's leaf.</summary>
    public List<(SegmentKey Key, long LogSequence)> Purges { get; } = [];

    /// <summary>Leaves of the log that the catalog holds afterwards.</summary>
    public long LogSize { get; set; }

    /// <summary>Root of the log at that size, 32 bytes.</summary>
    public byte[] LogRoot { get; set; } = [];
}
