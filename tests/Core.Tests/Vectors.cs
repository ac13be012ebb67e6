using System.Globalization;
using System.Text.Json;

namespace BodyCam.Core.Tests;

/// <summary>Golden bytes of tests/vectors, made by another program in another language after the documents alone.</summary>
internal static class Vectors
{
    public static JsonElement File(string name) =>
        JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", name + ".json"))).RootElement;

    public static IEnumerable<JsonElement> Of(string name) => File(name).GetProperty("vectors").EnumerateArray();

    public static byte[] Hex(this JsonElement vector, string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);

    public static string Text(this JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    public static uint U32(this JsonElement vector, string name) => vector.GetProperty(name).GetUInt32();

    public static ulong U64(this JsonElement vector, string name) =>
        vector.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? ulong.Parse(text.GetString()!, CultureInfo.InvariantCulture) : vector.GetProperty(name).GetUInt64();

    public static bool Flag(this JsonElement vector, string name) => vector.GetProperty(name).GetBoolean();

    public static byte[][] HexList(this JsonElement vector, string name) => [.. vector.GetProperty(name).EnumerateArray().Select(static item => Convert.FromHexString(item.GetString()!))];

    /// <summary>The file that a seal vector seals.</summary>
    public static byte[] SealedFile(this JsonElement vector) =>
        [.. Enumerable.Range(0, vector.GetProperty("fileBytes").GetInt32()).Select(index => (byte)((7 * index) + (13 * (index / 256)) + vector.GetProperty("fileSeed").GetInt32()))];
}
