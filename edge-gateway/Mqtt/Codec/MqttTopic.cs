using System.Text;

namespace BodyCam.Mqtt.Codec;

/// <summary>Rules of topic names and topic filters (section 4.7).</summary>
public static class MqttTopic
{
    /// <summary>First level of a shared subscription filter (5.0, section 4.8.2).</summary>
    public const string SharedPrefix = "$share/";

    /// <summary>True for a name that may be published to: 1..65,535 bytes, no wildcard, no U+0000.</summary>
    public static bool IsValidName(string topic) =>
        FitsField(topic) && topic.AsSpan().IndexOfAny('+', '#', '\0') < 0;

    /// <summary>True for a filter whose wildcards each stand alone in a level, '#' in the last one.</summary>
    public static bool IsValidFilter(string filter)
    {
        if (!FitsField(filter) || filter.Contains('\0', StringComparison.Ordinal))
            return false;
        for (int index = 0; index < filter.Length; index++)
        {
            char c = filter[index];
            if (c is not ('+' or '#'))
                continue;
            bool starts = index == 0 || filter[index - 1] == '/';
            bool ends = index == filter.Length - 1 || (c == '+' && filter[index + 1] == '/');
            if (!starts || !ends)
                return false;
        }

        return true;
    }

    /// <summary>True when a valid filter selects a valid name; a leading wildcard never selects names that begin with '$'.</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        if (topic[0] == '$' && (filter[0] is '+' or '#'))
            return false;
        while (true)
        {
            int filterEnd = filter.IndexOf('/');
            var level = filterEnd < 0 ? filter : filter[..filterEnd];
            if (level is "#")
                return true;
            int topicEnd = topic.IndexOf('/');
            var name = topicEnd < 0 ? topic : topic[..topicEnd];
            if (level is not "+" && !level.SequenceEqual(name))
                return false;
            if (topicEnd < 0)
                return filterEnd < 0 || filter[(filterEnd + 1)..] is "#"; // "a/#" selects "a" too.
            if (filterEnd < 0)
                return false;
            filter = filter[(filterEnd + 1)..];
            topic = topic[(topicEnd + 1)..];
        }
    }

    private static bool FitsField(string text) =>
        text.Length is > 0 and <= MqttCodecLimits.FieldBytesMax && Encoding.UTF8.GetByteCount(text) <= MqttCodecLimits.FieldBytesMax;
}
