using System.Text.Json;
using System.Text.Json.Serialization;
using BodyCam.Packaging;

namespace BodyCam.Cli;

/// <summary>What <c>--form-data</c> holds: the words of the forms. All may be left out; what is empty becomes a line to fill in by hand.</summary>
internal sealed record ExportForm
{
    private static readonly JsonSerializerOptions options = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true };

    public string Policy { get; init; } = "";

    public string Title { get; init; } = "";

    public string Number { get; init; } = "";

    public string Agency { get; init; } = "";

    public string Unit { get; init; } = "";

    public string Maker { get; init; } = "";

    public string Extractor { get; init; } = "";

    public string Source { get; init; } = "";

    public string Proves { get; init; } = "";

    public IReadOnlyList<string> Officers { get; init; } = [];

    public string RecordedBy { get; init; } = "";

    public string Place { get; init; } = "";

    public string BrandModel { get; init; } = "";

    public string Explanation { get; init; } = "";

    public IReadOnlyDictionary<string, JsonElement> Sidecars { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It cannot be read; the message says what to name.</exception>
    /// <exception cref="InvalidOperationException">It is no such JSON; the message names place and remedy.</exception>
    public static ExportForm Read(string? path)
    {
        if (path is null)
            return new ExportForm();
        try
        {
            return JsonSerializer.Deserialize<ExportForm>(NamedFile.Read(path, "the JSON file of the forms with --form-data", File.ReadAllText), options) ?? new ExportForm();
        }
        catch (JsonException broken)
        {
            throw new InvalidOperationException($"{path}, line {broken.LineNumber + 1}, {broken.Path}: {broken.Message.Split('\n')[0]} Mend it and try again.", broken);
        }
    }

    /// <summary>The request of a package with these words.</summary>
    public PackageRequest ToRequest(string id, IReadOnlyList<PackagedRecording> recordings, DateTimeOffset at) => new()
    {
        Id = id, Recordings = recordings, ExtractedAt = at, Title = Title, Number = Number, Agency = Agency, Unit = Unit, Maker = Maker, Extractor = Extractor, Source = Source, Proves = Proves,
        Officers = Officers, RecordedBy = RecordedBy, Place = Place, BrandModel = BrandModel, Explanation = Explanation,
        Sidecars = Sidecars.ToDictionary(static pair => pair.Key, static pair => pair.Value.GetRawText(), StringComparer.Ordinal),
    };
}
