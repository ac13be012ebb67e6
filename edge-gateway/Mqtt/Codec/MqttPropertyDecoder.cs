using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>Reads a property section: known identifiers, allowed in this packet, each at most once, values in range.</summary>
internal static class MqttPropertyDecoder
{
    /// <summary>Stands for the will in the tables below, where type 0 is free.</summary>
    public const MqttPacketType Will = default;

    /// <summary>Reads length and properties; null when the section is empty.</summary>
    public static MqttDecodeOutcome Read(ref MqttBodyReader reader, MqttPacketType packet, out MqttProperties? properties)
    {
        properties = null;
        if (!reader.TryVarInt(out uint bytes) || !reader.TrySlice(bytes, out var section))
            return MqttDecodeOutcome.Malformed;
        return bytes == 0 ? MqttDecodeOutcome.Complete : ReadSection(section, packet, out properties);
    }

    private static MqttDecodeOutcome ReadSection(in ReadOnlySequence<byte> section, MqttPacketType packet, out MqttProperties properties)
    {
        properties = new MqttProperties();
        var reader = new MqttBodyReader(section);
        ulong seen = 0;
        while (!reader.End)
        {
            if (!reader.TryVarInt(out uint id) || id >= 64 || AllowedIn(id) == 0)
                return MqttDecodeOutcome.Malformed;
            if ((AllowedIn(id) & (1 << (int)packet)) == 0)
                return MqttDecodeOutcome.ProtocolError;
            bool repeats = id == 0x26 || (id == 0x0B && packet == MqttPacketType.Publish);
            if (!repeats && (seen & (1UL << (int)id)) != 0)
                return MqttDecodeOutcome.ProtocolError;
            seen |= 1UL << (int)id;
            var outcome = ReadValue(ref reader, id, properties);
            if (outcome != MqttDecodeOutcome.Complete)
                return outcome;
        }

        return properties.AuthenticationData is not null && properties.AuthenticationMethod is null
            ? MqttDecodeOutcome.ProtocolError // Section 3.1.2.11.10.
            : MqttDecodeOutcome.Complete;
    }

    private static MqttDecodeOutcome ReadValue(ref MqttBodyReader reader, uint id, MqttProperties p)
    {
        bool read;
        bool valid = true;
        switch (id)
        {
            case 0x01: read = Flag(ref reader, ref valid, out var b); p.PayloadFormatIndicator = b; break;
            case 0x17: read = Flag(ref reader, ref valid, out b); p.RequestProblemInformation = b; break;
            case 0x19: read = Flag(ref reader, ref valid, out b); p.RequestResponseInformation = b; break;
            case 0x24: read = Flag(ref reader, ref valid, out b); p.MaximumQos = b; break;
            case 0x25: read = Flag(ref reader, ref valid, out b); p.RetainAvailable = b; break;
            case 0x28: read = Flag(ref reader, ref valid, out b); p.WildcardSubscriptionAvailable = b; break;
            case 0x29: read = Flag(ref reader, ref valid, out b); p.SubscriptionIdentifierAvailable = b; break;
            case 0x2A: read = Flag(ref reader, ref valid, out b); p.SharedSubscriptionAvailable = b; break;
            case 0x02: read = reader.TryUInt32(out var i); p.MessageExpiryIntervalS = i; break;
            case 0x11: read = reader.TryUInt32(out i); p.SessionExpiryIntervalS = i; break;
            case 0x18: read = reader.TryUInt32(out i); p.WillDelayIntervalS = i; break;
            case 0x27: read = reader.TryUInt32(out i); p.MaximumPacketBytes = i; valid = i != 0; break;
            case 0x13: read = reader.TryUInt16(out var s); p.ServerKeepAliveS = s; break;
            case 0x21: read = reader.TryUInt16(out s); p.ReceiveMaximum = s; valid = s != 0; break;
            case 0x22: read = reader.TryUInt16(out s); p.TopicAliasMaximum = s; break;
            case 0x23: read = reader.TryUInt16(out s); p.TopicAlias = s; valid = s != 0; break;
            case 0x0B: read = reader.TryVarInt(out i); (p.SubscriptionIdentifiers ??= new List<uint>()).Add(i); valid = i != 0; break;
            case 0x09: read = reader.TryBinary(out var bytes); p.CorrelationData = bytes; break;
            case 0x16: read = reader.TryBinary(out bytes); p.AuthenticationData = bytes; break;
            case 0x03: read = reader.TryString(out var text); p.ContentType = text; break;
            case 0x08: read = reader.TryString(out text); p.ResponseTopic = text; valid = MqttTopic.IsValidName(text); break;
            case 0x12: read = reader.TryString(out text); p.AssignedClientIdentifier = text; break;
            case 0x15: read = reader.TryString(out text); p.AuthenticationMethod = text; break;
            case 0x1A: read = reader.TryString(out text); p.ResponseInformation = text; break;
            case 0x1C: read = reader.TryString(out text); p.ServerReference = text; break;
            case 0x1F: read = reader.TryString(out text); p.ReasonString = text; break;
            default:
                string value = string.Empty;
                read = reader.TryString(out text) && reader.TryString(out value);
                var list = p.UserProperties ??= new List<KeyValuePair<string, string>>();
                if (list.Count == MqttCodecLimits.UserPropertiesMax)
                    return MqttDecodeOutcome.QuotaExceeded;
                list.Add(new(text, value));
                break;
        }

        if (!read)
            return MqttDecodeOutcome.Malformed;
        if (p.SubscriptionIdentifiers is { Count: > MqttCodecLimits.FiltersPerPacketMax })
            return MqttDecodeOutcome.QuotaExceeded;
        return valid ? MqttDecodeOutcome.Complete : MqttDecodeOutcome.ProtocolError;
    }

    private static bool Flag(ref MqttBodyReader reader, ref bool valid, out byte value)
    {
        bool read = reader.TryByte(out value);
        valid = value <= 1;
        return read;
    }

    // Table 2-4 of 5.0: bit n stands for packet type n, bit 0 for the will.
    private static int AllowedIn(uint id) => id switch
    {
        0x01 or 0x02 or 0x03 or 0x08 or 0x09 => Bits(Will, MqttPacketType.Publish),
        0x0B => Bits(MqttPacketType.Publish, MqttPacketType.Subscribe),
        0x11 => Bits(MqttPacketType.Connect, MqttPacketType.ConnAck, MqttPacketType.Disconnect),
        0x15 or 0x16 => Bits(MqttPacketType.Connect, MqttPacketType.ConnAck, MqttPacketType.Auth),
        0x17 or 0x19 => Bits(MqttPacketType.Connect),
        0x18 => Bits(Will),
        0x1C => Bits(MqttPacketType.ConnAck, MqttPacketType.Disconnect),
        0x21 or 0x22 or 0x27 => Bits(MqttPacketType.Connect, MqttPacketType.ConnAck),
        0x23 => Bits(MqttPacketType.Publish),
        0x12 or 0x13 or 0x1A or 0x24 or 0x25 or 0x28 or 0x29 or 0x2A => Bits(MqttPacketType.ConnAck),
        0x1F => Bits(
            MqttPacketType.ConnAck, MqttPacketType.PubAck, MqttPacketType.PubRec, MqttPacketType.PubRel, MqttPacketType.PubComp,
            MqttPacketType.SubAck, MqttPacketType.UnsubAck, MqttPacketType.Disconnect, MqttPacketType.Auth),
        0x26 => 0xFFFF & ~Bits(MqttPacketType.PingReq, MqttPacketType.PingResp),
        _ => 0,
    };

    private static int Bits(params ReadOnlySpan<MqttPacketType> packets)
    {
        int bits = 0;
        foreach (var packet in packets)
            bits |= 1 << (int)packet;
        return bits;
    }
}
