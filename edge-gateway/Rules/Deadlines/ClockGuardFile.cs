using System.Text.Json;
using BodyCam.Core;

namespace BodyCam.Rules.Deadlines;

/// <summary>Keeps the guard's state in one small file, replaced by a rename.</summary>
/// <param name="path">The file; its folder exists.</param>
public sealed class ClockGuardFile(string path) : IClockGuardStore
{
    private const int BytesMax = 4096;

    private readonly string path = Path.GetFullPath(path);
    private readonly FolderSync folder = new(Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <inheritdoc/>
    public ClockGuardStored Read()
    {
        if (!File.Exists(path))
            return new ClockGuardStored(null, false);
        using var stream = File.OpenRead(path);
        if (stream.Length > BytesMax)
            return new ClockGuardStored(null, true);
        try
        {
            var state = JsonSerializer.Deserialize(stream, ClockGuardJson.Default.ClockGuardState);
            return new ClockGuardStored(state, state is null);
        }
        catch (JsonException)
        {
            return new ClockGuardStored(null, true);
        }
    }

    /// <inheritdoc/>
    public void Write(ClockGuardState state)
    {
        var next = path + ".tmp";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, state, ClockGuardJson.Default.ClockGuardState);
            FileSync.Sync(stream);
        }

        File.Move(next, path, overwrite: true);
        folder.SyncEntryOf(path);
    }
}
