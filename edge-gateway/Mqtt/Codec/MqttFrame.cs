using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>One control packet as it lies in the receive buffer: first byte and body. Nothing is copied.</summary>
/// <param name="Header">First byte: type in the high nibble, flags in the low one, already validated.</param>
/// <param name="Body">Everything after the remaining length; valid until the buffer is advanced.</param>
public readonly record struct MqttFrame(byte Header, ReadOnlySequence<byte> Body)
{
    /// <summary>Packet type from the high nibble.</summary>
    public MqttPacketType Type => (MqttPacketType)(Header >> 4);

    /// <summary>
    /// Splits the next packet off <paramref name="buffer"/>. On Complete the buffer starts after the packet;
    /// otherwise it is unchanged. The type's reserved flags are checked on the first byte and the length
    /// as soon as it is there, so a refusal never waits for the body.
    /// </summary>
    /// <param name="buffer">Bytes received and not yet consumed.</param>
    /// <param name="packetBytesMax">Largest whole packet in bytes, fixed header included.</param>
    /// <param name="frame">The packet on Complete.</param>
    public static MqttDecodeOutcome TryRead(ref ReadOnlySequence<byte> buffer, int packetBytesMax, out MqttFrame frame)
    {
        frame = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out byte header))
            return MqttDecodeOutcome.NeedMoreData;
        if (!FlagsAreValid(header))
            return MqttDecodeOutcome.Malformed;

        int length = 0;
        int shift = 0;
        byte digit;
        do
        {
            if (!reader.TryRead(out digit))
                return MqttDecodeOutcome.NeedMoreData;
            if (digit == 0 && shift > 0)
                return MqttDecodeOutcome.Malformed; // Not the shortest form [MQTT-1.5.5-1].
            length |= (digit & 0x7F) << shift;
            shift += 7;
            if (shift == 28 && (digit & 0x80) != 0)
                return MqttDecodeOutcome.Malformed;
        }
        while ((digit & 0x80) != 0);

        if (length + reader.Consumed > packetBytesMax)
            return MqttDecodeOutcome.PacketTooLarge;
        if (reader.Remaining < length)
            return MqttDecodeOutcome.NeedMoreData;
        var body = buffer.Slice(reader.Position, length);
        frame = new MqttFrame(header, body);
        buffer = buffer.Slice(body.End);
        return MqttDecodeOutcome.Complete;
    }

    // Table 2.2 of 3.1.1, table 2-2 of 5.0; PUBLISH also [MQTT-3.3.1-2] and [MQTT-3.3.1-4].
    private static bool FlagsAreValid(byte header) => (MqttPacketType)(header >> 4) switch
    {
        default(MqttPacketType) => false,
        MqttPacketType.Publish => (header & 0x06) != 0x06 && ((header & 0x08) == 0 || (header & 0x06) != 0),
        MqttPacketType.PubRel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe => (header & 0x0F) == 2,
        _ => (header & 0x0F) == 0,
    };
}
