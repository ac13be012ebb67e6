using System.Buffers;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Takes in published messages before they are acknowledged.</summary>
public interface IMqttPublishHandler
{
    /// <summary>
    /// Called on the connection's own task, one call at a time per client; PUBACK or PUBREC follows the answer.
    /// Not answering is back-pressure: the socket is not read meanwhile, and keep alive does not run.
    /// Wills come through here as well. An exception closes the connection without an acknowledgement.
    /// </summary>
    /// <param name="principal">Who published.</param>
    /// <param name="topic">Name allowed by the policy; the same string object for repeated topics of a connection.</param>
    /// <param name="payload">Lies in the receive buffer; valid until the returned task completes.</param>
    /// <param name="qos">QoS of the message.</param>
    /// <param name="retain">RETAIN flag.</param>
    /// <param name="cancellationToken">Cancelled when the endpoint closes the connection.</param>
    ValueTask<MqttPublishOutcome> HandleAsync(
        MqttPrincipal principal, string topic, ReadOnlySequence<byte> payload, MqttQos qos, bool retain, CancellationToken cancellationToken);
}

/// <summary>What became of a published message.</summary>
public readonly record struct MqttPublishOutcome
{
    private MqttPublishOutcome(MqttReasonCode reason, bool fanOut) => (Reason, FanOut) = (reason, fanOut);

    /// <summary>Success, or why the message was refused.</summary>
    public MqttReasonCode Reason { get; }

    /// <summary>True when subscribers and the retained store get the message.</summary>
    public bool FanOut { get; }

    /// <summary>Acknowledge, retain if asked to, and send to subscribers.</summary>
    public static MqttPublishOutcome Accepted { get; } = new(MqttReasonCode.Success, fanOut: true);

    /// <summary>Acknowledge only; neither retained nor sent on. The way without allocation.</summary>
    public static MqttPublishOutcome AcceptedNoFanOut { get; } = new(MqttReasonCode.Success, fanOut: false);

    /// <summary>5.0 clients get the reason; 3.1.1 has none and acknowledges.</summary>
    /// <param name="reason">A code that PUBACK may carry; others become UnspecifiedError.</param>
    public static MqttPublishOutcome Refused(MqttReasonCode reason) =>
        new(MqttReasonCodes.IsAllowed(MqttPacketType.PubAck, reason) && reason >= MqttReasonCode.UnspecifiedError
            ? reason
            : MqttReasonCode.UnspecifiedError, fanOut: false);
}
