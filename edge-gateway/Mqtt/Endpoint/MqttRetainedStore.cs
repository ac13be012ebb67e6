using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>The last retained message of each topic, bounded in count and bytes. Safe from any thread.</summary>
internal sealed class MqttRetainedStore(int messagesMax, long bytesMax)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, MqttMessage> byTopic = new(StringComparer.Ordinal);
    private long costBytes;

    public int Count
    {
        get
        {
            lock (gate)
                return byTopic.Count;
        }
    }

    /// <summary>Keeps or, when the payload is empty, clears. False when a bound would be passed; the topic then has none: the old one is outdated [MQTT-3.3.1-7 of 3.1.1].</summary>
    public bool TrySet(MqttMessage message)
    {
        lock (gate)
        {
            byTopic.TryGetValue(message.Topic, out var old);
            byTopic.Remove(message.Topic);
            costBytes -= old?.CostBytes ?? 0;
            if (message.Payload.IsEmpty)
                return true;
            if (costBytes + message.CostBytes > bytesMax || byTopic.Count >= messagesMax)
                return false;
            byTopic[message.Topic] = message;
            costBytes += message.CostBytes;
            return true;
        }
    }

    /// <summary>True when a message of this size would be kept now.</summary>
    public bool HasRoom(string topic, long payloadBytes)
    {
        lock (gate)
        {
            bool known = byTopic.TryGetValue(topic, out var old);
            return (known || byTopic.Count < messagesMax) && costBytes - (old?.CostBytes ?? 0) + payloadBytes <= bytesMax;
        }
    }

    /// <summary>Messages that the filter selects and that have not expired; expired ones are dropped on the way.</summary>
    public List<MqttMessage> Match(string filter, TimeSpan now)
    {
        var found = new List<MqttMessage>();
        var expired = new List<MqttMessage>();
        lock (gate)
        {
            if (filter.AsSpan().IndexOfAny('+', '#') < 0)
            {
                if (byTopic.TryGetValue(filter, out var exact))
                    (exact.RemainingS(now) == 0 ? expired : found).Add(exact);
            }
            else
            {
                foreach (var message in byTopic.Values)
                    if (MqttTopic.Matches(filter, message.Topic))
                        (message.RemainingS(now) == 0 ? expired : found).Add(message);
            }

            foreach (var message in expired)
            {
                byTopic.Remove(message.Topic);
                costBytes -= message.CostBytes;
            }
        }

        return found;
    }
}
