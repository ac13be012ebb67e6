using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>Reads packet bodies of both versions and both directions. Out values are meaningful only on Complete.</summary>
public static partial class MqttDecoder
{
    /// <summary>Reads PUBLISH without copying topic or payload. Nothing is allocated unless there are properties.</summary>
    public static MqttDecodeOutcome ReadPublish(in MqttFrame frame, MqttProtocolVersion version, out MqttPublish publish)
    {
        publish = default;
        var qos = (MqttQos)((frame.Header >> 1) & 3);
        var reader = new MqttBodyReader(frame.Body);
        if (!reader.TryUtf8(out var topic))
            return MqttDecodeOutcome.Malformed;
        if (HasWildcard(topic))
            return MqttDecodeOutcome.TopicNameInvalid;
        ushort packetId = 0;
        if (qos != MqttQos.AtMostOnce)
        {
            if (!reader.TryUInt16(out packetId))
                return MqttDecodeOutcome.Malformed;
            if (packetId == 0)
                return MqttDecodeOutcome.ProtocolError;
        }

        MqttProperties? properties = null;
        if (version == MqttProtocolVersion.V500)
        {
            var outcome = MqttPropertyDecoder.Read(ref reader, MqttPacketType.Publish, out properties);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }

        if (topic.IsEmpty && properties?.TopicAlias is null)
            return version == MqttProtocolVersion.V500 ? MqttDecodeOutcome.ProtocolError : MqttDecodeOutcome.TopicNameInvalid;
        publish = new MqttPublish(topic, packetId, reader.Rest, qos, (frame.Header & 1) != 0, (frame.Header & 8) != 0, properties);
        return MqttDecodeOutcome.Complete;
    }

    /// <summary>Reads PUBACK, PUBREC, PUBREL or PUBCOMP; a 5.0 reason that this packet may not carry is a protocol error.</summary>
    public static MqttDecodeOutcome ReadAck(in MqttFrame frame, MqttProtocolVersion version, out MqttAck ack)
    {
        ack = default;
        var reader = new MqttBodyReader(frame.Body);
        if (!reader.TryUInt16(out ushort packetId))
            return MqttDecodeOutcome.Malformed;
        if (packetId == 0)
            return MqttDecodeOutcome.ProtocolError;
        var outcome = ReadReasonTail(ref reader, frame.Type, version, out var reason, out var properties);
        ack = new MqttAck(frame.Type, packetId, reason, properties);
        return outcome;
    }

    /// <summary>Reads DISCONNECT, or AUTH in 5.0.</summary>
    public static MqttDecodeOutcome ReadClosing(in MqttFrame frame, MqttProtocolVersion version, out MqttClosing closing)
    {
        var reader = new MqttBodyReader(frame.Body);
        var outcome = ReadReasonTail(ref reader, frame.Type, version, out var reason, out var properties);
        closing = new MqttClosing(frame.Type, reason, properties);
        if (outcome == MqttDecodeOutcome.Complete && frame.Type == MqttPacketType.Auth && version != MqttProtocolVersion.V500)
            return MqttDecodeOutcome.Malformed;
        return outcome;
    }

    /// <summary>Checks that PINGREQ or PINGRESP is empty.</summary>
    public static MqttDecodeOutcome ReadPing(in MqttFrame frame) =>
        frame.Body.IsEmpty ? MqttDecodeOutcome.Complete : MqttDecodeOutcome.Malformed;

    // Reason code and properties may be left out from the end (sections 3.4.2.1, 3.14.2.1).
    private static MqttDecodeOutcome ReadReasonTail(
        ref MqttBodyReader reader, MqttPacketType type, MqttProtocolVersion version, out MqttReasonCode reason, out MqttProperties? properties)
    {
        reason = MqttReasonCode.Success;
        properties = null;
        if (reader.End)
            return MqttDecodeOutcome.Complete;
        if (version != MqttProtocolVersion.V500)
            return MqttDecodeOutcome.Malformed;
        reader.TryByte(out byte code);
        reason = (MqttReasonCode)code;
        if (!MqttReasonCodes.IsAllowed(type, reason))
            return MqttDecodeOutcome.ProtocolError;
        if (reader.End)
            return MqttDecodeOutcome.Complete;
        var outcome = MqttPropertyDecoder.Read(ref reader, type, out properties);
        return outcome == MqttDecodeOutcome.Complete && !reader.End ? MqttDecodeOutcome.Malformed : outcome;
    }

    private static bool HasWildcard(in ReadOnlySequence<byte> topic)
    {
        foreach (var part in topic)
            if (part.Span.IndexOfAny((byte)'+', (byte)'#') >= 0)
                return true;
        return false;
    }
}
