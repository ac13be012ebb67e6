using System.Security.Cryptography;

namespace BodyCam.Cli;

/// <summary>A file that an option names.</summary>
internal static class NamedFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">As named.</param>
    /// <param name="what">What it is, and the option: <c>the script with --script</c>.</param>
    /// <param name="read">Reads and makes what is wanted.</param>
    /// <exception cref="InvalidDataException">It cannot be read or used; the message says what to name.</exception>
    public static T Read<T>(string path, string what, Func<string, T> read)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path} is a folder: name {what}.");
        if (!File.Exists(path))
            throw new InvalidDataException($"there is no file {path}: name {what}.");
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw new InvalidDataException($"{path} cannot be used ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}): look at its rights, or name {what}.", failure);
        }
    }

    /// <summary>Looks, before work is done, that a file can be made there.</summary>
    /// <param name="path">Of the file.</param>
    /// <exception cref="InvalidDataException">There is no such folder, or a folder stands there; the message says what to do.</exception>
    public static void AssertPlace(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new InvalidDataException($"{full} is a folder: name a file with --out.");
        if (Path.GetDirectoryName(full) is { } above && !Directory.Exists(above))
            throw new InvalidDataException($"there is no folder {above}: make it, or name another place with --out.");
    }
}
