using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>What the writer sends next: a message, or the PUBREL of one.</summary>
internal readonly record struct MqttOutgoing(MqttDelivery Delivery, ushort PacketId, bool Duplicate, bool IsRelease);

/// <summary>Bounded queue and in-flight table towards one session. Not synchronised; the session's lock guards it.</summary>
internal sealed class MqttOutbox(int messagesMax, int bytesMax)
{
    private readonly Queue<MqttDelivery> waiting = new();
    private readonly Dictionary<ushort, InFlight> inFlight = [];
    private readonly Queue<ushort> resend = new();
    // Messages of resend that the window has no room for yet.
    private readonly Queue<ushort> held = new();
    // Sent as PUBLISH on this connection and not done: what the window counts.
    private readonly HashSet<ushort> underWay = [];
    private long costBytes;
    private long nextOrder;
    private ushort lastPacketId;

    public int Count => waiting.Count + inFlight.Count;

    /// <summary>False when either bound would be passed; nothing is changed then.</summary>
    public bool TryEnqueue(in MqttDelivery delivery)
    {
        if (Count >= messagesMax || costBytes + delivery.Message.CostBytes > bytesMax)
            return false;
        waiting.Enqueue(delivery);
        costBytes += delivery.Message.CostBytes;
        return true;
    }

    /// <summary>Next packet to send, if the window of unacknowledged messages has room; it holds for what is sent again too [MQTT-3.3.4-9], but for no PUBREL [MQTT-3.3.4-10].</summary>
    public bool TryTake(int window, out MqttOutgoing outgoing)
    {
        while (resend.TryDequeue(out ushort id))
        {
            if (!inFlight.TryGetValue(id, out var entry))
                continue;
            if (!entry.Released)
            {
                if (held.Count > 0 || underWay.Count >= window)
                {
                    held.Enqueue(id);
                    continue;
                }

                underWay.Add(id);
            }

            outgoing = new MqttOutgoing(entry.Delivery, id, Duplicate: true, entry.Released);
            return true;
        }

        outgoing = default;
        while (held.TryPeek(out ushort id))
        {
            // A client may have answered it meanwhile: what it got on an earlier connection.
            bool isOpen = inFlight.TryGetValue(id, out var entry) && !entry.Released;
            if (isOpen && underWay.Count >= window)
                return false;
            held.Dequeue();
            if (!isOpen)
                continue;
            underWay.Add(id);
            outgoing = new MqttOutgoing(entry.Delivery, id, Duplicate: true, IsRelease: false);
            return true;
        }

        if (!waiting.TryPeek(out var delivery))
            return false;
        if (delivery.Qos == MqttQos.AtMostOnce)
        {
            waiting.Dequeue();
            costBytes -= delivery.Message.CostBytes;
            outgoing = new MqttOutgoing(delivery, 0, Duplicate: false, IsRelease: false);
            return true;
        }

        if (inFlight.Count >= window)
            return false;
        waiting.Dequeue();
        ushort packetId = FreePacketId();
        inFlight[packetId] = new InFlight(delivery, nextOrder++, Released: false);
        underWay.Add(packetId);
        outgoing = new MqttOutgoing(delivery, packetId, Duplicate: false, IsRelease: false);
        return true;
    }

    /// <summary>PUBACK, PUBCOMP or a refusing PUBREC: the message is done. False when it was not in that state.</summary>
    public bool Complete(ushort packetId, MqttQos qos, bool mustBeReleased)
    {
        if (!inFlight.TryGetValue(packetId, out var entry) || entry.Delivery.Qos != qos || entry.Released != mustBeReleased)
            return false;
        inFlight.Remove(packetId);
        underWay.Remove(packetId);
        costBytes -= entry.Delivery.Message.CostBytes;
        return true;
    }

    /// <summary>PUBREC: from here on only PUBREL is sent [MQTT-4.3.3-1]. False when the identifier has no QoS 2 message.</summary>
    public bool Release(ushort packetId)
    {
        if (!inFlight.TryGetValue(packetId, out var entry) || entry.Delivery.Qos != MqttQos.ExactlyOnce)
            return false;
        inFlight[packetId] = entry with { Released = true };
        return true;
    }

    /// <summary>After a reconnection everything unacknowledged is sent again in the original order [MQTT-4.4.0-1]; what is under way is counted anew.</summary>
    public void Rewind()
    {
        resend.Clear();
        held.Clear();
        underWay.Clear();
        foreach (var pair in inFlight.OrderBy(pair => pair.Value.Order))
            resend.Enqueue(pair.Key);
    }

    // The in-flight table is far smaller than the identifier space, so a free one is near.
    private ushort FreePacketId()
    {
        do
        {
            lastPacketId = lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(lastPacketId + 1);
        }
        while (inFlight.ContainsKey(lastPacketId));
        return lastPacketId;
    }

    private readonly record struct InFlight(MqttDelivery Delivery, long Order, bool Released);
}
