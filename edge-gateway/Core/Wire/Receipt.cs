using System.Buffers.Binary;
using System.Security.Cryptography;
using BodyCam.Core.Keys;

namespace BodyCam.Core.Wire;

/// <summary>One segment that a receipt speaks of.</summary>
/// <param name="Recording">Recording.</param>
/// <param name="Segment">Segment.</param>
/// <param name="SealDigest">Its seal digest, 32 bytes.</param>
public readonly record struct ReceiptEntry(uint Recording, uint Segment, ReadOnlyMemory<byte> SealDigest);

/// <summary>A storage receipt (protocol §4.1): what the gateway vouches for, authenticated twice.</summary>
/// <param name="State">stored, archived or damaged.</param>
/// <param name="Device">The recorder.</param>
/// <param name="Epoch">Epoch of the segments.</param>
/// <param name="KeyEpoch">Whose receipt key made the MAC.</param>
/// <param name="StoredAtUs">Gateway-wall µs since 1970.</param>
/// <param name="CheckpointSize">Leaves of the checkpoint that covers the segments.</param>
/// <param name="CheckpointRoot">Its root, 32 bytes.</param>
/// <param name="GatewayKeyId">First 8 bytes of SHA-256 of the gateway's SubjectPublicKeyInfo.</param>
/// <param name="Entries">1 to 16 segments.</param>
public sealed record Receipt(
    ReceiptState State,
    DeviceId Device,
    uint Epoch,
    uint KeyEpoch,
    ulong StoredAtUs,
    ulong CheckpointSize,
    ReadOnlyMemory<byte> CheckpointRoot,
    ulong GatewayKeyId,
    IReadOnlyList<ReceiptEntry> Entries)
{
    /// <summary>Most entries in one receipt.</summary>
    public const int CountMax = 16;

    private const int HeaderBytes = 140;
    private const int EntryBytes = 40;
    private const int MacBytes = 32;
    private const int SignatureBytes = 64;

    /// <summary>Length of a receipt with that many entries.</summary>
    public static int Bytes(int count) => HeaderBytes + (count * EntryBytes) + MacBytes + SignatureBytes;

    /// <summary>The receipt as sent and stored, authenticated under both keys.</summary>
    public byte[] Write(ReadOnlySpan<byte> receiptKey, GatewayKey gatewayKey)
    {
        ArgumentNullException.ThrowIfNull(gatewayKey);
        ArgumentOutOfRangeException.ThrowIfZero(Entries.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Entries.Count, CountMax);
        var message = new byte[Bytes(Entries.Count)];
        message[0] = MessageStart.Version;
        message[1] = (byte)MessageType.Receipt;
        message[2] = (byte)State;
        message[3] = (byte)Entries.Count;
        Device.Write(message.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(36), Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(40), KeyEpoch);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(44), StoredAtUs);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(52), CheckpointSize);
        CheckpointRoot.Span.CopyTo(message.AsSpan(60, 32));
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(92), GatewayKeyId);
        for (var index = 0; index < Entries.Count; index++)
        {
            var entry = message.AsSpan(HeaderBytes + (index * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, Entries[index].Recording);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], Entries[index].Segment);
            Entries[index].SealDigest.Span.CopyTo(entry[8..]);
        }

        var body = message.AsSpan(0, HeaderBytes + (Entries.Count * EntryBytes));
        HMACSHA256.HashData(receiptKey, body, message.AsSpan(body.Length, MacBytes));
        gatewayKey.Sign(body, message.AsSpan(body.Length + MacBytes, SignatureBytes));
        return message;
    }

    /// <summary>Parses a receipt; says nothing of MAC and signature.</summary>
    /// <returns>None, BadLength, UnknownVersion, UnknownType or WrongDevice.</returns>
    public static RefusalReason TryParse(ReadOnlySpan<byte> message, out Receipt? receipt)
    {
        receipt = null;
        if (message.Length < Bytes(1))
            return RefusalReason.BadLength;
        if (message[0] != MessageStart.Version)
            return RefusalReason.UnknownVersion;
        if (message[1] != (byte)MessageType.Receipt)
            return RefusalReason.UnknownType;
        int count = message[3];
        if (count is 0 or > CountMax || message.Length != Bytes(count) || message[2] is 0 or > 3 || message.Slice(100, 40).ContainsAnyExcept((byte)0))
            return RefusalReason.BadLength;
        if (!DeviceId.TryRead(message.Slice(4, 32), out var device))
            return RefusalReason.WrongDevice;
        var entries = new ReceiptEntry[count];
        for (var index = 0; index < count; index++)
        {
            var entry = message.Slice(HeaderBytes + (index * EntryBytes), EntryBytes);
            entries[index] = new ReceiptEntry(
                BinaryPrimitives.ReadUInt32LittleEndian(entry),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                entry[8..].ToArray());
        }

        receipt = new Receipt(
            (ReceiptState)message[2],
            device,
            BinaryPrimitives.ReadUInt32LittleEndian(message[36..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[44..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[52..]),
            message.Slice(60, 32).ToArray(),
            BinaryPrimitives.ReadUInt64BigEndian(message[92..]),
            entries);
        return RefusalReason.None;
    }

    /// <summary>True when the MAC of the receipt's bytes was made with this receipt key.</summary>
    public static bool MacMatches(ReadOnlySpan<byte> message, ReadOnlySpan<byte> receiptKey)
    {
        var body = message[..^(MacBytes + SignatureBytes)];
        Span<byte> mac = stackalloc byte[MacBytes];
        HMACSHA256.HashData(receiptKey, body, mac);
        return CryptographicOperations.FixedTimeEquals(mac, message.Slice(body.Length, MacBytes));
    }

    /// <summary>True when the gateway's signature holds.</summary>
    public static bool SignatureMatches(ReadOnlySpan<byte> message, ECDsa gatewayPublicKey)
    {
        ArgumentNullException.ThrowIfNull(gatewayPublicKey);
        return gatewayPublicKey.VerifyData(message[..^(MacBytes + SignatureBytes)], message[^SignatureBytes..], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
