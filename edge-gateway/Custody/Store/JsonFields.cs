using System.Text.Json;

namespace BodyCam.Custody.Store;

/// <summary>Names where two JSON texts differ.</summary>
internal static class JsonFields
{
    /// <summary>Paths of members, such as <c>classification.place</c>, that differ or stand in one only; a list is one member.</summary>
    /// <exception cref="JsonException">One is no JSON.</exception>
    public static IReadOnlyList<string> Differing(string one, string other)
    {
        if (one == other)
            return [];
        using var first = JsonDocument.Parse(one);
        using var second = JsonDocument.Parse(other);
        return [.. Differing("", first.RootElement, second.RootElement)];
    }

    private static IEnumerable<string> Differing(string path, JsonElement one, JsonElement other)
    {
        if (one.ValueKind != JsonValueKind.Object || other.ValueKind != JsonValueKind.Object)
            return IsSame(one, other) ? [] : [path.Length > 0 ? path : "all of it"];
        // Where a name stands twice the last one is what is read.
        var (ours, theirs) = (Members(one), Members(other));
        return ours.Keys.Union(theirs.Keys, StringComparer.Ordinal).SelectMany(name =>
        {
            var at = path.Length > 0 ? $"{path}.{name}" : name;
            return ours.TryGetValue(name, out var mine) && theirs.TryGetValue(name, out var its) ? Differing(at, mine, its) : [at];
        });
    }

    // As whoever reads it takes it: 1.0 is no whole number.
    private static bool IsSame(JsonElement one, JsonElement other) => one.ValueKind == other.ValueKind && one.ValueKind switch
    {
        JsonValueKind.Number => one.GetRawText() == other.GetRawText(),
        JsonValueKind.Array => one.GetArrayLength() == other.GetArrayLength() && one.EnumerateArray().Zip(other.EnumerateArray(), IsSame).All(static same => same),
        JsonValueKind.Object => !Differing("", one, other).Any(),
        _ => JsonElement.DeepEquals(one, other),
    };

    private static Dictionary<string, JsonElement> Members(JsonElement item)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in item.EnumerateObject())
            members[member.Name] = member.Value;
        return members;
    }
}
