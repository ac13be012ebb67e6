using System.Text;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>An archive that is a folder with the same layout as the data folder, so that <c>bodycam verify</c> checks it the same way; <c>archive.json</c> says what it is.</summary>
/// <remarks>Every file is written under a temporary name, synced, read back, renamed, and the folders synced. Originals, seals and what is kept aside are compared when they stand, never overwritten.</remarks>
/// <param name="dataFolder">The gateway's data folder.</param>
/// <param name="archiveFolder">The archive's folder; made when it is absent and nothing was archived before.</param>
/// <param name="hasArchived">True once this station has archived something: a folder without the marker is then not its archive, and nothing is made there. Null: never.</param>
public sealed class FolderArchive(string dataFolder, string archiveFolder, Func<bool>? hasArchived = null) : IArchive
{
    /// <summary>Name of the file that says that a folder is an archive.</summary>
    public const string Marker = ArchiveMarker.FileName;

    private const string CheckpointPath = "log/checkpoint";
    private const string FirstRecords = "log/records/000.jsonl";

    private static readonly string[] asides = ["damaged", "orphans"];

    private readonly Dictionary<string, DateTime> spoiledSources = new(StringComparer.Ordinal);
    private VerifiedCopy copy = new(archiveFolder);
    private byte[] forwarded = [];
    private byte[] continued = []; // the archive's checkpoint that this station's log was found to continue
    private bool wasMarked;

    // Name of the station's log, which it keeps for good.
    private string? station;

    /// <inheritdoc/>
    public string? Refusal { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(item);
        // The original goes last: an archived segment always has its seal and receipt beside it.
        var outcome = await ForwardFileAsync(Path.ChangeExtension(item.RelativePath, ".seal"), null, replace: false, cancel).ConfigureAwait(false);
        if (outcome == ArchiveOutcome.Archived)
            outcome = await ForwardReceiptAsync(item, cancel).ConfigureAwait(false);
        return outcome == ArchiveOutcome.Archived ? await ForwardFileAsync(item.RelativePath, item.Sha256, replace: false, cancel).ConfigureAwait(false) : outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardReceiptAsync(ArchiveItem item, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(item);
        // A receipt is issued anew with each checkpoint and each state: the newest one stands.
        var outcome = await ForwardFileAsync(Path.ChangeExtension(item.RelativePath, ".receipt"), null, replace: true, cancel).ConfigureAwait(false);
        return outcome == ArchiveOutcome.OriginalDiffers ? ArchiveOutcome.ReceiptMissing : outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardLogAsync(CancellationToken cancel)
    {
        try
        {
            await MarkAsync(cancel).ConfigureAwait(false);
            // Read first: whatever is copied after it is at least as long as this checkpoint says.
            var checkpoint = await File.ReadAllBytesAsync(Path.Combine(dataFolder, CheckpointPath), cancel).ConfigureAwait(false);
            if (forwarded.AsSpan().SequenceEqual(checkpoint))
                return ArchiveOutcome.Archived;
            foreach (var relative in Below("log"))
            {
                if (relative is not (CheckpointPath or "log/lock") && !relative.StartsWith("log/tmp/", StringComparison.Ordinal))
                    await CopyNewestAsync(relative, cancel).ConfigureAwait(false);
            }

            foreach (var key in Directory.EnumerateFiles(dataFolder, "gateway*.pem").Select(Path.GetFileName))
                await CopyNewestAsync(key!, cancel).ConfigureAwait(false);
            var outcome = ArchiveOutcome.Archived;
            foreach (var relative in asides.SelectMany(Below))
            {
                var one = await ForwardFileAsync(relative, null, replace: relative.EndsWith(".receipt", StringComparison.Ordinal), cancel).ConfigureAwait(false);
                outcome = one == ArchiveOutcome.Archived ? outcome : one;
            }

            var sources = await ForwardSourcesAsync(cancel).ConfigureAwait(false);
            outcome = sources == ArchiveOutcome.Archived ? outcome : sources;
            await copy.WriteAsync(CheckpointPath, checkpoint, cancel).ConfigureAwait(false);
            if (outcome == ArchiveOutcome.Archived)
                forwarded = checkpoint;
            return outcome;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.Unavailable;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> PurgeAsync(PurgeItem item, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(item);
        try
        {
            // What is away still has the bytes.
            await MarkAsync(cancel).ConfigureAwait(false);
            foreach (var folder in new[] { "segments", "damaged" })
                await PurgeFileAsync($"{folder}/{item.Key.RelativePath}", ".mkv", item.CertificateSequence, cancel).ConfigureAwait(false);
            foreach (var tail in item.Tails)
                await PurgeTailAsync(tail, cancel).ConfigureAwait(false);

            return ArchiveOutcome.Archived;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.Unavailable;
        }
    }

    // Each once: a standing file of the right length was read back when it came (verify reads it again), and one that is not what its name says is not read at every round.
    private async ValueTask<ArchiveOutcome> ForwardSourcesAsync(CancellationToken cancel)
    {
        var outcome = ArchiveOutcome.Archived;
        foreach (var relative in Below("sources").Where(static relative => relative.Length == "sources/".Length + 64 && relative["sources/".Length..].All(char.IsAsciiHexDigitLower)))
        {
            var source = new FileInfo(Path.Combine(dataFolder, relative));
            var standing = new FileInfo(Path.Combine(archiveFolder, relative));
            if (spoiledSources.TryGetValue(relative, out var writtenAt) && writtenAt == source.LastWriteTimeUtc)
                continue;
            var one = !standing.Exists ? await ForwardFileAsync(relative, Convert.FromHexString(Path.GetFileName(relative)), replace: false, cancel).ConfigureAwait(false)
                : standing.Length == source.Length ? ArchiveOutcome.Archived
                : ArchiveOutcome.ArchiveDiffers;
            if (one == ArchiveOutcome.OriginalDiffers)
                spoiledSources[relative] = source.LastWriteTimeUtc;
            else if (one != ArchiveOutcome.Archived)
                outcome = one;
        }

        return outcome;
    }

    // Only the bytes that the certificate names: what the gateway never had stays, and verify tells of it.
    private async ValueTask PurgeTailAsync(PurgedTail tail, CancellationToken cancel)
    {
        var stem = Path.Combine(archiveFolder, "orphans", tail.Key.RelativePath);
        if (!Directory.Exists(Path.GetDirectoryName(stem)))
            return;
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(stem)!, Path.GetFileName(stem) + ".*").Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal)).ToList())
        {
            if (string.Equals(Convert.ToHexStringLower(await VerifiedCopy.HashAsync(path, cancel).ConfigureAwait(false)), tail.Sha256, StringComparison.Ordinal))
                await PurgeFileAsync(Path.ChangeExtension(Path.GetRelativePath(archiveFolder, path), null), ".mkv", tail.CertificateSequence, cancel).ConfigureAwait(false);
        }

        // Of tails that are gone already too.
        new FolderSync(archiveFolder).SyncEntryOf(stem);
    }

    private async ValueTask PurgeFileAsync(string stem, string ending, long certificateSequence, CancellationToken cancel)
    {
        var path = Path.Combine(archiveFolder, stem + ending);
        if (File.Exists(path))
        {
            await copy.WriteAsync(stem + ".purged", Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{certificateSequence}\n")), cancel).ConfigureAwait(false);
            File.Delete(path);
        }

        // Also when it is gone: the round that removed it may have been cut before that was durable.
        if (File.Exists(Path.Combine(archiveFolder, stem + ".purged")))
            new FolderSync(archiveFolder).SyncEntryOf(path);
    }

    private async ValueTask<ArchiveOutcome> ForwardFileAsync(string relative, ReadOnlyMemory<byte>? expected, bool replace, CancellationToken cancel)
    {
        var source = Path.Combine(dataFolder, relative);
        byte[] sha256;
        try
        {
            sha256 = await VerifiedCopy.HashAsync(source, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.OriginalDiffers;
        }

        if (expected is { } wanted && !sha256.AsSpan().SequenceEqual(wanted.Span))
            return ArchiveOutcome.OriginalDiffers;
        try
        {
            await MarkAsync(cancel).ConfigureAwait(false);
            return await copy.CopyAsync(source, relative, sha256, replace, cancel).ConfigureAwait(false) ? ArchiveOutcome.Archived : ArchiveOutcome.ArchiveDiffers;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.Unavailable;
        }
    }

    // Files of the log grow and partial tiles give way to fuller ones: what is newer on the gateway replaces.
    private async ValueTask CopyNewestAsync(string relative, CancellationToken cancel)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(Path.Combine(dataFolder, relative), cancel).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return; // a partial tile that a fuller one has replaced meanwhile
        }

        var target = Path.Combine(archiveFolder, relative);
        var standing = File.Exists(target) ? await File.ReadAllBytesAsync(target, cancel).ConfigureAwait(false) : null;
        if (standing is null || !bytes.AsSpan().SequenceEqual(standing))
            await copy.WriteAsync(relative, bytes, cancel).ConfigureAwait(false);
    }

    // The marker stands afterwards and names this station; it is written for the first archive, and completed where it names none.
    private async ValueTask MarkAsync(CancellationToken cancel)
    {
        station ??= await LogOfAsync(dataFolder, cancel).ConfigureAwait(false) ?? throw new IOException($"{dataFolder} has no {CheckpointPath} that can be read.");
        Refusal = null;
        var own = new ArchiveMarker(station).ToBytes();
        // Looked at each time: a disk that is unmounted leaves an empty folder or none, and whatever is made there is in no archive.
        if (!File.Exists(Path.Combine(archiveFolder, Marker)))
        {
            (copy, forwarded) = (new VerifiedCopy(archiveFolder), []);
            if (wasMarked || hasArchived?.Invoke() == true)
                throw new IOException($"{archiveFolder} has no {Marker}, and something was archived before: mount the archive.");
            if (await LogOfAsync(archiveFolder, cancel).ConfigureAwait(false) is { } other && other != station)
                throw Refused($"{archiveFolder} has the log {other}, which is another station's; this one's is {station}. Mount this station's own archive.");
            await ContinueAsync(cancel).ConfigureAwait(false);
            await copy.WriteAsync(Marker, own, cancel).ConfigureAwait(false);
        }
        else if (await File.ReadAllBytesAsync(Path.Combine(archiveFolder, Marker), cancel).ConfigureAwait(false) is var standing && !standing.AsSpan().SequenceEqual(own))
        {
            var marker = ArchiveMarker.Parse(standing) ?? throw Refused($"{Path.Combine(archiveFolder, Marker)} is no marker of an archive. Look at whose folder it is; if it is this station's archive, put a marker there as operations.md (A new archive) says.");
            if ((marker.Log ?? await LogOfAsync(archiveFolder, cancel).ConfigureAwait(false)) is { } other && other != station)
                throw Refused($"{archiveFolder} is the archive of {other}, which is another station; this one's log is {station}. Nothing was written there. Mount this station's own archive, or name it with --archive.");
            await ContinueAsync(cancel).ConfigureAwait(false);
            if (marker.Log is null)
                await copy.WriteAsync(Marker, own, cancel).ConfigureAwait(false);
        }

        await ContinueAsync(cancel).ConfigureAwait(false);
        wasMarked = true;
    }

    // What lies there is a beginning of this station's log: one that is longer or another one, under the same name, is the better copy, and this data folder is new or older.
    private async ValueTask ContinueAsync(CancellationToken cancel)
    {
        if (!File.Exists(Path.Combine(archiveFolder, FirstRecords)))
            return;
        var path = Path.Combine(archiveFolder, CheckpointPath);
        var note = File.Exists(path) ? await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false) : [];
        if (note.Length > 0 && note.AsSpan().SequenceEqual(continued))
            return;
        // Without a checkpoint that can be read the first record, with its salt, tells one log from another.
        var (theirs, own) = (await FirstLineAsync(archiveFolder, cancel).ConfigureAwait(false), await FirstLineAsync(dataFolder, cancel).ConfigureAwait(false));
        var holds = CheckpointNote.Parse(note) is { } there ? await HadAsync(there, cancel).ConfigureAwait(false) : theirs.AsSpan().SequenceEqual(own);
        if (!holds)
            throw Refused($"The log in {archiveFolder} is not a beginning of the one in {dataFolder}: this data folder is a new or an older one, or its log is damaged. Nothing was written there. Run 'bodycam verify' on both; restore log/ from the archive, or the data folder, and start the gateway again.");
        continued = note;
    }

    private async ValueTask<bool> HadAsync(Checkpoint there, CancellationToken cancel)
    {
        try
        {
            return CheckpointNote.Parse(await File.ReadAllBytesAsync(Path.Combine(dataFolder, CheckpointPath), cancel).ConfigureAwait(false)) is { } own && there.Size <= own.Size
                && new LogReader(Path.Combine(dataFolder, "log"), new DiskLogFiles(Path.Combine(dataFolder, "log"))).RootAt(there.Size).AsSpan().SequenceEqual(there.Root);
        }
        catch (InvalidDataException)
        {
            return false; // a tile is missing
        }
    }

    private static async ValueTask<byte[]> FirstLineAsync(string folder, CancellationToken cancel)
    {
        var path = Path.Combine(folder, FirstRecords);
        var bytes = File.Exists(path) ? await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false) : [];
        return bytes[..(Array.IndexOf(bytes, (byte)'\n') + 1)];
    }

    private IOException Refused(string why)
    {
        Refusal = why;
        return new IOException(why);
    }

    // Null where there is none, or none that can be read.
    private static async ValueTask<string?> LogOfAsync(string folder, CancellationToken cancel)
    {
        var path = Path.Combine(folder, CheckpointPath);
        return File.Exists(path) ? CheckpointNote.Parse(await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false))?.Origin : null;
    }

    private IEnumerable<string> Below(string folder) =>
        Directory.Exists(Path.Combine(dataFolder, folder))
            ? Directory.EnumerateFiles(Path.Combine(dataFolder, folder), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(dataFolder, path).Replace(Path.DirectorySeparatorChar, '/')).ToList()
            : [];
}
