namespace BodyCam.Mqtt.Codec;

/// <summary>Quality of service (section 4.3).</summary>
public enum MqttQos : byte
{
    /// <summary>QoS 0, no acknowledgement.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1, PUBACK.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2, PUBREC, PUBREL, PUBCOMP.</summary>
    ExactlyOnce = 2,
}
