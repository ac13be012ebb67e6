using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace BodyCam.Core;

/// <summary>Makes entries of folders durable (open(2), fsync(2)), so that a new or renamed file survives a power cut. Thread-safe.</summary>
/// <param name="root">Folder up to which the folders above are seen to.</param>
public sealed partial class FolderSync(string root)
{
    private const int FoldersMax = 4096;

    private readonly string root = Path.GetFullPath(root);
    private readonly ConcurrentDictionary<string, byte> durable = new(StringComparer.Ordinal);
    private long count;

    /// <summary>Syncs of folders so far.</summary>
    public long Count => Interlocked.Read(ref count);

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
        var descriptor = Open(folder, flags: 0, mode: 0);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder} to sync it (errno {Marshal.GetLastPInvokeError()}): check its permissions.", Marshal.GetLastPInvokeError());
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync the folder {folder} (errno {error}): check the disk.", error);
        Interlocked.Increment(ref count);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
