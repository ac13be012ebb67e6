namespace BodyCam.Core;

/// <summary>Tells what lies inside a folder, by whatever links it is reached.</summary>
public static class InsideFolder
{
    // statx(2): STATX_INO; the inode at 32, the device in two halves at 136.
    private const uint InodeOnly = 0x100;
    private const int InodeAt = 32;
    private const int InodeBytes = 8;
    private const int DeviceAt = 136;
    private const int DeviceBytes = 8;

    // What the folder itself is read from, also where one of these is a link that leads out of it.
    private static readonly string[] own = ["", "log", "log/checkpoint", "segments", "gateway.pem"];

    /// <summary>True when the path leads into the folder or to where its own entries lead, or through an entry of it, or is its key or checkpoint under a second name: whoever can change the folder can change what is read there.</summary>
    /// <param name="folder">A data or archive folder or an unpacked package; a file holds nothing.</param>
    /// <param name="path">Of a file or folder, there or not.</param>
    public static bool Holds(string folder, string path)
    {
        var (root, real) = (RealPath.Of(folder) + "/", RealPath.Of(path) + "/");
        if (own.Any(entry => real.StartsWith(RealPath.Of(Path.Combine(folder, entry)) + "/", StringComparison.Ordinal) || (entry.Length > 0 && IsOneFile(Path.Combine(folder, entry), path))))
            return true;
        // A link that lies inside may lead out of it.
        for (var entry = Path.GetFullPath(path); Path.GetDirectoryName(entry) is { } parent; entry = parent)
        {
            if ($"{RealPath.Of(parent)}/{Path.GetFileName(entry)}".StartsWith(root, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    // By whatever names: hard links have no path that tells it.
    private static bool IsOneFile(string one, string other) => IdentityOf(one) is { } identity && IdentityOf(other) is { } second && identity.SequenceEqual(second);

    private static byte[]? IdentityOf(string path)
    {
        var stat = new byte[RegularFile.StatBytes];
        return OperatingSystem.IsLinux() && RegularFile.Statx(RegularFile.CurrentFolder, path, 0, InodeOnly, stat) == 0
            ? [.. stat.AsSpan(InodeAt, InodeBytes), .. stat.AsSpan(DeviceAt, DeviceBytes)]
            : null;
    }
}
