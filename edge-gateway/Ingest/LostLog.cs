using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>A data folder that had a log and has none. A log begins with its checkpoint, durable before anything else stands here, so the rest of a station without it tells of one that is gone.</summary>
public static class LostLog
{
    /// <summary>What to do about it, as a sentence for people.</summary>
    public const string Remedy = "Restore log/ whole from the archive's log/ or from a backup; where only log/checkpoint is gone, try the newest one that was kept outside the station first. If another disk belongs here, mount it.";

    // Each is written only behind the log's first checkpoint.
    private static readonly string[] files = ["catalog.db", "custody.db", "gateway.pem"];
    private static readonly string[] folders = ["segments", "damaged", "orphans"];

    /// <summary>What tells of a log that is gone.</summary>
    /// <param name="disk">The data folder.</param>
    /// <param name="log">Its log, which may be absent.</param>
    /// <returns>Names of files and of folders with a file; empty when the checkpoint stands, or when nothing tells of one.</returns>
    public static IReadOnlyList<string> Traces(IDisk disk, LogReader log)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(log);
        return log.HasCheckpoint ? [] : [.. files.Where(disk.Exists), .. folders.Where(folder => disk.Files(folder).Count > 0).Select(static folder => folder + "/")];
    }

    /// <summary>Refuses a folder whose log is gone: a new one under the same name and key would say that nothing was ever recorded here. Changes nothing.</summary>
    /// <param name="dataFolder">Named in the message.</param>
    /// <param name="disk">The data folder.</param>
    /// <param name="log">Its log.</param>
    /// <exception cref="InvalidOperationException">The log is gone; the message says what to do.</exception>
    public static void AssertNone(string dataFolder, IDisk disk, LogReader log)
    {
        if (Traces(disk, log) is { Count: > 0 } traces)
            throw new InvalidOperationException($"{dataFolder} has no log/checkpoint, but {string.Join(", ", traces)}: its log is gone, and no new one is begun in its place; nothing was changed. {Remedy}");
    }
}
