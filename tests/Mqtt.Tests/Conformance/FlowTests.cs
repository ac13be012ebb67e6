using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Chapter 4 and sections 3.4 to 3.7, 3.14: acknowledgements, redelivery, order, flow control, ends and wills.</summary>
public class FlowTests
{
    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Messages_to_a_client_follow_the_exchange_of_their_qos(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", 2)), Raw.Granted(version, 0x90, 1, 2));
        host.Publisher.Publish("t", "0"u8.ToArray(), MqttQos.AtMostOnce);
        host.Publisher.Publish("t", "1"u8.ToArray(), MqttQos.AtLeastOnce);
        host.Publisher.Publish("t", "2"u8.ToArray(), MqttQos.ExactlyOnce);
        await peer.ExpectAsync(Raw.Publish(version, "t", "0"), Raw.Publish(version, "t", "1", 1, 1), Raw.Publish(version, "t", "2", 2, 2));
        await peer.SendAsync(Raw.Ack(0x40, 1));
        await peer.AnswersAsync(Raw.Ack(0x50, 2), Raw.Ack(0x62, 2));
        await peer.AnswersAsync(Raw.Ack(0x50, 2), Raw.Ack(0x62, 2));
        await peer.SendAsync(Raw.Ack(0x70, 2));
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Identifier_is_a_new_message_again_after_puback_and_pubcomp_and_not_before(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Publish(version, "t", "a", 1, 5), Raw.Ack(0x40, 5));
        await peer.AnswersAsync(Raw.Publish(version, "t", "b", 1, 5, dup: true), Raw.Ack(0x40, 5));
        await peer.AnswersAsync(Raw.Publish(version, "t", "c", 2, 5), Raw.Ack(0x50, 5));
        await peer.AnswersAsync(Raw.Publish(version, "t", "c", 2, 5, dup: true), Raw.Ack(0x50, 5));
        await peer.AnswersAsync(Raw.Ack(0x62, 5), Raw.Ack(0x70, 5));
        await peer.AnswersAsync(Raw.Publish(version, "t", "d", 2, 5, dup: true), Raw.Ack(0x50, 5));
        foreach (string payload in (string[])["a", "b", "c", "d"])
            Assert.Equal(payload, System.Text.Encoding.ASCII.GetString((await host.Ports.TakenIn.ReadAsync(host.Patience)).Payload));
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Refused_qos_2_message_frees_its_identifier_and_unknown_identifiers_are_named()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.AnswersAsync(Raw.Publish(V500, "forbidden", "a", 2, 5), "5003 0005 87");
        await peer.AnswersAsync(Raw.Publish(V500, "t", "b", 2, 5, dup: true), Raw.Ack(0x50, 5));
        await peer.AnswersAsync(Raw.Ack(0x62, 5), Raw.Ack(0x70, 5));
        // So it is when the application refuses: the next message with this identifier, DUP or not, reaches it.
        host.Ports.Answer = static _ => MqttPublishOutcome.Refused(MqttReasonCode.QuotaExceeded);
        await peer.AnswersAsync(Raw.Publish(V500, "t", "c", 2, 5), "5003 0005 97");
        host.Ports.Answer = static _ => MqttPublishOutcome.Accepted;
        await peer.AnswersAsync(Raw.Publish(V500, "t", "d", 2, 5, dup: true), Raw.Ack(0x50, 5));
        foreach (string payload in (string[])["b", "c", "d"])
            Assert.Equal(payload, System.Text.Encoding.ASCII.GetString((await host.Ports.TakenIn.ReadAsync(host.Patience)).Payload));
        Assert.False(host.Ports.TakenIn.TryRead(out _));
        await peer.AnswersAsync(Raw.Ack(0x62, 6), "7003 0006 92");
        await peer.AnswersAsync(Raw.Ack(0x50, 7), "6203 0007 92");
    }

    [Fact]
    public async Task Message_that_the_client_refused_is_not_sent_again_and_one_without_an_answer_is()
    {
        await using var host = await EndpointHost.StartAsync();
        var first = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10");
        await first.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 2)), Raw.Granted(V500, 0x90, 1, 2));
        for (int index = 1; index <= 4; index++)
            host.Publisher.Publish("t", new[] { (byte)('0' + index) }, index % 2 == 0 ? MqttQos.ExactlyOnce : MqttQos.AtLeastOnce);
        for (int index = 1; index <= 4; index++)
            await first.ExpectAsync(Raw.Publish(V500, "t", $"{index}", index % 2 == 0 ? 2 : 1, index));
        await first.SendAsync("4003 0001 97", "5003 0002 97");
        await first.QuietAsync();
        await first.DisposeAsync();
        await host.NextClosedAsync();

        await using var second = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10", present: true);
        await second.ExpectAsync(Raw.Publish(V500, "t", "3", 1, 3, dup: true), Raw.Publish(V500, "t", "4", 2, 4, dup: true));
        await second.QuietAsync();
        await second.SendAsync("4003 0003 80", "5003 0004 80");
        await second.QuietAsync();
        await second.DisposeAsync();
        await host.NextClosedAsync();
        await using var third = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10", present: true);
        await third.QuietAsync();
    }

    [Fact]
    public async Task Receive_maximum_of_a_new_connection_holds_for_what_is_sent_again_too()
    {
        await using var host = await EndpointHost.StartAsync();
        var first = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10");
        await first.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 2)), Raw.Granted(V500, 0x90, 1, 2));
        for (int index = 1; index <= 5; index++)
            host.Publisher.Publish("t", new[] { (byte)('0' + index) }, index == 5 ? MqttQos.AtLeastOnce : MqttQos.ExactlyOnce);
        for (int index = 1; index <= 5; index++)
            await first.ExpectAsync(Raw.Publish(V500, "t", $"{index}", index == 5 ? 1 : 2, index));
        await first.AnswersAsync(Raw.Ack(0x50, 2), Raw.Ack(0x62, 2));
        await first.AnswersAsync(Raw.Ack(0x50, 4), Raw.Ack(0x62, 4));
        await first.DisposeAsync();
        await host.NextClosedAsync();

        // PUBREL has no part in the quota and waits for no message [MQTT-3.3.4-10].
        await using var second = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10 21 0001", present: true);
        await second.ExpectAsync(Raw.Publish(V500, "t", "1", 2, 1, dup: true), Raw.Ack(0x62, 2), Raw.Ack(0x62, 4));
        await second.QuietAsync();
        await second.SendAsync(Raw.Ack(0x70, 2), Raw.Ack(0x70, 4));
        await second.QuietAsync();
        await second.AnswersAsync(Raw.Ack(0x50, 1), Raw.Ack(0x62, 1));
        await second.QuietAsync();
        await second.AnswersAsync(Raw.Ack(0x70, 1), Raw.Publish(V500, "t", "3", 2, 3, dup: true));
        await second.QuietAsync();
        host.Publisher.Publish("t", "6"u8.ToArray());
        await second.QuietAsync();
        await second.AnswersAsync("5003 0003 97", Raw.Publish(V500, "t", "5", 1, 5, dup: true));
        await second.QuietAsync();
        await second.AnswersAsync(Raw.Ack(0x40, 5), Raw.Publish(V500, "t", "6", 1, 6));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Unacknowledged_packets_come_again_after_a_reconnection_in_order_with_their_identifiers_and_only_then(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string keep = version == V500 ? "11 00000E10" : string.Empty;
        var first = await RawPeer.ConnectAsync(host, version, flags: 0, properties: keep);
        await first.AnswersAsync(Raw.Subscribe(version, 1, ("t", 2)), Raw.Granted(version, 0x90, 1, 2));
        for (int index = 1; index <= 5; index++)
            host.Publisher.Publish("t", new[] { (byte)('0' + index) }, index % 2 == 0 ? MqttQos.ExactlyOnce : MqttQos.AtLeastOnce);
        for (int index = 1; index <= 5; index++)
            await first.ExpectAsync(Raw.Publish(version, "t", $"{index}", index % 2 == 0 ? 2 : 1, index));
        await first.SendAsync(Raw.Ack(0x40, 1));
        await first.AnswersAsync(Raw.Ack(0x50, 4), Raw.Ack(0x62, 4));
        host.Time.Advance(TimeSpan.FromSeconds(50));
        await first.QuietAsync();
        await first.DisposeAsync();
        await host.NextClosedAsync();

        await using var second = await RawPeer.ConnectAsync(host, version, flags: 0, properties: keep, present: true);
        await second.ExpectAsync(
            Raw.Publish(version, "t", "2", 2, 2, dup: true),
            Raw.Publish(version, "t", "3", 1, 3, dup: true),
            Raw.Ack(0x62, 4),
            Raw.Publish(version, "t", "5", 1, 5, dup: true));
        await second.SendAsync(Raw.Ack(0x40, 3), Raw.Ack(0x40, 5), Raw.Ack(0x70, 4));
        await second.AnswersAsync(Raw.Ack(0x50, 2), Raw.Ack(0x62, 2));
        await second.SendAsync(Raw.Ack(0x70, 2));
        await second.QuietAsync();
    }

    [Fact]
    public async Task Message_that_was_sent_once_is_completed_also_when_it_has_expired_meanwhile()
    {
        await using var host = await EndpointHost.StartAsync();
        var first = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10");
        await first.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 2)), Raw.Granted(V500, 0x90, 1, 2));
        await using var sender = await RawPeer.ConnectAsync(host, V500, "sender");
        await sender.AnswersAsync(Raw.Publish(V500, "t", "x", 2, 1, properties: "02 0000000A"), Raw.Ack(0x50, 1));
        await first.ExpectAsync(Raw.Publish(V500, "t", "x", 2, 1, properties: "02 0000000A"));
        await first.DisposeAsync();
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(30));
        await using var second = await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 00000E10", present: true);
        await second.ExpectAsync(Raw.Publish(V500, "t", "x", 2, 1, dup: true, properties: "02 00000000"));
        await second.AnswersAsync(Raw.Ack(0x50, 1), Raw.Ack(0x62, 1));
        // As a receiver it goes on as well: one the endpoint keeps for a queue, one that nobody wanted.
        await sender.AnswersAsync(Raw.Publish(V500, "t", "x", 2, 1, dup: true, properties: "02 0000000A"), Raw.Ack(0x50, 1));
        await sender.AnswersAsync(Raw.Ack(0x62, 1), Raw.Ack(0x70, 1));
        await sender.AnswersAsync(Raw.Publish(V500, "nobody", "x", 2, 2, properties: "02 00000001"), Raw.Ack(0x50, 2));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await sender.AnswersAsync(Raw.Ack(0x62, 2), Raw.Ack(0x70, 2));
        foreach (string topic in (string[])["t", "nobody"])
            Assert.Equal(topic, (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Messages_of_one_client_keep_their_order_and_so_do_their_answers(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var reader = await RawPeer.ConnectAsync(host, version, "reader");
        await reader.AnswersAsync(Raw.Subscribe(version, 1, ("t", 2)), Raw.Granted(version, 0x90, 1, 2));
        await using var sender = await RawPeer.ConnectAsync(host, version, "sender");
        string[] sent = [.. Enumerable.Range(1, 30).Select(index => Raw.Publish(version, "t", $"{index}", 1 + (index % 2), index))];
        await sender.SendAsync(sent);
        for (int index = 1; index <= 30; index++)
            await sender.ExpectAsync(Raw.Ack(index % 2 == 0 ? (byte)0x40 : (byte)0x50, index));
        for (int index = 1; index <= 30; index++)
            await reader.ExpectAsync(Raw.Publish(version, "t", $"{index}", 1 + (index % 2), index));
        // PUBREL follows PUBREC in the order in which they came.
        int[] exactlyOnce = [.. Enumerable.Range(1, 30).Where(static index => index % 2 == 1)];
        await reader.SendAsync([.. exactlyOnce.Reverse().Select(static index => Raw.Ack(0x50, index))]);
        await reader.ExpectAsync([.. exactlyOnce.Reverse().Select(static index => Raw.Ack(0x62, index))]);
    }

    [Fact]
    public async Task Clients_receive_maximum_holds_messages_back_and_nothing_else()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500, properties: "21 0002");
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, ("t", 2)), Raw.Granted(V500, 0x90, 1, 2));
        for (int index = 1; index <= 4; index++)
            host.Publisher.Publish("t", new[] { (byte)('0' + index) }, MqttQos.ExactlyOnce);
        await peer.ExpectAsync(Raw.Publish(V500, "t", "1", 2, 1), Raw.Publish(V500, "t", "2", 2, 2));
        await peer.QuietAsync();
        await peer.AnswersAsync(Raw.Publish(V500, "other", "x", 1, 9), Raw.Ack(0x40, 9));
        await peer.AnswersAsync(Raw.Subscribe(V500, 2, ("u", 0)), Raw.Granted(V500, 0x90, 2, 0));
        await peer.AnswersAsync(Raw.Ack(0x50, 1), Raw.Ack(0x62, 1));
        await peer.QuietAsync();
        await peer.AnswersAsync(Raw.Ack(0x70, 1), Raw.Publish(V500, "t", "3", 2, 3));
        await peer.AnswersAsync("5003 0002 97", Raw.Publish(V500, "t", "4", 2, 4));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Will_follows_every_end_but_a_disconnect_and_is_retained_only_if_it_says_so(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string will = Raw.Will(version);
        Func<RawPeer, Task>[] ends =
        [
            static peer => peer.DisposeAsync().AsTask(),
            peer => peer.SendAsync(Raw.Connect(version)),
            peer => RawPeer.ConnectAsync(host, version, "mortal"),
            peer =>
            {
                host.Time.Advance(TimeSpan.FromSeconds(92));
                return Task.CompletedTask;
            },
        ];
        foreach (byte flags in (byte[])[0x06, 0x26, 0x0E, 0x16])
        {
            foreach (var end in ends)
            {
                await using var peer = await RawPeer.ConnectAsync(host, version, "mortal", flags, more: will);
                await host.IdleAsync();
                await end(peer);
                var taken = await host.Ports.TakenIn.ReadAsync(host.Patience);
                Assert.Equal(("mortal", "w", (flags & 0x20) != 0, (MqttQos)((flags >> 3) & 3)), (taken.ClientId, taken.Topic, taken.Retain, taken.Qos));
                await host.NextClosedAsync();
            }

            await using var polite = await RawPeer.ConnectAsync(host, version, "mortal", flags, more: will);
            await polite.EndsAfterAsync("E000");
            await host.NextClosedAsync();
            await using var without = await RawPeer.ConnectAsync(host, version, "mortal");
            await without.DisposeAsync();
            await host.NextClosedAsync();
            Assert.False(host.Ports.TakenIn.TryRead(out _));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public async Task Delayed_will_is_published_when_the_session_ends_before_the_delay_and_only_once(int sessionS)
    {
        await using var host = await EndpointHost.StartAsync();
        string delayed = Raw.Will(V500, properties: "18 0000001E");
        await (await RawPeer.ConnectAsync(host, V500, "mortal", flags: 0x04, properties: $"11 {sessionS:X8}", more: delayed)).DisposeAsync();
        await host.NextClosedAsync();
        if (sessionS > 0)
        {
            Assert.False(host.Ports.TakenIn.TryRead(out _));
            host.Time.Advance(TimeSpan.FromSeconds(sessionS + 2));
        }

        Assert.Equal("w", (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
        host.Time.Advance(TimeSpan.FromSeconds(60));
        await using (await RawPeer.ConnectAsync(host, V500, "mortal", flags: 0))
            await host.IdleAsync();
        await host.NextClosedAsync();
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delayed_will_is_published_when_a_clean_start_ends_the_session_and_dropped_when_it_goes_on(bool stands)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (bool clean in (bool[])[true, false])
        {
            await using var old = await RawPeer.ConnectAsync(host, V500, "mortal", flags: 0x06, properties: "11 00000E10", more: Raw.Will(V500, properties: "18 0000001E"));
            if (!stands)
            {
                await old.DisposeAsync();
                await host.NextClosedAsync();
            }

            await using (await RawPeer.ConnectAsync(host, V500, "mortal", flags: clean ? (byte)0x02 : (byte)0, present: !clean))
                await host.IdleAsync();
            Assert.Equal(clean, host.Ports.TakenIn.TryRead(out _));
            host.Time.Advance(TimeSpan.FromSeconds(60));
            await host.NextClosedAsync();
            if (stands)
                await host.NextClosedAsync();
            Assert.False(host.Ports.TakenIn.TryRead(out _));
        }
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Will_of_a_kept_session_is_published_once_and_not_kept_for_the_next_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string keep = version == V500 ? "11 00000E10" : string.Empty;
        await (await RawPeer.ConnectAsync(host, version, "mortal", flags: 0x04, properties: keep, more: Raw.Will(version))).DisposeAsync();
        await host.NextClosedAsync();
        Assert.True(host.Ports.TakenIn.TryRead(out _));
        await (await RawPeer.ConnectAsync(host, version, "mortal", flags: 0, properties: keep, present: true)).DisposeAsync();
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(4000));
        await using var polite = await RawPeer.ConnectAsync(host, version, "polite", flags: 0x04, properties: keep, more: Raw.Will(version));
        await polite.EndsAfterAsync("E000");
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(4000));
        await host.IdleAsync();
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Disconnect_with_will_publishes_it_and_an_unknown_reason_ends_the_connection()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500, flags: 0x06, more: Raw.Will(V500));
        await peer.EndsAfterAsync("E00104");
        Assert.Equal("w", (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
        await using var other = await RawPeer.ConnectAsync(host, V500, "other");
        await other.EndsAfterAsync("E00105", 0x82);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Nothing_after_a_disconnect_is_read_and_nothing_is_sent(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.EndsAfterAsync("E000" + Raw.Publish(version, "t", "x", 1, 1) + "C000");
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Session_expiry_may_be_shortened_by_disconnect_and_not_raised_from_0()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var raising = await RawPeer.ConnectAsync(host, V500);
        await raising.EndsAfterAsync("E007 00 05 11 0000000A", 0x82);
        await host.NextClosedAsync();
        await using (var kept = await RawPeer.ConnectAsync(host, V500, properties: "11 00000E10"))
            await kept.EndsAfterAsync("E007 00 05 11 0000000A");
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(8));
        await using (await RawPeer.ConnectAsync(host, V500, flags: 0, properties: "11 0000000A", present: true))
            await host.IdleAsync();
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(12));
        await using var late = await RawPeer.ConnectAsync(host, V500, flags: 0);
        await late.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Session_is_not_discarded_while_its_connection_stands(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync(o => o.SessionExpiryMax = TimeSpan.FromSeconds(10));
        await using var peer = await RawPeer.ConnectAsync(host, version, flags: 0, keepAliveS: 1000, properties: version == V500 ? "11 00000005" : string.Empty);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("q", 1)), Raw.Granted(version, 0x90, 1, 1));
        host.Time.Advance(TimeSpan.FromSeconds(600));
        host.Publisher.Publish("q", "x"u8.ToArray());
        await peer.ExpectAsync(Raw.Publish(version, "q", "x", 1, 1));
    }

    [Fact]
    public async Task Server_sends_disconnect_only_to_5_0_only_after_connack_and_without_properties()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var modern = await RawPeer.ConnectAsync(host, V500, "modern", properties: "17 00");
        await using var older = await RawPeer.ConnectAsync(host, V311, "older");
        await using var silent = await RawPeer.OpenAsync(host, V500);
        await host.AdmittedAsync(3);
        await host.StopAsync();
        await modern.EndsAsync(0x8B);
        await older.EndsAsync();
        await silent.EndsAsync();
    }
}
