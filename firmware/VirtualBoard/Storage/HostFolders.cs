namespace BodyCam.VirtualBoard;

/// <summary>Copies of whole host folders.</summary>
internal static class HostFolders
{
    /// <summary>Makes <paramref name="to"/> an exact copy of <paramref name="from"/>.</summary>
    internal static void Replace(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
    }
}
