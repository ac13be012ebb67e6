using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Sections 3.8 to 3.12, 4.7 and 4.8: subscriptions, topics and filters, ping.</summary>
public class SubscriptionTests
{
    [Theory]
    [InlineData(V311, 0x03)]
    [InlineData(V311, 0x04)]
    [InlineData(V311, 0x08)]
    [InlineData(V311, 0x10)]
    [InlineData(V311, 0x20)]
    [InlineData(V311, 0x40)]
    [InlineData(V311, 0x80)]
    [InlineData(V500, 0x03)]
    [InlineData(V500, 0x40)]
    [InlineData(V500, 0x80)]
    [InlineData(V500, 0x30, 0x82)]
    public async Task Reserved_option_bits_and_qos_3_end_the_connection(MqttProtocolVersion version, byte options, byte reason = 0x81)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", 0)), Raw.Granted(version, 0x90, 1, 0));
        await peer.EndsAfterAsync(Raw.Subscribe(version, 1, ("u", 0), ("t", options)), reason);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Subscribe_and_unsubscribe_without_a_filter_end_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string packet in (string[])[Raw.Subscribe(version, 1), Raw.Unsubscribe(version, 1)])
        {
            await using var peer = await RawPeer.ConnectAsync(host, version);
            await peer.EndsAfterAsync(packet, 0x82);
        }
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Filters_that_are_none_end_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string filter in (string[])["", "a#", "a/#/b", "#/a", "a+", "+a", "a/b+/c", "a/+b"])
        {
            await using var peer = await RawPeer.ConnectAsync(host, version);
            await peer.EndsAfterAsync(Raw.Subscribe(version, 1, (filter, 0)), 0x81);
            await using var other = await RawPeer.ConnectAsync(host, version);
            await other.EndsAfterAsync(Raw.Unsubscribe(version, 1, filter), 0x81);
        }
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Filters_of_one_packet_are_answered_one_by_one_in_their_order(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync(o => o.SubscriptionsPerSessionMax = 3);
        await using var peer = await RawPeer.ConnectAsync(host, version);
        byte refused = version == V311 ? (byte)0x80 : (byte)0x87;
        byte full = version == V311 ? (byte)0x80 : (byte)0x97;
        await peer.AnswersAsync(
            Raw.Subscribe(version, 9, ("a", 2), ("forbidden", 1), ("b", 0), ("c/#", 1), ("d", 0)), Raw.Granted(version, 0x90, 9, 2, refused, 0, 1, full));
        await peer.AnswersInAnyOrderAsync(Raw.Publish(version, "c/1", "x", 1, 1), Raw.Ack(0x40, 1), Raw.Publish(version, "c/1", "x", 1, 1));
        await peer.AnswersAsync(Raw.Unsubscribe(version, 9, "b", "nothing", "a"), Raw.Granted(version, 0xB0, 9, 0, 0x11, 0));
        await peer.SendAsync(Raw.Publish(version, "a", "x"), Raw.Publish(version, "b", "x"));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Same_filter_again_replaces_the_subscription_and_sends_retained_messages_again(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        host.Publisher.Publish("r", "x"u8.ToArray(), retain: true);
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("r", 0)), Raw.Granted(version, 0x90, 1, 0), Raw.Publish(version, "r", "x", retain: true));
        await peer.AnswersAsync(Raw.Subscribe(version, 2, ("r", 1)), Raw.Granted(version, 0x90, 2, 1), Raw.Publish(version, "r", "x", 1, 1, retain: true));
        host.Publisher.Publish("r", "y"u8.ToArray());
        await peer.ExpectAsync(Raw.Publish(version, "r", "y", 1, 2));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Same_filter_again_loses_no_message_that_waits_or_is_under_way(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync(static o => o.ReceiveMaximum = 1);
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", 2)), Raw.Granted(version, 0x90, 1, 2));
        for (int index = 1; index <= 3; index++)
            host.Publisher.Publish("t", new[] { (byte)('0' + index) }, MqttQos.ExactlyOnce);
        await peer.ExpectAsync(Raw.Publish(version, "t", "1", 2, 1));
        await peer.AnswersAsync(Raw.Subscribe(version, 2, ("t", 1)), Raw.Granted(version, 0x90, 2, 1));
        host.Publisher.Publish("t", "4"u8.ToArray(), MqttQos.ExactlyOnce);
        for (int index = 1; index <= 3; index++)
        {
            await peer.AnswersAsync(Raw.Ack(0x50, index), Raw.Ack(0x62, index));
            await peer.AnswersAsync(Raw.Ack(0x70, index), index < 3 ? Raw.Publish(version, "t", $"{index + 1}", 2, index + 1) : Raw.Publish(version, "t", "4", 1, 4));
        }

        await peer.SendAsync(Raw.Ack(0x40, 4));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Message_goes_out_with_the_lower_of_its_qos_and_the_one_granted(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        int id = 0;
        for (byte granted = 0; granted < 3; granted++)
        {
            await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", granted)), Raw.Granted(version, 0x90, 1, granted));
            for (int published = 0; published < 3; published++)
            {
                host.Publisher.Publish("t", "x"u8.ToArray(), (MqttQos)published);
                int qos = Math.Min(published, granted);
                await peer.ExpectAsync(Raw.Publish(version, "t", "x", qos, qos == 0 ? 0 : ++id));
            }
        }
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Overlapping_subscriptions_get_one_copy_with_the_highest_qos(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("a/#", 0), ("a/+", 2), ("a/b", 1)), Raw.Granted(version, 0x90, 1, 0, 2, 1));
        host.Publisher.Publish("a/b", "x"u8.ToArray(), MqttQos.ExactlyOnce);
        await peer.ExpectAsync(Raw.Publish(version, "a/b", "x", 2, 1));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Unsubscribe_is_by_the_same_characters_ends_new_messages_and_completes_what_was_begun(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("a/+", 2)), Raw.Granted(version, 0x90, 1, 2));
        host.Publisher.Publish("a/b", "1"u8.ToArray());
        host.Publisher.Publish("a/b", "2"u8.ToArray(), MqttQos.ExactlyOnce);
        await peer.ExpectAsync(Raw.Publish(version, "a/b", "1", 1, 1), Raw.Publish(version, "a/b", "2", 2, 2));
        await peer.AnswersAsync(Raw.Unsubscribe(version, 2, "a/b", "A/+", "a/#"), Raw.Granted(version, 0xB0, 2, 0x11, 0x11, 0x11));
        host.Publisher.Publish("a/b", "3"u8.ToArray(), MqttQos.AtMostOnce);
        await peer.ExpectAsync(Raw.Publish(version, "a/b", "3"));
        await peer.AnswersAsync(Raw.Unsubscribe(version, 3, "a/+"), Raw.Granted(version, 0xB0, 3, 0));
        Assert.Equal(MqttDispatchOutcome.NoMatchingSubscribers, host.Publisher.Publish("a/b", "4"u8.ToArray()));
        await peer.SendAsync(Raw.Ack(0x40, 1));
        await peer.AnswersAsync(Raw.Ack(0x50, 2), Raw.Ack(0x62, 2));
        await peer.SendAsync(Raw.Ack(0x70, 2));
        await peer.QuietAsync();
    }

    [Fact]
    public async Task No_local_keeps_the_clients_own_messages_away_and_is_refused_on_a_shared_subscription()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 0x04)), Raw.Granted(V500, 0x90, 1, 0));
        await peer.SendAsync(Raw.Publish(V500, "t", "own"));
        await peer.QuietAsync();
        await using var other = await RawPeer.ConnectAsync(host, V500, "other");
        await other.SendAsync(Raw.Publish(V500, "t", "other"));
        await peer.ExpectAsync(Raw.Publish(V500, "t", "other"));
        await peer.EndsAfterAsync(Raw.Subscribe(V500, 2, ("$share/g/t", 0x04)), 0x82);
    }

    [Fact]
    public async Task Identifiers_of_every_matching_subscription_go_with_the_one_copy()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.AnswersAsync(Raw.Packet(0x82, "0001 02 0B05 0003612F23 00"), Raw.Granted(V500, 0x90, 1, 0));
        await peer.AnswersAsync(Raw.Packet(0x82, "0002 03 0B8001 0003612F62 00"), Raw.Granted(V500, 0x90, 2, 0));
        await peer.AnswersAsync(Raw.Subscribe(V500, 3, ("a/+", 0)), Raw.Granted(V500, 0x90, 3, 0));
        host.Publisher.Publish("a/b", "x"u8.ToArray(), MqttQos.AtMostOnce);
        string message = await peer.PacketAsync();
        Assert.Matches("^300C0003612F6205(0B050B8001|0B80010B05)78$", message);
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Shared_subscription_is_refused_and_the_others_of_the_packet_stand(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        byte refused = version == V311 ? (byte)0x80 : (byte)0x9E;
        await peer.AnswersAsync(
            Raw.Subscribe(version, 1, ("$share/g/t", 1), ("$share//t", 1), ("$share/g", 1), ("t", 1)), Raw.Granted(version, 0x90, 1, refused, refused, refused, 1));
        host.Publisher.Publish("t", "x"u8.ToArray());
        await peer.ExpectAsync(Raw.Publish(version, "t", "x", 1, 1));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Topics_match_by_their_characters_alone_and_dollar_topics_are_hidden_from_wildcards(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(
            Raw.Subscribe(version, 1, ("#", 0), ("+/x", 0), ("A/é", 0), ("$d/#", 0)), Raw.Granted(version, 0x90, 1, 0, 0, 0, 0));
        host.Publisher.Publish("$other/x", "1"u8.ToArray(), MqttQos.AtMostOnce);
        host.Publisher.Publish("$d/x", "2"u8.ToArray(), MqttQos.AtMostOnce);
        await peer.ExpectAsync(Raw.Publish(version, "$d/x", "2"));
        await peer.AnswersAsync(Raw.Unsubscribe(version, 2, "#"), Raw.Granted(version, 0xB0, 2, 0));
        // Another letter case, the same letter composed otherwise, and an empty level are other topics.
        foreach (string other in (string[])["a/é", "A/e\u0301", "A//é", "/A/é", "A/é/"])
            host.Publisher.Publish(other, "3"u8.ToArray(), MqttQos.AtMostOnce);
        host.Publisher.Publish("A/é", "4"u8.ToArray(), MqttQos.AtMostOnce);
        await peer.ExpectAsync(Raw.Publish(version, "A/é", "4"));
        await peer.QuietAsync();
    }

    [Fact]
    public async Task Topic_and_filter_of_65535_bytes_are_served()
    {
        await using var host = await EndpointHost.StartAsync(o => (o.PacketBytesMax, o.TransportReadBufferBytes) = (256 * 1024, null));
        string topic = new('t', 65_535);
        await using var peer = await RawPeer.ConnectAsync(host, V311);
        await peer.AnswersAsync(Raw.Subscribe(V311, 1, (topic, 0)), Raw.Granted(V311, 0x90, 1, 0));
        await peer.AnswersAsync(Raw.Publish(V311, topic, "x"), Raw.Publish(V311, topic, "x"));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Ping_is_answered(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync("C000C000", "D000", "D000");
    }
}
