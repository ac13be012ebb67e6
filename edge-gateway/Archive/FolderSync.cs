using System.Runtime.InteropServices;

namespace BodyCam.Archive;

/// <summary>Syncs folder entries, so that a rename survives a power cut (open(2), fsync(2)).</summary>
internal static partial class FolderSync
{
    private const int ReadOnlyFolder = 0x10000; // O_RDONLY | O_DIRECTORY on Linux

    /// <summary>The entries of <paramref name="folder"/> are durable afterwards.</summary>
    /// <exception cref="IOException">The sync failed: nothing is known of the entries.</exception>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals its entries; there is no call for it.
        var descriptor = open(folder, ReadOnlyFolder);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder} to sync it (errno {Marshal.GetLastPInvokeError()}): check its permissions.");
        var result = fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync the folder {folder} (errno {error}): check the disk.");
    }

    /// <summary>Syncs that many folders above, for entries of folders that are new.</summary>
    public static void SyncParents(string folder, int stopAfter)
    {
        for (var above = Path.GetDirectoryName(folder); above is not null && stopAfter > 0; above = Path.GetDirectoryName(above), stopAfter--)
            Sync(above);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
