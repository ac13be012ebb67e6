using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>The archive's copy of the log: the one from which a station is restored. What its checkpoint covers is never written over.</summary>
/// <remarks>A file that the checkpoint covers whole never changes again, so a round looks at its length at most, and at what the last round left finished not at all: its work grows with what is new, not with the log.</remarks>
/// <param name="dataFolder">The gateway's data folder.</param>
/// <param name="archiveFolder">The archive's folder.</param>
internal sealed class LogInArchive(string dataFolder, string archiveFolder)
{
    /// <summary>The checkpoint's place in both folders.</summary>
    public const string CheckpointPath = "log/checkpoint";

    private const string FirstRecords = "log/records/000.jsonl";

    private byte[] continued = []; // the archive's checkpoint that this station's log was found to continue
    private long covered; // leaves of that checkpoint
    private bool isUnreadable; // there is none that says anything: whatever stands there may be the better copy
    private long complete; // leaves up to which every file was seen to stand there

    /// <summary>True when that checkpoint was the one there at the last look.</summary>
    public bool IsAt(SignedCheckpoint durable) => continued.AsSpan().SequenceEqual(durable.Note);

    /// <summary>Leaves of a checkpoint found there that this object did not put there, 0 where there is none that can be read; null once <see cref="FolderArchive"/> has seen to it.</summary>
    public long? TakenOn { get; set; } = 0;

    /// <summary>Name of the log in a folder; null where there is no checkpoint, or none that can be read.</summary>
    public static async ValueTask<string?> OfAsync(string folder, CancellationToken cancel) => CheckpointNote.Parse(await ReadAsync(Path.Combine(folder, CheckpointPath), cancel).ConfigureAwait(false))?.Origin;

    /// <summary>Holds what lies there against this station's log. One that is longer or another one, under the same name, is the better copy, and this data folder is new or older.</summary>
    /// <returns>Why it is refused, for people, ending with the next action; null when it is a beginning of this log.</returns>
    public async ValueTask<string?> RefusalAsync(CancellationToken cancel)
    {
        var note = await ReadAsync(Path.Combine(archiveFolder, CheckpointPath), cancel).ConfigureAwait(false);
        if (note.Length > 0 && note.AsSpan().SequenceEqual(continued))
            return null;
        var there = CheckpointNote.Parse(note);
        // Without a checkpoint that can be read the first record, with its salt, tells one log from another.
        var holds = there is not null ? await HadAsync(there, cancel).ConfigureAwait(false) : await BeginsAlikeAsync(cancel).ConfigureAwait(false);
        if (!holds)
        {
            var own = CheckpointNote.Parse(await ReadAsync(Path.Combine(dataFolder, CheckpointPath), cancel).ConfigureAwait(false));
            var what = $"The log in {archiveFolder} is not a beginning of the one in {dataFolder}";
            return there is not null && own is not null && own.Size >= there.Size
                ? $"{what}, which is as long or longer: a file of one of them is damaged, or this data folder is another one. Nothing was written there. Run 'bodycam verify' on both, and restore the files that it names from the folder in which they are whole, never log/ as a whole: the archive does not have what is newest."
                : $"{what}: this data folder is a new or an older one, or its log is damaged. Nothing was written there. Run 'bodycam verify' on both; restore log/ from the archive, or the data folder, and start the gateway again.";
        }

        if (!note.AsSpan().SequenceEqual(continued))
            TakenOn = there?.Size ?? 0;
        (continued, covered, complete, isUnreadable) = (note, there?.Size ?? 0, 0, there is null);
        return null;
    }

    /// <summary>Brings every file that the tree of a checkpoint needs, not the checkpoint.</summary>
    /// <param name="durable">A durable checkpoint of this station's log.</param>
    /// <param name="copy">Writes in the archive.</param>
    /// <param name="cancel">Ends between two files.</param>
    /// <returns>Why it was broken off, for people, ending with the next action: the two differ in what the archive's checkpoint covers, or a file is not here. Null when all is there.</returns>
    public async ValueTask<string?> CopyAsync(Checkpoint durable, VerifiedCopy copy, CancellationToken cancel)
    {
        foreach (var file in LogFileName.Between(complete, durable.Size))
        {
            if (await CopyAsync(file, durable.Size, copy, cancel).ConfigureAwait(false) is { } why)
                return why;
            await RemoveStrangersAsync(file, cancel).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Puts the checkpoint there, last, when everything that it covers stands.</summary>
    /// <param name="durable">The one whose files were brought.</param>
    /// <param name="copy">Writes in the archive.</param>
    /// <param name="cancel">Ends it before.</param>
    public async ValueTask CommitAsync(SignedCheckpoint durable, VerifiedCopy copy, CancellationToken cancel)
    {
        if (!(await ReadAsync(Path.Combine(archiveFolder, CheckpointPath), cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(continued))
            throw new IOException($"{archiveFolder} is another folder than at the beginning of the round.");
        await copy.WriteAsync(CheckpointPath, durable.Note, cancel).ConfigureAwait(false);
        (continued, covered, complete, isUnreadable) = (durable.Note, durable.Checkpoint.Size, durable.Checkpoint.Size, false);
    }

    // Null when it stands there.
    private async ValueTask<string?> CopyAsync(LogFileName file, long size, VerifiedCopy copy, CancellationToken cancel)
    {
        var name = "log/" + file.Path;
        var (source, target) = (new FileInfo(Path.Combine(dataFolder, name)), new FileInfo(Path.Combine(archiveFolder, name)));
        var isCovered = target.Exists && file.End <= covered;
        if (isCovered && (!source.Exists || source.Length == target.Length))
            return null;
        if (await BytesOfAsync(file, size, cancel).ConfigureAwait(false) is not { } bytes)
            return $"{name} is missing in {dataFolder}, cut short or cannot be read, and the log in {archiveFolder} stays at its last checkpoint without it. Run 'bodycam verify' on {dataFolder}, and look at its disk.";
        var standing = await ReadAsync(target.FullName, cancel).ConfigureAwait(false);
        if (standing.Length > 0 && bytes.AsSpan().SequenceEqual(standing))
            return null;
        // A beginning of what is here is completed: nothing is lost by it.
        var lines = Math.Clamp(covered - file.First, 0, file.End - file.First);
        if (bytes.AsSpan().StartsWith(standing) || (!isCovered && !isUnreadable && (!file.IsRecords || BeginsWithLines(bytes, standing, lines))))
        {
            await copy.WriteAsync(name, bytes, cancel).ConfigureAwait(false);
            return null;
        }

        var kept = $"{name} in {archiveFolder} is not a beginning of the one in {dataFolder}. Nothing was written over it.";
        return isUnreadable ? $"{kept} The log there has no checkpoint that can be read, so either may be the better one: keep both folders as they are, run 'bodycam verify' on both, and put log/checkpoint back there from a copy of the archive."
            : isCovered ? $"{kept} Both logs hold all that it says, so one of the two is damaged: run 'bodycam verify' on both folders, and put the file of the one that is whole in the place of the other."
            : string.Create(CultureInfo.InvariantCulture, $"{kept} Both logs hold its first {lines} lines, so one of the two is damaged: run 'bodycam verify' on both folders. Where the damage is in {dataFolder}, stop the gateway and put the archive's first {lines} lines in the place of those there, and keep every line after them: the archive does not have it yet. Where it is in {archiveFolder}, copy the file of {dataFolder} there.");
    }

    // A round that was broken off may have left partial tiles with leaves that this log, put back from a backup, never had: the audit would find them, and a reader of a smaller tree take them for this log's.
    private async ValueTask RemoveStrangersAsync(LogFileName file, CancellationToken cancel)
    {
        var log = Path.Combine(archiveFolder, "log");
        if (isUnreadable || file.End <= covered || !Directory.Exists(Path.Combine(log, file.Full + ".p")) || file.Narrower(covered).ToList() is not [var kept, .. var beyond])
            return;
        var bytes = await ReadAsync(Path.Combine(log, file.Path), cancel).ConfigureAwait(false);
        // While what the checkpoint covers does not stand under its own name, one of these may be the copy of it.
        if (file.Take(bytes, file.End) is null || !(await ReadAsync(Path.Combine(log, kept.Path), cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(kept.Take(bytes, kept.End)))
            return;
        foreach (var older in beyond)
        {
            var path = Path.Combine(log, older.Path);
            if (!File.Exists(path) || (await ReadAsync(path, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(older.Take(bytes, older.End)))
                continue;
            File.Delete(path);
            new FolderSync(archiveFolder).SyncEntryOf(path);
        }
    }

    private static bool BeginsWithLines(byte[] bytes, byte[] standing, long lines) => LogFileName.EndOfLine(standing, lines) is { } end && bytes.AsSpan().StartsWith(standing.AsSpan(0, end));

    // A partial tile gives way to the full one at any moment. Null when neither holds what the tree needs.
    private async ValueTask<byte[]?> BytesOfAsync(LogFileName file, long size, CancellationToken cancel)
    {
        try
        {
            return file.Take(await ReadAsync(Path.Combine(dataFolder, "log", file.Path), cancel).ConfigureAwait(false), size)
                ?? file.Take(await ReadAsync(Path.Combine(dataFolder, "log", file.Full), cancel).ConfigureAwait(false), size);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async ValueTask<bool> HadAsync(Checkpoint there, CancellationToken cancel)
    {
        try
        {
            return CheckpointNote.Parse(await ReadAsync(Path.Combine(dataFolder, CheckpointPath), cancel).ConfigureAwait(false)) is { } own && there.Size <= own.Size
                && new LogReader(Path.Combine(dataFolder, "log"), new DiskLogFiles(Path.Combine(dataFolder, "log"))).RootAt(there.Size).AsSpan().SequenceEqual(there.Root);
        }
        catch (InvalidDataException)
        {
            return false; // a tile is missing
        }
    }

    private async ValueTask<bool> BeginsAlikeAsync(CancellationToken cancel)
    {
        var there = await ReadAsync(Path.Combine(archiveFolder, FirstRecords), cancel).ConfigureAwait(false);
        var here = await ReadAsync(Path.Combine(dataFolder, FirstRecords), cancel).ConfigureAwait(false);
        var length = Array.IndexOf(there, (byte)'\n') + 1;
        return there.Length == 0 || (length > 0 && here.AsSpan().StartsWith(there.AsSpan(0, length)));
    }

    // Nothing for what is not there: a partial tile may go between two steps.
    private static async ValueTask<byte[]> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
