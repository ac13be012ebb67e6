using System.Buffers;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>The last few topics of a connection as strings, so that a device that repeats its topic costs no allocation.</summary>
internal sealed class MqttTopicCache
{
    private const int SlotCount = 4;
    private const int CachedBytesMax = 256;
    private readonly (byte[] Utf8, string Text)[] slots = new (byte[], string)[SlotCount];
    private int next;

    /// <summary>The text of a validated topic; the same object while it stays in the cache.</summary>
    public string Get(in ReadOnlySequence<byte> utf8)
    {
        if (utf8.Length > CachedBytesMax)
            return MqttUtf8.GetString(utf8);
        Span<byte> scratch = stackalloc byte[CachedBytesMax];
        scoped ReadOnlySpan<byte> key = utf8.FirstSpan;
        if (!utf8.IsSingleSegment)
        {
            utf8.CopyTo(scratch);
            key = scratch[..(int)utf8.Length];
        }

        foreach (var slot in slots)
            if (slot.Utf8 is not null && key.SequenceEqual(slot.Utf8))
                return slot.Text;
        string text = MqttUtf8.GetString(utf8);
        slots[next] = (key.ToArray(), text);
        next = (next + 1) % SlotCount;
        return text;
    }
}
