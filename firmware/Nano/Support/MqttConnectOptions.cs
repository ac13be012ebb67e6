namespace BodyCam.Nano.Support;

/// <summary>What a CONNECT of the stand-in carries.</summary>
public sealed record MqttConnectOptions(
    string ClientId,
    string? UserName,
    string? Password,
    string? WillTopic,
    string? WillMessage,
    byte WillQos,
    bool WillRetain,
    bool CleanSession,
    ushort KeepAliveS,
    byte ProtocolVersion,
    uint PacketBytesMax);
