namespace BodyCam.Nano.Support;

/// <summary>One entry of the in-flight queue.</summary>
internal sealed class InflightMessage(ushort id, byte qos, ulong queuedUs)
{
    public ushort Id => id;

    public byte Qos => qos;

    /// <summary>The retry clock starts when the message is queued, not when it is first sent.</summary>
    public ulong ClockUs { get; set; } = queuedUs;

    public int Attempts { get; set; }

    public string? Topic { get; init; }

    public byte[] Payload { get; init; } = [];

    public bool Retain { get; init; }

    public string[]? Filters { get; init; }

    public byte[]? FilterQos { get; init; }

    /// <summary>QoS 2 only: PUBREC came, PUBREL is what is repeated now.</summary>
    public bool Released { get; set; }

    /// <summary>True for a received message that waits for its event (it takes a place in the queue too).</summary>
    public bool Incoming { get; init; }

    /// <summary>DUP flag of a received message.</summary>
    public bool Duplicate { get; init; }
}
