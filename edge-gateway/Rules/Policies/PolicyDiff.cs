using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Policies;

/// <summary>What a change does to people's duties.</summary>
public enum ChangeEffect
{
    /// <summary>Neither.</summary>
    Other,

    /// <summary>Footage would be kept shorter.</summary>
    ShortensRetention,

    /// <summary>Footage would be kept longer.</summary>
    LengthensRetention,

    /// <summary>A duty falls away or a limit grows.</summary>
    Loosens,

    /// <summary>A duty is added.</summary>
    Tightens,
}

/// <summary>One difference between two policies.</summary>
/// <param name="Path">Key path in the file.</param>
/// <param name="Before">As JSON; null when it was not there.</param>
/// <param name="After">As JSON; null when it is gone.</param>
/// <param name="Effect">What it does.</param>
public sealed record PolicyChange(string Path, string? Before, string? After, ChangeEffect Effect);

/// <summary>Differences between two policies, rule by rule.</summary>
public static class PolicyDiff
{
    /// <summary>Every difference, in the order of the file.</summary>
    public static IReadOnlyList<PolicyChange> Between(PolicySet before, PolicySet after)
    {
        var changes = new List<PolicyChange>();
        Compare(JsonSerializer.SerializeToNode(before, PolicyJson.Options), JsonSerializer.SerializeToNode(after, PolicyJson.Options), "", changes);
        return changes;
    }

    private static void Compare(JsonNode? before, JsonNode? after, string path, List<PolicyChange> changes)
    {
        if (JsonNode.DeepEquals(before, after))
            return;
        if (before is JsonObject old && after is JsonObject young && !(path.EndsWith(".limit", StringComparison.Ordinal) && !JsonNode.DeepEquals(old["unit"], young["unit"])))
        {
            foreach (var name in old.Select(static pair => pair.Key).Union(young.Select(static pair => pair.Key), StringComparer.Ordinal))
                Compare(old[name], young[name], path.Length > 0 ? path + "." + name : name, changes);
        }
        else if (before is JsonArray list && after is JsonArray other && (IsNamed(list) || IsNamed(other)))
        {
            var (olds, youngs) = (ByName(list), ByName(other));
            foreach (var name in olds.Keys.Union(youngs.Keys, StringComparer.Ordinal))
                Compare(olds.GetValueOrDefault(name), youngs.GetValueOrDefault(name), $"{path}[{name}]", changes);
        }
        else
        {
            changes.Add(new PolicyChange(path, Show(before), Show(after), EffectOf(path, before, after)));
        }
    }

    private static ChangeEffect EffectOf(string path, JsonNode? before, JsonNode? after)
    {
        if (path == "rules.retention.months")
            return Number(after) < Number(before) ? ChangeEffect.ShortensRetention : ChangeEffect.LengthensRetention;
        return path.StartsWith("rules.", StringComparison.Ordinal) ? ChangeEffects.Of(path, before, after) : ChangeEffect.Other;
    }

    private static double Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : 0;

    private static bool IsNamed(JsonArray list) => list.Count > 0 && list.All(static item => item is JsonObject at && NameOf(at) is not null);

    private static Dictionary<string, JsonNode?> ByName(JsonArray list) =>
        list.Select(static (item, index) => (Name: NameOf(item!.AsObject()) ?? index.ToString(CultureInfo.InvariantCulture), Item: item)).GroupBy(static row => row.Name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => (JsonNode?)group.First().Item, StringComparer.Ordinal);

    private static string? NameOf(JsonObject item) => (item["id"] ?? item["reason"] ?? item["trigger"] ?? item["kind"] ?? item["item"] ?? item["number"] ?? item["written"])?.ToString();

    private static string? Show(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : node?.ToJsonString(plain);

    private static readonly JsonSerializerOptions plain = new(PolicyJson.Options) { WriteIndented = false };
}
