using System.Net;
using System.Net.Sockets;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Endpoint;

/// <summary>What happens at each bound of docs/mqtt.md.</summary>
public class LimitTests
{
    [Fact]
    public async Task Connect_above_its_limit_closes_on_the_length_field()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var stream = await host.OpenAsync();
        await stream.WriteAsync(new byte[] { 0x10, 0xFF, 0x7F }, host.Patience);
        Assert.Equal(0, await stream.ReadAsync(new byte[16], host.Patience));
    }

    [Fact]
    public async Task Packet_above_the_limit_is_answered_with_packet_too_large_on_the_length_field()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev");
        await client.SendAsync(w => MqttFieldWriter.UInt32(w, 0x30FFFF7F), host.Patience);
        Assert.Equal(MqttReasonCode.PacketTooLarge, (await client.ReadAsync(host.Patience))!.Reason);
        Assert.Null(await client.ReadAsync(host.Patience));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("102000044D51")]
    public async Task Half_a_connect_is_closed_at_its_deadline(string hex)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var stream = await host.OpenAsync();
        await stream.WriteAsync(Convert.FromHexString(hex), host.Patience);
        var closed = EndAsync();
        while (!closed.IsCompleted)
        {
            // The server counts from its accept; time moves on until the socket is closed. A slow
            // machine may see it moved past the patience of the close too, which ends in a reset.
            host.Patience.ThrowIfCancellationRequested();
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(0, await closed);

        async Task<int> EndAsync()
        {
            try
            {
                return await stream.ReadAsync(new byte[16], host.Patience);
            }
            catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
            {
                return 0;
            }
        }
    }

    [Theory]
    [InlineData("C000", "a packet before CONNECT")]
    [InlineData("474554202F20485454502F312E310D0A", "HTTP")]
    [InlineData("160301020001000001FC0303", "a TLS hello on the plain port")]
    public async Task Other_protocols_are_closed_without_an_answer(string hex, string what)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var stream = await host.OpenAsync();
        await stream.WriteAsync(Convert.FromHexString(hex), host.Patience);
        Assert.True(await stream.ReadAsync(new byte[16], host.Patience) == 0, what);
    }

    [Fact]
    public async Task Unserved_protocol_level_gets_return_code_1()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var stream = await host.OpenAsync();
        await stream.WriteAsync(Convert.FromHexString("100E00064D51497364700302000A0000"), host.Patience);
        byte[] answer = new byte[4];
        await stream.ReadExactlyAsync(answer, host.Patience);
        Assert.Equal("20020001", Convert.ToHexString(answer));
    }

    [Theory]
    [InlineData(10, 14, false)]
    [InlineData(10, 16, true)]
    [InlineData(0, 1000, false)]
    [InlineData(0, 2702, true)]
    public async Task Silence_ends_the_connection_after_one_and_a_half_keep_alives(ushort keepAliveS, int silenceS, bool ends)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev", keepAliveS: keepAliveS);
        await client.SendAsync(w => MqttEncoder.WritePing(w, MqttPacketType.PingReq), host.Patience);
        Assert.Equal(MqttPacketType.PingResp, (await client.ReadAsync(host.Patience))!.Type);
        await host.IdleAsync();
        host.Time.Advance(TimeSpan.FromSeconds(silenceS));
        if (!ends)
            await client.SendAsync(w => MqttEncoder.WritePing(w, MqttPacketType.PingReq), host.Patience);
        var next = (await client.ReadAsync(host.Patience))!;
        Assert.Equal(ends ? MqttPacketType.Disconnect : MqttPacketType.PingResp, next.Type);
        if (ends)
            Assert.Equal(MqttReasonCode.KeepAliveTimeout, next.Reason);
    }

    [Fact]
    public async Task Trickled_bytes_do_not_count_as_a_sign_of_life()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev", keepAliveS: 10);
        await host.IdleAsync();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await client.SendAsync(w => MqttFieldWriter.Byte(w, 0x30), host.Patience);
        host.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(MqttReasonCode.KeepAliveTimeout, (await host.NextClosedAsync()).Reason);
    }

    [Fact]
    public async Task Connection_above_the_limit_of_its_address_is_closed_at_once()
    {
        await using var host = await EndpointHost.StartAsync(o => o.ConnectionsPerAddressMax = 1);
        var first = await host.ConnectAsync("a");
        await using (var refused = await host.OpenAsync())
            Assert.Equal(0, await refused.ReadAsync(new byte[1], host.Patience));
        await first.DisposeAsync();
        await host.NextClosedAsync();
        await using var next = await host.ConnectAsync("b");
    }

    [Fact]
    public async Task With_tls_sockets_are_counted_before_the_handshake_and_silent_ones_are_closed_at_the_connect_deadline()
    {
        using var certificate = LifecycleTests.Certificate("CN=localhost");
        await using var host = await EndpointHost.StartAsync(o => o.ConnectionsPerAddressMax = 8, certificate);
        var silent = new List<Stream>();
        for (var index = 0; index < 20; index++)
            silent.Add(await host.OpenAsync());
        var closed = silent.ConvertAll(stream => EndAsync(stream, host.Patience));
        while (closed.Where(static task => !task.IsCompleted).ToList() is { Count: > 8 } open)
            await Task.WhenAny(open).WaitAsync(host.Patience);
        Assert.Equal(8, closed.Count(static task => !task.IsCompleted));
        while (!closed.TrueForAll(static task => task.IsCompleted))
        {
            host.Patience.ThrowIfCancellationRequested();
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        foreach (var stream in silent)
            await stream.DisposeAsync();
        await host.EmptyAsync();
        await using var client = new MqttClientConnection(await host.OpenAsync(tls: true), V311);
        Assert.Equal(MqttReasonCode.Success, (await client.ConnectAsync(new MqttConnect { ClientId = "recorder-7" }, host.Patience)).Reason);
    }

    [Fact]
    public async Task A_handshake_does_not_buy_a_second_connect_deadline()
    {
        using var certificate = LifecycleTests.Certificate("CN=localhost");
        await using var host = await EndpointHost.StartAsync(serverCertificate: certificate);
        await using var stream = await host.OpenAsync();
        await host.AdmittedAsync(1);
        host.Time.Advance(TimeSpan.FromSeconds(9));
        await using var secure = await host.SecureAsync(stream);
        await host.ServedAsync(1);
        host.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, await secure.ReadAsync(new byte[1], host.Patience));
    }

    [Fact]
    public void Addresses_of_one_ipv6_network_count_as_one_and_mapped_ones_as_their_ipv4()
    {
        var limits = new ConnectionLimits(connectionsMax: 3, perAddressMax: 1);
        Assert.True(limits.TryEnter(IPAddress.Parse("2001:db8:1:2::1")));
        Assert.False(limits.TryEnter(IPAddress.Parse("2001:db8:1:2:ffff::2")));
        Assert.True(limits.TryEnter(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.False(limits.TryEnter(IPAddress.Parse("192.0.2.1")));
        Assert.True(limits.TryEnter(IPAddress.Parse("192.0.2.2")));
        Assert.False(limits.TryEnter(IPAddress.Parse("192.0.2.3")));
        limits.Leave(IPAddress.Parse("192.0.2.1"));
        Assert.True(limits.TryEnter(IPAddress.Parse("192.0.2.3")));
    }

    [Fact]
    public async Task New_session_above_the_limit_is_refused_and_a_known_client_is_served()
    {
        await using var host = await EndpointHost.StartAsync(o => o.SessionsMax = 1);
        await using var known = await host.ConnectAsync("a");
        await using var modern = new MqttClientConnection(await host.OpenAsync(), V500);
        Assert.Equal(MqttReasonCode.QuotaExceeded, (await modern.ConnectAsync(new MqttConnect { Version = V500, ClientId = "b" }, host.Patience)).Reason);
        await using var older = new MqttClientConnection(await host.OpenAsync(), V311);
        Assert.Equal(MqttReasonCode.ServerUnavailable, (await older.ConnectAsync(new MqttConnect { ClientId = "c" }, host.Patience)).Reason);
        await using var again = await host.ConnectAsync("a");
    }

    [Fact]
    public async Task Subscriptions_above_the_limit_and_shared_ones_are_refused_one_by_one()
    {
        await using var host = await EndpointHost.StartAsync(o => o.SubscriptionsPerSessionMax = 1);
        await using var modern = await host.ConnectAsync("a");
        var wishes = new MqttSubscriptionRequest[] { new("$share/g/x", MqttQos.AtMostOnce), new("x", MqttQos.AtLeastOnce), new("y", MqttQos.AtLeastOnce) };
        Assert.Equal(
            [MqttReasonCode.SharedSubscriptionsNotSupported, MqttReasonCode.GrantedQos1, MqttReasonCode.QuotaExceeded],
            await modern.SubscribeAsync(wishes, cancellationToken: host.Patience));
        await using var older = await host.ConnectAsync("b", V311);
        Assert.Equal(
            [MqttReasonCode.UnspecifiedError, MqttReasonCode.GrantedQos1, MqttReasonCode.UnspecifiedError],
            await older.SubscribeAsync(wishes, cancellationToken: host.Patience));
    }

    [Theory]
    [InlineData(3, 1024 * 1024)]
    [InlineData(1024, 3 * 400)]
    public async Task Queue_of_an_absent_session_is_bounded_in_messages_and_bytes(int messagesMax, int bytesMax)
    {
        await using var host = await EndpointHost.StartAsync(o => (o.QueuedMessagesPerSessionMax, o.QueuedBytesPerSessionMax) = (messagesMax, bytesMax));
        var client = await host.ConnectAsync("dev", V311, cleanStart: false);
        await client.SubscribeAsync([new("q", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        await client.DisposeAsync();
        await host.NextClosedAsync();
        for (int index = 0; index < 3; index++)
            Assert.Equal(MqttDispatchOutcome.Queued, host.Publisher.Publish("q", new byte[200]));
        Assert.Equal(MqttDispatchOutcome.Dropped, host.Publisher.Publish("q", new byte[200]));
    }

    [Fact]
    public async Task Client_that_does_not_acknowledge_is_disconnected_when_its_queue_is_full()
    {
        await using var host = await EndpointHost.StartAsync(o => o.QueuedMessagesPerSessionMax = 4);
        await using var client = await host.ConnectAsync("dev", properties: new MqttProperties { ReceiveMaximum = 2 });
        await client.SubscribeAsync([new("q", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        for (int index = 0; index < 4; index++)
            Assert.Equal(MqttDispatchOutcome.Queued, host.Publisher.Publish("q", new byte[1]));
        var first = await client.ReadAsync(host.Patience);
        var second = await client.ReadAsync(host.Patience);
        Assert.NotEqual(first!.PacketId, second!.PacketId);
        Assert.Equal(MqttDispatchOutcome.Dropped, host.Publisher.Publish("q", new byte[1]));
        Assert.Equal(MqttReasonCode.QuotaExceeded, (await client.ReadAsync(host.Patience))!.Reason);
    }

    [Fact]
    public async Task Client_that_does_not_read_is_cut_after_the_slow_reader_deadline()
    {
        await using var host = await EndpointHost.StartAsync(o => (o.QueuedBytesPerSessionMax, o.KeepAliveMax) = (64 * 1024 * 1024, TimeSpan.FromDays(10_000)));
        await using var client = await host.ConnectAsync("dev");
        await client.SubscribeAsync([new("q", MqttQos.AtMostOnce)], cancellationToken: host.Patience);
        for (int index = 0; index < 1000; index++)
            host.Publisher.Publish("q", new byte[32 * 1024], MqttQos.AtMostOnce);
        var closed = host.NextClosedAsync().AsTask();
        while (!closed.IsCompleted)
        {
            // The socket buffers fill in real time; virtual time moves on until the stall is noticed.
            host.Patience.ThrowIfCancellationRequested();
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(MqttReasonCode.QuotaExceeded, (await closed).Reason);
        Assert.False(host.Publisher.IsConnected("dev"));
    }

    [Fact]
    public async Task Retained_message_above_the_limit_is_refused_in_5_0_and_only_handled_in_3_1_1()
    {
        await using var host = await EndpointHost.StartAsync(o => o.RetainedMessagesMax = 1);
        await using var client = await host.ConnectAsync("dev");
        Assert.Equal(MqttReasonCode.Success, await client.PublishAsync("r/1", new byte[1], MqttQos.AtLeastOnce, retain: true, cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.QuotaExceeded, await client.PublishAsync("r/2", new byte[1], MqttQos.AtLeastOnce, retain: true, cancellationToken: host.Patience));
        await using var older = await host.ConnectAsync("older", V311);
        Assert.Equal(MqttReasonCode.Success, await older.PublishAsync("r/3", new byte[1], MqttQos.AtLeastOnce, retain: true, cancellationToken: host.Patience));
        await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.Equal("r/3", (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
        Assert.Equal(MqttReasonCode.Success, await client.PublishAsync("r/1", new byte[2], MqttQos.AtLeastOnce, retain: true, cancellationToken: host.Patience));
    }

    [Fact]
    public async Task More_unreleased_qos_2_messages_than_receive_maximum_end_the_connection()
    {
        await using var host = await EndpointHost.StartAsync(o => o.ReceiveMaximum = 2);
        await using var client = await host.ConnectAsync("dev");
        await client.SendAsync(w =>
        {
            for (ushort id = 1; id <= 3; id++)
                MqttEncoder.WritePublish(w, V500, "t", "x"u8, MqttQos.ExactlyOnce, packetId: id);
        }, host.Patience);
        await client.ReadAsync(host.Patience);
        await client.ReadAsync(host.Patience);
        Assert.Equal(MqttReasonCode.ReceiveMaximumExceeded, (await client.ReadAsync(host.Patience))!.Reason);
    }

    [Fact]
    public async Task Topic_alias_is_refused_because_none_was_offered()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev");
        await client.PublishAsync("t", new byte[1], properties: new MqttProperties { TopicAlias = 1 }, cancellationToken: host.Patience);
        Assert.Equal(MqttReasonCode.TopicAliasInvalid, (await client.ReadAsync(host.Patience))!.Reason);
    }

    [Fact]
    public async Task Message_above_the_clients_maximum_packet_is_skipped()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev", properties: new MqttProperties { MaximumPacketBytes = 100 });
        await client.SubscribeAsync([new("q", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        host.Publisher.Publish("q", new byte[101]);
        host.Publisher.Publish("q", new byte[10]);
        Assert.Equal(10, (await client.ReceiveMessageAsync(host.Patience)).Payload.Length);
    }

    [Fact]
    public async Task Expired_message_is_not_delivered_and_a_living_one_says_what_is_left()
    {
        await using var host = await EndpointHost.StartAsync();
        var keep = new MqttProperties { SessionExpiryIntervalS = 3600 };
        var reader = await host.ConnectAsync("reader", properties: keep);
        await reader.SubscribeAsync([new("q", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        await reader.DisposeAsync();
        await host.NextClosedAsync();
        await using var sender = await host.ConnectAsync("sender");
        await sender.PublishAsync("q", "short"u8.ToArray(), MqttQos.AtLeastOnce, properties: new() { MessageExpiryIntervalS = 5 }, cancellationToken: host.Patience);
        await sender.PublishAsync("q", "long"u8.ToArray(), MqttQos.AtLeastOnce, properties: new() { MessageExpiryIntervalS = 60 }, cancellationToken: host.Patience);
        host.Time.Advance(TimeSpan.FromSeconds(20));
        await using var again = await host.ConnectAsync("reader", cleanStart: false, properties: keep);
        var message = await again.ReceiveMessageAsync(host.Patience);
        Assert.Equal("long"u8.ToArray(), message.Payload.ToArray());
        Assert.Equal(40u, message.Properties!.MessageExpiryIntervalS);
    }

    // A cut socket reads its end or a reset: both say closed.
    private static async Task EndAsync(Stream stream, CancellationToken patience)
    {
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1], patience));
        }
        catch (IOException)
        {
            // Reset.
        }
    }
}
