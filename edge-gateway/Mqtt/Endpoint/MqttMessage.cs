using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>One application message, shared by all queues that hold it; nothing in it changes.</summary>
internal sealed class MqttMessage(
    string topic, ReadOnlyMemory<byte> payload, MqttQos qos, bool retain, MqttProperties? properties, string? sourceClientId, TimeSpan publishedAt)
{
    /// <summary>Bookkeeping of one queued message, rounded up: object headers, queue slot, in-flight entry.</summary>
    private const int OverheadBytes = 192;

    public string Topic { get; } = topic;

    public ReadOnlyMemory<byte> Payload { get; } = payload;

    public MqttQos Qos { get; } = qos;

    public bool Retain { get; } = retain;

    public MqttProperties? Properties { get; } = properties;

    public string? SourceClientId { get; } = sourceClientId;

    /// <summary>What the message costs against byte limits.</summary>
    public int CostBytes { get; } = OverheadBytes + (2 * topic.Length) + payload.Length + PropertyBytes(properties);

    /// <summary>Remaining lifetime in seconds, null without expiry, 0 when over (5.0, section 3.3.2.3.3).</summary>
    public uint? RemainingS(TimeSpan now)
    {
        if (Properties?.MessageExpiryIntervalS is not { } lifetimeS)
            return null;
        double restS = lifetimeS - (now - publishedAt).TotalSeconds;
        return restS <= 0 ? 0 : (uint)Math.Ceiling(restS);
    }

    /// <summary>The properties that travel with a message, unchanged [MQTT-3.3.2-4, -15, -16, -17, -20]; null when there are none.</summary>
    public static MqttProperties? Forwarded(MqttProperties? p)
    {
        if (p is null || (p.PayloadFormatIndicator ?? (object?)p.MessageExpiryIntervalS ?? p.ContentType ?? p.ResponseTopic
            ?? p.CorrelationData ?? (object?)p.UserProperties) is null)
            return null;
        return Copy(p, p.MessageExpiryIntervalS, subscriptionIdentifiers: null);
    }

    public static MqttProperties Copy(MqttProperties? p, uint? expiryS, IList<uint>? subscriptionIdentifiers) => new()
    {
        PayloadFormatIndicator = p?.PayloadFormatIndicator,
        MessageExpiryIntervalS = expiryS,
        ContentType = p?.ContentType,
        ResponseTopic = p?.ResponseTopic,
        CorrelationData = p?.CorrelationData,
        UserProperties = p?.UserProperties,
        SubscriptionIdentifiers = subscriptionIdentifiers,
    };

    private static int PropertyBytes(MqttProperties? p)
    {
        if (p is null)
            return 0;
        int bytes = 256 + (2 * ((p.ContentType?.Length ?? 0) + (p.ResponseTopic?.Length ?? 0))) + (p.CorrelationData?.Length ?? 0);
        foreach (var pair in p.UserProperties ?? [])
            bytes += 80 + (2 * (pair.Key.Length + pair.Value.Length));
        return bytes;
    }
}

/// <summary>A message on its way to one session.</summary>
internal readonly record struct MqttDelivery(MqttMessage Message, MqttQos Qos, bool Retain, IList<uint>? SubscriptionIdentifiers);
