namespace BodyCam.Recorder.Tests;

/// <summary>The repository that the test was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "BodyCam.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The repository is not above the test's program: run it where it was built.");
    }
}
