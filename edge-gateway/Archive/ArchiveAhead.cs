using System.Text;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>Whether the archive's log goes further than this station's: then the data folder is an older one, and what is receipted from now on stands in a log that has to be replaced.</summary>
public static class ArchiveAhead
{
    // Above the longest public key.
    private const int KeyBytesMax = 64 * 1024;

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
        var note = await TwoLogs.ReadNoteAsync(archiveFolder, cancel).ConfigureAwait(false);
        if (CheckpointNote.Parse(note) is not { } there)
            return null;
        var here = CheckpointNote.Parse(await TwoLogs.ReadNoteAsync(dataFolder, cancel).ConfigureAwait(false));
        if (there.Size <= (here?.Size ?? 0))
            return null;
        // A log that lost its checkpoint is told when it is opened.
        List<LogPublicKey> known = LogPublicKey.FromPem(gatewayKeyPem) is { } key ? [key] : [];
        if (here is not null)
            known.AddRange(KeysIn(dataFolder));
        var isOwn = here is null ? !Directory.Exists(Path.Combine(dataFolder, "log", "records")) && IsSigned(note, known)
            : here.Origin == there.Origin && (IsSigned(note, known) || IsSignedSince(note, archiveFolder, here, known));
        return isOwn ? new LogWords(dataFolder, archiveFolder).Ahead(here?.Size ?? 0, there.Size) : null;
    }

    private static bool IsSigned(byte[] note, List<LogPublicKey> keys) => keys.Exists(key => CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid);

    // Those that signed before; one that rotted or cannot be read keeps no other from its word.
    private static IEnumerable<LogPublicKey> KeysIn(string dataFolder)
    {
        foreach (var path in Directory.EnumerateFiles(dataFolder, "gateway*.pem"))
        {
            byte[] pem;
            try
            {
                pem = BoundedFile.ReadAllBytes(path, KeyBytesMax);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            if (LogPublicKey.FromPem(Encoding.ASCII.GetString(pem)) is { } key)
                yield return key;
        }
    }

    // Where the keys folder was put back too, the key that signs since is known there only: by the record with which one of this station's gave way to it. A key that merely lies there may be anybody's.
    private static bool IsSignedSince(byte[] note, string archiveFolder, Checkpoint here, List<LogPublicKey> known)
    {
        foreach (var record in new LogReader(Path.Combine(archiveFolder, "log")).ReadBeyond(here.Size))
        {
            if (KeyChange.Read(record, here.Origin) is { IsVouchedFor: true } change && known.Exists(key => key.ToSpki().AsSpan().SequenceEqual(change.Old.ToSpki())))
                known.Add(change.New);
        }

        return IsSigned(note, known);
    }
}
