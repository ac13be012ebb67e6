using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>One subscription of one session.</summary>
internal sealed record MqttSubscription(MqttSession Session, MqttSubscriptionRequest Request, uint? Identifier);

/// <summary>Subscriptions by filter level, so that routing costs the depth of the topic. Not synchronised; the broker's lock guards it.</summary>
internal sealed class MqttTopicTree
{
    private readonly Node root = new();

    /// <summary>Adds or replaces the session's subscription to this filter.</summary>
    public void Set(MqttSubscription subscription)
    {
        var node = root;
        foreach (string level in subscription.Request.Filter.Split('/'))
        {
            if (!node.Children.TryGetValue(level, out var next))
                node.Children[level] = next = new Node();
            node = next;
        }

        node.Subscriptions[subscription.Session] = subscription;
    }

    /// <summary>Removes the session's subscription and the levels that nobody needs any more.</summary>
    public void Remove(MqttSession session, string filter) => Remove(root, filter.Split('/'), 0, session);

    /// <summary>Adds every subscription that selects the topic to <paramref name="matches"/>.</summary>
    public void Match(string topic, List<MqttSubscription> matches) =>
        Match(root, topic, 0, topic.StartsWith('$'), matches);

    private static bool Remove(Node node, string[] levels, int depth, MqttSession session)
    {
        if (depth == levels.Length)
            node.Subscriptions.Remove(session);
        else if (node.Children.TryGetValue(levels[depth], out var next) && Remove(next, levels, depth + 1, session))
            node.Children.Remove(levels[depth]);
        return node.Subscriptions.Count == 0 && node.Children.Count == 0;
    }

    // 'start' is the offset of the level to match; past the end means that all levels are matched.
    private static void Match(Node node, string topic, int start, bool hideFromWildcards, List<MqttSubscription> matches)
    {
        if (!hideFromWildcards && node.Children.TryGetValue("#", out var rest))
            matches.AddRange(rest.Subscriptions.Values);
        if (start > topic.Length)
        {
            matches.AddRange(node.Subscriptions.Values);
            return;
        }

        int end = topic.IndexOf('/', start);
        if (end < 0)
            end = topic.Length;
        var lookup = node.Children.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(topic.AsSpan(start, end - start), out var exact))
            Match(exact, topic, end + 1, hideFromWildcards: false, matches);
        if (!hideFromWildcards && node.Children.TryGetValue("+", out var any))
            Match(any, topic, end + 1, hideFromWildcards: false, matches);
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public Dictionary<MqttSession, MqttSubscription> Subscriptions { get; } = [];
    }
}
