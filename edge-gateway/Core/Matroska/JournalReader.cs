using System.Text.Json;

namespace BodyCam.Core.Matroska;

/// <summary>Lines of the device journal in a segment's text track (storage format §5).</summary>
public static class JournalReader
{
    /// <summary>Longest line, bytes of UTF-8.</summary>
    public const int LineBytesMax = 480;

    /// <summary>Each line that is a JSON object, in file order; others are passed over and counted by the caller through <see cref="SegmentContent.Blocks"/>.</summary>
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
            var reader = new Utf8JsonReader(file.Slice(block.Offset, block.Length), new JsonReaderOptions { MaxDepth = 8 });
            try
            {
                if (JsonElement.TryParseValue(ref reader, out var line) && line.Value.ValueKind == JsonValueKind.Object)
                    lines.Add(line.Value);
            }
            catch (JsonException)
            {
                // Not a journal line: a foreign or damaged block says nothing.
            }
        }

        return lines;
    }

    /// <summary>Text of a property, or an empty string.</summary>
    public static string Text(this JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>Number of a property, or −1.</summary>
    public static long Number(this JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : -1;
}
