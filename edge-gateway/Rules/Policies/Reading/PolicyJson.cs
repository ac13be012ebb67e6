using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>How policy files are read and written, and the schema that follows from it.</summary>
public static class PolicyJson
{
    /// <summary>camelCase, enums as words, unknown keys refused.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        AllowTrailingCommas = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>The schema of a policy file, made from the model; <c>policies/policy.schema.json</c> is this, and a test holds them together.</summary>
    public static JsonNode Schema()
    {
        var schema = Options.GetJsonSchemaAsNode(typeof(PolicySet), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).AsObject();
        schema["type"] = "object"; // the exporter lets the root be null
        return new JsonObject([
            new("$schema", "https://json-schema.org/draft/2020-12/schema"), new("title", "BodyCam policy"),
            .. schema.ToList().Select(pair => { schema.Remove(pair.Key); return pair; }),
        ]);
    }
}
