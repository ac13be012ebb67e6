using System.Buffers;

namespace BodyCam.Mqtt.Codec;

public static partial class MqttEncoder
{
    /// <summary>Writes CONNECT.</summary>
    public static void WriteConnect(IBufferWriter<byte> writer, MqttConnect connect)
    {
        bool v5 = connect.Version == MqttProtocolVersion.V500;
        var body = new ArrayBufferWriter<byte>();
        MqttFieldWriter.Text(body, "MQTT");
        MqttFieldWriter.Byte(body, (byte)connect.Version);
        int flags = (connect.UserName is null ? 0 : 0x80) | (connect.Password is null ? 0 : 0x40) | (connect.CleanStart ? 0x02 : 0);
        if (connect.Will is not null)
            flags |= 0x04 | ((int)connect.Will.Qos << 3) | (connect.Will.Retain ? 0x20 : 0);
        MqttFieldWriter.Byte(body, (byte)flags);
        MqttFieldWriter.UInt16(body, connect.KeepAliveS);
        if (v5)
            MqttPropertyEncoder.Write(body, connect.Properties);
        MqttFieldWriter.Text(body, connect.ClientId);
        if (connect.Will is not null)
        {
            if (v5)
                MqttPropertyEncoder.Write(body, connect.Will.Properties);
            MqttFieldWriter.Text(body, connect.Will.Topic);
            MqttFieldWriter.Binary(body, connect.Will.Payload.Span);
        }

        if (connect.UserName is not null)
            MqttFieldWriter.Text(body, connect.UserName);
        if (connect.Password is not null)
            MqttFieldWriter.Binary(body, connect.Password);
        WriteWhole(writer, 0x10, body);
    }

    /// <summary>Writes CONNACK; in 3.1.1 the reason becomes a return code 0..5.</summary>
    public static void WriteConnAck(IBufferWriter<byte> writer, MqttProtocolVersion version, MqttConnAck connAck)
    {
        bool v5 = version == MqttProtocolVersion.V500;
        var body = new ArrayBufferWriter<byte>();
        MqttFieldWriter.Byte(body, connAck.SessionPresent ? (byte)1 : (byte)0);
        MqttFieldWriter.Byte(body, v5 ? (byte)connAck.Reason : MqttReasonCodes.ToReturnCode(connAck.Reason));
        if (v5)
            MqttPropertyEncoder.Write(body, connAck.Properties);
        WriteWhole(writer, 0x20, body);
    }

    /// <summary>Writes SUBSCRIBE; options other than the QoS are not sent in 3.1.1.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> writer, MqttProtocolVersion version, MqttSubscribe subscribe)
    {
        bool v5 = version == MqttProtocolVersion.V500;
        var body = ListHead(version, subscribe.PacketId, subscribe.Properties);
        foreach (var request in subscribe.Requests)
        {
            int options = (int)request.Qos;
            if (v5)
                options |= (request.NoLocal ? 4 : 0) | (request.RetainAsPublished ? 8 : 0) | ((int)request.RetainHandling << 4);
            MqttFieldWriter.Text(body, request.Filter);
            MqttFieldWriter.Byte(body, (byte)options);
        }

        WriteWhole(writer, 0x82, body);
    }

    /// <summary>Writes UNSUBSCRIBE.</summary>
    public static void WriteUnsubscribe(IBufferWriter<byte> writer, MqttProtocolVersion version, MqttUnsubscribe unsubscribe)
    {
        var body = ListHead(version, unsubscribe.PacketId, unsubscribe.Properties);
        foreach (string filter in unsubscribe.Filters)
            MqttFieldWriter.Text(body, filter);
        WriteWhole(writer, 0xA2, body);
    }

    /// <summary>Writes SUBACK or UNSUBACK; in 3.1.1 failures become 0x80 and UNSUBACK carries no codes.</summary>
    public static void WriteSubAck(IBufferWriter<byte> writer, MqttProtocolVersion version, MqttSubAck subAck)
    {
        bool v5 = version == MqttProtocolVersion.V500;
        var body = ListHead(version, subAck.PacketId, subAck.Properties);
        if (v5 || subAck.Type == MqttPacketType.SubAck)
            foreach (var reason in subAck.Reasons)
                MqttFieldWriter.Byte(body, !v5 && reason >= MqttReasonCode.UnspecifiedError ? (byte)0x80 : (byte)reason);
        WriteWhole(writer, (byte)((int)subAck.Type << 4), body);
    }

    private static ArrayBufferWriter<byte> ListHead(MqttProtocolVersion version, ushort packetId, MqttProperties? properties)
    {
        var body = new ArrayBufferWriter<byte>();
        MqttFieldWriter.UInt16(body, packetId);
        if (version == MqttProtocolVersion.V500)
            MqttPropertyEncoder.Write(body, properties);
        return body;
    }
}
