using System.Collections.Concurrent;

namespace BodyCam.Core;

/// <summary>Makes entries of folders durable (open(2), fsync(2)), so that a new or renamed file survives a power cut. Thread-safe.</summary>
/// <param name="root">Folder up to which the folders above are seen to.</param>
public sealed class FolderSync(string root)
{
    private const int FoldersMax = 4096;

    // EACCES, EINVAL, EROFS: the folder above is not ours to sync, or its file system knows no such thing.
    private static readonly int[] notOurs = [13, 22, 30];

    private readonly string root = Path.GetFullPath(root);
    private readonly ConcurrentDictionary<string, byte> durable = new(StringComparer.Ordinal);
    private long count;

    /// <summary>Syncs of folders so far.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Makes a folder and those above it that are missing; the entries of all of them are durable on return.</summary>
    /// <remarks>One that is there already may have been made by a run that was cut: its entry is seen to as well, where the folder above can be read.</remarks>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">It cannot be made, or nothing is known of its entry.</exception>
    public static string Make(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var above = Path.GetDirectoryName(full);
        if (above is null)
            return full;
        var isThere = Directory.Exists(full);
        if (!isThere)
        {
            if (!Directory.Exists(above))
                Make(above);
            Directory.CreateDirectory(full);
        }

        try
        {
            new FolderSync(full).Sync(above);
        }
        catch (IOException failure) when (isThere && notOurs.Contains(failure.HResult))
        {
            // It was made by somebody else, or is only read.
        }

        return full;
    }

    /// <summary>The entry of the file is durable afterwards, and those of the folders above it.</summary>
    /// <remarks>A folder may have been made by a run that was cut before it synced the one above: each is seen to once by this object.</remarks>
    /// <param name="path">Full path of a file below the root.</param>
    /// <exception cref="IOException">Nothing is known of the entries.</exception>
    public void SyncEntryOf(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Sync(folder);
        if (durable.Count > FoldersMax)
            durable.Clear();
        while (folder.Length > root.Length && !durable.ContainsKey(folder))
        {
            var above = Path.GetDirectoryName(folder)!;
            Sync(above);
            durable.TryAdd(folder, 0);
            folder = above;
        }
    }

    /// <summary>A folder was removed: if it comes again, it is seen to again.</summary>
    public void Forget(string folder)
    {
        foreach (var known in durable.Keys.Where(known => known == folder || known.StartsWith(folder + "/", StringComparison.Ordinal)))
            durable.TryRemove(known, out _);
    }

    /// <summary>Syncs one folder.</summary>
    /// <exception cref="IOException">Nothing is known of its entries.</exception>
    public void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals its entries; there is no call for it.
        var descriptor = Libc.Open(folder, flags: 0, mode: 0);
        if (descriptor < 0)
        {
            var refused = Libc.Error;
            throw new IOException($"Cannot open the folder {folder} to sync it (errno {refused}): check its permissions.", refused);
        }

        var result = Libc.Fsync(descriptor);
        var error = Libc.Error;
        _ = Libc.Close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync the folder {folder} (errno {error}): check the disk.", error);
        Interlocked.Increment(ref count);
    }
}
