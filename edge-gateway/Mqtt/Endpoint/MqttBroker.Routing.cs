using System.Buffers;
using BodyCam.Mqtt.Codec;
using Microsoft.Extensions.Logging;

namespace BodyCam.Mqtt.Endpoint;

internal sealed partial class MqttBroker
{
    /// <summary>Keeps a retained message and queues it for every matching session.</summary>
    public MqttDispatchOutcome Dispatch(MqttMessage message)
    {
        if (message.Retain && !Retained.TrySet(message))
            Metrics.Dropped("retained_full");
        var matches = new List<MqttSubscription>();
        lock (gate)
            tree.Match(message.Topic, matches);
        if (matches.Count == 0)
            return MqttDispatchOutcome.NoMatchingSubscribers;

        var perSession = new Dictionary<MqttSession, MqttDelivery>(matches.Count);
        foreach (var match in matches)
        {
            if (match.Request.NoLocal && string.Equals(match.Session.ClientId, message.SourceClientId, StringComparison.Ordinal))
                continue; // [MQTT-3.8.3-3]
            perSession.TryGetValue(match.Session, out var merged);
            perSession[match.Session] = Merge(merged, message, match);
        }

        var result = perSession.Count == 0 ? MqttDispatchOutcome.NoMatchingSubscribers : MqttDispatchOutcome.Queued;
        foreach (var (session, delivery) in perSession)
            if (!Offer(session, delivery, closeWhenFull: true))
                result = MqttDispatchOutcome.Dropped;
        return result;
    }

    /// <summary>Queues the retained messages that a new subscription selects.</summary>
    public void SendRetained(MqttSubscription subscription)
    {
        foreach (var message in Retained.Match(subscription.Request.Filter, Now))
        {
            var qos = (MqttQos)Math.Min((byte)message.Qos, (byte)subscription.Request.Qos);
            IList<uint>? identifiers = subscription.Identifier is { } id ? [id] : null;
            Offer(subscription.Session, new MqttDelivery(message, qos, Retain: true, identifiers), closeWhenFull: false);
        }
    }

    /// <summary>Gives a will to the handler and then to the subscribers; never throws.</summary>
    public async Task PublishWillAsync(MqttWill will, MqttPrincipal principal)
    {
        try
        {
            var payload = new ReadOnlySequence<byte>(will.Payload);
            var outcome = await Handler.HandleAsync(principal, will.Topic, payload, will.Qos, will.Retain, CancellationToken.None);
            if (outcome.FanOut)
                Dispatch(new MqttMessage(
                    will.Topic, will.Payload, will.Qos, will.Retain, MqttMessage.Forwarded(will.Properties), principal.ClientId, Now));
        }
        catch (Exception exception)
        {
            Log.WillFailed(Logger, principal.ClientId, exception);
        }
    }

    // Overlapping subscriptions get one copy with the highest QoS and every identifier [MQTT-3.3.4-2, -4].
    private static MqttDelivery Merge(in MqttDelivery merged, MqttMessage message, MqttSubscription match)
    {
        byte qos = Math.Min((byte)message.Qos, (byte)match.Request.Qos);
        bool retain = message.Retain && match.Request.RetainAsPublished;
        var identifiers = merged.SubscriptionIdentifiers;
        if (match.Identifier is { } id)
            (identifiers ??= []).Add(id);
        return new MqttDelivery(message, (MqttQos)Math.Max(qos, (byte)merged.Qos), retain || merged.Retain, identifiers);
    }

    private bool Offer(MqttSession session, in MqttDelivery delivery, bool closeWhenFull)
    {
        var outcome = session.Enqueue(delivery);
        if (outcome == MqttEnqueueOutcome.Queued)
            return true;
        Metrics.Dropped(outcome == MqttEnqueueOutcome.DroppedFull ? "queue_full" : "offline_qos0");
        if (closeWhenFull && outcome == MqttEnqueueOutcome.DroppedFull && delivery.Qos != MqttQos.AtMostOnce)
            session.Connection?.RequestClose(MqttReasonCode.QuotaExceeded);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The will of {ClientId} could not be handled; look at the handler's error, the client's state may be stale.")]
        public static partial void WillFailed(ILogger logger, string clientId, Exception exception);
    }
}
