using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Endpoint;

public class PublishTests
{
    [Theory]
    [InlineData(V311, MqttQos.AtMostOnce)]
    [InlineData(V311, MqttQos.AtLeastOnce)]
    [InlineData(V311, MqttQos.ExactlyOnce)]
    [InlineData(V500, MqttQos.AtMostOnce)]
    [InlineData(V500, MqttQos.AtLeastOnce)]
    [InlineData(V500, MqttQos.ExactlyOnce)]
    public async Task Handler_takes_the_message_and_subscribers_get_it(MqttProtocolVersion version, MqttQos qos)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var reader = await host.ConnectAsync("reader", version);
        await using var sender = await host.ConnectAsync("sender", version);
        Assert.Equal([(MqttReasonCode)qos], await reader.SubscribeAsync([new("a/+", qos)], cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.Success, await sender.PublishAsync("a/b", "hello"u8.ToArray(), qos, cancellationToken: host.Patience));
        var taken = await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.Equal(("sender", "a/b", qos), (taken.ClientId, taken.Topic, taken.Qos));
        var message = await reader.ReceiveMessageAsync(host.Patience);
        Assert.Equal("hello"u8.ToArray(), message.Payload.ToArray());
        Assert.Equal(qos, message.Qos);
    }

    [Fact]
    public async Task Duplicate_qos_2_publish_reaches_the_handler_once()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev", V311);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await client.SendAsync(w => MqttEncoder.WritePublish(w, V311, "t", "x"u8, MqttQos.ExactlyOnce, duplicate: attempt > 0, packetId: 9), host.Patience);
            Assert.Equal(MqttPacketType.PubRec, (await client.ReadAsync(host.Patience))!.Type);
        }

        await client.SendAsync(w => MqttEncoder.WriteAck(w, V311, new(MqttPacketType.PubRel, 9)), host.Patience);
        Assert.Equal(MqttPacketType.PubComp, (await client.ReadAsync(host.Patience))!.Type);
        await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Qos_2_identifier_survives_the_connection_of_a_kept_session()
    {
        await using var host = await EndpointHost.StartAsync();
        var first = await host.ConnectAsync("dev", V311, cleanStart: false);
        await first.SendAsync(w => MqttEncoder.WritePublish(w, V311, "t", "x"u8, MqttQos.ExactlyOnce, packetId: 9), host.Patience);
        await first.ReadAsync(host.Patience);
        await first.DisposeAsync();
        await host.NextClosedAsync();
        await using var second = await host.ConnectAsync("dev", V311, cleanStart: false);
        await second.SendAsync(w => MqttEncoder.WritePublish(w, V311, "t", "x"u8, MqttQos.ExactlyOnce, duplicate: true, packetId: 9), host.Patience);
        Assert.Equal(MqttPacketType.PubRec, (await second.ReadAsync(host.Patience))!.Type);
        await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Acknowledgement_waits_for_the_handler_and_the_socket_is_not_read_meanwhile()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = await host.ConnectAsync("dev", keepAliveS: 10);
        await client.SendAsync(w =>
        {
            MqttEncoder.WritePublish(w, V500, "t", "1"u8, MqttQos.AtLeastOnce, packetId: 1);
            MqttEncoder.WritePublish(w, V500, "t", "2"u8, MqttQos.AtLeastOnce, packetId: 2);
        }, host.Patience);
        await host.Ports.TakenIn.ReadAsync(host.Patience);
        host.Time.Advance(TimeSpan.FromMinutes(5)); // Keep alive does not run while the handler holds the client back.
        Assert.False(host.Ports.TakenIn.TryRead(out _));
        host.Ports.Stall.SetResult();
        Assert.Equal(1, (await client.ReadAsync(host.Patience))!.PacketId);
        Assert.Equal(2, (await client.ReadAsync(host.Patience))!.PacketId);
    }

    [Fact]
    public async Task Refusal_reaches_a_5_0_client_and_a_3_1_1_client_is_acknowledged()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Answer = _ => MqttPublishOutcome.Refused(MqttReasonCode.QuotaExceeded);
        await using var modern = await host.ConnectAsync("modern");
        await using var older = await host.ConnectAsync("older", V311);
        Assert.Equal(MqttReasonCode.QuotaExceeded, await modern.PublishAsync("t", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.QuotaExceeded, await modern.PublishAsync("t", new byte[1], MqttQos.ExactlyOnce, cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.Success, await older.PublishAsync("t", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.Success, await older.PublishAsync("t", new byte[1], MqttQos.ExactlyOnce, cancellationToken: host.Patience));
    }

    [Fact]
    public async Task Wrong_topic_is_refused_in_5_0_and_ends_the_connection_in_3_1_1()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var modern = await host.ConnectAsync("modern");
        await using var older = await host.ConnectAsync("older", V311);
        Assert.Equal(MqttReasonCode.NotAuthorized, await modern.PublishAsync("forbidden/x", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.Equal([MqttReasonCode.NotAuthorized], await modern.SubscribeAsync([new("forbidden/#", MqttQos.AtMostOnce)], cancellationToken: host.Patience));
        await Assert.ThrowsAsync<IOException>(async () => await older.PublishAsync("forbidden/x", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Fact]
    public async Task Accepted_without_fan_out_is_acknowledged_and_not_sent_on()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Answer = topic => topic is "quiet" ? MqttPublishOutcome.AcceptedNoFanOut : MqttPublishOutcome.Accepted;
        await using var client = await host.ConnectAsync("dev");
        await client.SubscribeAsync([new("#", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        await client.PublishAsync("quiet", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience);
        await client.PublishAsync("loud", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience);
        Assert.Equal("loud", (await client.ReceiveMessageAsync(host.Patience)).Topic);
    }

    [Fact]
    public async Task Handler_exception_closes_the_connection_without_an_acknowledgement()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Answer = _ => throw new InvalidOperationException("planned");
        await using var client = await host.ConnectAsync("dev", V311);
        await Assert.ThrowsAsync<IOException>(async () => await client.PublishAsync("t", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.Equal(MqttReasonCode.UnspecifiedError, (await host.NextClosedAsync()).Reason);
    }
}
