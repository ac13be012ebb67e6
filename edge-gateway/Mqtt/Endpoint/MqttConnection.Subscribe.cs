using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

internal sealed partial class MqttConnection
{
    private async ValueTask<MqttReasonCode> HandleSubscribeAsync(MqttFrame frame)
    {
        var outcome = MqttDecoder.ReadSubscribe(frame, version, out var subscribe);
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome.ToReasonCode();
        if (subscribe.Properties?.SubscriptionIdentifiers is { Count: > 1 })
            return MqttReasonCode.ProtocolError;
        if (!AnswerFitsPeer(subscribe.Requests.Count))
            return MqttReasonCode.PacketTooLarge;
        uint? identifier = subscribe.Properties?.SubscriptionIdentifiers?[0];
        var reasons = new MqttReasonCode[subscribe.Requests.Count];
        var withRetained = new List<MqttSubscription>();
        for (int index = 0; index < reasons.Length; index++)
        {
            var subscription = new MqttSubscription(session!, subscribe.Requests[index], identifier);
            reasons[index] = TrySubscribe(subscription, out bool isNew);
            var handling = subscription.Request.RetainHandling;
            if (reasons[index] < MqttReasonCode.UnspecifiedError
                && (handling == MqttRetainHandling.Send || (handling == MqttRetainHandling.SendIfNew && isNew)))
                withRetained.Add(subscription);
        }

        MqttEncoder.WriteSubAck(output.Acks, version, new(MqttPacketType.SubAck, subscribe.PacketId, reasons));
        if (withRetained.Count == 0)
            return MqttReasonCode.Success;
        if (!await output.FlushAcksAsync(closing.Token))
            return MqttReasonCode.UnspecifiedError;
        foreach (var subscription in withRetained)
            broker.SendRetained(subscription);
        return MqttReasonCode.Success;
    }

    private MqttReasonCode TrySubscribe(MqttSubscription subscription, out bool isNew)
    {
        isNew = false;
        string filter = subscription.Request.Filter;
        if (filter.StartsWith(MqttTopic.SharedPrefix, StringComparison.Ordinal))
            return MqttReasonCode.SharedSubscriptionsNotSupported;
        if (!broker.Policy.MaySubscribe(principal, filter))
            return MqttReasonCode.NotAuthorized;
        return broker.TrySubscribe(subscription, out isNew) ? (MqttReasonCode)subscription.Request.Qos : MqttReasonCode.QuotaExceeded;
    }

    private MqttReasonCode HandleUnsubscribe(in MqttFrame frame)
    {
        var outcome = MqttDecoder.ReadUnsubscribe(frame, version, out var unsubscribe);
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome.ToReasonCode();
        if (!AnswerFitsPeer(unsubscribe.Filters.Count))
            return MqttReasonCode.PacketTooLarge;
        var reasons = new MqttReasonCode[unsubscribe.Filters.Count];
        for (int index = 0; index < reasons.Length; index++)
            reasons[index] = broker.Unsubscribe(session!, unsubscribe.Filters[index])
                ? MqttReasonCode.Success
                : MqttReasonCode.NoSubscriptionExisted;
        MqttEncoder.WriteSubAck(output.Acks, version, new(MqttPacketType.UnsubAck, unsubscribe.PacketId, reasons));
        return MqttReasonCode.Success;
    }

    // [MQTT-3.1.2-24]: SUBACK and UNSUBACK cannot be made smaller; identifier, empty properties and one byte for each filter.
    private bool AnswerFitsPeer(int filters)
    {
        uint body = (uint)(3 + filters);
        return peerPacketBytesMax is not { } bytesMax || 1 + MqttFieldWriter.VarIntBytes(body) + body <= bytesMax;
    }
}
