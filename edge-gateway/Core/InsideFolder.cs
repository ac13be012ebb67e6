namespace BodyCam.Core;

/// <summary>Tells what lies inside a folder, by whatever links it is reached.</summary>
public static class InsideFolder
{
    /// <summary>True when the path leads into the folder, or through an entry of it: whoever can change the folder can change what is read there.</summary>
    /// <param name="folder">The folder; a file holds nothing.</param>
    /// <param name="path">Of a file or folder, there or not.</param>
    public static bool Holds(string folder, string path)
    {
        var root = RealPath.Of(folder) + "/";
        if (RealPath.Of(path).StartsWith(root, StringComparison.Ordinal))
            return true;
        // A link that lies inside may lead out of it.
        for (var entry = Path.GetFullPath(path); Path.GetDirectoryName(entry) is { } parent; entry = parent)
        {
            if ($"{RealPath.Of(parent)}/{Path.GetFileName(entry)}".StartsWith(root, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
