using System.Text.Json;
using System.Text.Unicode;

namespace BodyCam.Core.Matroska;

/// <summary>Lines of the device journal in a segment's text track (storage format §5).</summary>
public static class JournalReader
{
    /// <summary>Longest line, bytes of UTF-8.</summary>
    public const int LineBytesMax = 480;

    /// <summary>Each line that is a JSON object of whole characters, in file order; others are passed over and counted by the caller through <see cref="SegmentContent.Blocks"/>.</summary>
    public static IReadOnlyList<JsonElement> Lines(ReadOnlySpan<byte> file) => Lines(file, SegmentReader.Read(file));

    /// <summary>The same for content that was read already.</summary>
    public static IReadOnlyList<JsonElement> Lines(ReadOnlySpan<byte> file, SegmentContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var lines = new List<JsonElement>();
        foreach (var block in content.Blocks)
        {
            if (block.Track != SegmentContent.TextTrack || block.Length > LineBytesMax)
                continue;
            var text = file.Slice(block.Offset, block.Length);
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 8 });
            try
            {
                if (HasWholeCharacters(text) && JsonElement.TryParseValue(ref reader, out var line) && line.Value.ValueKind == JsonValueKind.Object)
                    lines.Add(line.Value);
            }
            catch (JsonException)
            {
                // Not a journal line: a foreign or damaged block says nothing.
            }
        }

        return lines;
    }

    /// <summary>Text of a property, or an empty string; also when it is no text of whole characters.</summary>
    public static string Text(this JsonElement line, string name)
    {
        try
        {
            return line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>Number of a property, or −1.</summary>
    public static long Number(this JsonElement line, string name)
    {
        try
        {
            return line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : -1;
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
    }

    // JSON is parsed without a look at its characters; half a one would throw where a text is read, far from here.
    private static bool HasWholeCharacters(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            return false;
        if (text.IndexOf("\\u"u8) < 0)
            return true;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 8 });
        Span<char> characters = stackalloc char[LineBytesMax];
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.CopyString(characters);
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
