using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Section 3.3 of both texts: PUBLISH, its flags, retained messages and properties.</summary>
public class MessageTests
{
    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Dup_with_qos_0_and_qos_3_end_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (byte header in (byte[])[0x38, 0x39, 0x36, 0x37, 0x3E, 0x3F])
        {
            await using var peer = await RawPeer.ConnectAsync(host, version);
            await peer.EndsAfterAsync(Raw.Packet(header, "000174 0001" + Raw.Properties(version, string.Empty)), 0x81);
        }

        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Dup_of_an_incoming_message_does_not_travel_on(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", 2)), Raw.Granted(version, 0x90, 1, 2));
        await peer.AnswersInAnyOrderAsync(Raw.Publish(version, "t", "x", 1, 9, dup: true), Raw.Ack(0x40, 9), Raw.Publish(version, "t", "x", 1, 1));
        await peer.AnswersInAnyOrderAsync(Raw.Publish(version, "t", "y", 2, 9, dup: true), Raw.Ack(0x50, 9), Raw.Publish(version, "t", "y", 2, 2));
    }

    [Theory]
    [InlineData(V311, "")]
    [InlineData(V311, "a/+")]
    [InlineData(V311, "#")]
    [InlineData(V500, "a/+")]
    [InlineData(V500, "#")]
    public async Task Topic_name_that_is_empty_or_has_a_wildcard_ends_the_connection(MqttProtocolVersion version, string topic)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (int qos in (int[])[0, 1, 2])
        {
            await using var peer = await RawPeer.ConnectAsync(host, version);
            await peer.EndsAfterAsync(Raw.Publish(version, topic, "x", qos, 1), 0x90);
        }

        await using var will = await RawPeer.OpenAsync(host, version);
        await will.EndsAfterAsync(Raw.Connect(version, flags: 0x06, more: Raw.Will(version, topic)));
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Empty_topic_without_an_alias_is_a_protocol_error_in_5_0()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.EndsAfterAsync(Raw.Publish(V500, string.Empty, "x"), 0x82);
    }

    [Theory]
    [InlineData("23 0000", 0x82)]
    [InlineData("23 0001", 0x94)]
    [InlineData("23 FFFF", 0x94)]
    [InlineData("0B 01", 0x82)]
    [InlineData("08 0003 612F2B", 0x82)]
    [InlineData("08 0001 23", 0x82)]
    public async Task Alias_subscription_identifier_or_wildcard_response_topic_of_a_client_ends_the_connection(string properties, byte reason)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.EndsAfterAsync(Raw.Publish(V500, "t", "x", properties: properties), reason);
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task No_alias_is_ever_sent_whatever_the_client_offers()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500, properties: "22 000A");
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 0)), Raw.Granted(V500, 0x90, 1, 0));
        for (int round = 0; round < 3; round++)
            await peer.AnswersAsync(Raw.Publish(V500, "t", "x"), Raw.Publish(V500, "t", "x"));
    }

    [Fact]
    public async Task Properties_travel_on_unaltered_and_in_their_order_with_a_message_and_with_a_will()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var reader = await RawPeer.ConnectAsync(host, V500, "reader");
        await reader.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 0)), Raw.Granted(V500, 0x90, 1, 0));
        string carried = "0101" + "03" + Raw.Text("text/plain") + "08" + Raw.Text("r/t") + "09" + "0003" + "00FF80"
            + "26" + Raw.Text("b") + Raw.Text("2") + "26" + Raw.Text("a") + Raw.Text("1") + "26" + Raw.Text("b") + Raw.Text("");
        await using var sender = await RawPeer.ConnectAsync(host, V500, "sender");
        await sender.SendAsync(Raw.Publish(V500, "t", "x", properties: carried));
        await reader.ExpectAsync(Raw.Publish(V500, "t", "x", properties: carried));
        await (await RawPeer.ConnectAsync(host, V500, "mortal", flags: 0x06, more: Raw.Will(V500, "t", "x", carried))).DisposeAsync();
        await reader.ExpectAsync(Raw.Publish(V500, "t", "x", properties: carried));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Retained_message_is_kept_replaced_removed_and_marked_as_the_text_says(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var sender = await RawPeer.ConnectAsync(host, version, "sender");
        await sender.AnswersAsync(Raw.Publish(version, "r", "one", 1, 1, retain: true), Raw.Ack(0x40, 1));
        await using var reader = await RawPeer.ConnectAsync(host, version, "reader");
        await reader.AnswersAsync(Raw.Subscribe(version, 1, ("r", 1)), Raw.Granted(version, 0x90, 1, 1), Raw.Publish(version, "r", "one", 1, 1, retain: true));

        // To a subscription that stands it goes without the flag, and it replaces the one before, with QoS 0 as well.
        await sender.SendAsync(Raw.Publish(version, "r", "two", retain: true));
        await reader.ExpectAsync(Raw.Publish(version, "r", "two"));
        await using var second = await RawPeer.ConnectAsync(host, version, "second");
        await second.AnswersAsync(Raw.Subscribe(version, 1, ("r", 1)), Raw.Granted(version, 0x90, 1, 1), Raw.Publish(version, "r", "two", retain: true));

        // Without the flag nothing is stored, replaced or removed; an empty payload included.
        await sender.SendAsync(Raw.Publish(version, "r", "three"), Raw.Publish(version, "r", string.Empty));
        await second.ExpectAsync(Raw.Publish(version, "r", "three"), Raw.Publish(version, "r", string.Empty));
        await using var third = await RawPeer.ConnectAsync(host, version, "third");
        await third.AnswersAsync(Raw.Subscribe(version, 1, ("r", 1)), Raw.Granted(version, 0x90, 1, 1), Raw.Publish(version, "r", "two", retain: true));

        // An empty one is sent on, removes what was kept and is not kept itself.
        await sender.SendAsync(Raw.Publish(version, "r", string.Empty, retain: true));
        await third.ExpectAsync(Raw.Publish(version, "r", string.Empty));
        await using var last = await RawPeer.ConnectAsync(host, version, "last");
        await last.AnswersAsync(Raw.Subscribe(version, 1, ("r", 1)), Raw.Granted(version, 0x90, 1, 1));
        await last.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Retained_message_outlives_the_session_that_sent_it(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using (var sender = await RawPeer.ConnectAsync(host, version, "sender"))
            await sender.AnswersAsync(Raw.Publish(version, "r", "x", 1, 1, retain: true), Raw.Ack(0x40, 1));
        await host.NextClosedAsync();
        await using var reader = await RawPeer.ConnectAsync(host, version, "reader");
        await reader.AnswersAsync(Raw.Subscribe(version, 1, ("r", 0)), Raw.Granted(version, 0x90, 1, 0), Raw.Publish(version, "r", "x", retain: true));
    }

    [Theory]
    [InlineData(V311, 0)]
    [InlineData(V311, 1)]
    [InlineData(V500, 0)]
    public async Task Retained_message_that_finds_no_room_still_ends_the_one_before(MqttProtocolVersion version, int qos)
    {
        await using var host = await EndpointHost.StartAsync(o => o.RetainedBytesMax = 1000);
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Publish(version, "r", "old", 1, 1, retain: true), Raw.Ack(0x40, 1));
        await peer.AnswersAsync(Raw.Publish(version, "r", new string('n', 2000), qos, 2, retain: true), qos == 0 ? [] : [Raw.Ack(0x40, 2)]);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("r", 0)), Raw.Granted(version, 0x90, 1, 0));
        await peer.QuietAsync();
    }

    [Fact]
    public async Task Retain_handling_and_retain_as_published_are_kept_to()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Publisher.Publish("r", "x"u8.ToArray(), MqttQos.AtMostOnce, retain: true);
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        string kept = Raw.Publish(V500, "r", "x", retain: true);
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("r", 0x20)), Raw.Granted(V500, 0x90, 1, 0));
        await peer.AnswersAsync(Raw.Subscribe(V500, 2, ("r", 0x10)), Raw.Granted(V500, 0x90, 2, 0));
        await peer.AnswersAsync(Raw.Subscribe(V500, 3, ("r", 0x00)), Raw.Granted(V500, 0x90, 3, 0), kept);
        await peer.AnswersAsync(Raw.Unsubscribe(V500, 4, "r"), Raw.Granted(V500, 0xB0, 4, 0));
        await peer.AnswersAsync(Raw.Subscribe(V500, 5, ("r", 0x10)), Raw.Granted(V500, 0x90, 5, 0), kept);
        await peer.AnswersAsync(Raw.Publish(V500, "r", "y", retain: true), Raw.Publish(V500, "r", "y"));
        await peer.AnswersAsync(Raw.Subscribe(V500, 6, ("r", 0x28)), Raw.Granted(V500, 0x90, 6, 0));
        await peer.AnswersAsync(Raw.Publish(V500, "r", "z", retain: true), Raw.Publish(V500, "r", "z", retain: true));
        await peer.AnswersAsync(Raw.Publish(V500, "r", "z"), Raw.Publish(V500, "r", "z"));
    }

    [Fact]
    public async Task Message_of_long_wide_topics_is_measured_as_it_is_written()
    {
        await using var host = await EndpointHost.StartAsync();
        string topic = new('字', 300);
        // One message under way at most: the one that is left out counts as sent and done, or the next would wait for it.
        const string Asked = "11 00000E10 27 00000350 21 0001";
        await using (var peer = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: Asked))
        {
            await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("#", 2)), Raw.Granted(V500, 0x90, 1, 2));
            host.Publisher.Publish(topic, "x"u8.ToArray());
            host.Publisher.Publish(topic, "x"u8.ToArray(), MqttQos.ExactlyOnce);
            await peer.QuietAsync();
            host.Publisher.Publish(topic[..270], "x"u8.ToArray());
            await peer.ExpectAsync(Raw.Publish(V500, topic[..270], "x", 1, 3));
            await peer.SendAsync(Raw.Ack(0x40, 3));
            await peer.QuietAsync();
        }

        await host.NextClosedAsync();
        await using var again = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10", present: true);
        await again.QuietAsync();
    }

    [Fact]
    public async Task Retained_message_is_gone_for_new_subscriptions_when_it_has_expired()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.AnswersAsync(Raw.Publish(V500, "r", "x", 1, 1, retain: true, properties: "02 0000000A"), Raw.Ack(0x40, 1));
        host.Time.Advance(TimeSpan.FromSeconds(4));
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("r", 0)), Raw.Granted(V500, 0x90, 1, 0), Raw.Publish(V500, "r", "x", retain: true, properties: "02 00000006"));
        host.Time.Advance(TimeSpan.FromSeconds(7));
        foreach (string filter in (string[])["r", "+"])
        {
            await peer.AnswersAsync(Raw.Subscribe(V500, 2, (filter, 0)), Raw.Granted(V500, 0x90, 2, 0));
            await peer.QuietAsync();
        }
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Each_qos_has_its_answer(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.SendAsync(Raw.Publish(version, "t", "x"));
        await peer.QuietAsync();
        await peer.AnswersAsync(Raw.Publish(version, "t", "x", 1, 5), Raw.Ack(0x40, 5));
        await peer.AnswersAsync(Raw.Publish(version, "t", "x", 2, 5), Raw.Ack(0x50, 5));
        await peer.AnswersAsync(Raw.Ack(0x62, 5), Raw.Ack(0x70, 5));
    }

    [Theory]
    [InlineData("17 00")]
    [InlineData("17 01")]
    [InlineData("")]
    public async Task Answers_that_refuse_have_no_problem_information_whether_it_is_asked_for_or_not(string asked)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500, properties: asked);
        await peer.AnswersAsync(Raw.Publish(V500, "forbidden", "x", 1, 5), "4003 0005 87");
        await peer.AnswersAsync(Raw.Publish(V500, "forbidden", "x", 2, 6), "5003 0006 87");
        await peer.AnswersAsync(Raw.Ack(0x50, 7), "6203 0007 92");
        await peer.AnswersAsync(Raw.Ack(0x62, 7), "7003 0007 92");
        await peer.AnswersAsync(Raw.Subscribe(V500, 8, ("forbidden", 0)), Raw.Granted(V500, 0x90, 8, 0x87));
        await peer.AnswersAsync(Raw.Unsubscribe(V500, 9, "forbidden"), Raw.Granted(V500, 0xB0, 9, 0x11));
        await peer.EndsAfterAsync("F000", 0x82);
    }

    [Fact]
    public async Task Refused_message_gets_its_code_in_5_0_and_in_3_1_1_the_plain_answer_or_the_end()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var modern = await RawPeer.ConnectAsync(host, V500, "modern");
        await modern.AnswersAsync(Raw.Publish(V500, "forbidden", "x", 1, 5), "4003 0005 87");
        await modern.AnswersAsync(Raw.Publish(V500, "forbidden", "x", 2, 6), "5003 0006 87");
        await modern.EndsAfterAsync(Raw.Publish(V500, "forbidden", "x"), 0x87);
        await using var older = await RawPeer.ConnectAsync(host, V311, "older");
        await older.EndsAfterAsync(Raw.Publish(V311, "forbidden", "x", 1, 5));
        host.Ports.Answer = static _ => MqttPublishOutcome.Refused(MqttReasonCode.QuotaExceeded);
        await using var full = await RawPeer.ConnectAsync(host, V311, "full");
        await full.AnswersAsync(Raw.Publish(V311, "t", "x", 1, 5), Raw.Ack(0x40, 5));
    }
}
