using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Gateway;

/// <summary>A recorder's topics, made once at login so that the hot path compares references or whole strings.</summary>
internal sealed class DeviceTopics(DeviceId device)
{
    public DeviceId Device { get; } = device;

    public string Up { get; } = $"bodycam/v1/{device}/up";

    public string Event { get; } = $"bodycam/v1/{device}/event";

    public string Status { get; } = $"bodycam/v1/{device}/status";

    public string Live { get; } = $"bodycam/v1/{device}/live";

    public string Down { get; } = $"bodycam/v1/{device}/down";
}

/// <summary>Between MQTT and ingest: who may connect, which topics, and where a message goes (protocol §1).</summary>
internal sealed class DeviceLink(TimeProvider time) : IMqttAuthenticator, IMqttTopicPolicy, IMqttPublishHandler, IDownlink
{
    private const int FailuresMax = 10;
    private const int RememberedMax = 4096;
    private const int StatusBytesMax = 2048;
    private static readonly TimeSpan FailuresWindow = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (long Since, int Count)> failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<DeviceId, string> statuses = new();
    private IngestService? ingest;
    private IMqttPublisher? publisher;

    /// <summary>Newest status JSON of each recorder, at most 2 KiB each.</summary>
    public IReadOnlyDictionary<DeviceId, string> Statuses => statuses;

    public void Attach(IngestService service, IMqttPublisher endpoint)
    {
        ingest = service;
        publisher = endpoint;
    }

    public ValueTask<MqttAuthResult> AuthenticateAsync(MqttConnectInfo info, CancellationToken cancellationToken)
    {
        if (ingest is null || !DeviceId.TryParse(info.ClientId, out var device) || !string.Equals(info.UserName, info.ClientId, StringComparison.Ordinal) || IsGuessing(info.ClientId))
            return ValueTask.FromResult(MqttAuthResult.Refused());
        var key = ReadKey(info.Password);
        if (key is null || !ingest.MayConnect(device, key))
        {
            CountFailure(info.ClientId);
            return ValueTask.FromResult(MqttAuthResult.Refused(MqttReasonCode.BadUserNameOrPassword));
        }

        failures.TryRemove(info.ClientId, out _);
        return ValueTask.FromResult(MqttAuthResult.Accepted(new MqttPrincipal(device.Text, device.Text, new DeviceTopics(device))));
    }

    public bool MayPublish(MqttPrincipal principal, string topic)
    {
        var topics = (DeviceTopics)principal.Tag!;
        return topic == topics.Up || topic == topics.Event || topic == topics.Status || topic == topics.Live;
    }

    public bool MaySubscribe(MqttPrincipal principal, string filter) => filter == ((DeviceTopics)principal.Tag!).Down;

    public async ValueTask<MqttPublishOutcome> HandleAsync(MqttPrincipal principal, string topic, ReadOnlySequence<byte> payload, MqttQos qos, bool retain, CancellationToken cancellationToken)
    {
        var topics = (DeviceTopics)principal.Tag!;
        if (topic == topics.Up)
        {
            await ingest!.HandleUpAsync(topics.Device, payload, cancellationToken).ConfigureAwait(false);
            return MqttPublishOutcome.AcceptedNoFanOut;
        }

        if (topic == topics.Status && payload.Length <= StatusBytesMax)
            statuses[topics.Device] = Encoding.UTF8.GetString(payload);
        return MqttPublishOutcome.Accepted;
    }

    public void Send(DeviceId device, byte[] message) => publisher?.Publish($"bodycam/v1/{device}/down", message, MqttQos.AtLeastOnce);

    private static byte[]? ReadKey(ReadOnlyMemory<byte>? password)
    {
        if (password is not { Length: 64 } hex)
            return null;
        try
        {
            return Convert.FromHexString(Encoding.ASCII.GetString(hex.Span));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private bool IsGuessing(string name) =>
        failures.TryGetValue(name, out var seen) && seen.Count >= FailuresMax && time.GetElapsedTime(seen.Since) < FailuresWindow;

    private void CountFailure(string name)
    {
        if (failures.Count > RememberedMax)
            failures.Clear();
        var now = time.GetTimestamp();
        failures.AddOrUpdate(name, (now, 1), (_, seen) => time.GetElapsedTime(seen.Since) < FailuresWindow ? (seen.Since, seen.Count + 1) : (now, 1));
    }
}
