namespace BodyCam.Log;

/// <summary>Finds the file that holds a tile or bundle of a width.</summary>
internal static class TileFiles
{
    /// <summary>Reads the file of that width; while a writer goes on, a wider or the full one stands in for one that is gone.</summary>
    /// <param name="files">The log.</param>
    /// <param name="full">Name of the full tile or bundle.</param>
    /// <param name="width">1..256.</param>
    /// <param name="path">The file that was read, or the one of that width if there is none.</param>
    public static byte[]? ReadAtWidth(ILogFiles files, string full, int width, out string path)
    {
        for (var wider = width; wider <= LogPaths.Width; wider++)
        {
            path = LogPaths.AtWidth(full, wider);
            if (files.Read(path) is { } bytes)
                return bytes;
        }
        path = LogPaths.AtWidth(full, width);
        return null;
    }
}
