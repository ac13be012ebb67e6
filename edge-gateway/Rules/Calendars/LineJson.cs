using System.Text;
using System.Text.Json;

namespace BodyCam.Rules.Calendars;

/// <summary>A JSON value that knows its line.</summary>
/// <param name="Kind">Token it begins with: <c>StartObject</c>, <c>StartArray</c>, <c>String</c>, <c>Number</c>, <c>True</c>, <c>False</c> or <c>Null</c>.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Text">A string's text or a number's digits; empty otherwise.</param>
/// <param name="Members">Of an object, in the order of the file; a key may come twice.</param>
/// <param name="Items">Of an array.</param>
internal sealed record LineJson(JsonTokenType Kind, int Line, string Text, IReadOnlyList<LineMember> Members, IReadOnlyList<LineJson> Items)
{
    private const int DepthMax = 8;

    /// <summary>Reads a document.</summary>
    /// <exception cref="JsonException">It is not JSON; the exception has the line, from 0.</exception>
    public static LineJson Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DepthMax });
        var lines = new LineCounter();
        reader.Read();
        var value = ReadValue(ref reader, utf8, ref lines);
        reader.Read(); // anything after the value throws
        return value;
    }

    private static LineJson ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref LineCounter lines)
    {
        var (kind, line) = (reader.TokenType, lines.At(utf8, reader.TokenStartIndex));
        if (kind == JsonTokenType.StartObject)
        {
            var members = new List<LineMember>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var (key, at) = (reader.GetString()!, lines.At(utf8, reader.TokenStartIndex));
                reader.Read();
                members.Add(new LineMember(key, at, ReadValue(ref reader, utf8, ref lines)));
            }

            return new LineJson(kind, line, "", members, []);
        }

        if (kind == JsonTokenType.StartArray)
        {
            var items = new List<LineJson>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                items.Add(ReadValue(ref reader, utf8, ref lines));
            return new LineJson(kind, line, "", [], items);
        }

        var text = kind switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
            _ => "",
        };
        return new LineJson(kind, line, text, [], []);
    }

    /// <summary>Counts line ends once, as tokens only go forwards.</summary>
    private struct LineCounter
    {
        private int counted;
        private int line;

        public int At(ReadOnlySpan<byte> utf8, long offset)
        {
            line += utf8[counted..(int)offset].Count((byte)'\n');
            counted = (int)offset;
            return line + 1;
        }
    }
}

/// <summary>A member of an object.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Line">The line of the key, from 1.</param>
/// <param name="Value">Its value.</param>
internal sealed record LineMember(string Key, int Line, LineJson Value);
