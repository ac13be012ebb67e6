using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using BodyCam.Log;

namespace BodyCam.Custody.Acts;

/// <summary>Acts and entities as JSON: camelCase, enums as words, Chinese unescaped, nulls left out.</summary>
public static class ActJson
{
    /// <summary>Type of the log records that hold acts.</summary>
    public const string RecordType = "custody";

    // One batch of the log, with room for what others put into it.
    private const int PartsMax = 256;

    /// <summary>How everything here is written and read; unknown members are refused, so that nothing is lost on the way through.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The record that the log keeps: <c>type</c> first, then the act.</summary>
    /// <exception cref="ArgumentException">It is longer than a record may be.</exception>
    public static LogRecord ToRecord(Act act)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new ActRecord(RecordType, act), Options);
        return bytes.Length <= LogWriter.RecordBytesMax
            ? new LogRecord(RecordType, bytes)
            : throw new ArgumentException($"The act '{act.Name}' is longer than {LogWriter.RecordBytesMax} bytes. Split it into several.", nameof(act));
    }

    /// <summary>The act as it goes into the log: whole, or in parts of the same name, subject and reason with some of the changes each, in order.</summary>
    /// <returns>One or more, each no longer than a record may be; empty when one change alone is too long.</returns>
    public static IReadOnlyList<Act> Split(Act act)
    {
        ArgumentNullException.ThrowIfNull(act);
        if (Length(act) <= LogWriter.RecordBytesMax)
            return [act];
        // The frame with the longest part number it can have; a change adds itself and a comma.
        var frameBytes = Length(act with { Changes = [], Part = "9999/9999" });
        var groups = new List<List<Change>>();
        var bytes = int.MaxValue;
        foreach (var change in act.Changes)
        {
            var more = JsonSerializer.SerializeToUtf8Bytes(change, Options).Length + 1;
            if (frameBytes + more > LogWriter.RecordBytesMax)
                return [];
            if (bytes > LogWriter.RecordBytesMax - more)
            {
                groups.Add([]);
                bytes = frameBytes;
            }

            groups[^1].Add(change);
            bytes += more;
        }

        return groups.Count > PartsMax ? [] : [.. groups.Select((group, index) => act with { Changes = group, Part = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{index + 1}/{groups.Count}") })];
    }

    private static int Length(Act act) => JsonSerializer.SerializeToUtf8Bytes(new ActRecord(RecordType, act), Options).Length;

    /// <summary>Reads a record; null when it is none of an act.</summary>
    public static Act? FromRecord(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            // The bodies are kept as they stand: what is no text would become other text the next time it is written.
            return Utf8.IsValid(utf8Json) && JsonSerializer.Deserialize<ActRecord>(utf8Json, Options) is { Type: RecordType, Act: { } act } && IsWhole(act) ? act : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A member that is not in the text is null for the reader, and a body that is not there cannot be written again.
    private static bool IsWhole(Act act) =>
        act is { Name: not null, Subject: not null, ActorId: not null, ActorName: not null, ActorRank: not null, Reason: not null, Cites: not null, Changes: not null, Mentions: not null }
        && !act.Cites.Contains(null!) && !act.Mentions.Contains(null!)
        && act.Changes.All(static change => change is { Kind: not null, Id: not null, Keys: not null, Body.ValueKind: not JsonValueKind.Undefined } && change.Keys.All(static key => key is { Name: not null, Value: not null }));

    /// <summary>An entity as it stands in a change.</summary>
    public static Change ToChange<T>(T entity)
        where T : class, IEntity => new(T.Kind, entity.Id, [.. entity.Keys], JsonSerializer.SerializeToElement(entity, Options));

    private sealed record ActRecord(string Type, Act Act);
}
