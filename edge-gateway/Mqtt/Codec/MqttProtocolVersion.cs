namespace BodyCam.Mqtt.Codec;

/// <summary>Protocol level byte of CONNECT (MQTT 5.0 and 3.1.1, section 3.1.2.2).</summary>
public enum MqttProtocolVersion : byte
{
    /// <summary>MQTT 3.1.1, level 4.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0, level 5.</summary>
    V500 = 5,
}
