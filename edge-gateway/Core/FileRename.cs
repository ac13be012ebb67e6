namespace BodyCam.Core;

/// <summary>Gives a file another name within one file system (rename(2)), and never by a copy.</summary>
/// <remarks>
/// The runtime's own way (File.Move) copies and deletes where the two names lie on different file systems, or where one knows no second names: nothing of the copy is synced, and it is there in pieces meanwhile.
/// A data folder whose parts are mounted apart would lose what has a receipt; here that is an error.
/// </remarks>
public static class FileRename
{
    private const int AtWorkingFolder = -100; // AT_FDCWD
    private const uint NoReplace = 1;
    private const int Exists = 17; // EEXIST
    private const int Invalid = 22; // EINVAL
    private const int NotImplemented = 38; // ENOSYS
    private const int OtherFileSystem = 18; // EXDEV

    /// <summary>The new name stands for the file; what stood there is gone. In one step.</summary>
    /// <exception cref="IOException">Nothing has changed; the HResult is the errno.</exception>
    public static void Replace(string from, string to)
    {
        if (OperatingSystem.IsWindows())
            File.Move(from, to, overwrite: true);
        else if (Libc.Rename(from, to) != 0)
            throw Failure(from, to);
    }

    /// <summary>The same, where nothing may stand under the new name.</summary>
    /// <exception cref="IOException">Nothing has changed; the HResult is the errno.</exception>
    public static void MoveNew(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
        {
            File.Move(from, to, overwrite: false);
            return;
        }

        if (Libc.RenameAt2(AtWorkingFolder, from, AtWorkingFolder, to, NoReplace) == 0)
            return;
        // A file system without that flag: whoever calls this is the only one that writes there.
        if (Libc.Error is not (Invalid or NotImplemented))
            throw Failure(from, to);
        if (File.Exists(to))
            throw new IOException($"{to} stands already.", Exists);
        Replace(from, to);
    }

    private static IOException Failure(string from, string to) => Libc.Error == OtherFileSystem
        ? new IOException($"{from} and {to} lie on different file systems: put the data folder on one, without mounts or links within it.", OtherFileSystem)
        : new IOException($"{from} could not be renamed to {to} (errno {Libc.Error}).", Libc.Error);
}
