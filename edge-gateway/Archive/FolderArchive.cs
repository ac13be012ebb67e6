using System.Security.Cryptography;

namespace BodyCam.Archive;

/// <summary>An archive that is a folder with the same layout as the data folder, so that <c>bodycam verify</c> checks it the same way.</summary>
/// <remarks>Every file is written under a temporary name, synced, read back, renamed, and the folder synced. Files that stand are compared, never overwritten.</remarks>
/// <param name="dataFolder">The gateway's data folder.</param>
/// <param name="archiveFolder">The archive's folder; made when it is absent.</param>
public sealed class FolderArchive(string dataFolder, string archiveFolder) : IArchive
{
    private static readonly string[] companions = [".seal", ".receipt"];

    private byte[] forwarded = [];

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(item);
        try
        {
            // The original goes last: an archived segment always has its seal and receipt beside it.
            foreach (var ending in companions)
            {
                var outcome = await CopyAsync(Path.ChangeExtension(item.RelativePath, ending), null, cancel).ConfigureAwait(false);
                if (outcome != ArchiveOutcome.Archived)
                    return outcome;
            }

            return await CopyAsync(item.RelativePath, item.Sha256, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.Unavailable;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveOutcome> ForwardLogAsync(CancellationToken cancel)
    {
        try
        {
            // Read first: whatever is copied after it is at least as long as this checkpoint says.
            var checkpoint = await File.ReadAllBytesAsync(Path.Combine(dataFolder, "log", "checkpoint"), cancel).ConfigureAwait(false);
            if (forwarded.AsSpan().SequenceEqual(checkpoint))
                return ArchiveOutcome.Archived;
            foreach (var path in Directory.EnumerateFiles(Path.Combine(dataFolder, "log"), "*", SearchOption.AllDirectories))
            {
                var relative = Path.GetRelativePath(dataFolder, path);
                if (relative == Path.Combine("log", "checkpoint") || relative == Path.Combine("log", "lock") || relative.StartsWith(Path.Combine("log", "tmp"), StringComparison.Ordinal))
                    continue;
                await CopyLogFileAsync(relative, cancel).ConfigureAwait(false);
            }

            await CopyLogFileAsync("gateway.pem", cancel).ConfigureAwait(false);

            await ReplaceAsync(Path.Combine(archiveFolder, "log", "checkpoint"), checkpoint, cancel).ConfigureAwait(false);
            forwarded = checkpoint;
            return ArchiveOutcome.Archived;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ArchiveOutcome.Unavailable;
        }
    }

    private async ValueTask<ArchiveOutcome> CopyAsync(string relative, ReadOnlyMemory<byte>? expectedSha256, CancellationToken cancel)
    {
        var source = Path.Combine(dataFolder, relative);
        var target = Path.Combine(archiveFolder, relative);
        var sourceSha256 = await HashAsync(source, cancel).ConfigureAwait(false);
        if (expectedSha256 is { } expected && !sourceSha256.AsSpan().SequenceEqual(expected.Span))
            return ArchiveOutcome.OriginalDiffers;

        if (File.Exists(target))
        {
            var standing = await HashAsync(target, cancel).ConfigureAwait(false);
            if (standing.AsSpan().SequenceEqual(sourceSha256))
                return ArchiveOutcome.Archived;
            // A receipt is issued anew with each checkpoint; the newest one replaces the older. Originals and seals are never replaced.
            if (!relative.EndsWith(".receipt", StringComparison.Ordinal))
                return ArchiveOutcome.ArchiveDiffers;
        }

        await WriteAsync(source, target, cancel).ConfigureAwait(false);
        var readBack = await HashAsync(target, cancel).ConfigureAwait(false);
        return readBack.AsSpan().SequenceEqual(sourceSha256) ? ArchiveOutcome.Archived : ArchiveOutcome.Unavailable;
    }

    private async ValueTask CopyLogFileAsync(string relative, CancellationToken cancel)
    {
        var source = Path.Combine(dataFolder, relative);
        var target = Path.Combine(archiveFolder, relative);
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(source, cancel).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return; // a partial tile that a fuller one has replaced meanwhile
        }

        if (File.Exists(target))
        {
            var standing = await File.ReadAllBytesAsync(target, cancel).ConfigureAwait(false);
            if (bytes.AsSpan().SequenceEqual(standing))
                return;
        }

        await ReplaceAsync(target, bytes, cancel).ConfigureAwait(false);
    }

    private static async ValueTask ReplaceAsync(string target, byte[] bytes, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = target + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            await file.WriteAsync(bytes, cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
        FolderSync.Sync(Path.GetDirectoryName(target)!);
    }

    private static async ValueTask WriteAsync(string source, string target, CancellationToken cancel)
    {
        var folder = Path.GetDirectoryName(target)!;
        var made = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        var temporary = target + ".tmp";
        using (var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan))
        using (var to = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            await from.CopyToAsync(to, 1 << 20, cancel).ConfigureAwait(false);
            to.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.Move(temporary, target, overwrite: true);
        FolderSync.Sync(folder);
        if (made)
            FolderSync.SyncParents(folder, stopAfter: 4); // recording, epoch, device, segments
    }

    private static async ValueTask<byte[]> HashAsync(string path, CancellationToken cancel)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        return await SHA256.HashDataAsync(file, cancel).ConfigureAwait(false);
    }
}
