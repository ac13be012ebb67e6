using System.Buffers;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Tests.Codec;

public class PropertyTests
{
    [Fact]
    public void Every_connack_property_survives_the_round_trip()
    {
        var sent = new MqttProperties
        {
            SessionExpiryIntervalS = 1,
            AssignedClientIdentifier = "id",
            ServerKeepAliveS = 2,
            AuthenticationMethod = "m",
            AuthenticationData = [3],
            ResponseInformation = "ri",
            ServerReference = "sr",
            ReasonString = "rs",
            ReceiveMaximum = 4,
            TopicAliasMaximum = 5,
            MaximumQos = 1,
            RetainAvailable = 0,
            UserProperties = [new("a", "1"), new("a", "2")],
            MaximumPacketBytes = 6,
            WildcardSubscriptionAvailable = 0,
            SubscriptionIdentifierAvailable = 1,
            SharedSubscriptionAvailable = 0,
        };
        var writer = new ArrayBufferWriter<byte>();
        MqttEncoder.WriteConnAck(writer, MqttProtocolVersion.V500, new(SessionPresent: true, MqttReasonCode.Success, sent));
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(writer.WrittenSpan.ToArray()), MqttProtocolVersion.V500, out object? packet));
        Assert.Equivalent(sent, Assert.IsType<MqttConnAck>(packet).Properties, strict: true);
    }

    [Fact]
    public void Every_publish_property_survives_the_round_trip()
    {
        var sent = new MqttProperties
        {
            PayloadFormatIndicator = 1,
            MessageExpiryIntervalS = 60,
            ContentType = "text/plain",
            ResponseTopic = "r/t",
            CorrelationData = [1, 2, 3],
            SubscriptionIdentifiers = [1, 128, 268_435_455],
            TopicAlias = 7,
            UserProperties = [new("k", "v")],
        };
        var writer = new ArrayBufferWriter<byte>();
        MqttEncoder.WritePublish(writer, MqttProtocolVersion.V500, "t", "p"u8, properties: sent);
        Assert.Equal(MqttDecodeOutcome.Complete, Bytes.Decode(Bytes.Scattered(writer.WrittenSpan.ToArray()), MqttProtocolVersion.V500, out object? packet));
        Assert.Equivalent(sent, Assert.IsType<MqttPublish>(packet).Properties, strict: true);
    }
}
