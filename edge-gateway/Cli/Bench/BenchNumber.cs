using System.Text.Json;
using System.Text.Json.Serialization;

namespace BodyCam.Cli.Bench;

/// <summary>A number in the report: JSON has no word for one that could not be measured, so it is null there.</summary>
internal sealed class BenchNumber : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
