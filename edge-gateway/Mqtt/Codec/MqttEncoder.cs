using System.Buffers;
using System.Text;

namespace BodyCam.Mqtt.Codec;

/// <summary>
/// Writes whole packets of both versions and both directions. Properties are ignored in 3.1.1.
/// The caller keeps to the rules of the protocol; only what cannot be encoded is refused by ArgumentException.
/// </summary>
public static partial class MqttEncoder
{
    /// <summary>Writes PUBLISH; the payload is copied once, into the writer.</summary>
    /// <param name="writer">Receives the packet.</param>
    /// <param name="version">Version of the connection.</param>
    /// <param name="topic">Valid topic name.</param>
    /// <param name="payload">The message.</param>
    /// <param name="qos">QoS of the delivery.</param>
    /// <param name="retain">RETAIN flag.</param>
    /// <param name="duplicate">DUP flag; only with QoS 1 and 2.</param>
    /// <param name="packetId">1..65,535 with QoS 1 and 2; not written with QoS 0.</param>
    /// <param name="properties">Properties of 5.0, or null.</param>
    public static void WritePublish(
        IBufferWriter<byte> writer,
        MqttProtocolVersion version,
        string topic,
        ReadOnlySpan<byte> payload,
        MqttQos qos = MqttQos.AtMostOnce,
        bool retain = false,
        bool duplicate = false,
        ushort packetId = 0,
        MqttProperties? properties = null)
    {
        byte header = (byte)(0x30 | (duplicate ? 8 : 0) | ((int)qos << 1) | (retain ? 1 : 0));
        int bytes = 2 + Encoding.UTF8.GetByteCount(topic) + (qos == MqttQos.AtMostOnce ? 0 : 2) + payload.Length;
        ArrayBufferWriter<byte>? section = null;
        if (version == MqttProtocolVersion.V500)
        {
            if (properties is not null)
                MqttPropertyEncoder.Write(section = new ArrayBufferWriter<byte>(), properties);
            bytes += section?.WrittenCount ?? 1;
        }

        MqttFieldWriter.Byte(writer, header);
        MqttFieldWriter.VarInt(writer, (uint)bytes);
        MqttFieldWriter.Text(writer, topic);
        if (qos != MqttQos.AtMostOnce)
            MqttFieldWriter.UInt16(writer, packetId);
        if (section is not null)
            writer.Write(section.WrittenSpan);
        else if (version == MqttProtocolVersion.V500)
            MqttFieldWriter.Byte(writer, 0);
        writer.Write(payload);
    }

    /// <summary>Writes PUBACK, PUBREC, PUBREL or PUBCOMP in its shortest form; in 3.1.1 the reason is not sent.</summary>
    public static void WriteAck(IBufferWriter<byte> writer, MqttProtocolVersion version, in MqttAck ack)
    {
        byte header = (byte)(((int)ack.Type << 4) | (ack.Type == MqttPacketType.PubRel ? 2 : 0));
        bool hasReason = version == MqttProtocolVersion.V500 && (ack.Reason != MqttReasonCode.Success || ack.Properties is not null);
        if (hasReason && ack.Properties is not null)
        {
            var body = new ArrayBufferWriter<byte>();
            MqttFieldWriter.UInt16(body, ack.PacketId);
            MqttFieldWriter.Byte(body, (byte)ack.Reason);
            MqttPropertyEncoder.Write(body, ack.Properties);
            WriteWhole(writer, header, body);
            return;
        }

        var span = writer.GetSpan(5);
        span[0] = header;
        span[1] = hasReason ? (byte)3 : (byte)2;
        span[2] = (byte)(ack.PacketId >> 8);
        span[3] = (byte)ack.PacketId;
        span[4] = (byte)ack.Reason;
        writer.Advance(hasReason ? 5 : 4);
    }

    /// <summary>Writes PINGREQ or PINGRESP.</summary>
    public static void WritePing(IBufferWriter<byte> writer, MqttPacketType type)
    {
        MqttFieldWriter.Byte(writer, (byte)((int)type << 4));
        MqttFieldWriter.Byte(writer, 0);
    }

    /// <summary>Writes DISCONNECT or AUTH in its shortest form.</summary>
    public static void WriteClosing(IBufferWriter<byte> writer, MqttProtocolVersion version, MqttClosing closing)
    {
        var body = new ArrayBufferWriter<byte>();
        if (version == MqttProtocolVersion.V500 && (closing.Reason != MqttReasonCode.Success || closing.Properties is not null))
        {
            MqttFieldWriter.Byte(body, (byte)closing.Reason);
            if (closing.Properties is not null)
                MqttPropertyEncoder.Write(body, closing.Properties);
        }

        WriteWhole(writer, (byte)((int)closing.Type << 4), body);
    }

    private static void WriteWhole(IBufferWriter<byte> writer, byte header, ArrayBufferWriter<byte> body)
    {
        MqttFieldWriter.Byte(writer, header);
        MqttFieldWriter.VarInt(writer, (uint)body.WrittenCount);
        writer.Write(body.WrittenSpan);
    }
}
