using System.Buffers;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

internal sealed partial class MqttConnection
{
    // The hot path: decode in place, ask the policy, let the handler take the bytes, acknowledge.
    private async ValueTask<MqttReasonCode> HandlePublishAsync(MqttFrame frame)
    {
        var decoded = MqttDecoder.ReadPublish(frame, version, out var publish);
        if (decoded != MqttDecodeOutcome.Complete)
            return decoded.ToReasonCode();
        if (publish.Properties?.TopicAlias is not null)
            return MqttReasonCode.TopicAliasInvalid; // Announced maximum is 0.
        if (publish.Properties?.SubscriptionIdentifiers is not null)
            return MqttReasonCode.ProtocolError; // [MQTT-3.3.4-6]

        var pending = session!.InboundExactlyOnce;
        if (publish.Qos == MqttQos.ExactlyOnce)
        {
            if (pending.Contains(publish.PacketId))
            {
                MqttEncoder.WriteAck(output.Acks, version, new(MqttPacketType.PubRec, publish.PacketId));
                return MqttReasonCode.Success; // Taken in already; only the answer was lost.
            }

            if (pending.Count >= broker.Options.ReceiveMaximum)
                return MqttReasonCode.ReceiveMaximumExceeded;
        }

        string topic = topics.Get(publish.TopicUtf8);
        bool canRefuse = version == MqttProtocolVersion.V500 && publish.Qos != MqttQos.AtMostOnce;
        MqttReasonCode reason;
        if (!MayPublish(topic))
        {
            // Without a reason code to send, silence would hide the mistake; the connection ends (3.1.1, section 3.3.5).
            if (!canRefuse)
                return MqttReasonCode.NotAuthorized;
            reason = MqttReasonCode.NotAuthorized;
        }
        else
        {
            reason = await TakeInAsync(publish, topic, canRefuse);
        }

        if (reason != MqttReasonCode.Success)
            broker.Metrics.Refused(reason);
        if (publish.Qos == MqttQos.AtMostOnce)
            return MqttReasonCode.Success;
        var wireReason = canRefuse ? reason : MqttReasonCode.Success;
        var type = publish.Qos == MqttQos.AtLeastOnce ? MqttPacketType.PubAck : MqttPacketType.PubRec;
        if (type == MqttPacketType.PubRec && wireReason == MqttReasonCode.Success)
            pending.Add(publish.PacketId);
        MqttEncoder.WriteAck(output.Acks, version, new(type, publish.PacketId, wireReason));
        return MqttReasonCode.Success;
    }

    private async ValueTask<MqttReasonCode> TakeInAsync(MqttPublish publish, string topic, bool canRefuse)
    {
        if (canRefuse && publish.Retain && !publish.Payload.IsEmpty && !broker.Retained.HasRoom(topic, publish.Payload.Length))
            return MqttReasonCode.QuotaExceeded;
        broker.Metrics.Received(publish.Payload.Length);
        var handling = broker.Handler.HandleAsync(principal, topic, publish.Payload, publish.Qos, publish.Retain, closing.Token);
        if (!handling.IsCompleted && !await output.FlushAcksAsync(closing.Token))
        {
            // The peer is gone; the handler still owns the buffer until it answers.
            await handling;
            return MqttReasonCode.UnspecifiedError;
        }

        var outcome = await handling;
        if (outcome.FanOut)
            broker.Dispatch(new MqttMessage(
                topic,
                publish.Payload.ToArray(),
                publish.Qos,
                publish.Retain,
                MqttMessage.Forwarded(publish.Properties),
                principal.ClientId,
                broker.Now));
        return outcome.Reason;
    }

    private bool MayPublish(string topic) => topic[0] != '$' && broker.Policy.MayPublish(principal, topic);

    private MqttReasonCode HandleAck(in MqttFrame frame)
    {
        var outcome = MqttDecoder.ReadAck(frame, version, out var ack);
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome.ToReasonCode();
        bool known;
        switch (ack.Type)
        {
            case MqttPacketType.PubAck:
                session!.Complete(ack.PacketId, MqttQos.AtLeastOnce, mustBeReleased: false);
                break;
            case MqttPacketType.PubRec when ack.Reason >= MqttReasonCode.UnspecifiedError:
                session!.Complete(ack.PacketId, MqttQos.ExactlyOnce, mustBeReleased: false);
                break;
            case MqttPacketType.PubRec:
                known = session!.Release(ack.PacketId);
                MqttEncoder.WriteAck(output.Acks, version, new(MqttPacketType.PubRel, ack.PacketId, ReasonFor(known)));
                break;
            case MqttPacketType.PubRel:
                known = session!.InboundExactlyOnce.Remove(ack.PacketId);
                MqttEncoder.WriteAck(output.Acks, version, new(MqttPacketType.PubComp, ack.PacketId, ReasonFor(known)));
                break;
            default:
                session!.Complete(ack.PacketId, MqttQos.ExactlyOnce, mustBeReleased: true);
                break;
        }

        WakeWriter();
        return MqttReasonCode.Success;
    }

    private static MqttReasonCode ReasonFor(bool known) => known ? MqttReasonCode.Success : MqttReasonCode.PacketIdentifierNotFound;
}
