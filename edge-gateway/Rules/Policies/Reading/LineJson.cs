using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>JSON that remembers on which line each key stands; System.Text.Json's own trees do not.</summary>
/// <param name="Root">The value.</param>
/// <param name="Lines">Line by path: <c>a.b[2].c</c>.</param>
/// <param name="Duplicates">Keys that stand twice in one object.</param>
public sealed record LineJson(JsonNode? Root, IReadOnlyDictionary<string, int> Lines, IReadOnlyList<string> Duplicates)
{
    /// <summary>Longest name of a key, in UTF-16 units: each item below it has a path that begins with it.</summary>
    public const int NameCharsMax = 256;

    /// <summary>Line of a path, or of the nearest one above it that is known.</summary>
    public int LineOf(string path)
    {
        for (var at = path; ; at = at[..Math.Max(at.LastIndexOf('.'), at.LastIndexOf('['))])
        {
            if (Lines.TryGetValue(at, out var line))
                return line;
            if (at.LastIndexOf('.') <= 0 && at.LastIndexOf('[') <= 0)
                return Lines.GetValueOrDefault("", 1);
        }
    }

    /// <summary>Parses; a syntax error is a problem with its line.</summary>
    /// <returns>The tree, or null with the problem.</returns>
    public static LineJson? Parse(string file, byte[] utf8, out PolicyProblem? problem)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        problem = null;
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(utf8);
            var lines = new Dictionary<string, int>(StringComparer.Ordinal);
            var duplicates = new List<string>();
            Walk(utf8, lines, duplicates);
            return new LineJson(duplicates.Count > 0 ? null : JsonNode.Parse(utf8), lines, duplicates);
        }
        catch (JsonException broken)
        {
            problem = new PolicyProblem(file, (int)(broken.LineNumber ?? 0) + 1, "", $"no valid JSON ({broken.Message.Split(" LineNumber")[0]}). Mend this line; a comma or quote before it may be missing.");
        }
        catch (DecoderFallbackException)
        {
            problem = new PolicyProblem(file, 0, "", "not UTF-8. Save the file as UTF-8.");
        }

        return null;
    }

    private static void Walk(byte[] utf8, Dictionary<string, int> lines, List<string> duplicates)
    {
        var reader = new Utf8JsonReader(utf8);
        var open = new Stack<(string Path, int Index)>();
        var path = "";
        var counted = (Bytes: 0L, Line: 1);
        while (reader.Read())
        {
            for (; counted.Bytes < reader.TokenStartIndex; counted.Bytes++)
                counted.Line += utf8[counted.Bytes] == '\n' ? 1 : 0;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var name = TextOf(reader, counted.Line);
                    if (name.Length > NameCharsMax)
                        throw new JsonException($"a key has more than {NameCharsMax} letters", null, counted.Line - 1, null);
                    path = open.Peek().Path.Length > 0 ? $"{open.Peek().Path}.{name}" : name;
                    if (!lines.TryAdd(path, counted.Line))
                        duplicates.Add(path);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            if (open.TryPeek(out var parent) && parent.Index >= 0)
            {
                path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{parent.Path}[{parent.Index}]");
                lines.TryAdd(path, counted.Line);
                open.Pop();
                open.Push((parent.Path, parent.Index + 1));
            }

            if (open.Count == 0)
                lines.TryAdd("", counted.Line);
            if (reader.TokenType == JsonTokenType.String)
                _ = TextOf(reader, counted.Line);
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                open.Push((path, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
        }
    }

    // An escape may name half of a surrogate pair, which no later reading of the tree survives.
    private static string TextOf(in Utf8JsonReader reader, int line)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException half)
        {
            throw new JsonException("a text holds half a character", null, line - 1, null, half);
        }
    }
}
