using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>Reads the fields of one packet body; every method answers false when the field does not fit or is not valid.</summary>
internal ref struct MqttBodyReader(in ReadOnlySequence<byte> body)
{
    private SequenceReader<byte> reader = new(body);

    public readonly bool End => reader.End;

    public readonly long RemainingBytes => reader.Remaining;

    public readonly ReadOnlySequence<byte> Rest => reader.UnreadSequence;

    public bool TryByte(out byte value) => reader.TryRead(out value);

    public bool TryUInt16(out ushort value)
    {
        bool read = reader.TryReadBigEndian(out short signed);
        value = (ushort)signed;
        return read;
    }

    public bool TryUInt32(out uint value)
    {
        bool read = reader.TryReadBigEndian(out int signed);
        value = (uint)signed;
        return read;
    }

    /// <summary>Variable byte integer in its shortest form, 0..268,435,455 (section 1.5.5).</summary>
    public bool TryVarInt(out uint value)
    {
        value = 0;
        for (int shift = 0; shift < 28; shift += 7)
        {
            if (!reader.TryRead(out byte digit) || (digit == 0 && shift > 0))
                return false;
            value |= (uint)(digit & 0x7F) << shift;
            if ((digit & 0x80) == 0)
                return true;
        }

        return false;
    }

    public bool TryBytes(out ReadOnlySequence<byte> field)
    {
        field = default;
        return TryUInt16(out ushort count) && reader.TryReadExact(count, out field);
    }

    public bool TryBinary(out byte[] field)
    {
        bool read = TryBytes(out var bytes);
        field = read ? bytes.ToArray() : [];
        return read;
    }

    public bool TryUtf8(out ReadOnlySequence<byte> field) => TryBytes(out field) && MqttUtf8.IsValid(field);

    public bool TryString(out string text)
    {
        bool read = TryUtf8(out var field);
        text = read ? MqttUtf8.GetString(field) : string.Empty;
        return read;
    }

    public bool TrySlice(uint bytes, out ReadOnlySequence<byte> slice)
    {
        slice = default;
        return bytes <= reader.Remaining && reader.TryReadExact((int)bytes, out slice);
    }
}
