using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Client;

/// <summary>One packet that a client received; everything in it is owned by this object.</summary>
/// <param name="Type">Packet type.</param>
/// <param name="PacketId">Packet identifier, 0 without one.</param>
/// <param name="Reason">Reason code of an answer or DISCONNECT; Success for other packets.</param>
/// <param name="Topic">Topic of a PUBLISH, else empty.</param>
/// <param name="Payload">Payload of a PUBLISH, else empty.</param>
/// <param name="Qos">QoS of a PUBLISH.</param>
/// <param name="Retain">RETAIN flag of a PUBLISH.</param>
/// <param name="Duplicate">DUP flag of a PUBLISH.</param>
/// <param name="SessionPresent">Flag of CONNACK.</param>
/// <param name="Reasons">Codes of SUBACK and UNSUBACK, else empty.</param>
/// <param name="Properties">Properties of 5.0 or null.</param>
public sealed record MqttReceived(
    MqttPacketType Type,
    ushort PacketId = 0,
    MqttReasonCode Reason = MqttReasonCode.Success,
    string Topic = "",
    ReadOnlyMemory<byte> Payload = default,
    MqttQos Qos = MqttQos.AtMostOnce,
    bool Retain = false,
    bool Duplicate = false,
    bool SessionPresent = false,
    IReadOnlyList<MqttReasonCode>? Reasons = null,
    MqttProperties? Properties = null);
