namespace BodyCam.Mqtt.Codec;

/// <summary>What became of reading a packet.</summary>
public enum MqttDecodeOutcome
{
    /// <summary>A whole, valid packet was read.</summary>
    Complete,

    /// <summary>Valid so far; more bytes are needed. Only the frame reader answers this.</summary>
    NeedMoreData,

    /// <summary>The bytes break the format; the connection is to be closed.</summary>
    Malformed,

    /// <summary>The bytes parse and break a rule of the protocol; the connection is to be closed.</summary>
    ProtocolError,

    /// <summary>The length field states more than the limit; nothing was allocated.</summary>
    PacketTooLarge,

    /// <summary>CONNECT carries a protocol name or level other than 3.1.1 and 5.0.</summary>
    UnsupportedProtocolVersion,

    /// <summary>A publish topic carries a wildcard, or nothing and no alias.</summary>
    TopicNameInvalid,

    /// <summary>More filters or user properties in one packet than <see cref="MqttCodecLimits"/> allows.</summary>
    QuotaExceeded,
}

/// <summary>Maps decode outcomes to wire reason codes.</summary>
public static class MqttDecodeOutcomeExtensions
{
    /// <summary>Reason code for the DISCONNECT or CONNACK that answers a failed read; Success for the two others.</summary>
    public static MqttReasonCode ToReasonCode(this MqttDecodeOutcome outcome) => outcome switch
    {
        MqttDecodeOutcome.Complete or MqttDecodeOutcome.NeedMoreData => MqttReasonCode.Success,
        MqttDecodeOutcome.ProtocolError => MqttReasonCode.ProtocolError,
        MqttDecodeOutcome.PacketTooLarge => MqttReasonCode.PacketTooLarge,
        MqttDecodeOutcome.UnsupportedProtocolVersion => MqttReasonCode.UnsupportedProtocolVersion,
        MqttDecodeOutcome.TopicNameInvalid => MqttReasonCode.TopicNameInvalid,
        MqttDecodeOutcome.QuotaExceeded => MqttReasonCode.QuotaExceeded,
        _ => MqttReasonCode.MalformedPacket,
    };
}
