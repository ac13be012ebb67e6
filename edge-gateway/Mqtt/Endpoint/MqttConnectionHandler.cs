using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Entry point for Kestrel: serves one MQTT connection per call and heeds Kestrel's wish to close.</summary>
public sealed class MqttConnectionHandler : ConnectionHandler
{
    private readonly MqttBroker broker;

    internal MqttConnectionHandler(MqttBroker broker) => this.broker = broker;

    /// <summary>Completes when the connection is closed; on shutdown 5.0 clients get ServerShuttingDown.</summary>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = new MqttConnection(connection, broker);
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        await using var registration = lifetime?.ConnectionClosedRequested.UnsafeRegister(
            static state => ((MqttConnection)state!).RequestClose(MqttReasonCode.ServerShuttingDown), served) ?? default;
        await served.RunAsync();
    }
}
