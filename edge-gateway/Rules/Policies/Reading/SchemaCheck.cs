using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>Checks a tree against the part of JSON Schema 2020-12 that our schemas use: type, enum, properties, required, additionalProperties, items. Local references are followed.</summary>
public static class SchemaCheck
{
    /// <summary>Every place where the tree is not what the schema says.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="file">Name for the problems.</param>
    public static IReadOnlyList<PolicyProblem> Run(JsonNode schema, LineJson tree, string file)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(tree);
        var problems = new List<PolicyProblem>();
        Check(schema, tree.Root, "");
        return problems;

        void Problem(string path, string message) => problems.Add(new PolicyProblem(file, tree.LineOf(path), path, message));

        void Check(JsonNode rule, JsonNode? value, string path)
        {
            if (rule is not JsonObject at)
                return;
            if (at["$ref"] is { } reference)
            {
                Check(Follow(schema, reference.GetValue<string>()), value, path);
                return;
            }

            if (at["type"] is { } type && !Types(type).Contains(TypeOf(value), StringComparer.Ordinal) && !(TypeOf(value) == "integer" && Types(type).Contains("number", StringComparer.Ordinal)))
            {
                Problem(path, $"is {TypeOf(value)}, should be {string.Join(" or ", Types(type))}. Write it so.");
                return;
            }

            if (at["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
                Problem(path, $"{value?.ToJsonString() ?? "null"} is not known. Use one of {string.Join(", ", words.Select(static word => word?.ToString() ?? "null"))}.");
            if (value is JsonObject members)
                Members(at, members, path);
            if (value is JsonArray list && at["items"] is { } items)
            {
                for (var i = 0; i < list.Count; i++)
                    Check(items, list[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            }
        }

        void Members(JsonObject rule, JsonObject members, string path)
        {
            foreach (var name in rule["required"] is JsonArray required ? required.Select(static name => name!.GetValue<string>()) : [])
            {
                if (!members.ContainsKey(name))
                    Problem(path, $"'{name}' is missing. Add it.");
            }

            foreach (var (name, value) in members)
            {
                var below = path.Length > 0 ? path + "." + name : name;
                if (rule["properties"]?[name] is { } known)
                    Check(known, value, below);
                else if (rule["additionalProperties"] is JsonValue extra && extra.GetValueKind() == JsonValueKind.False)
                    Problem(below, $"is not a known key. Known here: {string.Join(", ", rule["properties"]?.AsObject().Select(static pair => pair.Key) ?? [])}. Correct its spelling or take it out.");
            }
        }
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(static one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.ToJsonString().AsSpan().IndexOfAny(".eE") < 0 ? "integer" : "number",
        _ => "boolean",
    };

    // "#/properties/a/items": where the exporter saw a type before.
    private static JsonNode Follow(JsonNode schema, string reference)
    {
        var node = schema;
        foreach (var step in reference.Split('/').Skip(1))
            node = (node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : node[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]) ?? throw new InvalidDataException($"The schema refers to {reference}, which it has not.");
        return node;
    }
}
