using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.Channels;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Mqtt.Tests.Endpoint;

internal sealed record Taken(string ClientId, string Topic, byte[] Payload, MqttQos Qos, bool Retain);

/// <summary>The application's side of the endpoint, as the tests want it.</summary>
internal sealed class TestPorts : IMqttAuthenticator, IMqttTopicPolicy, IMqttPublishHandler
{
    private readonly Channel<Taken> taken = Channel.CreateUnbounded<Taken>();

    private readonly Channel<string> subscribing = Channel.CreateUnbounded<string>();

    /// <summary>Filters that the policy was asked for.</summary>
    public ChannelReader<string> Subscribing => subscribing.Reader;

    public ConcurrentQueue<MqttConnectInfo> Connects { get; } = new();

    public Func<MqttConnectInfo, MqttAuthResult> Authenticate { get; set; } =
        info => MqttAuthResult.Accepted(new MqttPrincipal(info.UserName ?? info.ClientId, info.ClientId));

    public Func<string, MqttPublishOutcome> Answer { get; set; } = _ => MqttPublishOutcome.Accepted;

    /// <summary>When set, the handler waits for it before it answers.</summary>
    public TaskCompletionSource? Stall { get; set; }

    public ChannelReader<Taken> TakenIn => taken.Reader;

    public ValueTask<MqttAuthResult> AuthenticateAsync(MqttConnectInfo info, CancellationToken cancellationToken)
    {
        Connects.Enqueue(info);
        return ValueTask.FromResult(Authenticate(info));
    }

    public bool MayPublish(MqttPrincipal principal, string topic) => !topic.StartsWith("forbidden", StringComparison.Ordinal);

    public bool MaySubscribe(MqttPrincipal principal, string filter)
    {
        subscribing.Writer.TryWrite(filter);
        return !filter.StartsWith("forbidden", StringComparison.Ordinal);
    }

    public async ValueTask<MqttPublishOutcome> HandleAsync(
        MqttPrincipal principal, string topic, ReadOnlySequence<byte> payload, MqttQos qos, bool retain, CancellationToken cancellationToken)
    {
        taken.Writer.TryWrite(new Taken(principal.ClientId, topic, payload.ToArray(), qos, retain));
        if (Stall is { } stall)
            await stall.Task;
        return Answer(topic);
    }
}
