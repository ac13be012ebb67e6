using R = BodyCam.Mqtt.Codec.MqttReasonCode;

namespace BodyCam.Mqtt.Codec;

/// <summary>Which reason code may stand in which packet (table 2-6 of 5.0), and the return codes of 3.1.1.</summary>
internal static class MqttReasonCodes
{
    public static bool IsAllowed(MqttPacketType type, R reason) => type switch
    {
        MqttPacketType.ConnAck => reason is R.Success or (>= R.UnspecifiedError and <= R.Banned) or R.BadAuthenticationMethod
            or R.TopicNameInvalid or R.PacketTooLarge or R.QuotaExceeded or R.PayloadFormatInvalid or R.RetainNotSupported
            or R.QosNotSupported or R.UseAnotherServer or R.ServerMoved or R.ConnectionRateExceeded,
        MqttPacketType.PubAck or MqttPacketType.PubRec => reason is R.Success or R.NoMatchingSubscribers or R.UnspecifiedError
            or R.ImplementationSpecificError or R.NotAuthorized or R.TopicNameInvalid or R.PacketIdentifierInUse
            or R.QuotaExceeded or R.PayloadFormatInvalid,
        MqttPacketType.PubRel or MqttPacketType.PubComp => reason is R.Success or R.PacketIdentifierNotFound,
        MqttPacketType.SubAck => reason is R.Success or R.GrantedQos1 or R.GrantedQos2 or R.UnspecifiedError
            or R.ImplementationSpecificError or R.NotAuthorized or R.TopicFilterInvalid or R.PacketIdentifierInUse or R.QuotaExceeded
            or R.SharedSubscriptionsNotSupported or R.SubscriptionIdentifiersNotSupported or R.WildcardSubscriptionsNotSupported,
        MqttPacketType.UnsubAck => reason is R.Success or R.NoSubscriptionExisted or R.UnspecifiedError
            or R.ImplementationSpecificError or R.NotAuthorized or R.TopicFilterInvalid or R.PacketIdentifierInUse,
        MqttPacketType.Disconnect => reason is R.Success or R.DisconnectWithWill or (>= R.UnspecifiedError and <= R.ImplementationSpecificError)
            or R.NotAuthorized or R.ServerBusy or R.ServerShuttingDown or (>= R.BadAuthenticationMethod and <= R.TopicNameInvalid)
            or (>= R.ReceiveMaximumExceeded and <= R.WildcardSubscriptionsNotSupported),
        MqttPacketType.Auth => reason is R.Success or R.ContinueAuthentication or R.ReAuthenticate,
        _ => false,
    };

    /// <summary>Return code 0..5 of 3.1.1 (table 3.1 there) for a 5.0 code.</summary>
    public static byte ToReturnCode(R reason) => reason switch
    {
        R.Success => 0,
        R.UnsupportedProtocolVersion => 1,
        R.ClientIdentifierNotValid => 2,
        R.BadUserNameOrPassword or R.BadAuthenticationMethod => 4,
        R.NotAuthorized or R.Banned => 5,
        _ => 3,
    };

    /// <summary>5.0 code for a return code of 3.1.1; false for codes above 5.</summary>
    public static bool TryFromReturnCode(byte code, out R reason)
    {
        ReadOnlySpan<R> reasons =
            [R.Success, R.UnsupportedProtocolVersion, R.ClientIdentifierNotValid, R.ServerUnavailable, R.BadUserNameOrPassword, R.NotAuthorized];
        bool known = code < reasons.Length;
        reason = known ? reasons[code] : R.UnspecifiedError;
        return known;
    }
}
