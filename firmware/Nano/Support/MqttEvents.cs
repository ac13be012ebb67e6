namespace BodyCam.Nano.Support;

/// <summary>Callbacks of the stand-in; all run on the board's event dispatcher.</summary>
public sealed class MqttEvents
{
    /// <summary>Topic, payload, DUP, QoS, RETAIN of a message that arrived.</summary>
    public Action<string, byte[], bool, byte, bool>? Received { get; set; }

    /// <summary>Message id, and true when acknowledged, false when given up.</summary>
    public Action<ushort, bool>? Published { get; set; }

    /// <summary>Message id and the granted QoS per filter, 0x80 for a refused one.</summary>
    public Action<ushort, byte[]>? Subscribed { get; set; }

    /// <summary>The connection ended, by either side.</summary>
    public Action? Closed { get; set; }
}
