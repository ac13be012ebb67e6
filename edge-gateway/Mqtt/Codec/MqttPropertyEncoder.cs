using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>Writes property sections in ascending order of identifier.</summary>
internal static class MqttPropertyEncoder
{
    /// <summary>Writes length and properties; null writes the empty section.</summary>
    public static void Write(IBufferWriter<byte> writer, MqttProperties? properties)
    {
        if (properties is null)
        {
            MqttFieldWriter.Byte(writer, 0);
            return;
        }

        var section = new ArrayBufferWriter<byte>();
        WriteAll(section, properties);
        MqttFieldWriter.VarInt(writer, (uint)section.WrittenCount);
        writer.Write(section.WrittenSpan);
    }

    private static void WriteAll(IBufferWriter<byte> w, MqttProperties p)
    {
        OneByte(w, 0x01, p.PayloadFormatIndicator);
        FourBytes(w, 0x02, p.MessageExpiryIntervalS);
        Text(w, 0x03, p.ContentType);
        Text(w, 0x08, p.ResponseTopic);
        Binary(w, 0x09, p.CorrelationData);
        foreach (uint id in p.SubscriptionIdentifiers ?? [])
        {
            MqttFieldWriter.Byte(w, 0x0B);
            MqttFieldWriter.VarInt(w, id);
        }

        FourBytes(w, 0x11, p.SessionExpiryIntervalS);
        Text(w, 0x12, p.AssignedClientIdentifier);
        TwoBytes(w, 0x13, p.ServerKeepAliveS);
        Text(w, 0x15, p.AuthenticationMethod);
        Binary(w, 0x16, p.AuthenticationData);
        OneByte(w, 0x17, p.RequestProblemInformation);
        FourBytes(w, 0x18, p.WillDelayIntervalS);
        OneByte(w, 0x19, p.RequestResponseInformation);
        Text(w, 0x1A, p.ResponseInformation);
        Text(w, 0x1C, p.ServerReference);
        Text(w, 0x1F, p.ReasonString);
        TwoBytes(w, 0x21, p.ReceiveMaximum);
        TwoBytes(w, 0x22, p.TopicAliasMaximum);
        TwoBytes(w, 0x23, p.TopicAlias);
        OneByte(w, 0x24, p.MaximumQos);
        OneByte(w, 0x25, p.RetainAvailable);
        foreach (var pair in p.UserProperties ?? [])
        {
            MqttFieldWriter.Byte(w, 0x26);
            MqttFieldWriter.Text(w, pair.Key);
            MqttFieldWriter.Text(w, pair.Value);
        }

        FourBytes(w, 0x27, p.MaximumPacketBytes);
        OneByte(w, 0x28, p.WildcardSubscriptionAvailable);
        OneByte(w, 0x29, p.SubscriptionIdentifierAvailable);
        OneByte(w, 0x2A, p.SharedSubscriptionAvailable);
    }

    private static void OneByte(IBufferWriter<byte> w, byte id, byte? value)
    {
        if (value is null)
            return;
        MqttFieldWriter.Byte(w, id);
        MqttFieldWriter.Byte(w, value.Value);
    }

    private static void TwoBytes(IBufferWriter<byte> w, byte id, ushort? value)
    {
        if (value is null)
            return;
        MqttFieldWriter.Byte(w, id);
        MqttFieldWriter.UInt16(w, value.Value);
    }

    private static void FourBytes(IBufferWriter<byte> w, byte id, uint? value)
    {
        if (value is null)
            return;
        MqttFieldWriter.Byte(w, id);
        MqttFieldWriter.UInt32(w, value.Value);
    }

    private static void Text(IBufferWriter<byte> w, byte id, string? value)
    {
        if (value is null)
            return;
        MqttFieldWriter.Byte(w, id);
        MqttFieldWriter.Text(w, value);
    }

    private static void Binary(IBufferWriter<byte> w, byte id, byte[]? value)
    {
        if (value is null)
            return;
        MqttFieldWriter.Byte(w, id);
        MqttFieldWriter.Binary(w, value);
    }
}
