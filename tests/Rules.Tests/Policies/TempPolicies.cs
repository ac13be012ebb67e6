namespace BodyCam.Rules.Tests.Policies;

/// <summary>A copy of the policies folder that a test may change.</summary>
internal sealed class TempPolicies : IDisposable
{
    public TempPolicies()
    {
        Path = Directory.CreateTempSubdirectory("policies").FullName;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "texts"));
        foreach (var file in Directory.EnumerateFiles(Shipped.Folder, "*", SearchOption.AllDirectories))
            File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetRelativePath(Shipped.Folder, file)));
    }

    public string Path { get; }

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Change(string name, string from, string to)
    {
        var text = File.ReadAllText(System.IO.Path.Combine(Path, name));
        Assert.Contains(from, text, StringComparison.Ordinal);
        Write(name, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
