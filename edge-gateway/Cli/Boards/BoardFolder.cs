using System.Text.Json;
using System.Text.Json.Nodes;

namespace BodyCam.Cli.Boards;

/// <summary>What was put on which chip, kept beside the board's files so that a repeat is safe.</summary>
/// <param name="Mac">Chip.</param>
/// <param name="Epoch">Epoch of the files.</param>
/// <param name="At">Time of the newest step, gateway-wall.</param>
/// <param name="Steps">Steps done under this epoch.</param>
internal sealed record FlashRecord(string Mac, uint Epoch, DateTimeOffset At, IReadOnlyList<string> Steps);

/// <summary>A board's folder as <c>bodycam board new</c> makes it.</summary>
internal sealed class BoardFolder
{
    private const string FlashedFile = "flashed.json";
    private static readonly string[] needed = ["board.json", "bodycam.cfg", "files.json", "network.json"];
    private static readonly JsonSerializerOptions options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private BoardFolder(string path, string device, uint epoch, string board) => (Path, Device, Epoch, Board) = (path, device, epoch, board);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Device id.</summary>
    public string Device { get; }

    /// <summary>Epoch of its configuration.</summary>
    public uint Epoch { get; }

    /// <summary>Name of its board definition.</summary>
    public string Board { get; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says what is missing.</exception>
    public static BoardFolder Open(string path)
    {
        var missing = needed.Where(name => !File.Exists(System.IO.Path.Combine(path, name))).ToList();
        if (missing.Count > 0)
            throw new InvalidDataException($"{path} has no {string.Join(", ", missing)}. Make it with 'bodycam board new ID'.");
        try
        {
            var said = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(path, "board.json")))!;
            return new BoardFolder(System.IO.Path.GetFullPath(path), (string)said["device"]!, (uint)said["epoch"]!, (string)said["board"]!);
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentNullException)
        {
            throw new InvalidDataException($"{path}/board.json cannot be read. Make the folder again with 'bodycam board new ID --again'.", damaged);
        }
    }

    /// <summary>What was flashed before; null for nothing.</summary>
    public FlashRecord? Flashed()
    {
        var file = System.IO.Path.Combine(Path, FlashedFile);
        if (!File.Exists(file))
            return null;
        try
        {
            if (JsonSerializer.Deserialize<FlashRecord>(File.ReadAllText(file), options) is { Mac: not null, Steps: not null } record)
                return record;
        }
        catch (JsonException)
        {
            // Told below.
        }

        throw new InvalidDataException($"{file} cannot be read, so nobody knows which chip has epoch {Epoch}. Give the board a new one with 'bodycam board new {Device} --again', then remove {FlashedFile} and repeat.");
    }

    /// <summary>Sources in <c>files.json</c> that are not there.</summary>
    public IReadOnlyList<string> MissingSources() => [.. Files().Select(static entry => (string)entry!["SourceFilePath"]!).Where(name => !File.Exists(System.IO.Path.Combine(Path, name)))];

    /// <summary>Removes what a call that was killed left of its copies with the port.</summary>
    public void RemovePortFiles()
    {
        File.Delete(System.IO.Path.Combine(Path, "port-files.json"));
        File.Delete(System.IO.Path.Combine(Path, "port-network.json"));
    }

    /// <summary>Notes a step that was done.</summary>
    public void Note(string mac, string step, DateTimeOffset at)
    {
        var before = Flashed() is { } old && old.Epoch == Epoch && old.Mac == mac ? old.Steps : [];
        var file = System.IO.Path.Combine(Path, FlashedFile);
        File.WriteAllText(file + ".part", JsonSerializer.Serialize(new FlashRecord(mac, Epoch, at, [.. before.Append(step).Distinct(StringComparer.Ordinal)]), options));
        File.Move(file + ".part", file, overwrite: true);
    }

    /// <summary>A copy of <c>files.json</c> or <c>network.json</c> that names the port, which every version of the flasher reads, and full paths. It holds secrets and is removed when disposed.</summary>
    public PortFile WithPort(string name, string port)
    {
        var content = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Path, name)))!.AsObject();
        foreach (var old in content.Select(static pair => pair.Key).Where(static key => string.Equals(key, "SerialPort", StringComparison.OrdinalIgnoreCase)).ToList())
            content.Remove(old);
        content["SerialPort"] = port;
        foreach (var (list, key) in content.Where(static pair => pair.Value is JsonArray).SelectMany(static pair => pair.Value!.AsArray()).OfType<JsonObject>().Select(static entry => (entry, "SourceFilePath")).Append((content, "DeviceCertificatesPath")).Append((content, "CACertificatesPath")))
        {
            if ((string?)list[key] is { } relative)
                list[key] = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, relative));
        }

        return PortFile.Write(System.IO.Path.Combine(Path, "port-" + name), content.ToJsonString(options));
    }

    /// <summary>Destinations on the board in <c>files.json</c>.</summary>
    public IReadOnlyList<string> Destinations() => [.. Files().Select(static entry => (string)entry!["DestinationFilePath"]!)];

    private List<JsonNode?> Files() =>
        [.. JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Path, "files.json")))!.AsObject().Where(static pair => string.Equals(pair.Key, "Files", StringComparison.OrdinalIgnoreCase)).SelectMany(static pair => pair.Value!.AsArray())];
}

/// <summary>A file with secrets that lives as long as one call.</summary>
internal sealed class PortFile : IDisposable
{
    private PortFile(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Writes it, readable for its owner only.</summary>
    public static PortFile Write(string path, string text)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(path);
        using (var file = new StreamWriter(new FileStream(path, how)))
            file.Write(text);
        return new PortFile(path);
    }

    public void Dispose() => File.Delete(Path);
}
