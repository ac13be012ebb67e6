using System.Buffers;
using BodyCam.Mqtt.Codec;
using static BodyCam.Mqtt.Codec.MqttDecodeOutcome;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Codec;

/// <summary>One row per rule of the OASIS texts that bytes can break.</summary>
public class MalformedTests
{
    [Theory]
    [InlineData(V311, "0000", Malformed, "type 0 is reserved")]
    [InlineData(V311, "F000", Malformed, "type 15 is reserved in 3.1.1")]
    [InlineData(V311, "8000", Malformed, "SUBSCRIBE flags are not 2")]
    [InlineData(V311, "6002000A", Malformed, "PUBREL flags are not 2")]
    [InlineData(V311, "4102000A", Malformed, "PUBACK flags are not 0")]
    [InlineData(V311, "C100", Malformed, "PINGREQ flags are not 0")]
    [InlineData(V311, "C00100", Malformed, "PINGREQ has a body")]
    [InlineData(V311, "36050001610001", Malformed, "QoS 3")]
    [InlineData(V311, "3803000161", Malformed, "DUP with QoS 0")]
    [InlineData(V311, "30FFFFFFFF7F", Malformed, "remaining length of five bytes")]
    [InlineData(V311, "C08000", Malformed, "remaining length not in its shortest form")]
    [InlineData(V311, "30020000", TopicNameInvalid, "empty topic")]
    [InlineData(V311, "300300012B", TopicNameInvalid, "'+' in a topic name")]
    [InlineData(V311, "3003000123", TopicNameInvalid, "'#' in a topic name")]
    [InlineData(V311, "3003000100", Malformed, "U+0000 in a topic")]
    [InlineData(V311, "30050003EDA080", Malformed, "surrogate U+D800 in UTF-8")]
    [InlineData(V311, "30040002C080", Malformed, "overlong UTF-8")]
    [InlineData(V311, "3003000561", Malformed, "topic longer than the packet")]
    [InlineData(V311, "32050001610000", ProtocolError, "packet identifier 0")]
    [InlineData(V311, "3203000161", Malformed, "packet identifier missing")]
    [InlineData(V311, "40020000", ProtocolError, "PUBACK for identifier 0")]
    [InlineData(V311, "4003000100", Malformed, "PUBACK with a reason in 3.1.1")]
    [InlineData(V311, "8202000A", ProtocolError, "SUBSCRIBE without filters")]
    [InlineData(V311, "8206000A00016103", Malformed, "requested QoS 3")]
    [InlineData(V311, "8206000A00016104", Malformed, "reserved option bits in 3.1.1")]
    [InlineData(V500, "8207000A0000016140", Malformed, "reserved option bits in 5.0")]
    [InlineData(V500, "8207000A0000016130", ProtocolError, "retain handling 3")]
    [InlineData(V311, "8207000A0002612301", Malformed, "'a#' is no filter")]
    [InlineData(V311, "8208000A000323 2F6101", Malformed, "'#/a' is no filter")]
    [InlineData(V311, "8205000A000001", Malformed, "empty filter")]
    [InlineData(V311, "A202000A", ProtocolError, "UNSUBSCRIBE without filters")]
    [InlineData(V500, "820F000A0000092473686172652F612F04", ProtocolError, "no local on a shared subscription")]
    [InlineData(V311, "E00100", Malformed, "DISCONNECT with a body in 3.1.1")]
    [InlineData(V500, "E00110", ProtocolError, "reason that DISCONNECT may not carry")]
    [InlineData(V500, "E0020001", Malformed, "property length beyond the packet")]
    [InlineData(V500, "4003000101", ProtocolError, "reason that PUBACK may not carry")]
    [InlineData(V500, "3006000161030100", Malformed, "property section longer than the packet")]
    [InlineData(V500, "3008000161040100 0101", ProtocolError, "payload format twice")]
    [InlineData(V500, "3006000161020102", ProtocolError, "payload format 2")]
    [InlineData(V500, "300700016103230000", ProtocolError, "topic alias 0")]
    [InlineData(V500, "3006000161020B00", ProtocolError, "subscription identifier 0")]
    [InlineData(V500, "300700016103210001", ProtocolError, "receive maximum in PUBLISH")]
    [InlineData(V500, "3006000161027F00", Malformed, "unknown property")]
    [InlineData(V500, "3003000000", ProtocolError, "empty topic without alias")]
    [InlineData(V311, "20020200", Malformed, "reserved CONNACK flags")]
    [InlineData(V311, "20020006", ProtocolError, "CONNACK return code 6")]
    [InlineData(V311, "20020105", Malformed, "session present on a refusal")]
    [InlineData(V311, "100C00044D5154540403000A0000", Malformed, "reserved CONNECT flag")]
    [InlineData(V311, "100C00044D515454041A000A0000", Malformed, "will QoS without will")]
    [InlineData(V311, "100C00044D515454041E000A0000", Malformed, "will QoS 3")]
    [InlineData(V311, "100C00044D5154540442000A0000", Malformed, "password without user in 3.1.1")]
    [InlineData(V311, "100C00044D5154540602000A0000", UnsupportedProtocolVersion, "level 6")]
    [InlineData(V311, "100E00064D51497364700302000A0000", UnsupportedProtocolVersion, "3.1")]
    [InlineData(V311, "100D00044D5154540402000A000000", Malformed, "bytes after the last field")]
    [InlineData(V311, "100A00044D5154540402000A", Malformed, "client identifier missing")]
    [InlineData(V500, "101000044D5154540502000A0321000000 00", ProtocolError, "receive maximum 0")]
    [InlineData(V500, "101200044D5154540502000A0527000000000000", ProtocolError, "maximum packet size 0")]
    [InlineData(V500, "101100044D5154540502000A04160001AA0000", ProtocolError, "authentication data without method")]
    public void Breaking_a_rule_is_answered_by_its_outcome(MqttProtocolVersion version, string hex, MqttDecodeOutcome expected, string rule)
    {
        byte[] bytes = Bytes.Of(hex);
        Assert.True(expected == Bytes.Decode(new(bytes), version, out _), rule);
        Assert.True(expected == Bytes.Decode(Bytes.Scattered(bytes), version, out _), rule + " (scattered)");
    }

    [Fact]
    public void Length_above_the_limit_is_refused_before_the_body_arrives()
    {
        Assert.Equal(PacketTooLarge, Bytes.Decode(new(Bytes.Of("30FFFFFF7F")), V311, out _));
        Assert.Equal(PacketTooLarge, Bytes.Decode(new(Bytes.Of("C001")), V311, out _, packetBytesMax: 2));
        Assert.Equal(NeedMoreData, Bytes.Decode(new(Bytes.Of("C001")), V311, out _, packetBytesMax: 3));
    }

    [Fact]
    public void Every_truncation_of_a_frame_asks_for_more()
    {
        byte[] whole = Bytes.Of("32 0A 0003 612F62 000A 00 6869");
        for (int count = 0; count < whole.Length; count++)
            Assert.Equal(NeedMoreData, Bytes.Decode(new(whole.AsMemory(0, count)), V500, out _));
    }

    [Fact]
    public void Every_truncation_of_a_body_is_refused_and_never_thrown()
    {
        var connect = new MqttConnect
        {
            Version = V500,
            ClientId = "dev",
            Will = new MqttWill("w", new byte[3], MqttQos.ExactlyOnce, Retain: true, new MqttProperties { WillDelayIntervalS = 5 }),
            UserName = "u",
            Password = [1, 2],
            Properties = new MqttProperties { ReceiveMaximum = 3, UserProperties = [new("k", "v")] },
        };
        var writer = new ArrayBufferWriter<byte>();
        MqttEncoder.WriteConnect(writer, connect);
        byte[] body = writer.WrittenSpan[2..].ToArray();
        Assert.Equal(Complete, MqttDecoder.ReadConnect(new MqttFrame(0x10, new(body)), out _));
        for (int count = 0; count < body.Length; count++)
            Assert.NotEqual(Complete, MqttDecoder.ReadConnect(new MqttFrame(0x10, new(body.AsMemory(0, count))), out _));
    }

    [Fact]
    public void Too_many_user_properties_and_filters_are_refused()
    {
        var many = Enumerable.Repeat(new KeyValuePair<string, string>("", ""), MqttCodecLimits.UserPropertiesMax + 1).ToArray();
        var writer = new ArrayBufferWriter<byte>();
        MqttEncoder.WritePublish(writer, V500, "t", default, properties: new MqttProperties { UserProperties = many });
        Assert.Equal(QuotaExceeded, Bytes.Decode(new(writer.WrittenMemory), V500, out _));
        writer = new ArrayBufferWriter<byte>();
        var filters = Enumerable.Repeat("a", MqttCodecLimits.FiltersPerPacketMax + 1).ToArray();
        MqttEncoder.WriteUnsubscribe(writer, V500, new MqttUnsubscribe(1, filters));
        Assert.Equal(QuotaExceeded, Bytes.Decode(new(writer.WrittenMemory), V500, out _));
    }

    [Theory]
    [InlineData(20261120)]
    [InlineData(42)]
    public void Random_bytes_never_throw(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = new byte[random.Next(2, 40)];
            random.NextBytes(bytes);
            bytes[1] = (byte)(bytes.Length - 2);
            Bytes.Decode(new(bytes), (round & 1) == 0 ? V311 : V500, out _);
        }
    }
}
