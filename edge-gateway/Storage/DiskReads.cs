using BodyCam.Core;

namespace BodyCam.Storage;

/// <summary>Reads of files that somebody may have lengthened.</summary>
public static class DiskReads
{
    /// <summary>All bytes of the file; null when it is longer than any of its kind: what stands there is then as good as unreadable, and the disk has not failed.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static byte[]? TryReadWhole(this IDisk disk, string path)
    {
        ArgumentNullException.ThrowIfNull(disk);
        try
        {
            return disk.ReadWhole(path);
        }
        catch (FileTooLongException)
        {
            return null;
        }
    }
}
