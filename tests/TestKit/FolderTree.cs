namespace BodyCam.TestKit;

/// <summary>Copies folders as a person would before something is put back.</summary>
public static class FolderTree
{
    /// <summary>Every file below a folder to the same place below another, but those of a name.</summary>
    public static void Copy(string from, string to, string? but = null)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != but))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
