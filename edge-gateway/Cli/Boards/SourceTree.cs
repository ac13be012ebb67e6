namespace BodyCam.Cli.Boards;

/// <summary>The repository that this command line was built in, or the one around the working folder.</summary>
internal static class SourceTree
{
    private const string Mark = "BodyCam.sln";

    /// <summary>The root, or null when the command line runs outside of a checkout.</summary>
    public static string? Find(string? named)
    {
        if (named is not null)
            return File.Exists(Path.Combine(named, Mark)) ? Path.GetFullPath(named) : null;
        foreach (var start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, Mark)))
                    return folder.FullName;
            }
        }

        return null;
    }
}
