namespace BodyCam.Mqtt.Codec;

/// <summary>Control packet type, the high nibble of the first byte (section 2.1.2 of 5.0, 2.2.1 of 3.1.1).</summary>
public enum MqttPacketType : byte
{
    /// <summary>Client asks for a connection.</summary>
    Connect = 1,

    /// <summary>Server answers CONNECT.</summary>
    ConnAck = 2,

    /// <summary>Application message, either direction.</summary>
    Publish = 3,

    /// <summary>Answer to a QoS 1 PUBLISH.</summary>
    PubAck = 4,

    /// <summary>First answer to a QoS 2 PUBLISH.</summary>
    PubRec = 5,

    /// <summary>Release of a QoS 2 packet identifier.</summary>
    PubRel = 6,

    /// <summary>Last answer of a QoS 2 exchange.</summary>
    PubComp = 7,

    /// <summary>Client asks for messages of topic filters.</summary>
    Subscribe = 8,

    /// <summary>Server answers SUBSCRIBE, one code per filter.</summary>
    SubAck = 9,

    /// <summary>Client gives up topic filters.</summary>
    Unsubscribe = 10,

    /// <summary>Server answers UNSUBSCRIBE.</summary>
    UnsubAck = 11,

    /// <summary>Client shows that it is alive.</summary>
    PingReq = 12,

    /// <summary>Server answers PINGREQ.</summary>
    PingResp = 13,

    /// <summary>Last packet of a connection; in 3.1.1 from the client only.</summary>
    Disconnect = 14,

    /// <summary>Extended authentication, 5.0 only.</summary>
    Auth = 15,
}
