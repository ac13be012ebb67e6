using System.Text;
using System.Text.Json;

namespace BodyCam.Archive;

/// <summary><c>archive.json</c>: says that a folder is an archive, and of which station, by the name of its log (storage format §6). A log keeps its name for good, whatever keys sign it.</summary>
/// <param name="Log">Name of the station's log; null in a marker that names none.</param>
public sealed record ArchiveMarker(string? Log)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "archive.json";

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(Log is null ? "{\"kind\":\"archive\",\"version\":1}\n" : $"{{\"kind\":\"archive\",\"version\":1,\"log\":{JsonSerializer.Serialize(Log)}}}\n");

    /// <summary>Reads one; null for what is no marker of an archive.</summary>
    public static ArchiveMarker? Parse(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() != "archive")
                return null;
            return !document.RootElement.TryGetProperty("log", out var log) ? new ArchiveMarker(Log: null) : log.ValueKind == JsonValueKind.String && log.GetString() is { Length: > 0 } name ? new ArchiveMarker(name) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
