using System.Buffers;
using System.Text;
using BodyCam.Mqtt.Codec;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Codec;

/// <summary>Bytes laid out by hand from the figures and tables of the OASIS texts.</summary>
public class GoldenVectorTests
{
    [Fact]
    public void Connect311_has_the_variable_header_of_figure_3_6()
    {
        // Name "MQTT", level 4, flags 1100 1110 (user, password, will QoS 1, will, clean), keep alive 10.
        string expected = "10 20 0004 4D515454 04 CE 000A 0003 646576 0003 772F74 0003 627965 0001 75 0002 7077".Replace(" ", "", StringComparison.Ordinal);
        var connect = new MqttConnect
        {
            ClientId = "dev",
            KeepAliveS = 10,
            Will = new MqttWill("w/t", "bye"u8.ToArray(), MqttQos.AtLeastOnce, Retain: false),
            UserName = "u",
            Password = "pw"u8.ToArray(),
        };
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteConnect(w, connect)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(new(Bytes.Of(expected)), V311, out object? packet));
        var read = Assert.IsType<MqttConnect>(packet);
        Assert.Equal(("dev", (ushort)10, true, "u"), (read.ClientId, read.KeepAliveS, read.CleanStart, read.UserName));
        Assert.Equal("w/t", read.Will!.Topic);
        Assert.Equal("bye"u8.ToArray(), read.Will.Payload.ToArray());
        Assert.Equal(MqttQos.AtLeastOnce, read.Will.Qos);
    }

    [Fact]
    public void Connect500_has_the_session_expiry_property_of_figure_3_6()
    {
        // Section 3.1.2.12: properties of length 5, identifier 17, value 10.
        string expected = "10120004" + "4D515454" + "05" + "02" + "000A" + "05110000000A" + "0000";
        var connect = new MqttConnect { Version = V500, KeepAliveS = 10, Properties = new MqttProperties { SessionExpiryIntervalS = 10 } };
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteConnect(w, connect)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(Bytes.Of(expected)), V500, out object? packet));
        Assert.Equal(10u, Assert.IsType<MqttConnect>(packet).Properties!.SessionExpiryIntervalS);
    }

    [Theory]
    [InlineData(V311, "32090003612F62000A6869")]
    [InlineData(V500, "320A0003612F62000A006869")]
    public void Publish_has_topic_a_b_and_packet_identifier_10_of_section_3_3_2_3(MqttProtocolVersion version, string expected)
    {
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WritePublish(w, version, "a/b", "hi"u8, MqttQos.AtLeastOnce, packetId: 10)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(Bytes.Of(expected)), version, out object? packet));
        var read = Assert.IsType<MqttPublish>(packet);
        Assert.Equal("a/b", Encoding.UTF8.GetString(read.TopicUtf8));
        Assert.Equal("hi"u8.ToArray(), read.Payload.ToArray());
        Assert.Equal((ushort)10, read.PacketId);
    }

    [Theory]
    [InlineData(V311, "820E000A0003612F6201" + "0003632F6402")]
    [InlineData(V500, "820F000A000003612F6201" + "0003632F6402")]
    public void Subscribe_has_the_filters_a_b_and_c_d_of_figure_3_23(MqttProtocolVersion version, string expected)
    {
        var subscribe = new MqttSubscribe(10, [new("a/b", MqttQos.AtLeastOnce), new("c/d", MqttQos.ExactlyOnce)]);
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteSubscribe(w, version, subscribe)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(Bytes.Of(expected)), version, out object? packet));
        Assert.Equal(subscribe.Requests, Assert.IsType<MqttSubscribe>(packet).Requests);
    }

    [Theory]
    [InlineData(V311, "9005000A000280")]
    [InlineData(V500, "9006000A00000280")]
    public void SubAck_has_one_code_per_filter_as_in_figure_3_26(MqttProtocolVersion version, string expected)
    {
        var subAck = new MqttSubAck(MqttPacketType.SubAck, 10, [MqttReasonCode.Success, MqttReasonCode.GrantedQos2, MqttReasonCode.UnspecifiedError]);
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteSubAck(w, version, subAck)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(new(Bytes.Of(expected)), version, out object? packet));
        Assert.Equal(subAck.Reasons, Assert.IsType<MqttSubAck>(packet).Reasons);
    }

    [Theory]
    [InlineData(V311, "A20C000A0003612F620003632F64")]
    [InlineData(V500, "A20D000A000003612F620003632F64")]
    public void Unsubscribe_has_the_filters_of_figure_3_30(MqttProtocolVersion version, string expected)
    {
        var unsubscribe = new MqttUnsubscribe(10, ["a/b", "c/d"]);
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteUnsubscribe(w, version, unsubscribe)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(new(Bytes.Of(expected)), version, out object? packet));
        Assert.Equal(unsubscribe.Filters, Assert.IsType<MqttUnsubscribe>(packet).Filters);
    }

    [Theory]
    [InlineData(V311, false, MqttReasonCode.Success, "20020000")]
    [InlineData(V311, true, MqttReasonCode.Success, "20020100")]
    [InlineData(V311, false, MqttReasonCode.NotAuthorized, "20020005")]
    [InlineData(V500, false, MqttReasonCode.NotAuthorized, "2003008700")]
    public void ConnAck_carries_return_code_or_reason_code(MqttProtocolVersion version, bool present, MqttReasonCode reason, string expected)
    {
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteConnAck(w, version, new MqttConnAck(present, reason))));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(new(Bytes.Of(expected)), version, out object? packet));
        Assert.Equal(new MqttConnAck(present, reason), packet);
    }

    [Theory]
    [InlineData(V311, MqttPacketType.PubAck, MqttReasonCode.Success, "40021234")]
    [InlineData(V311, MqttPacketType.PubRec, MqttReasonCode.Success, "50021234")]
    [InlineData(V311, MqttPacketType.PubRel, MqttReasonCode.Success, "62021234")]
    [InlineData(V311, MqttPacketType.PubComp, MqttReasonCode.Success, "70021234")]
    [InlineData(V500, MqttPacketType.PubAck, MqttReasonCode.Success, "40021234")]
    [InlineData(V500, MqttPacketType.PubAck, MqttReasonCode.QuotaExceeded, "4003123497")]
    [InlineData(V500, MqttPacketType.PubRel, MqttReasonCode.PacketIdentifierNotFound, "6203123492")]
    public void Acks_take_their_shortest_form(MqttProtocolVersion version, MqttPacketType type, MqttReasonCode reason, string expected)
    {
        var ack = new MqttAck(type, 0x1234, reason);
        Assert.Equal(expected, Bytes.Written(w => MqttEncoder.WriteAck(w, version, ack)));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(Bytes.Of(expected)), version, out object? packet));
        Assert.Equal(ack, packet);
    }

    [Fact]
    public void Pings_and_an_ordinary_disconnect_have_two_bytes()
    {
        Assert.Equal("C000", Bytes.Written(w => MqttEncoder.WritePing(w, MqttPacketType.PingReq)));
        Assert.Equal("D000", Bytes.Written(w => MqttEncoder.WritePing(w, MqttPacketType.PingResp)));
        Assert.Equal("E000", Bytes.Written(w => MqttEncoder.WriteClosing(w, V500, new(MqttPacketType.Disconnect, MqttReasonCode.Success))));
        Assert.Equal("E0018B", Bytes.Written(w => MqttEncoder.WriteClosing(w, V500, new(MqttPacketType.Disconnect, MqttReasonCode.ServerShuttingDown))));
    }

    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7F")]
    [InlineData(128u, "8001")]
    [InlineData(16_383u, "FF7F")]
    [InlineData(16_384u, "808001")]
    [InlineData(2_097_151u, "FFFF7F")]
    [InlineData(2_097_152u, "80808001")]
    [InlineData(268_435_455u, "FFFFFF7F")]
    public void Variable_byte_integers_match_table_1_1(uint value, string expected) =>
        Assert.Equal(expected, Bytes.Written(w => MqttFieldWriter.VarInt(w, value)));

    [Fact]
    public void Utf8_example_of_section_1_5_4_keeps_the_supplementary_character()
    {
        // "A" followed by U+2A6D4: 00 05 41 F0 AA 9B 94.
        Assert.Equal("0005" + "41F0AA9B94", Bytes.Written(w => MqttFieldWriter.Text(w, "A\U0002A6D4")));
    }
}
