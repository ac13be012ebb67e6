using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;

namespace BodyCam.Archive;

/// <summary>Copies files into a folder so that what stands there under its name was synced and read back. One user at a time.</summary>
/// <param name="root">The folder; temporary files lie in its <c>tmp/</c>.</param>
internal sealed class VerifiedCopy(string root)
{
    private const int NamesMax = 4096;

    private readonly FolderSync folders = new(root);
    private readonly string root = Path.GetFullPath(root);
    private readonly HashSet<string> synced = new(StringComparer.Ordinal); // standing files, seen to once
    private readonly HashSet<string> unsure = new(StringComparer.Ordinal); // a second sync would not hear of what the first one lost
    private long temporaries;

    /// <summary>Copies one file: temporary name, sync, read back, rename, sync of the folders.</summary>
    /// <param name="source">Full path.</param>
    /// <param name="relative">Name below the root.</param>
    /// <param name="sha256">What it must be, 32 bytes.</param>
    /// <param name="replace">False: a standing file is compared, never overwritten.</param>
    /// <param name="cancel">Ends it; nothing stands under the name then.</param>
    /// <returns>False when other bytes stand there.</returns>
    /// <exception cref="IOException">Nothing stands under the name that did not before.</exception>
    public async ValueTask<bool> CopyAsync(string source, string relative, ReadOnlyMemory<byte> sha256, bool replace, CancellationToken cancel)
    {
        var target = Path.Combine(root, relative);
        if (File.Exists(target))
        {
            if ((await HashAsync(target, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(sha256.Span))
            {
                // Whoever put it there need not have synced it, and a run that was cut after the rename may not have come to its entry.
                if (SyncStanding(target, relative))
                {
                    folders.SyncEntryOf(target);
                    return true;
                }

                replace = true; // by the same bytes
            }

            if (!replace)
                return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = Temporary();
        try
        {
            using (var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan))
            using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                await from.CopyToAsync(to, 1 << 20, cancel).ConfigureAwait(false);
                FileSync.Sync(to);
            }

            if (!(await HashAsync(temporary, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(sha256.Span))
                throw new IOException($"{relative} was read back otherwise than it was written: check the archive's disk.");
            if (replace)
                FileRename.Replace(temporary, target);
            else
                FileRename.MoveNew(temporary, target);
        }
        finally
        {
            File.Delete(temporary);
        }

        folders.SyncEntryOf(target);
        unsure.Remove(relative);
        if (!replace && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        return true;
    }

    /// <summary>Writes a small file whole, replacing: temporary name, sync, read back, rename, sync of the folders.</summary>
    /// <exception cref="IOException">What stood under the name stands.</exception>
    public async ValueTask WriteAsync(string relative, byte[] bytes, CancellationToken cancel)
    {
        var target = Path.Combine(root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = Temporary();
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                await file.WriteAsync(bytes, cancel).ConfigureAwait(false);
                FileSync.Sync(file);
            }

            if (!(await File.ReadAllBytesAsync(temporary, cancel).ConfigureAwait(false)).AsSpan().SequenceEqual(bytes))
                throw new IOException($"{relative} was read back otherwise than it was written: check the archive's disk.");
            FileRename.Replace(temporary, target);
        }
        finally
        {
            File.Delete(temporary);
        }

        folders.SyncEntryOf(target);
    }

    /// <summary>Makes a small file that stands with these bytes as durable as one that was written here.</summary>
    public async ValueTask SyncAsync(string relative, byte[] bytes, CancellationToken cancel)
    {
        var target = Path.Combine(root, relative);
        if (SyncStanding(target, relative))
            folders.SyncEntryOf(target);
        else
            await WriteAsync(relative, bytes, cancel).ConfigureAwait(false);
    }

    public static async ValueTask<byte[]> HashAsync(string path, CancellationToken cancel)
    {
        RegularFile.Require(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
        return await SHA256.HashDataAsync(file, cancel).ConfigureAwait(false);
    }

    // False when a sync of it failed before: its bytes are in the cache and may be nowhere else.
    private bool SyncStanding(string target, string relative)
    {
        if (unsure.Contains(relative))
            return false;
        if (synced.Contains(relative))
            return true;
        unsure.Add(relative);
        using (var standing = new FileStream(target, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1))
            FileSync.Sync(standing);
        unsure.Remove(relative);
        if (synced.Count == NamesMax)
            synced.Clear();
        return synced.Add(relative);
    }

    private string Temporary()
    {
        var folder = Path.Combine(root, "tmp");
        if (temporaries == 0)
            FolderSync.Make(root);
        if (temporaries == 0 && Directory.Exists(folder))
        {
            foreach (var left in Directory.EnumerateFiles(folder))
                File.Delete(left);
        }

        Directory.CreateDirectory(folder);
        return Path.Combine(folder, (++temporaries).ToString(CultureInfo.InvariantCulture));
    }
}
