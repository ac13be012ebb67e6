using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace BodyCam.Mqtt.Codec;

/// <summary>Writes the basic fields of section 1.5 to a buffer writer.</summary>
internal static class MqttFieldWriter
{
    public static void Byte(IBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    public static void UInt16(IBufferWriter<byte> writer, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(writer.GetSpan(2), value);
        writer.Advance(2);
    }

    public static void UInt32(IBufferWriter<byte> writer, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    public static void VarInt(IBufferWriter<byte> writer, uint value) => writer.Advance(VarInt(writer.GetSpan(4), value));

    /// <summary>Writes 1..4 bytes and returns their count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value exceeds 268,435,455.</exception>
    public static int VarInt(Span<byte> span, uint value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (uint)MqttCodecLimits.RemainingLengthMax);
        int count = 0;
        while (value > 0x7F)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        return count;
    }

    public static int VarIntBytes(uint value) => value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;

    /// <exception cref="ArgumentException">The text exceeds 65,535 bytes or holds a lone surrogate.</exception>
    public static void Text(IBufferWriter<byte> writer, string text)
    {
        int bytes = StrictUtf8.GetByteCount(text);
        if (bytes > MqttCodecLimits.FieldBytesMax)
            throw new ArgumentException("The text does not fit a field of 65,535 bytes; shorten it.", nameof(text));
        UInt16(writer, (ushort)bytes);
        StrictUtf8.GetBytes(text, writer.GetSpan(bytes));
        writer.Advance(bytes);
    }

    /// <exception cref="ArgumentException">The field exceeds 65,535 bytes.</exception>
    public static void Binary(IBufferWriter<byte> writer, ReadOnlySpan<byte> field)
    {
        if (field.Length > MqttCodecLimits.FieldBytesMax)
            throw new ArgumentException("The field does not fit 65,535 bytes; shorten it.", nameof(field));
        UInt16(writer, (ushort)field.Length);
        writer.Write(field);
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
