using System.Buffers;

namespace BodyCam.Mqtt.Codec;

public static partial class MqttDecoder
{
    /// <summary>Reads CONNECT of either version; another protocol name or level answers UnsupportedProtocolVersion.</summary>
    public static MqttDecodeOutcome ReadConnect(in MqttFrame frame, out MqttConnect connect)
    {
        connect = new MqttConnect();
        var reader = new MqttBodyReader(frame.Body);
        if (!reader.TryUtf8(out var name) || !reader.TryByte(out byte level))
            return MqttDecodeOutcome.Malformed;
        Span<byte> mqtt = stackalloc byte[4];
        if (name.Length != 4)
            return MqttDecodeOutcome.UnsupportedProtocolVersion;
        name.CopyTo(mqtt);
        if (!mqtt.SequenceEqual("MQTT"u8) || level is not (4 or 5))
            return MqttDecodeOutcome.UnsupportedProtocolVersion;
        var version = (MqttProtocolVersion)level;
        if (!reader.TryByte(out byte flags) || !reader.TryUInt16(out ushort keepAliveS) || !ConnectFlagsAreValid(flags, version))
            return MqttDecodeOutcome.Malformed;

        MqttProperties? properties = null;
        if (version == MqttProtocolVersion.V500)
        {
            var outcome = MqttPropertyDecoder.Read(ref reader, MqttPacketType.Connect, out properties);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }

        if (!reader.TryString(out string clientId))
            return MqttDecodeOutcome.Malformed;
        MqttWill? will = null;
        if ((flags & 0x04) != 0)
        {
            var outcome = ReadWill(ref reader, flags, version, out will);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }

        string? userName = null;
        if ((flags & 0x80) != 0 && !reader.TryString(out userName))
            return MqttDecodeOutcome.Malformed;
        byte[]? password = null;
        if ((flags & 0x40) != 0 && !reader.TryBinary(out password))
            return MqttDecodeOutcome.Malformed;
        if (!reader.End)
            return MqttDecodeOutcome.Malformed;
        connect = new MqttConnect
        {
            Version = version,
            CleanStart = (flags & 0x02) != 0,
            KeepAliveS = keepAliveS,
            ClientId = clientId,
            Will = will,
            UserName = userName,
            Password = password,
            Properties = properties,
        };
        return MqttDecodeOutcome.Complete;
    }

    /// <summary>Reads CONNACK.</summary>
    public static MqttDecodeOutcome ReadConnAck(in MqttFrame frame, MqttProtocolVersion version, out MqttConnAck connAck)
    {
        connAck = new MqttConnAck(SessionPresent: false, MqttReasonCode.UnspecifiedError);
        var reader = new MqttBodyReader(frame.Body);
        if (!reader.TryByte(out byte flags) || (flags & 0xFE) != 0 || !reader.TryByte(out byte code))
            return MqttDecodeOutcome.Malformed;
        MqttProperties? properties = null;
        var reason = (MqttReasonCode)code;
        if (version == MqttProtocolVersion.V500)
        {
            if (!MqttReasonCodes.IsAllowed(MqttPacketType.ConnAck, reason))
                return MqttDecodeOutcome.ProtocolError;
            var outcome = MqttPropertyDecoder.Read(ref reader, MqttPacketType.ConnAck, out properties);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }
        else if (!MqttReasonCodes.TryFromReturnCode(code, out reason))
        {
            return MqttDecodeOutcome.ProtocolError;
        }

        if (!reader.End || (flags != 0 && reason != MqttReasonCode.Success)) // [MQTT-3.2.2-6]
            return MqttDecodeOutcome.Malformed;
        connAck = new MqttConnAck(flags != 0, reason, properties);
        return MqttDecodeOutcome.Complete;
    }

    // Sections 3.1.2.3 to 3.1.2.9: reserved bit 0; will QoS and retain only with a will; in 3.1.1 a password needs a user name.
    private static bool ConnectFlagsAreValid(byte flags, MqttProtocolVersion version)
    {
        bool will = (flags & 0x04) != 0;
        bool passwordAlone = (flags & 0xC0) == 0x40;
        return (flags & 0x01) == 0
            && (flags & 0x18) != 0x18
            && (will || (flags & 0x38) == 0)
            && (!passwordAlone || version == MqttProtocolVersion.V500);
    }

    private static MqttDecodeOutcome ReadWill(ref MqttBodyReader reader, byte flags, MqttProtocolVersion version, out MqttWill? will)
    {
        will = null;
        MqttProperties? properties = null;
        if (version == MqttProtocolVersion.V500)
        {
            var outcome = MqttPropertyDecoder.Read(ref reader, MqttPropertyDecoder.Will, out properties);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }

        if (!reader.TryString(out string topic) || !reader.TryBinary(out byte[] payload))
            return MqttDecodeOutcome.Malformed;
        if (!MqttTopic.IsValidName(topic))
            return MqttDecodeOutcome.TopicNameInvalid;
        will = new MqttWill(topic, payload, (MqttQos)((flags >> 3) & 3), (flags & 0x20) != 0, properties);
        return MqttDecodeOutcome.Complete;
    }
}
