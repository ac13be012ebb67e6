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

    /// <summary>Rounds until a spoiled source is read again; of 5 s each, five minutes.</summary>
    private const int SpoiledRounds = 60;

    // Above the longest marker and public key.
    private const int SmallBytesMax = 64 * 1024;

    private static readonly string[] asides = ["damaged", "orphans"];
    private static readonly string[] endings = [".seal", ".receipt", ".mkv"];

    // Of a data folder or a keys folder, by whatever mount it is reached.
    private static readonly string[] strangers = ["catalog.db", "parts", "log/lock", "master.key"];

    // Until when, in rounds, each of them is not read again: what is put back may have the time that it had.
    private readonly Dictionary<string, (DateTime WrittenAt, long Until)> spoiledSources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Length, DateTime WrittenAt)> forwardedAsides = new(StringComparer.Ordinal);
    private VerifiedCopy copy = new(archiveFolder);
    private LogInArchive log = new(dataFolder, archiveFolder);
    private byte[] forwarded = [];
    private long rounds;
    private int medium;
    private bool wasMarked;

    // Name of the station's log, which it keeps for good.
    private string? station;

    /// <inheritdoc/>
    public string? Refusal { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ArchiveOutcome> NotThere { get; private set; } = new Dictionary<string, ArchiveOutcome>();

    /// <inheritdoc/>
    public async ValueTask<int?> MediumAsync(CancellationToken cancel)
    {
        try
        {
            await MarkAsync(cancel).ConfigureAwait(false);
            return medium;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public bool Has(ArchiveItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return endings.All(ending => (item.IsPurged && ending == ".mkv") || IsAsLong(Path.ChangeExtension(item.RelativePath, ending), ending != ".receipt", ending == ".mkv" ? item.Bytes : -1));
    }

    /// <inheritdoc/>
    public bool HasBytesOf(SegmentKey key)
    {
        var tails = Path.Combine(archiveFolder, "orphans", key.RelativePath);
        try
        {
            return File.Exists(Path.Combine(archiveFolder, "segments", key.RelativePath + ".mkv")) || File.Exists(Path.Combine(archiveFolder, "damaged", key.RelativePath + ".mkv"))
                || (Directory.Exists(Path.GetDirectoryName(tails)) && Directory.EnumerateFiles(Path.GetDirectoryName(tails)!, Path.GetFileName(tails) + ".*").Any(static path => path.EndsWith(".mkv", StringComparison.Ordinal)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return true; // the purge comes to the same folder, and tells of it
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(item);
        // The original goes last: an archived segment always has its seal and receipt beside it.
        var outcome = await ForwardFileAsync(Path.ChangeExtension(item.RelativePath, ".seal"), null, replace: false, cancel).ConfigureAwait(false);
        if (outcome == ArchiveOutcome.Archived)
            outcome = await ForwardReceiptAsync(item, cancel).ConfigureAwait(false);
        return outcome == ArchiveOutcome.Archived && !item.IsPurged ? await ForwardFileAsync(item.RelativePath, item.Sha256, replace: false, cancel).ConfigureAwait(false) : outcome;
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
    public async ValueTask<ArchiveOutcome> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(durable);
        try
        {
            await MarkAsync(cancel).ConfigureAwait(false);
            // Asked of what stands there: an older copy of the archive may have been put back.
            if (forwarded.AsSpan().SequenceEqual(durable.Note) && log.IsAt(durable))
                return ArchiveOutcome.Archived;
            var differs = await log.CopyAsync(durable.Checkpoint, copy, cancel).ConfigureAwait(false);
            foreach (var key in Directory.EnumerateFiles(dataFolder, "gateway*.pem"))
            {
                var unread = await CopyNewestAsync(key, cancel).ConfigureAwait(false);
                differs ??= unread;
            }

            var found = await ForwardAsidesAsync(cancel).ConfigureAwait(false);
            // The rest is there: a person may take a while.
            if (differs is not null)
                throw Refused(differs);
            if (found.ContainsValue(ArchiveOutcome.Unavailable))
                return ArchiveOutcome.Unavailable;
            await log.CommitAsync(durable, copy, cancel).ConfigureAwait(false);
            if (found.Count == 0)
                forwarded = durable.Note;
            // A spoiled source is told by name; it is no fault of the round.
            return found.Where(static one => one.Value != ArchiveOutcome.OriginalDiffers || !IsSource(one.Key)).Select(static one => one.Value).FirstOrDefault(ArchiveOutcome.Archived);
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

    // By what is known of it; what is cut short here says nothing of the one there.
    private bool IsAsLong(string relative, bool asHere, long bytes)
    {
        var (here, there) = (new FileInfo(Path.Combine(dataFolder, relative)), new FileInfo(Path.Combine(archiveFolder, relative)));
        return there is { Exists: true, Length: > 0 } && (bytes >= 0 ? there.Length == bytes : !asHere || !here.Exists || here.Length == there.Length);
    }

    // What did not get there, by name; all of it only when the archive was there to the end.
    private async ValueTask<Dictionary<string, ArchiveOutcome>> ForwardAsidesAsync(CancellationToken cancel)
    {
        rounds++;
        var found = new Dictionary<string, ArchiveOutcome>(StringComparer.Ordinal);
        foreach (var relative in asides.SelectMany(Below).Concat(Below("sources").Where(IsSource)))
        {
            var outcome = IsSource(relative) ? await ForwardSourceAsync(relative, cancel).ConfigureAwait(false) : await ForwardAsideAsync(relative, cancel).ConfigureAwait(false);
            // What was purged or set aside otherwise meanwhile is no fault.
            if (outcome != ArchiveOutcome.Archived && (outcome != ArchiveOutcome.OriginalDiffers || Below(Path.GetDirectoryName(relative)!).Contains(relative)))
                found[relative] = outcome;
        }

        NotThere = found;
        return found;
    }

    private static bool IsSource(string relative) => relative.Length == "sources/".Length + 64 && relative.StartsWith("sources/", StringComparison.Ordinal) && relative["sources/".Length..].All(char.IsAsciiHexDigitLower);

    // Receipts are issued anew; what else is kept aside is held against the archive's once, and not read again until it changes.
    private async ValueTask<ArchiveOutcome> ForwardAsideAsync(string relative, CancellationToken cancel)
    {
        if (relative.EndsWith(".receipt", StringComparison.Ordinal))
            return await ForwardFileAsync(relative, null, replace: true, cancel).ConfigureAwait(false);
        var source = new FileInfo(Path.Combine(dataFolder, relative));
        var now = source.Exists ? (source.Length, source.LastWriteTimeUtc) : default;
        if (forwardedAsides.TryGetValue(relative, out var before) && before == now && File.Exists(Path.Combine(archiveFolder, relative)))
            return ArchiveOutcome.Archived;
        var outcome = await ForwardFileAsync(relative, null, replace: false, cancel).ConfigureAwait(false);
        if (outcome == ArchiveOutcome.Archived)
            forwardedAsides[relative] = now;
        return outcome;
    }

    // Each once: a standing file of the right length was read back when it came (verify reads it again), and one that is not what its name says is not read at every round.
    private async ValueTask<ArchiveOutcome> ForwardSourceAsync(string relative, CancellationToken cancel)
    {
        var source = new FileInfo(Path.Combine(dataFolder, relative));
        var standing = new FileInfo(Path.Combine(archiveFolder, relative));
        if (spoiledSources.TryGetValue(relative, out var spoiled) && spoiled.WrittenAt == source.LastWriteTimeUtc && rounds < spoiled.Until)
            return ArchiveOutcome.OriginalDiffers;
        var outcome = !standing.Exists ? await ForwardFileAsync(relative, Convert.FromHexString(Path.GetFileName(relative)), replace: false, cancel).ConfigureAwait(false)
            : standing.Length == source.Length ? ArchiveOutcome.Archived
            : ArchiveOutcome.ArchiveDiffers;
        if (outcome == ArchiveOutcome.OriginalDiffers)
            spoiledSources[relative] = (source.LastWriteTimeUtc, rounds + SpoiledRounds);
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

    // Keys: what is newer on the gateway replaces. Why one cannot be brought, for people; null when it is there.
    private async ValueTask<string?> CopyNewestAsync(string source, CancellationToken cancel)
    {
        byte[] bytes;
        try
        {
            bytes = BoundedFile.ReadAllBytes(source, SmallBytesMax);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"{source} cannot be read, and the log in {archiveFolder} stays at its last checkpoint without it: look at the disk, and restore the file from the archive or a backup; it is a public key.";
        }

        // A private key that a person left here stays here, and a rotten one takes nobody's place.
        var pem = Encoding.ASCII.GetString(bytes);
        if (!pem.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal) || LogPublicKey.FromPem(pem) is null)
            return $"{source} is no public key, and the log in {archiveFolder} stays at its last checkpoint without it: restore the file from the archive or a backup, or move it out of the data folder if it is no key of this gateway's log.";
        var relative = Path.GetFileName(source);
        if (!IsThere(relative, bytes))
            await copy.WriteAsync(relative, bytes, cancel).ConfigureAwait(false);
        return null;
    }

    // What cannot be read as a key gives way as another key does.
    private bool IsThere(string relative, byte[] bytes)
    {
        try
        {
            return bytes.AsSpan().SequenceEqual(BoundedFile.ReadAllBytes(Path.Combine(archiveFolder, relative), SmallBytesMax));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Looks at the archive as each step does, and writes nothing.</summary>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Why it is refused as not this station's, for people, ending with the next action; null when it is not.</returns>
    /// <exception cref="IOException">The archive or the data folder cannot be read.</exception>
    public async ValueTask<string?> WhyRefusedAsync(CancellationToken cancel)
    {
        station ??= await LogInArchive.OfAsync(dataFolder, cancel).ConfigureAwait(false) ?? throw new IOException($"{dataFolder} has no {LogInArchive.CheckpointPath} that can be read.");
        if (Array.Find(strangers, name => File.Exists(Path.Combine(archiveFolder, name)) || Directory.Exists(Path.Combine(archiveFolder, name))) is { } stranger)
            return $"{archiveFolder} has {stranger}, which a gateway's data folder or keys folder has and no archive: what lies in one place twice is one copy. Name a folder of its own with --archive, on another disk. Only where it is a copy of a data folder, and surely not the data folder or keys folder itself mounted a second time, remove {stranger} there.";
        var path = Path.Combine(archiveFolder, Marker);
        var marker = File.Exists(path) ? await MarkerAtAsync(path, cancel).ConfigureAwait(false) : new ArchiveMarker(Log: null);
        if (marker is null)
            return $"{path} is no marker of an archive. Look at whose folder it is; if it is this station's archive, put a marker in its place as operations.md (A new archive) says.";
        if ((marker.Log ?? await LogInArchive.OfAsync(archiveFolder, cancel).ConfigureAwait(false)) is { } other && other != station)
            return $"{archiveFolder} is the archive of {other}, which is another station; this one's log is {station}. Nothing was written there. Mount this station's own archive, or name it with --archive.";
        return await log.RefusalAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Looks, as a round does, whether the log there can be continued, and writes nothing.</summary>
    /// <param name="durable">The newest checkpoint of this station's log.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Why it is refused or a round would be broken off, for people, ending with the next action; null when it would not.</returns>
    /// <exception cref="IOException">The archive or the data folder cannot be read.</exception>
    public async ValueTask<string?> WhyStoppedAsync(Checkpoint durable, CancellationToken cancel) =>
        await WhyRefusedAsync(cancel).ConfigureAwait(false) ?? await log.CopyAsync(durable, copy: null, cancel).ConfigureAwait(false);

    // Null for what is no marker, a pipe too: a person has to look at it. What cannot be read may be again.
    private static async ValueTask<ArchiveMarker?> MarkerAtAsync(string path, CancellationToken cancel)
    {
        try
        {
            return ArchiveMarker.Parse(await TwoLogs.ReadBeginningAsync(path, SmallBytesMax, cancel).ConfigureAwait(false));
        }
        catch (IOException failure) when (RegularFile.IsRefusal(failure))
        {
            return null;
        }
    }

    // The marker stands afterwards and names this station; it is written for the first archive, and completed where it names none.
    private async ValueTask MarkAsync(CancellationToken cancel)
    {
        Refusal = null;
        // Looked at each time: a disk that is unmounted leaves an empty folder or none, and whatever is made there is in no archive.
        var path = Path.Combine(archiveFolder, Marker);
        if (!File.Exists(path))
        {
            (log, forwarded) = (new LogInArchive(dataFolder, archiveFolder), []);
            if (wasMarked || hasArchived?.Invoke() == true)
                throw new IOException($"{archiveFolder} has no {Marker}, and something was archived before: mount the archive.");
        }

        if (await WhyRefusedAsync(cancel).ConfigureAwait(false) is { } why)
            throw Refused(why);
        if (log.IsNew)
        {
            // Another medium, or another state of it: nothing is known of it.
            (medium, log.IsNew, copy) = (medium + 1, false, new VerifiedCopy(archiveFolder));
            forwardedAsides.Clear();
        }

        var own = new ArchiveMarker(station).ToBytes();
        if (!File.Exists(path) || await MarkerAtAsync(path, cancel).ConfigureAwait(false) is { Log: null })
            await copy.WriteAsync(Marker, own, cancel).ConfigureAwait(false);
        wasMarked = true;
    }

    private IOException Refused(string why)
    {
        Refusal = why;
        return new IOException(why);
    }

    private IEnumerable<string> Below(string folder) =>
        Directory.Exists(Path.Combine(dataFolder, folder))
            ? Directory.EnumerateFiles(Path.Combine(dataFolder, folder), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(dataFolder, path).Replace(Path.DirectorySeparatorChar, '/')).ToList()
            : [];
}
