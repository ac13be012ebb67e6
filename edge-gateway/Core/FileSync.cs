using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BodyCam.Core;

/// <summary>Makes a file's bytes and length durable (fsync(2)) and tells when that failed.</summary>
/// <remarks>
/// The runtime's own way (RandomAccess.FlushToDisk, FileStream.Flush(true)) hears of no failure: its native part gives 1 where fsync gives −1, and only less than 0 counts as one.
/// A disk that could not write would pass for one that has. So both are banned here (BannedSymbols.txt).
/// </remarks>
public static partial class FileSync
{
    private const int Interrupted = 4; // EINTR

    /// <summary>On return everything written to the file is durable; its entry in the folder is not covered.</summary>
    /// <exception cref="IOException">Nothing is known of what was written; the HResult is the errno.</exception>
    public static void Sync(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (OperatingSystem.IsWindows())
        {
#pragma warning disable RS0030 // FlushFileBuffers is another way through the runtime, whose failures are heard.
            RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
            return;
        }

        int error;
        do
        {
            if (Fsync(file) == 0)
                return;
            error = Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        throw new IOException($"A file could not be synced (errno {error}): check the disk.", error);
    }

    /// <summary>The same of a stream, with what it still holds in memory.</summary>
    /// <exception cref="IOException">Nothing is known of what was written; the HResult is the errno.</exception>
    public static void Sync(FileStream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Flush();
        Sync(file.SafeFileHandle);
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
