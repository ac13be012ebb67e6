using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Sends messages down to sessions and watches connections. Implemented by the endpoint; safe from any thread.</summary>
public interface IMqttPublisher
{
    /// <summary>Raised on the connection's task after CONNACK is written; handlers must not block.</summary>
    event EventHandler<MqttConnectionEventArgs>? Connected;

    /// <summary>Raised after the connection is closed and an immediate will is published; handlers must not block.</summary>
    event EventHandler<MqttConnectionEventArgs>? Disconnected;

    /// <summary>Queues a message for every session with a matching subscription; does not wait for the peers.</summary>
    /// <param name="topic">Valid topic name.</param>
    /// <param name="payload">Kept until delivered and therefore not to be changed; an empty retained one clears the topic.</param>
    /// <param name="qos">Highest QoS; lowered to that of each subscription.</param>
    /// <param name="retain">True to keep it for later subscribers.</param>
    /// <exception cref="ArgumentException">The topic is not a valid name.</exception>
    MqttDispatchOutcome Publish(string topic, ReadOnlyMemory<byte> payload, MqttQos qos = MqttQos.AtLeastOnce, bool retain = false);

    /// <summary>Asks the connection of this client to close with this reason; true when there was one.</summary>
    /// <param name="clientId">Client identifier.</param>
    /// <param name="reason">Sent to 5.0 clients in DISCONNECT.</param>
    /// <param name="discardSession">True to give up the session with its queue as well, for instance after revocation.</param>
    bool DisconnectClient(string clientId, MqttReasonCode reason = MqttReasonCode.AdministrativeAction, bool discardSession = false);

    /// <summary>True when a connection of this client is open now.</summary>
    bool IsConnected(string clientId);
}

/// <summary>What became of a message on its way to the sessions.</summary>
public enum MqttDispatchOutcome
{
    /// <summary>At least one session has it in its queue, and none refused it.</summary>
    Queued,

    /// <summary>No session subscribes to it.</summary>
    NoMatchingSubscribers,

    /// <summary>At least one queue was full, or a QoS 0 message met a session without a connection; the message is lost there.</summary>
    Dropped,
}

/// <summary>A connection was opened or closed.</summary>
/// <param name="principal">Whose connection.</param>
/// <param name="reason">Success when opened or closed in order, else why it was closed.</param>
/// <param name="sessionPresent">True when a kept session was resumed.</param>
public sealed class MqttConnectionEventArgs(MqttPrincipal principal, MqttReasonCode reason, bool sessionPresent) : EventArgs
{
    /// <summary>Whose connection.</summary>
    public MqttPrincipal Principal { get; } = principal;

    /// <summary>Success when opened or closed in order, else why it was closed.</summary>
    public MqttReasonCode Reason { get; } = reason;

    /// <summary>True when a kept session was resumed.</summary>
    public bool SessionPresent { get; } = sessionPresent;
}
