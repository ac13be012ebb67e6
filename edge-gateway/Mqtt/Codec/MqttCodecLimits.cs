namespace BodyCam.Mqtt.Codec;

/// <summary>Fixed bounds of the format and of this codec.</summary>
public static class MqttCodecLimits
{
    /// <summary>Largest remaining length, 256 MiB − 1: four bytes of 7 bits (section 2.1.4).</summary>
    public const int RemainingLengthMax = 268_435_455;

    /// <summary>Largest encoded string or binary field in bytes: its length has 16 bits (section 1.5.4).</summary>
    public const int FieldBytesMax = 65_535;

    /// <summary>Most topic filters read from one SUBSCRIBE or UNSUBSCRIBE; a bound of this codec.</summary>
    public const int FiltersPerPacketMax = 256;

    /// <summary>Most user properties read from one packet; a bound of this codec.</summary>
    public const int UserPropertiesMax = 64;
}
