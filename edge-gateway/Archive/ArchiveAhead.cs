using System.Text;
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
        if (there.Size <= (here?.Size ?? 0))
            return null;
        // A log that lost its checkpoint is told when it is opened.
        var isOwn = here is not null ? here.Origin == there.Origin && (IsSigned(note, gatewayKeyPem) || await IsSignedThereAsync(note, archiveFolder, cancel).ConfigureAwait(false))
            : !Directory.Exists(Path.Combine(dataFolder, "log", "records")) && IsSigned(note, gatewayKeyPem);
        return isOwn ? new LogWords(dataFolder, archiveFolder).Ahead(here?.Size ?? 0, there.Size) : null;
    }

    // A digit of it that rotted keeps no station from serving.
    private static bool IsSigned(byte[] note, string pem) => LogPublicKey.FromPem(pem) is { } key && CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid;

    // Where the keys folder was put back too, the key that signs since is known there only.
    private static async Task<bool> IsSignedThereAsync(byte[] note, string archiveFolder, CancellationToken cancel)
    {
        foreach (var path in Directory.EnumerateFiles(archiveFolder, "gateway*.pem"))
        {
            if (IsSigned(note, Encoding.ASCII.GetString(await TwoLogs.ReadAsync(path, cancel).ConfigureAwait(false))))
                return true;
        }

        return false;
    }
}
