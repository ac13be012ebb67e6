using System.Text.Json;

namespace BodyCam.Cli.Boards;

/// <summary>What flashing needs of a board definition (<c>hardware/boards/*.json</c>).</summary>
/// <param name="Name">Name of the definition.</param>
/// <param name="NanoTarget">Runtime image in the flasher's repository; null for a board that needs an own image.</param>
internal sealed record BoardDefinition(string Name, string? NanoTarget)
{
    /// <summary>Names of the definitions that ship with the program, as the virtual board has them.</summary>
    public static IReadOnlyList<string> Shipped() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "boards"), "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Reads one from the repository.</summary>
    /// <exception cref="InvalidDataException">There is none of this name, or it cannot be read.</exception>
    public static BoardDefinition Read(string root, string name)
    {
        var folder = Path.Combine(root, "hardware", "boards");
        var names = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).ToList() : [];
        if (!names.Contains(name, StringComparer.Ordinal))
            throw new InvalidDataException($"'{name}' is no board. Use one of {string.Join(", ", names)}.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name + ".json")));
            var target = document.RootElement.TryGetProperty("nanoTarget", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            return new BoardDefinition(name, target);
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException($"hardware/boards/{name}.json cannot be read ({damaged.Message}). Fetch the repository again.", damaged);
        }
    }
}
