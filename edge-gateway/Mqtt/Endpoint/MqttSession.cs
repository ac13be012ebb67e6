using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>What became of a message offered to a session.</summary>
internal enum MqttEnqueueOutcome
{
    Queued,
    DroppedOffline,
    DroppedFull,
}

/// <summary>
/// Session state of section 4.1: subscriptions, queue, in-flight messages, QoS 2 identifiers, pending will.
/// The broker's lock guards subscriptions and lifetime; the outbox has its own lock.
/// </summary>
internal sealed class MqttSession(string clientId, MqttPrincipal principal, MqttEndpointOptions options)
{
    private readonly Lock gate = new();
    private readonly MqttOutbox outbox = new(options.QueuedMessagesPerSessionMax, options.QueuedBytesPerSessionMax);
    private MqttConnection? connection;
    private int window = options.ReceiveMaximum;

    public string ClientId { get; } = clientId;

    public MqttPrincipal Principal { get; set; } = principal;

    /// <summary>By filter; guarded by the broker.</summary>
    public Dictionary<string, MqttSubscription> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>QoS 2 messages taken in whose PUBREL is outstanding; used only by the task of the attached connection.</summary>
    public HashSet<ushort> InboundExactlyOnce { get; } = [];

    /// <summary>Life after the connection; guarded by the broker.</summary>
    public TimeSpan Expiry { get; set; }

    /// <summary>When a session without connection ends; null while connected. Guarded by the broker.</summary>
    public TimeSpan? ExpiresAt { get; set; }

    /// <summary>Will that waits for its delay, and when it is due. Guarded by the broker.</summary>
    public MqttWill? PendingWill { get; set; }

    /// <summary>When the pending will is due. Guarded by the broker.</summary>
    public TimeSpan WillDueAt { get; set; }

    public MqttConnection? Connection => Volatile.Read(ref connection);

    /// <summary>Binds the session to a connection; unacknowledged messages will be sent again.</summary>
    public void Attach(MqttConnection newConnection, int windowMessages)
    {
        lock (gate)
        {
            connection = newConnection;
            window = windowMessages;
            outbox.Rewind();
        }
    }

    public void Detach()
    {
        lock (gate)
            connection = null;
    }

    /// <summary>Queues for the session's connection or for the next one; QoS 0 is not kept without a connection.</summary>
    public MqttEnqueueOutcome Enqueue(in MqttDelivery delivery)
    {
        MqttConnection? target;
        lock (gate)
        {
            target = connection;
            if (target is null && delivery.Qos == MqttQos.AtMostOnce)
                return MqttEnqueueOutcome.DroppedOffline;
            if (!outbox.TryEnqueue(delivery))
                return MqttEnqueueOutcome.DroppedFull;
        }

        target?.WakeWriter();
        return MqttEnqueueOutcome.Queued;
    }

    public bool TryTake(out MqttOutgoing outgoing)
    {
        lock (gate)
            return outbox.TryTake(window, out outgoing);
    }

    public bool Complete(ushort packetId, MqttQos qos, bool mustBeReleased)
    {
        lock (gate)
            return outbox.Complete(packetId, qos, mustBeReleased);
    }

    public bool Release(ushort packetId)
    {
        lock (gate)
            return outbox.Release(packetId);
    }
}
