using System.Buffers.Binary;
using BodyCam.Core.Seals;

namespace BodyCam.Core.Wire;

/// <summary>Types of binary messages (protocol §2). Values only grow.</summary>
public enum MessageType : byte
{
    /// <summary>A chunk of a segment, up.</summary>
    Chunk = 1,

    /// <summary>A seal, up.</summary>
    Seal = 2,

    /// <summary>Seals of unreceipted segments, up.</summary>
    Offer = 3,

    /// <summary>A live frame, up, never evidence.</summary>
    Live = 4,

    /// <summary>Storage receipt, down.</summary>
    Receipt = 16,

    /// <summary>Ranges the gateway lacks, down.</summary>
    Missing = 17,

    /// <summary>Refusal with its reason, down.</summary>
    Refusal = 18,

    /// <summary>Command, down.</summary>
    Command = 19,
}

/// <summary>The two bytes every message begins with.</summary>
public static class MessageStart
{
    /// <summary>The protocol version spoken here.</summary>
    public const byte Version = 1;

    /// <summary>Reads the type of a message that came up.</summary>
    /// <returns>None, BadLength, UnknownVersion or UnknownType.</returns>
    public static RefusalReason ReadUp(ReadOnlySpan<byte> message, out MessageType type)
    {
        type = default;
        if (message.Length < 2)
            return RefusalReason.BadLength;
        if (message[0] != Version)
            return RefusalReason.UnknownVersion;
        type = (MessageType)message[1];
        return type is >= MessageType.Chunk and <= MessageType.Live ? RefusalReason.None : RefusalReason.UnknownType;
    }
}

/// <summary>A chunk, parsed in place (protocol §3.1); valid only while the message's bytes are.</summary>
public readonly ref struct ChunkMessage
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 56;

    private readonly ReadOnlySpan<byte> message;

    private ChunkMessage(ReadOnlySpan<byte> message) => this.message = message;

    /// <summary>True when it was sent before its segment was sealed.</summary>
    public bool IsOpen => (message[2] & 1) != 0;

    /// <summary>What the segment holds.</summary>
    public SegmentKind Kind => (SegmentKind)message[3];

    /// <summary>Epoch, ≥ 1.</summary>
    public uint Epoch => U32(4);

    /// <summary>Recording, 0 for the journal chain.</summary>
    public uint Recording => U32(8);

    /// <summary>Segment, ≥ 1.</summary>
    public uint Segment => U32(12);

    /// <summary>Chunk index, from 0.</summary>
    public uint Index => U32(16);

    /// <summary>4,096 or 8,192.</summary>
    public uint ChunkBytes => U32(20);

    /// <summary>Offset in the segment.</summary>
    public long Offset => (long)Index * ChunkBytes;

    /// <summary>Chunk digest as sent, 32 bytes.</summary>
    public ReadOnlySpan<byte> Digest => message.Slice(24, 32);

    /// <summary>1…ChunkBytes bytes.</summary>
    public ReadOnlySpan<byte> Payload => message[HeaderBytes..];

    /// <summary>Checks lengths and ranges; the digest is checked by <see cref="DigestMatches"/>.</summary>
    /// <returns>None or BadLength.</returns>
    public static RefusalReason TryParse(ReadOnlySpan<byte> message, out ChunkMessage chunk)
    {
        chunk = default;
        if (message.Length <= HeaderBytes)
            return RefusalReason.BadLength;
        var parsed = new ChunkMessage(message);
        var isJournalKind = parsed.Kind is SegmentKind.Journal or SegmentKind.Announcement or SegmentKind.Manifest;
        var isFootageKind = parsed.Kind is SegmentKind.Footage or SegmentKind.SpokenNote;
        if (parsed.ChunkBytes is not (4096 or 8192) || parsed.Payload.Length > parsed.ChunkBytes || parsed.Index >= 1 << 16
            || parsed.Epoch == 0 || parsed.Segment == 0 || message[2] > 1
            || !(isJournalKind && parsed.Recording == 0 || isFootageKind && parsed.Recording > 0))
            return RefusalReason.BadLength;
        chunk = parsed;
        return RefusalReason.None;
    }

    /// <summary>True when the payload has the digest that was sent with it.</summary>
    public bool DigestMatches() => Digests.ChunkMatches(Payload, Digest);

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(message[offset..]);
}

/// <summary>One seal with what the recorder says of its bytes.</summary>
/// <param name="IsLost">True when the bytes are lost on the card.</param>
/// <param name="Seal">The seal.</param>
public readonly record struct OfferedSeal(bool IsLost, Seal Seal);

/// <summary>A seal sent alone (protocol §3.2).</summary>
public static class SealMessage
{
    /// <summary>Length of the message.</summary>
    public const int Bytes = 360;

    /// <summary>Parses the message and the seal in it.</summary>
    /// <returns>None, or the reason to refuse it.</returns>
    public static RefusalReason TryParse(ReadOnlySpan<byte> message, out OfferedSeal offered)
    {
        offered = default;
        if (message.Length != Bytes || message[2] > 1)
            return RefusalReason.BadLength;
        var reason = Seal.TryParse(message[8..], out var seal);
        if (reason == RefusalReason.None)
            offered = new OfferedSeal(message[2] == 1, seal!);
        return reason;
    }
}

/// <summary>An offer (protocol §3.3).</summary>
/// <param name="Epoch">Epoch in force on the recorder.</param>
/// <param name="WantsNewEpoch">The card was swapped or is older than what the recorder remembers.</param>
/// <param name="IsFirst">First offer of this connection.</param>
/// <param name="Seals">The seals that could be read, in order.</param>
/// <param name="Refused">Reasons for the entries that could not, in order.</param>
public sealed record OfferMessage(uint Epoch, bool WantsNewEpoch, bool IsFirst, IReadOnlyList<OfferedSeal> Seals, IReadOnlyList<RefusalReason> Refused)
{
    /// <summary>Bytes before the entries.</summary>
    public const int HeaderBytes = 12;

    /// <summary>Bytes of one entry.</summary>
    public const int EntryBytes = 356;

    /// <summary>Most entries in one offer.</summary>
    public const int CountMax = 20;

    /// <summary>Parses the offer; an unreadable entry does not spoil the others.</summary>
    /// <returns>None or BadLength.</returns>
    public static RefusalReason TryParse(ReadOnlySpan<byte> message, out OfferMessage? offer)
    {
        offer = null;
        if (message.Length < HeaderBytes)
            return RefusalReason.BadLength;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(message[2..]);
        var epoch = BinaryPrimitives.ReadUInt32LittleEndian(message[4..]);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(message[8..]);
        if (count > CountMax || message.Length != HeaderBytes + (count * EntryBytes) || epoch == 0 || flags > 3)
            return RefusalReason.BadLength;
        var seals = new List<OfferedSeal>(count);
        var refused = new List<RefusalReason>();
        for (var index = 0; index < count; index++)
        {
            var entry = message.Slice(HeaderBytes + (index * EntryBytes), EntryBytes);
            Seal? seal = null;
            var reason = entry[0] > 1 ? RefusalReason.BadLength : Seal.TryParse(entry[4..], out seal);
            if (seal is not null)
                seals.Add(new OfferedSeal(entry[0] == 1, seal));
            if (reason != RefusalReason.None)
                refused.Add(reason);
        }

        offer = new OfferMessage(epoch, (flags & 1) != 0, (flags & 2) != 0, seals, refused);
        return RefusalReason.None;
    }
}

/// <summary>A live frame (protocol §3.4): shown, never kept.</summary>
public readonly ref struct LiveFrame
{
    /// <summary>Bytes before the picture.</summary>
    public const int HeaderBytes = 16;

    private readonly ReadOnlySpan<byte> message;

    private LiveFrame(ReadOnlySpan<byte> message) => this.message = message;

    /// <summary>Recording it was taken in.</summary>
    public uint Recording => BinaryPrimitives.ReadUInt32LittleEndian(message[4..]);

    /// <summary>Device-monotonic time, µs.</summary>
    public ulong MonotonicUs => BinaryPrimitives.ReadUInt64LittleEndian(message[8..]);

    /// <summary>One JPEG.</summary>
    public ReadOnlySpan<byte> Jpeg => message[HeaderBytes..];

    /// <summary>Checks length and the JPEG's start and end markers.</summary>
    public static RefusalReason TryParse(ReadOnlySpan<byte> message, out LiveFrame frame)
    {
        frame = default;
        if (message.Length < HeaderBytes + 4 || message[HeaderBytes] != 0xFF || message[HeaderBytes + 1] != 0xD8)
            return RefusalReason.BadLength;
        frame = new LiveFrame(message);
        return RefusalReason.None;
    }
}
