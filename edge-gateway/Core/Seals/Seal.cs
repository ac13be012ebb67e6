using System.Buffers.Binary;

namespace BodyCam.Core.Seals;

/// <summary>Flags of a seal (storage format §3). Values only grow.</summary>
[Flags]
public enum SealFlags : byte
{
    /// <summary>Complete, not the last of its recording.</summary>
    None = 0,

    /// <summary>Sealed at a later boot from what the power cut left.</summary>
    Recovered = 1,

    /// <summary>Last segment of its recording.</summary>
    Final = 2,

    /// <summary>A running authenticator did not match at recovery: bytes were changed while the power was off.</summary>
    AuthenticatorMismatch = 4,

    /// <summary>The previous head was lost: the chain starts anew here.</summary>
    ChainRestarted = 8,
}

/// <summary>A parsed seal: 352 bytes that bind a segment's content, place, time and predecessor (storage format §3).</summary>
public sealed class Seal
{
    /// <summary>Length of a seal.</summary>
    public const int Bytes = 352;

    /// <summary>The first bytes of a seal, which the seal digest covers.</summary>
    public const int DigestedBytes = 288;

    /// <summary>Error bound that means unbounded.</summary>
    public const ulong Unbounded = ulong.MaxValue;

    private readonly byte[] bytes;

    private Seal(byte[] bytes, DeviceId device)
    {
        this.bytes = bytes;
        Key = new SegmentKey(device, U32(40), U32(44), U32(48));
    }

    /// <summary>The seal as it is on the card and on disk, 352 bytes.</summary>
    public ReadOnlySpan<byte> Raw => bytes;

    /// <summary>Which segment it seals.</summary>
    public SegmentKey Key { get; }

    /// <summary>What the segment holds.</summary>
    public SegmentKind Kind => (SegmentKind)bytes[5];

    /// <summary>Recovered, final, mismatch, restarted.</summary>
    public SealFlags Flags => (SealFlags)bytes[6];

    /// <summary>Why the recording ended; None unless final.</summary>
    public StopReason StopReason => (StopReason)bytes[7];

    /// <summary>True for the last segment of its recording.</summary>
    public bool IsFinal => Flags.HasFlag(SealFlags.Final);

    /// <summary>Number of the enforcement activity within the epoch; 0 for the journal chain.</summary>
    public uint Activity => U32(52);

    /// <summary>4,096 or 8,192.</summary>
    public uint ChunkBytes => U32(56);

    /// <summary>Number of chunks.</summary>
    public uint ChunkCount => U32(60);

    /// <summary>Length of the segment as sealed.</summary>
    public ulong CoveredBytes => U64(64);

    /// <summary>How much of it the running authenticators prove; all when complete.</summary>
    public ulong AuthenticatedBytes => U64(72);

    /// <summary>Bytes left on the card after the covered length.</summary>
    public ulong BytesBeyond => U64(80);

    /// <summary>Start, device-monotonic µs since boot.</summary>
    public ulong StartMonotonicUs => U64(88);

    /// <summary>End, device-monotonic µs since boot.</summary>
    public ulong EndMonotonicUs => U64(96);

    /// <summary>Start, device-wall µs since 1970.</summary>
    public ulong StartDeviceWallUs => U64(104);

    /// <summary>End, device-wall µs since 1970.</summary>
    public ulong EndDeviceWallUs => U64(112);

    /// <summary>Error bound of the wall times, µs; <see cref="Unbounded"/> before the first sync.</summary>
    public ulong ErrorBoundUs => U64(120);

    /// <summary>Last clock sync, device-wall µs, 0 = never.</summary>
    public ulong LastSyncUs => U64(128);

    /// <summary>Boot number.</summary>
    public uint Boot => U32(136);

    /// <summary>0 none, 1 RTC, 2 SNTP.</summary>
    public byte ClockSource => bytes[140];

    /// <summary>Complete frames in the segment.</summary>
    public uint FrameCount => U32(144);

    /// <summary>Segments of the recording if final, else 0.</summary>
    public uint SegmentCount => U32(148);

    /// <summary>Size of the newest checkpoint the recorder had seen (not before); 0 = none.</summary>
    public ulong CheckpointSize => U64(152);

    /// <summary>Root of that checkpoint.</summary>
    public ReadOnlySpan<byte> CheckpointRoot => bytes.AsSpan(160, 32);

    /// <summary>Head of the other chain when this was sealed.</summary>
    public ReadOnlySpan<byte> OtherHead => bytes.AsSpan(192, 32);

    /// <summary>Seal digest of the predecessor in this chain and epoch; zeros at the start.</summary>
    public ReadOnlySpan<byte> PreviousSealDigest => bytes.AsSpan(224, 32);

    /// <summary>HMAC(recording key, <c>BCK1</c>).</summary>
    public ReadOnlySpan<byte> KeyCheck => bytes.AsSpan(256, 32);

    /// <summary>The seal digest.</summary>
    public ReadOnlySpan<byte> SealDigest => bytes.AsSpan(288, 32);

    /// <summary>HMAC(recording key, seal digest).</summary>
    public ReadOnlySpan<byte> Mac => bytes.AsSpan(320, 32);

    /// <summary>Length of chunk <paramref name="index"/>; only the last one is shorter than <see cref="ChunkBytes"/>.</summary>
    public int ChunkLength(uint index) =>
        index + 1 < ChunkCount ? (int)ChunkBytes : (int)(CoveredBytes - ((ulong)(ChunkCount - 1) * ChunkBytes));

    /// <summary>Parses and checks that the fields agree with each other; says nothing of digest and MAC.</summary>
    /// <param name="raw">352 bytes, copied.</param>
    /// <param name="seal">The seal when the result is None.</param>
    /// <returns>None, BadLength, UnknownVersion, WrongDevice (unreadable device) or SealInvalid.</returns>
    public static RefusalReason TryParse(ReadOnlySpan<byte> raw, out Seal? seal)
    {
        seal = null;
        if (raw.Length != Bytes)
            return RefusalReason.BadLength;
        if (!raw[..4].SequenceEqual("BCS1"u8) || raw[4] != 1)
            return RefusalReason.UnknownVersion;
        if (!DeviceId.TryRead(raw.Slice(8, DeviceId.FieldBytes), out var device))
            return RefusalReason.WrongDevice;
        var parsed = new Seal(raw.ToArray(), device);
        if (!parsed.IsConsistent())
            return RefusalReason.SealInvalid;
        seal = parsed;
        return RefusalReason.None;
    }

    /// <summary>True when the seal digest is the one of these chunk digests.</summary>
    public bool Covers(ReadOnlySpan<byte> chunkDigests)
    {
        Span<byte> computed = stackalloc byte[Digests.Bytes];
        Digests.Seal(bytes, chunkDigests, computed);
        return computed.SequenceEqual(SealDigest);
    }

    private bool IsConsistent()
    {
        var journalKind = Kind is SegmentKind.Journal or SegmentKind.Announcement or SegmentKind.Manifest;
        var footageKind = Kind is SegmentKind.Footage or SegmentKind.SpokenNote;
        return (journalKind && Key.Recording == 0 || footageKind && Key.Recording > 0)
            && Key.Epoch > 0
            && Key.Segment > 0
            && bytes[6] < 16
            && bytes[7] <= (byte)StopReason.EpochChanged
            && ChunkBytes is 4096 or 8192
            && ChunkCount <= 1 << 16
            && (ChunkCount == 0
                ? CoveredBytes == 0 && Flags.HasFlag(SealFlags.Recovered) // the power went before the first write
                : CoveredBytes > (ulong)(ChunkCount - 1) * ChunkBytes && CoveredBytes <= (ulong)ChunkCount * ChunkBytes)
            && AuthenticatedBytes <= CoveredBytes
            && (Flags.HasFlag(SealFlags.Recovered) || AuthenticatedBytes == CoveredBytes)
            && (IsFinal ? SegmentCount == Key.Segment && (journalKind || StopReason != StopReason.None) : SegmentCount == 0 && StopReason == StopReason.None)
            && EndMonotonicUs >= StartMonotonicUs
            && bytes.AsSpan(141, 3).IndexOfAnyExcept((byte)0) < 0;
    }

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset));
}
