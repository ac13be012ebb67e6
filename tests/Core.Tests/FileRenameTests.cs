namespace BodyCam.Core.Tests;

public sealed class FileRenameTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-rename-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_new_name_never_takes_the_place_of_another_file_unless_that_is_asked_for()
    {
        File.WriteAllText(In("a"), "one");
        File.WriteAllText(In("b"), "two");
        Assert.Throws<IOException>(() => FileRename.MoveNew(In("a"), In("b")));
        Assert.Equal(("one", "two"), (File.ReadAllText(In("a")), File.ReadAllText(In("b"))));
        FileRename.MoveNew(In("a"), In("c"));
        FileRename.Replace(In("c"), In("b"));
        Assert.Equal("one", File.ReadAllText(In("b")));
        Assert.Equal([In("b")], Directory.GetFiles(folder));
    }

    [Fact]
    public void Between_two_file_systems_nothing_is_copied_and_the_error_says_what_to_do()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no second file system here.");
        var other = Path.Combine("/dev/shm", Path.GetFileName(folder));
        File.WriteAllText(In("a"), "one");
        try
        {
            foreach (Action<string, string> move in new Action<string, string>[] { FileRename.MoveNew, FileRename.Replace })
                Assert.Contains("on one", Assert.Throws<IOException>(() => move(In("a"), other)).Message, StringComparison.Ordinal);
            Assert.False(File.Exists(other));
            Assert.Equal("one", File.ReadAllText(In("a")));
        }
        finally
        {
            File.Delete(other);
        }
    }

    private string In(string name) => Path.Combine(folder, name);
}
