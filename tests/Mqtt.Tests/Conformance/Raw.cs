using System.Globalization;
using System.Text;
using BodyCam.Mqtt.Codec;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Packets as hex, put together here from the OASIS figures and not by the codec under test.</summary>
internal static class Raw
{
    /// <summary>First byte, remaining length and body; <paramref name="body"/> is hex, blanks allowed.</summary>
    public static string Packet(byte header, string body)
    {
        string hex = body.Replace(" ", string.Empty, StringComparison.Ordinal);
        return header.ToString("X2", CultureInfo.InvariantCulture) + VarInt(hex.Length / 2) + hex;
    }

    /// <summary>CONNECT with clean session or clean start; <paramref name="more"/> is what follows the client identifier.</summary>
    public static string Connect(
        MqttProtocolVersion version, string clientId = "dev", byte flags = 0x02, int keepAliveS = 60, string properties = "", string more = "") =>
        Packet(0x10, Text("MQTT") + Byte((byte)version) + Byte(flags) + Word(keepAliveS) + Properties(version, properties) + Text(clientId) + more);

    /// <summary>Will properties (5.0), topic and payload as they stand in CONNECT.</summary>
    public static string Will(MqttProtocolVersion version, string topic = "w", string payload = "bye", string properties = "") =>
        Properties(version, properties) + Text(topic) + Text(payload);

    public static string Publish(
        MqttProtocolVersion version, string topic, string payload, int qos = 0, int id = 0, bool retain = false, bool dup = false, string properties = "") =>
        Packet(
            (byte)(0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0)),
            Text(topic) + (qos == 0 ? string.Empty : Word(id)) + Properties(version, properties) + Hex(payload));

    public static string Subscribe(MqttProtocolVersion version, int id, params (string Filter, byte Options)[] filters) =>
        Packet(0x82, Word(id) + Properties(version, string.Empty) + string.Concat(filters.Select(static f => Text(f.Filter) + Byte(f.Options))));

    public static string Unsubscribe(MqttProtocolVersion version, int id, params string[] filters) =>
        Packet(0xA2, Word(id) + Properties(version, string.Empty) + string.Concat(filters.Select(Text)));

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP by its first byte, without a reason.</summary>
    public static string Ack(byte header, int id) => Packet(header, Word(id));

    /// <summary>SUBACK or UNSUBACK; UNSUBACK of 3.1.1 has no codes.</summary>
    public static string Granted(MqttProtocolVersion version, byte header, int id, params byte[] codes) =>
        Packet(header, Word(id) + Properties(version, string.Empty) + (version == V311 && header == 0xB0 ? string.Empty : Convert.ToHexString(codes)));

    public static string Properties(MqttProtocolVersion version, string hex)
    {
        string plain = hex.Replace(" ", string.Empty, StringComparison.Ordinal);
        return version == V311 ? string.Empty : VarInt(plain.Length / 2) + plain;
    }

    public static string Text(string text) => Field(Hex(text));

    /// <summary>A two-byte length and the bytes.</summary>
    public static string Field(string hex) => Word(hex.Length / 2) + hex;

    public static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    public static string Word(int value) => value.ToString("X4", CultureInfo.InvariantCulture);

    public static string Byte(byte value) => value.ToString("X2", CultureInfo.InvariantCulture);

    private static string VarInt(int value)
    {
        var hex = new StringBuilder();
        do
        {
            int digit = value % 128;
            value /= 128;
            hex.Append(CultureInfo.InvariantCulture, $"{(value > 0 ? digit | 0x80 : digit):X2}");
        }
        while (value > 0);
        return hex.ToString();
    }
}
