using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Endpoint;

public class SessionTests
{
    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Kept_session_gets_what_was_queued_and_what_was_not_acknowledged(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        var keep = new MqttProperties { SessionExpiryIntervalS = 3600 };
        var first = await host.ConnectAsync("dev", version, cleanStart: false, properties: keep);
        await first.SubscribeAsync([new("d/#", MqttQos.ExactlyOnce)], cancellationToken: host.Patience);
        Assert.Equal(MqttDispatchOutcome.Queued, host.Publisher.Publish("d/1", "one"u8.ToArray()));
        var unacknowledged = await first.ReadAsync(host.Patience);
        await first.DisposeAsync();
        await host.NextClosedAsync();
        Assert.False(host.Publisher.IsConnected("dev"));
        Assert.Equal(MqttDispatchOutcome.Queued, host.Publisher.Publish("d/2", "two"u8.ToArray(), MqttQos.ExactlyOnce));
        Assert.Equal(MqttDispatchOutcome.Dropped, host.Publisher.Publish("d/3", "three"u8.ToArray(), MqttQos.AtMostOnce));

        await using var second = new MqttClientConnection(await host.OpenAsync(), version);
        var answer = await second.ConnectAsync(new MqttConnect { Version = version, ClientId = "dev", CleanStart = false, Properties = keep }, host.Patience);
        Assert.True(answer.SessionPresent);
        var again = await second.ReceiveMessageAsync(host.Patience);
        Assert.Equal((unacknowledged!.PacketId, true, "d/1"), (again.PacketId, again.Duplicate, again.Topic));
        Assert.Equal("d/2", (await second.ReceiveMessageAsync(host.Patience)).Topic);
    }

    [Theory]
    [InlineData(false, 62, false)]
    [InlineData(false, 30, true)]
    [InlineData(true, 0, false)]
    public async Task Session_ends_with_its_expiry_and_clean_start_discards_it(bool cleanStart, int waitS, bool present)
    {
        await using var host = await EndpointHost.StartAsync();
        await (await host.ConnectAsync("dev", properties: new MqttProperties { SessionExpiryIntervalS = 60 })).DisposeAsync();
        await host.NextClosedAsync();
        host.Time.Advance(TimeSpan.FromSeconds(waitS));
        await using var second = new MqttClientConnection(await host.OpenAsync(), V500);
        var answer = await second.ConnectAsync(new MqttConnect { Version = V500, ClientId = "dev", CleanStart = cleanStart }, host.Patience);
        Assert.Equal(present, answer.SessionPresent);
    }

    [Fact]
    public async Task Other_identity_with_the_same_client_identifier_does_not_inherit_the_session()
    {
        await using var host = await EndpointHost.StartAsync();
        var keep = new MqttProperties { SessionExpiryIntervalS = 3600 };
        var first = await host.ConnectAsync("dev", properties: keep);
        await first.DisposeAsync();
        await host.NextClosedAsync();
        host.Ports.Authenticate = info => MqttAuthResult.Accepted(new MqttPrincipal("somebody else", info.ClientId));
        await using var second = new MqttClientConnection(await host.OpenAsync(), V500);
        var answer = await second.ConnectAsync(new MqttConnect { Version = V500, ClientId = "dev", CleanStart = false }, host.Patience);
        Assert.False(answer.SessionPresent);
    }

    [Fact]
    public async Task New_connection_takes_over_the_client_identifier_and_the_old_one_is_told()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var first = await host.ConnectAsync("dev");
        await using var second = await host.ConnectAsync("dev", V311);
        var goodbye = await first.ReadAsync(host.Patience);
        Assert.Equal((MqttPacketType.Disconnect, MqttReasonCode.SessionTakenOver), (goodbye!.Type, goodbye.Reason));
        Assert.Null(await first.ReadAsync(host.Patience));
        Assert.Equal(MqttReasonCode.Success, await second.PublishAsync("t", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
    }

    [Fact]
    public async Task Takeover_waits_for_the_handler_and_gives_up_after_its_deadline()
    {
        await using var host = await EndpointHost.StartAsync(o => o.ConnectDeadline = TimeSpan.FromDays(1));
        host.Ports.Stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = await host.ConnectAsync("dev");
        await first.SendAsync(w => MqttEncoder.WritePublish(w, V500, "t", "x"u8, MqttQos.AtLeastOnce, packetId: 1), host.Patience);
        await host.Ports.TakenIn.ReadAsync(host.Patience);
        await using var second = new MqttClientConnection(await host.OpenAsync(), V500);
        var connecting = second.ConnectAsync(new MqttConnect { Version = V500, ClientId = "dev" }, host.Patience).AsTask();
        while (!connecting.IsCompleted)
        {
            // The wait starts a moment after authentication; time moves on until it is over.
            host.Patience.ThrowIfCancellationRequested();
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(MqttReasonCode.ServerBusy, (await connecting).Reason);
        host.Ports.Stall.SetResult();
    }

    [Fact]
    public async Task Will_is_published_when_the_link_is_lost_and_not_after_disconnect()
    {
        await using var host = await EndpointHost.StartAsync();
        var will = new MqttWill("status/dev", "offline"u8.ToArray(), MqttQos.AtLeastOnce, Retain: true);
        await using (var polite = await host.ConnectAsync("polite", will: will))
            await polite.SendAsync(w => MqttEncoder.WriteClosing(w, V500, new(MqttPacketType.Disconnect, MqttReasonCode.Success)), host.Patience);
        await host.NextClosedAsync();
        Assert.False(host.Ports.TakenIn.TryRead(out _));
        await (await host.ConnectAsync("dev", V311, will: will)).DisposeAsync();
        var taken = await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.Equal(("dev", "status/dev", true), (taken.ClientId, taken.Topic, taken.Retain));
        await host.NextClosedAsync();
        await using var late = await host.ConnectAsync("late");
        await late.SubscribeAsync([new("status/+", MqttQos.AtLeastOnce)], cancellationToken: host.Patience);
        var message = await late.ReceiveMessageAsync(host.Patience);
        Assert.True(message.Retain);
        Assert.Equal("offline"u8.ToArray(), message.Payload.ToArray());
    }

    [Fact]
    public async Task Delayed_will_waits_and_is_dropped_when_the_client_returns()
    {
        await using var host = await EndpointHost.StartAsync();
        var will = new MqttWill("w", "x"u8.ToArray(), MqttQos.AtMostOnce, Retain: false, new MqttProperties { WillDelayIntervalS = 30 });
        var keep = new MqttProperties { SessionExpiryIntervalS = 3600 };
        for (int round = 0; round < 2; round++)
        {
            await (await host.ConnectAsync("dev", cleanStart: false, will: will, properties: keep)).DisposeAsync();
            await host.NextClosedAsync();
            host.Time.Advance(TimeSpan.FromSeconds(20));
            Assert.False(host.Ports.TakenIn.TryRead(out _));
        }

        host.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal("w", (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
    }

    [Fact]
    public async Task Retained_message_is_replaced_cleared_and_handled_as_the_subscriber_asks()
    {
        await using var host = await EndpointHost.StartAsync();
        host.Publisher.Publish("r/1", "old"u8.ToArray(), retain: true);
        host.Publisher.Publish("r/1", "new"u8.ToArray(), retain: true);
        host.Publisher.Publish("r/2", "gone"u8.ToArray(), retain: true);
        host.Publisher.Publish("r/2", default, retain: true);
        await using var client = await host.ConnectAsync("dev");
        var request = new MqttSubscriptionRequest("r/#", MqttQos.AtLeastOnce);
        await client.SubscribeAsync([request with { RetainHandling = MqttRetainHandling.DoNotSend }], cancellationToken: host.Patience);
        await client.SubscribeAsync([request with { RetainHandling = MqttRetainHandling.SendIfNew }], cancellationToken: host.Patience);
        await client.SubscribeAsync([request], cancellationToken: host.Patience);
        host.Publisher.Publish("r/3", "live"u8.ToArray(), retain: true);
        var first = await client.ReceiveMessageAsync(host.Patience);
        Assert.Equal(("r/1", true), (first.Topic, first.Retain));
        Assert.Equal("new"u8.ToArray(), first.Payload.ToArray());
        var second = await client.ReceiveMessageAsync(host.Patience);
        Assert.Equal(("r/3", false), (second.Topic, second.Retain));
    }

    [Fact]
    public async Task Overlapping_subscriptions_get_one_copy_with_every_identifier_and_no_local_is_kept()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev");
        await client.SubscribeAsync([new("a/#", MqttQos.AtMostOnce)], new MqttProperties { SubscriptionIdentifiers = [5] }, host.Patience);
        await client.SubscribeAsync([new("a/b", MqttQos.AtLeastOnce)], new MqttProperties { SubscriptionIdentifiers = [6] }, host.Patience);
        await client.SubscribeAsync([new("own", MqttQos.AtLeastOnce, NoLocal: true)], cancellationToken: host.Patience);
        await client.PublishAsync("own", new byte[1], MqttQos.AtLeastOnce, cancellationToken: host.Patience);
        var properties = new MqttProperties { ContentType = "c", UserProperties = [new("k", "v")] };
        await client.PublishAsync("a/b", new byte[1], MqttQos.AtLeastOnce, properties: properties, cancellationToken: host.Patience);
        var message = await client.ReceiveMessageAsync(host.Patience);
        Assert.Equal(("a/b", MqttQos.AtLeastOnce, "c"), (message.Topic, message.Qos, message.Properties!.ContentType));
        Assert.Equal([5u, 6u], message.Properties.SubscriptionIdentifiers!.Order());
        Assert.Equal(properties.UserProperties, message.Properties.UserProperties);
    }
}
