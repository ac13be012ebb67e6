namespace BodyCam.Hardware.Tests;

/// <summary>Files of the repository the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Set to 1: files made from data are written anew instead of compared.</summary>
    private const string WriteSwitch = "BODYCAM_WRITE_HARDWARE";

    /// <summary>Folder of <c>BodyCam.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of a file or folder named from the root with slashes.</summary>
    public static string PathOf(string name) => Path.Combine(Root, name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Text of a file, line ends as LF.</summary>
    public static string Read(string name) => File.ReadAllText(PathOf(name)).ReplaceLineEndings("\n");

    /// <summary>Asserts that the committed file is what the data gives, or writes it when the switch is set.</summary>
    public static void HasMade(string name, string text)
    {
        if (Environment.GetEnvironmentVariable(WriteSwitch) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            File.WriteAllText(PathOf(name), text);
        }

        Assert.True(File.Exists(PathOf(name)), $"{name} is missing: run the tests of Hardware.Tests once with {WriteSwitch}=1.");
        Assert.True(Read(name) == text, $"{name} is not what the board files give: run the tests of Hardware.Tests once with {WriteSwitch}=1 and look at the change.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "BodyCam.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The repository is not above the test's program: run it where it was built.");
    }
}
