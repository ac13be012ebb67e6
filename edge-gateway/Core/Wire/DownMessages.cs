using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Core.Wire;

/// <summary>A run of chunks that the gateway lacks.</summary>
/// <param name="First">First chunk index.</param>
/// <param name="Count">Number of chunks, ≥ 1.</param>
public readonly record struct ChunkRange(uint First, uint Count);

/// <summary>Writers of the messages that carry a MAC under the command key and a rising counter (protocol §4.2–4.4).</summary>
public static class DownMessages
{
    /// <summary>Most ranges in one missing message; further ones are asked for later.</summary>
    public const int RangesMax = 64;

    /// <summary>Most bytes of a command's body.</summary>
    public const int CommandBodyBytesMax = 2048;

    private const int MacBytes = 32;

    /// <summary>Asks for chunks of a sealed segment.</summary>
    public static byte[] Missing(SegmentKey key, ReadOnlySpan<byte> sealDigest, ReadOnlySpan<ChunkRange> ranges, ulong counter, ReadOnlySpan<byte> commandKey)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ranges.Length);
        ranges = ranges[..Math.Min(ranges.Length, RangesMax)];
        var message = Start(MessageType.Missing, 64 + (ranges.Length * 8));
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)ranges.Length);
        WriteKey(message, key);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(16), counter);
        sealDigest[..32].CopyTo(message.AsSpan(24));
        for (var index = 0; index < ranges.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(64 + (index * 8)), ranges[index].First);
            BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(68 + (index * 8)), ranges[index].Count);
        }

        return Authenticated(message, commandKey);
    }

    /// <summary>Refuses something; <paramref name="key"/> has zeros where nothing was readable.</summary>
    public static byte[] Refusal(RefusalReason reason, SegmentKey key, uint detail, ulong counter, ReadOnlySpan<byte> commandKey)
    {
        var message = Start(MessageType.Refusal, 32);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)reason);
        WriteKey(message, key);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(16), counter);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(24), detail);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(28), FlagsOf(reason));
        return Authenticated(message, commandKey);
    }

    /// <summary>A command: its name and <c>key=value</c> pairs.</summary>
    /// <exception cref="ArgumentException">A line break in a name or value, or a body over <see cref="CommandBodyBytesMax"/> bytes.</exception>
    public static byte[] Command(string name, IEnumerable<KeyValuePair<string, string>> values, ulong counter, ReadOnlySpan<byte> commandKey)
    {
        ArgumentNullException.ThrowIfNull(values);
        var text = new StringBuilder().Append(name).Append('\n');
        foreach (var (key, value) in values)
        {
            if (key.AsSpan().IndexOfAny('\n', '=') >= 0 || value.Contains('\n', StringComparison.Ordinal))
                throw new ArgumentException($"The key or value '{key}' breaks the line format: leave out '=' and line breaks.", nameof(values));
            text.Append(key).Append('=').Append(value).Append('\n');
        }

        var body = Encoding.UTF8.GetBytes(text.ToString());
        if (body.Length > CommandBodyBytesMax)
            throw new ArgumentException($"The command's body has {body.Length} bytes: at most {CommandBodyBytesMax} fit.", nameof(values));
        var message = Start(MessageType.Command, 16 + body.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)body.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(8), counter);
        body.CopyTo(message, 16);
        return Authenticated(message, commandKey);
    }

    /// <summary>Flags of a refusal: 1 final, 2 later, 0 send again (protocol §4.3).</summary>
    public static uint FlagsOf(RefusalReason reason) => reason switch
    {
        RefusalReason.ChunkDigest => 0,
        RefusalReason.Quota or RefusalReason.StorageFull or RefusalReason.StorageFault => 2,
        _ => 1,
    };

    private static byte[] Start(MessageType type, int bodyBytes)
    {
        var message = new byte[bodyBytes + MacBytes];
        message[0] = MessageStart.Version;
        message[1] = (byte)type;
        return message;
    }

    private static void WriteKey(byte[] message, SegmentKey key)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), key.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), key.Recording);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(12), key.Segment);
    }

    private static byte[] Authenticated(byte[] message, ReadOnlySpan<byte> commandKey)
    {
        HMACSHA256.HashData(commandKey, message.AsSpan(0, message.Length - MacBytes), message.AsSpan(message.Length - MacBytes));
        return message;
    }
}
