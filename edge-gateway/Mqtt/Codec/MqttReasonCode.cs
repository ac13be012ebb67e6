namespace BodyCam.Mqtt.Codec;

/// <summary>Reason codes of MQTT 5.0, section 2.4; values of 0x80 and above are failures.</summary>
/// <remarks>3.1.1 CONNACK return codes are mapped to these on reading and from these on writing.</remarks>
public enum MqttReasonCode : byte
{
    /// <summary>Success, normal disconnection, or granted QoS 0, depending on the packet.</summary>
    Success = 0x00,

    /// <summary>SUBACK: QoS 1 is granted.</summary>
    GrantedQos1 = 0x01,

    /// <summary>SUBACK: QoS 2 is granted.</summary>
    GrantedQos2 = 0x02,

    /// <summary>DISCONNECT from the client: the will is to be published.</summary>
    DisconnectWithWill = 0x04,

    /// <summary>The message was accepted; nobody subscribes to it.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>UNSUBACK: the filter was not subscribed.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>AUTH: another step follows.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>AUTH: the client starts over.</summary>
    ReAuthenticate = 0x19,

    /// <summary>Failure without a stated reason; SUBACK failure of 3.1.1.</summary>
    UnspecifiedError = 0x80,

    /// <summary>The bytes cannot be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>The packet parses and is not allowed here.</summary>
    ProtocolError = 0x82,

    /// <summary>Valid, and refused by this implementation.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>CONNACK: protocol level not served.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>CONNACK: client identifier refused.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>CONNACK: user name or password refused.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>The principal may not do this.</summary>
    NotAuthorized = 0x87,

    /// <summary>CONNACK: the server cannot serve now.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server is busy, try later.</summary>
    ServerBusy = 0x89,

    /// <summary>CONNACK: banned by an administrator.</summary>
    Banned = 0x8A,

    /// <summary>DISCONNECT: the server goes down.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is not supported.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>DISCONNECT: nothing arrived for 1.5 × keep alive.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>DISCONNECT: another connection took over the client identifier.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is well formed and refused.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is well formed and refused.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is in use already.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>The packet identifier is not known.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>More unacknowledged messages than Receive Maximum.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>Topic alias of 0 or above the announced maximum.</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>The packet exceeds the announced or configured maximum.</summary>
    PacketTooLarge = 0x95,

    /// <summary>Messages arrive too fast.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit of the implementation or the administrator is reached.</summary>
    QuotaExceeded = 0x97,

    /// <summary>Closed by an administrator.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload is not in the stated format.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>Retained messages are not served.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>The QoS is above Maximum QoS.</summary>
    QosNotSupported = 0x9B,

    /// <summary>Use another server for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>Use another server from now on.</summary>
    ServerMoved = 0x9D,

    /// <summary>Shared subscriptions are not served.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>Too many connections in too short a time.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>The permitted connection time is over.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>Subscription identifiers are not served.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>Wildcards are not served.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
