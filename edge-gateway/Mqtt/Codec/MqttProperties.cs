namespace BodyCam.Mqtt.Codec;

/// <summary>Properties of a 5.0 packet or will (section 2.2.2.2); null means absent. Which ones a packet may carry is checked on reading.</summary>
public sealed class MqttProperties
{
    /// <summary>0x01: 1 when the payload is UTF-8 text, 0 when it is bytes.</summary>
    public byte? PayloadFormatIndicator { get; set; }

    /// <summary>0x02: lifetime of the message in seconds.</summary>
    public uint? MessageExpiryIntervalS { get; set; }

    /// <summary>0x03: content type, free text.</summary>
    public string? ContentType { get; set; }

    /// <summary>0x08: topic name for the response.</summary>
    public string? ResponseTopic { get; set; }

    /// <summary>0x09: opaque bytes for the response.</summary>
    public byte[]? CorrelationData { get; set; }

    /// <summary>0x0B: 1..268,435,455; one in SUBSCRIBE, any number in PUBLISH from the server.</summary>
    public IList<uint>? SubscriptionIdentifiers { get; set; }

    /// <summary>0x11: seconds that the session outlives its connection; 0xFFFFFFFF is for ever.</summary>
    public uint? SessionExpiryIntervalS { get; set; }

    /// <summary>0x12: client identifier chosen by the server.</summary>
    public string? AssignedClientIdentifier { get; set; }

    /// <summary>0x13: keep alive in seconds that replaces the client's.</summary>
    public ushort? ServerKeepAliveS { get; set; }

    /// <summary>0x15: name of the extended authentication method.</summary>
    public string? AuthenticationMethod { get; set; }

    /// <summary>0x16: data of the method.</summary>
    public byte[]? AuthenticationData { get; set; }

    /// <summary>0x17: 0 asks the server to omit reason strings and user properties.</summary>
    public byte? RequestProblemInformation { get; set; }

    /// <summary>0x18: seconds between the end of the connection and the will.</summary>
    public uint? WillDelayIntervalS { get; set; }

    /// <summary>0x19: 1 asks for response information.</summary>
    public byte? RequestResponseInformation { get; set; }

    /// <summary>0x1A: basis for response topics.</summary>
    public string? ResponseInformation { get; set; }

    /// <summary>0x1C: another server to use.</summary>
    public string? ServerReference { get; set; }

    /// <summary>0x1F: text for people.</summary>
    public string? ReasonString { get; set; }

    /// <summary>0x21: unacknowledged QoS 1 and 2 messages that the sender accepts, 1..65,535.</summary>
    public ushort? ReceiveMaximum { get; set; }

    /// <summary>0x22: highest topic alias that the sender accepts.</summary>
    public ushort? TopicAliasMaximum { get; set; }

    /// <summary>0x23: alias of the topic, 1..65,535.</summary>
    public ushort? TopicAlias { get; set; }

    /// <summary>0x24: highest QoS of the server, 0 or 1.</summary>
    public byte? MaximumQos { get; set; }

    /// <summary>0x25: 0 when retained messages are not served.</summary>
    public byte? RetainAvailable { get; set; }

    /// <summary>0x26: name and value pairs in their order on the wire.</summary>
    public IList<KeyValuePair<string, string>>? UserProperties { get; set; }

    /// <summary>0x27: largest whole packet in bytes that the sender accepts, at least 1.</summary>
    public uint? MaximumPacketBytes { get; set; }

    /// <summary>0x28: 0 when wildcards are not served.</summary>
    public byte? WildcardSubscriptionAvailable { get; set; }

    /// <summary>0x29: 0 when subscription identifiers are not served.</summary>
    public byte? SubscriptionIdentifierAvailable { get; set; }

    /// <summary>0x2A: 0 when shared subscriptions are not served.</summary>
    public byte? SharedSubscriptionAvailable { get; set; }
}
