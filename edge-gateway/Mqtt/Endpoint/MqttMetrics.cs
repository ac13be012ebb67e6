using System.Diagnostics.Metrics;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Instruments of the meter <see cref="MeterName"/>.</summary>
public sealed class MqttMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "BodyCam.Mqtt";

    private readonly Meter meter;
    private readonly Counter<long> accepted;
    private readonly Counter<long> closed;
    private readonly Counter<long> received;
    private readonly Counter<long> receivedBytes;
    private readonly Counter<long> refused;
    private readonly Counter<long> sent;
    private readonly Counter<long> dropped;
    private readonly UpDownCounter<long> connections;

    /// <summary>Creates the instruments.</summary>
    /// <param name="factory">Owner of the meter, or null for a free-standing one.</param>
    public MqttMetrics(IMeterFactory? factory = null)
    {
        meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        accepted = meter.CreateCounter<long>("bodycam.mqtt.connects", description: "CONNECT answered with success.");
        closed = meter.CreateCounter<long>("bodycam.mqtt.closes", description: "Connections closed, by reason code; connection_limit, gave_way, handshake_deadline and handshake_failed before MQTT.");
        received = meter.CreateCounter<long>("bodycam.mqtt.publishes.received", description: "PUBLISH given to the handler.");
        receivedBytes = meter.CreateCounter<long>("bodycam.mqtt.publishes.received_bytes", "By", "Payload bytes given to the handler.");
        refused = meter.CreateCounter<long>("bodycam.mqtt.publishes.refused", description: "PUBLISH refused, by reason code.");
        sent = meter.CreateCounter<long>("bodycam.mqtt.publishes.sent", description: "PUBLISH written to clients.");
        dropped = meter.CreateCounter<long>("bodycam.mqtt.messages.dropped", description: "Messages lost to a bound, by cause.");
        connections = meter.CreateUpDownCounter<long>("bodycam.mqtt.connections", description: "Open sockets.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    internal void SocketOpened() => connections.Add(1);

    internal void SocketClosed() => connections.Add(-1);

    internal void Closed(string reason) => closed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void ConnectAccepted() => accepted.Add(1);

    internal void Received(long payloadBytes)
    {
        received.Add(1);
        receivedBytes.Add(payloadBytes);
    }

    internal void Refused(MqttReasonCode reason) => refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal void Sent() => sent.Add(1);

    internal void Dropped(string cause) => dropped.Add(1, new KeyValuePair<string, object?>("cause", cause));
}
