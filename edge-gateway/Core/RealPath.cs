namespace BodyCam.Core;

/// <summary>Where a path leads, with every link on the way followed.</summary>
public static class RealPath
{
    private const int LinksMax = 40;

    /// <summary>The full path without links; what is not there yet has none.</summary>
    /// <param name="path">Of a file or folder, there or not.</param>
    public static string Of(string path) => Of(path, 0);

    private static string Of(string path, int links)
    {
        var real = "";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var folder = new DirectoryInfo($"{real}/{part}");
            real = folder.LinkTarget is { } target && links < LinksMax ? Of(Path.Combine(real.Length == 0 ? "/" : real, target), links + 1) : folder.FullName;
        }

        return real;
    }
}
