namespace BodyCam.Mqtt.Endpoint;

/// <summary>Limits of the endpoint. Every one has a stated behaviour when reached; see docs/mqtt.md.</summary>
public sealed class MqttEndpointOptions
{
    /// <summary>Largest CONNECT in bytes; a larger one closes the connection before it is buffered.</summary>
    public int ConnectPacketBytesMax { get; set; } = 8 * 1024;

    /// <summary>Largest packet in bytes after CONNECT; announced in 5.0, a larger one closes the connection.</summary>
    public int PacketBytesMax { get; set; } = 64 * 1024;

    /// <summary>Time from the accepted socket to a complete and accepted CONNECT.</summary>
    public TimeSpan ConnectDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections at one time; for a further one the oldest that has not logged in gives way, or it is closed at once.</summary>
    public int ConnectionsMax { get; set; } = 4096;

    /// <summary>Connections at one time from one IP address; beyond it the same among those of this address.</summary>
    public int ConnectionsPerAddressMax { get; set; } = 1024;

    /// <summary>Sessions, connected or kept; a new client is refused with QuotaExceeded (3.1.1: server unavailable).</summary>
    public int SessionsMax { get; set; } = 8192;

    /// <summary>Longest life of a session without a connection; longer wishes are cut to this and 5.0 clients told so.</summary>
    public TimeSpan SessionExpiryMax { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Subscriptions of one session; further filters are refused with QuotaExceeded (3.1.1: 0x80).</summary>
    public int SubscriptionsPerSessionMax { get; set; } = 32;

    /// <summary>Messages waiting or unacknowledged towards one session.</summary>
    public int QueuedMessagesPerSessionMax { get; set; } = 1024;

    /// <summary>Bytes waiting or unacknowledged towards one session, topics and properties included.</summary>
    public int QueuedBytesPerSessionMax { get; set; } = 1024 * 1024;

    /// <summary>Unacknowledged QoS 1 and 2 messages in each direction; 5.0 clients may ask for fewer.</summary>
    public ushort ReceiveMaximum { get; set; } = 32;

    /// <summary>Retained messages; a further topic is refused with QuotaExceeded (3.1.1: taken in, not retained).</summary>
    public int RetainedMessagesMax { get; set; } = 4096;

    /// <summary>Bytes of retained messages, topics and properties included; behaves as the count does.</summary>
    public long RetainedBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>Longest keep alive; 0 and larger wishes are cut to this. 5.0 clients are told; in 3.1.1 it is the idle deadline.</summary>
    public TimeSpan KeepAliveMax { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a write may wait for the peer to read; then the connection is aborted.</summary>
    public TimeSpan SlowReaderDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a new connection waits for the one it replaces; then it is refused with ServerBusy.</summary>
    public TimeSpan TakeoverDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Unread bytes that the socket transport buffers for one connection, for all of the server's endpoints;
    /// null leaves Kestrel's own 1 MiB. Not below <see cref="PacketBytesMax"/>.
    /// </summary>
    public long? TransportReadBufferBytes { get; set; } = 128 * 1024;
}
