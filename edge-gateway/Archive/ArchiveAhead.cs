using System.Globalization;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>Whether the archive's log goes further than this station's: then the data folder is an older one, and what is receipted from now on stands in a log that has to be replaced.</summary>
public static class ArchiveAhead
{
    /// <summary>Longest wait for an archive that may hang: a station serves without it.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>Looks once, before the log is opened, and writes nothing. An archive that is away, cannot be read, hangs for more than 5 s or is another station's is none of its business.</summary>
    /// <param name="dataFolder">The gateway's data folder.</param>
    /// <param name="archiveFolder">The archive's folder.</param>
    /// <param name="gatewayKeyPem">The gateway's public key, which tells whose archive it is where the data folder has no log.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Why nothing may be receipted, for people, ending with the next action; null when nothing stands against it.</returns>
    public static async Task<string?> WhyAsync(string dataFolder, string archiveFolder, string gatewayKeyPem, CancellationToken cancel)
    {
        try
        {
            return await Task.Run(() => LookAsync(dataFolder, archiveFolder, gatewayKeyPem, cancel), cancel).WaitAsync(patience, cancel).ConfigureAwait(false);
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException or TimeoutException)
        {
            return null; // the first round tells
        }
    }

    private static async Task<string?> LookAsync(string dataFolder, string archiveFolder, string gatewayKeyPem, CancellationToken cancel)
    {
        var note = await TwoLogs.ReadAsync(Path.Combine(archiveFolder, LogInArchive.CheckpointPath), cancel).ConfigureAwait(false);
        if (CheckpointNote.Parse(note) is not { } there)
            return null;
        var here = CheckpointNote.Parse(await TwoLogs.ReadAsync(Path.Combine(dataFolder, LogInArchive.CheckpointPath), cancel).ConfigureAwait(false));
        // A log that lost its checkpoint is told when it is opened.
        var isOwn = here is not null ? here.Origin == there.Origin
            : !Directory.Exists(Path.Combine(dataFolder, "log", "records")) && LogPublicKey.FromPem(gatewayKeyPem) is { } key && CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid;
        return isOwn && there.Size > (here?.Size ?? 0) ? new LogWords(dataFolder, archiveFolder).Ahead(here?.Size ?? 0, there.Size) : null;
    }
}
