using System.Security.Cryptography;
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

    // Below the archive's folder, and nothing that a log or a station has.
    private const string Kept = "kept/";

    private readonly LogWords words = new(dataFolder, archiveFolder);
    private readonly TwoLogs both = new(dataFolder, archiveFolder);

    private byte[] continued = []; // the archive's checkpoint that this station's log was found to continue
    private Checkpoint? covering; // what it says; null: there is none that says anything, and whatever stands there may be the better copy
    private long complete; // leaves up to which every file was seen to stand there
    private LogFileName? awaited; // the file that differed in the last round

    private long Covered => covering?.Size ?? 0;

    /// <summary>True when that checkpoint was the one there at the last look.</summary>
    public bool IsAt(SignedCheckpoint durable) => continued.AsSpan().SequenceEqual(durable.Note);

    /// <summary>True when a checkpoint was found there that this object did not put there, and at the beginning; false once <see cref="FolderArchive"/> has seen to it.</summary>
    public bool IsNew { get; set; } = true;

    /// <summary>Name of the log in a folder; null where there is no checkpoint, or none that can be read.</summary>
    public static async ValueTask<string?> OfAsync(string folder, CancellationToken cancel) => CheckpointNote.Parse(await TwoLogs.ReadNoteAsync(folder, cancel).ConfigureAwait(false))?.Origin;

    /// <summary>Holds what lies there against this station's log. One that is longer or another one, under the same name, is the better copy, and this data folder is new or older.</summary>
    /// <returns>Why it is refused, for people, ending with the next action; null when it is a beginning of this log.</returns>
    public async ValueTask<string?> RefusalAsync(CancellationToken cancel)
    {
        var note = await TwoLogs.ReadNoteAsync(archiveFolder, cancel).ConfigureAwait(false);
        if (note.Length > 0 && note.AsSpan().SequenceEqual(continued))
            return null;
        var there = CheckpointNote.Parse(note);
        var first = there is null ? await TwoLogs.ReadAsync(Path.Combine(archiveFolder, FirstRecords), cancel).ConfigureAwait(false) : [];
        try
        {
            var own = CheckpointNote.Parse(await TwoLogs.ReadNoteAsync(dataFolder, cancel).ConfigureAwait(false));
            // Without a checkpoint that can be read the first record, with its salt, tells one log from another.
            if (!(there is not null ? both.Had(own, there) : first.Length == 0 || TwoLogs.BeginsAlike(await TwoLogs.ReadAsync(Path.Combine(dataFolder, FirstRecords), cancel).ConfigureAwait(false), first)))
                return words.NotABeginning(there is not null && own is not null && own.Size >= there.Size);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return words.CannotBeCompared(failure);
        }

        if (!note.AsSpan().SequenceEqual(continued))
            IsNew = true;
        (continued, covering, complete, awaited) = (note, there, 0, null);
        return null;
    }

    /// <summary>Brings every file that the tree of a checkpoint needs, not the checkpoint: what is new only when it fits the signed roots, the archive's and this one. While a person is waited for it looks at the file that differed, as the tree has it now, and at no other.</summary>
    /// <param name="durable">A durable checkpoint of this station's log.</param>
    /// <param name="copy">Writes in the archive; null to look only.</param>
    /// <param name="cancel">Ends between two files.</param>
    /// <returns>Why it was broken off, for people, ending with the next action: the two differ in what the archive's checkpoint covers, or a file is not here or does not fit. Null when all is there.</returns>
    public async ValueTask<string?> CopyAsync(Checkpoint durable, VerifiedCopy? copy, CancellationToken cancel)
    {
        if (awaited is not null && await WhyAwaitedAsync(awaited, durable.Size, cancel).ConfigureAwait(false) is { } still)
            return still;
        awaited = null;
        if (covering is null && both.OnlyThere(durable.Size) is { } name)
            return words.OnlyThere(name, durable.Size);
        if (both.Edge(covering ?? new Checkpoint(durable.Origin, 0, MerkleHash.EmptyRoot())) is not { } growth)
            return words.NoEdge(Covered);
        var isGrowing = durable.Size > Covered;
        foreach (var files in LogFileName.LeavesBetween(complete, durable.Size))
        {
            var why = isGrowing && files[0].End > Covered
                ? await BringAsync(files, durable.Size, bytes => growth.Append(durable.Size, bytes[0], bytes[1], bytes[2]), copy, cancel).ConfigureAwait(false)
                : await BringFinishedAsync(files, durable.Size, copy, cancel).ConfigureAwait(false);
            if (why is not null)
                return why;
        }

        foreach (var tile in LogFileName.TilesAbove(complete, durable.Size))
        {
            var why = isGrowing && tile.End > Covered
                ? await BringAsync([tile], durable.Size, bytes => growth.Holds(tile.Path, bytes[0]) ? null : new LogFault(tile.Path, null, LogFaultKind.Damaged, "The tile does not hold the roots of the tiles below."), copy, cancel).ConfigureAwait(false)
                : await BringFinishedAsync([tile], durable.Size, copy, cancel).ConfigureAwait(false);
            if (why is not null)
                return why;
        }

        return (isGrowing ? growth.IsAt(durable) : covering is null || covering.Root.AsSpan().SequenceEqual(durable.Root)) ? null : words.AnotherRoot(durable.Size);
    }

    /// <summary>Puts the checkpoint there, last, when everything that it covers stands.</summary>
    /// <param name="durable">The one whose files were brought.</param>
    /// <param name="copy">Writes in the archive.</param>
    /// <param name="cancel">Ends it before.</param>
    public async ValueTask CommitAsync(SignedCheckpoint durable, VerifiedCopy copy, CancellationToken cancel)
    {
        if (!(await TwoLogs.ReadNoteAsync(archiveFolder, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(continued))
            throw new IOException($"{archiveFolder} is another folder than at the beginning of the round.");
        await copy.WriteAsync(CheckpointPath, durable.Note, cancel).ConfigureAwait(false);
        (continued, covering, complete) = (durable.Note, durable.Checkpoint, durable.Checkpoint.Size);
    }

    // One by one, by their length where they stand.
    private async ValueTask<string?> BringFinishedAsync(LogFileName[] files, long size, VerifiedCopy? copy, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            if (IsFinished(file))
                continue;
            if (await BringAsync([file], size, static _ => null, copy, cancel).ConfigureAwait(false) is { } why)
                return why;
        }

        return null;
    }

    // A file that is covered and as long as here, or gone from here.
    private bool IsFinished(LogFileName file)
    {
        var (source, target) = (new FileInfo(Path.Combine(dataFolder, "log", file.Path)), new FileInfo(Path.Combine(archiveFolder, "log", file.Path)));
        return file.End <= Covered && target.Exists && (!source.Exists || source.Length == target.Length);
    }

    // Null when it differs no more, or the tree has it no more.
    private async ValueTask<string?> WhyAwaitedAsync(LogFileName differed, long size, CancellationToken cancel)
    {
        if (LogFileName.Between(differed.First, size).FirstOrDefault(file => file.Full == differed.Full) is not { } file || IsFinished(file))
            return null;
        return await both.BytesOfAsync(file, size, cancel).ConfigureAwait(false) is not { } here
            ? words.Missing("log/" + file.Path)
            : WhyNotOver(file, here, await TwoLogs.ReadAsync(Path.Combine(archiveFolder, "log", file.Path), cancel).ConfigureAwait(false));
    }

    // Nothing is written before all of them are found fit, by the bytes that are written.
    private async ValueTask<string?> BringAsync(LogFileName[] files, long size, Func<byte[][], LogFault?> faultOf, VerifiedCopy? copy, CancellationToken cancel)
    {
        var (bytes, standing) = (new byte[files.Length][], new byte[files.Length][]);
        for (var i = 0; i < files.Length; i++)
        {
            awaited = files[i];
            if (await both.BytesOfAsync(files[i], size, cancel).ConfigureAwait(false) is not { } here)
                return words.Missing("log/" + files[i].Path);
            (bytes[i], standing[i]) = (here, await TwoLogs.ReadAsync(Path.Combine(archiveFolder, "log", files[i].Path), cancel).ConfigureAwait(false));
            if (WhyNotOver(files[i], here, standing[i]) is { } why)
                return why;
        }

        awaited = null;
        if (faultOf(bytes) is { } fault)
            return words.Unfit("log/" + both.NameHere(files.First(file => file.Path == fault.Path)), fault);
        for (var i = 0; copy is not null && i < files.Length; i++)
        {
            var name = "log/" + files[i].Path;
            // Lines that are not this log's had receipts: they stay, where nothing takes them for the log.
            if (files[i].IsRecords && !bytes[i].AsSpan().StartsWith(standing[i]))
                await copy.WriteAsync($"{Kept}{name}.{Convert.ToHexStringLower(SHA256.HashData(standing[i]))[..16]}", standing[i], cancel).ConfigureAwait(false);
            if (standing[i].Length == 0 || !bytes[i].AsSpan().SequenceEqual(standing[i]))
                await copy.WriteAsync(name, bytes[i], cancel).ConfigureAwait(false);
            else if (files[i].End > Covered)
                await copy.SyncAsync(name, bytes[i], cancel).ConfigureAwait(false);
            await RemoveStrangersAsync(files[i], cancel).ConfigureAwait(false);
        }

        return null;
    }

    // Null when it may be: a beginning of what is here loses nothing by it, and what no checkpoint covers may be of a round that was broken off.
    private string? WhyNotOver(LogFileName file, byte[] bytes, byte[] standing)
    {
        var (name, lines) = ("log/" + file.Path, Math.Clamp(Covered - file.First, 0, file.End - file.First));
        return bytes.AsSpan().StartsWith(standing) ? null
            : standing.Length > TwoLogs.FileBytesMax ? words.TooLong(name) // the rest of it was not read, and would not be kept
            : covering is null ? words.Unknown(name)
            : file.End <= Covered ? words.Covered(name)
            : !file.IsRecords || BeginsWithLines(bytes, standing, lines) ? null
            : words.CoveredLines(name, lines);
    }

    // A round that was broken off may have left partial tiles with leaves that this log, put back from a backup, never had: the audit would find them, and a reader of a smaller tree take them for this log's.
    private async ValueTask RemoveStrangersAsync(LogFileName file, CancellationToken cancel)
    {
        var log = Path.Combine(archiveFolder, "log");
        if (covering is null || file.End <= Covered || !Directory.Exists(Path.Combine(log, file.Full + ".p")) || file.Narrower(Covered).ToList() is not [var kept, .. var beyond])
            return;
        var bytes = await TwoLogs.ReadAsync(Path.Combine(log, file.Path), cancel).ConfigureAwait(false);
        // While what the checkpoint covers does not stand under its own name, one of these may be the copy of it.
        if (file.Take(bytes, file.End) is null || !(await TwoLogs.ReadAsync(Path.Combine(log, kept.Path), cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(kept.Take(bytes, kept.End)))
            return;
        foreach (var older in beyond)
        {
            var path = Path.Combine(log, older.Path);
            if (!File.Exists(path) || (await TwoLogs.ReadAsync(path, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(older.Take(bytes, older.End)))
                continue;
            File.Delete(path);
            new FolderSync(archiveFolder).SyncEntryOf(path);
        }
    }

    private static bool BeginsWithLines(byte[] bytes, byte[] standing, long lines) => LogFileName.EndOfLine(standing, lines) is { } end && bytes.AsSpan().StartsWith(standing.AsSpan(0, end));
}
