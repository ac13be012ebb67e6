namespace BodyCam.Mqtt.Codec;

public static partial class MqttDecoder
{
    /// <summary>Reads SUBSCRIBE; an ill-formed filter answers Malformed, more than <see cref="MqttCodecLimits.FiltersPerPacketMax"/> QuotaExceeded.</summary>
    public static MqttDecodeOutcome ReadSubscribe(in MqttFrame frame, MqttProtocolVersion version, out MqttSubscribe subscribe)
    {
        var requests = new List<MqttSubscriptionRequest>(1);
        subscribe = new MqttSubscribe(0, requests);
        var reader = new MqttBodyReader(frame.Body);
        var outcome = ReadListHead(ref reader, frame.Type, version, out ushort packetId, out var properties);
        while (outcome == MqttDecodeOutcome.Complete && !reader.End)
        {
            if (requests.Count == MqttCodecLimits.FiltersPerPacketMax)
                return MqttDecodeOutcome.QuotaExceeded;
            if (!reader.TryString(out string filter) || !MqttTopic.IsValidFilter(filter) || !reader.TryByte(out byte options))
                return MqttDecodeOutcome.Malformed;
            byte reserved = version == MqttProtocolVersion.V500 ? (byte)0xC0 : (byte)0xFC;
            if ((options & reserved) != 0 || (options & 0x03) == 3)
                return MqttDecodeOutcome.Malformed;
            bool noLocal = (options & 0x04) != 0;
            bool shared = filter.StartsWith(MqttTopic.SharedPrefix, StringComparison.Ordinal);
            if ((options & 0x30) == 0x30 || (noLocal && shared)) // [MQTT-3.8.3-4]
                return MqttDecodeOutcome.ProtocolError;
            requests.Add(new(filter, (MqttQos)(options & 3), noLocal, (options & 0x08) != 0, (MqttRetainHandling)(options >> 4)));
        }

        if (outcome == MqttDecodeOutcome.Complete && requests.Count == 0)
            return MqttDecodeOutcome.ProtocolError; // [MQTT-3.8.3-2]
        subscribe = new MqttSubscribe(packetId, requests, properties);
        return outcome;
    }

    /// <summary>Reads UNSUBSCRIBE with the bounds of <see cref="ReadSubscribe"/>.</summary>
    public static MqttDecodeOutcome ReadUnsubscribe(in MqttFrame frame, MqttProtocolVersion version, out MqttUnsubscribe unsubscribe)
    {
        var filters = new List<string>(1);
        unsubscribe = new MqttUnsubscribe(0, filters);
        var reader = new MqttBodyReader(frame.Body);
        var outcome = ReadListHead(ref reader, frame.Type, version, out ushort packetId, out var properties);
        while (outcome == MqttDecodeOutcome.Complete && !reader.End)
        {
            if (filters.Count == MqttCodecLimits.FiltersPerPacketMax)
                return MqttDecodeOutcome.QuotaExceeded;
            if (!reader.TryString(out string filter) || !MqttTopic.IsValidFilter(filter))
                return MqttDecodeOutcome.Malformed;
            filters.Add(filter);
        }

        if (outcome == MqttDecodeOutcome.Complete && filters.Count == 0)
            return MqttDecodeOutcome.ProtocolError;
        unsubscribe = new MqttUnsubscribe(packetId, filters, properties);
        return outcome;
    }

    /// <summary>Reads SUBACK or UNSUBACK.</summary>
    public static MqttDecodeOutcome ReadSubAck(in MqttFrame frame, MqttProtocolVersion version, out MqttSubAck subAck)
    {
        var reasons = new List<MqttReasonCode>(1);
        subAck = new MqttSubAck(frame.Type, 0, reasons);
        var reader = new MqttBodyReader(frame.Body);
        var outcome = ReadListHead(ref reader, frame.Type, version, out ushort packetId, out var properties);
        while (outcome == MqttDecodeOutcome.Complete && reader.TryByte(out byte code))
        {
            var reason = (MqttReasonCode)code;
            bool old = version == MqttProtocolVersion.V311;
            if (old && frame.Type == MqttPacketType.UnsubAck)
                return MqttDecodeOutcome.Malformed;
            if (old ? code is > 2 and not 0x80 : !MqttReasonCodes.IsAllowed(frame.Type, reason))
                return MqttDecodeOutcome.ProtocolError;
            if (reasons.Count == MqttCodecLimits.FiltersPerPacketMax)
                return MqttDecodeOutcome.QuotaExceeded;
            reasons.Add(reason);
        }

        subAck = new MqttSubAck(frame.Type, packetId, reasons, properties);
        return outcome;
    }

    private static MqttDecodeOutcome ReadListHead(
        ref MqttBodyReader reader, MqttPacketType type, MqttProtocolVersion version, out ushort packetId, out MqttProperties? properties)
    {
        properties = null;
        if (!reader.TryUInt16(out packetId))
            return MqttDecodeOutcome.Malformed;
        if (packetId == 0)
            return MqttDecodeOutcome.ProtocolError;
        return version == MqttProtocolVersion.V500
            ? MqttPropertyDecoder.Read(ref reader, type, out properties)
            : MqttDecodeOutcome.Complete;
    }
}
