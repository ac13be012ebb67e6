using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace BodyCam.Mqtt.Codec;

/// <summary>UTF-8 encoded strings as section 1.5.4 wants them: well formed, no U+0000, at most 65,535 bytes.</summary>
internal static class MqttUtf8
{
    /// <summary>True when the bytes are well formed (surrogates excluded) and hold no U+0000.</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8) => Utf8.IsValid(utf8) && !utf8.Contains((byte)0);

    /// <summary>Validates a field that may lie in several buffers.</summary>
    public static bool IsValid(in ReadOnlySequence<byte> utf8)
    {
        if (utf8.IsSingleSegment)
            return IsValid(utf8.FirstSpan);
        byte[] copy = ArrayPool<byte>.Shared.Rent((int)utf8.Length);
        utf8.CopyTo(copy);
        bool valid = IsValid(copy.AsSpan(0, (int)utf8.Length));
        ArrayPool<byte>.Shared.Return(copy);
        return valid;
    }

    /// <summary>The text of a validated field.</summary>
    public static string GetString(in ReadOnlySequence<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
