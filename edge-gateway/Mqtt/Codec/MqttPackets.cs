using System.Buffers;

namespace BodyCam.Mqtt.Codec;

/// <summary>The will of a CONNECT (section 3.1.2.5).</summary>
/// <param name="Topic">Valid topic name.</param>
/// <param name="Payload">0..65,535 bytes, owned by this object.</param>
/// <param name="Qos">QoS of the will.</param>
/// <param name="Retain">True when the will is published as retained.</param>
/// <param name="Properties">Will properties of 5.0, or null.</param>
public sealed record MqttWill(string Topic, ReadOnlyMemory<byte> Payload, MqttQos Qos, bool Retain, MqttProperties? Properties = null);

/// <summary>CONNECT (section 3.1).</summary>
public sealed class MqttConnect
{
    /// <summary>Protocol level.</summary>
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V311;

    /// <summary>Clean Session of 3.1.1, Clean Start of 5.0.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Keep alive in seconds; 0 turns it off.</summary>
    public ushort KeepAliveS { get; init; }

    /// <summary>Client identifier; may be empty.</summary>
    public string ClientId { get; init; } = string.Empty;

    /// <summary>Will message, or null.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>User name, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>Password bytes, or null.</summary>
    public byte[]? Password { get; init; }

    /// <summary>Properties of 5.0, or null.</summary>
    public MqttProperties? Properties { get; init; }
}

/// <summary>CONNACK (section 3.2).</summary>
/// <param name="SessionPresent">True when the server resumes a stored session.</param>
/// <param name="Reason">5.0 code; in 3.1.1 mapped to and from the return codes 0..5.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public sealed record MqttConnAck(bool SessionPresent, MqttReasonCode Reason, MqttProperties? Properties = null);

/// <summary>PUBLISH as it lies in the receive buffer (section 3.3); slices are valid until the buffer is advanced.</summary>
/// <param name="TopicUtf8">Validated topic name; empty only in 5.0 with a topic alias.</param>
/// <param name="PacketId">1..65,535 for QoS 1 and 2, else 0.</param>
/// <param name="Payload">The message, not copied.</param>
/// <param name="Qos">QoS from the header.</param>
/// <param name="Retain">RETAIN flag.</param>
/// <param name="Duplicate">DUP flag.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public readonly record struct MqttPublish(
    ReadOnlySequence<byte> TopicUtf8,
    ushort PacketId,
    ReadOnlySequence<byte> Payload,
    MqttQos Qos,
    bool Retain,
    bool Duplicate,
    MqttProperties? Properties);

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7).</summary>
/// <param name="Type">Which of the four.</param>
/// <param name="PacketId">1..65,535.</param>
/// <param name="Reason">Code of 5.0; Success in 3.1.1.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public readonly record struct MqttAck(
    MqttPacketType Type, ushort PacketId, MqttReasonCode Reason = MqttReasonCode.Success, MqttProperties? Properties = null);

/// <summary>What becomes of retained messages when a subscription is made (5.0, section 3.8.3.1).</summary>
public enum MqttRetainHandling : byte
{
    /// <summary>Send them at every SUBSCRIBE; the only way of 3.1.1.</summary>
    Send = 0,

    /// <summary>Send them only when the subscription is new.</summary>
    SendIfNew = 1,

    /// <summary>Do not send them.</summary>
    DoNotSend = 2,
}

/// <summary>One topic filter of a SUBSCRIBE with its options.</summary>
/// <param name="Filter">The filter; syntax is checked by the decoder.</param>
/// <param name="Qos">Highest QoS wanted.</param>
/// <param name="NoLocal">5.0: own messages are not sent back.</param>
/// <param name="RetainAsPublished">5.0: the RETAIN flag is kept when forwarding.</param>
/// <param name="RetainHandling">5.0: what becomes of retained messages.</param>
public readonly record struct MqttSubscriptionRequest(
    string Filter, MqttQos Qos, bool NoLocal = false, bool RetainAsPublished = false, MqttRetainHandling RetainHandling = MqttRetainHandling.Send);

/// <summary>SUBSCRIBE (section 3.8).</summary>
/// <param name="PacketId">1..65,535.</param>
/// <param name="Requests">At least one.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public sealed record MqttSubscribe(ushort PacketId, IReadOnlyList<MqttSubscriptionRequest> Requests, MqttProperties? Properties = null);

/// <summary>UNSUBSCRIBE (section 3.10).</summary>
/// <param name="PacketId">1..65,535.</param>
/// <param name="Filters">At least one.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public sealed record MqttUnsubscribe(ushort PacketId, IReadOnlyList<string> Filters, MqttProperties? Properties = null);

/// <summary>SUBACK or UNSUBACK (sections 3.9 and 3.11).</summary>
/// <param name="Type">SubAck or UnsubAck.</param>
/// <param name="PacketId">1..65,535.</param>
/// <param name="Reasons">One per filter, in order; empty for UNSUBACK in 3.1.1.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public sealed record MqttSubAck(MqttPacketType Type, ushort PacketId, IReadOnlyList<MqttReasonCode> Reasons, MqttProperties? Properties = null);

/// <summary>DISCONNECT or AUTH (sections 3.14 and 3.15).</summary>
/// <param name="Type">Disconnect or Auth.</param>
/// <param name="Reason">Code of 5.0; Success in 3.1.1.</param>
/// <param name="Properties">Properties of 5.0, or null.</param>
public sealed record MqttClosing(MqttPacketType Type, MqttReasonCode Reason, MqttProperties? Properties = null);
