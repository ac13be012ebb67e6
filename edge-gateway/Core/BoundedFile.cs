namespace BodyCam.Core;

/// <summary>Reads whole files no further than their kind goes: whoever can lengthen a file does not choose how much memory its reader takes.</summary>
public static class BoundedFile
{
    /// <summary>All of a regular file that has at most so many bytes: of one that says it has none nothing is read, as what the kernel makes up while it is read may have no end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">Above the longest of its kind.</param>
    /// <exception cref="FileTooLongException">It is longer; nothing of it is read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] ReadAllBytes(string path, long bytesMax)
    {
        RegularFile.Require(path);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var length = RandomAccess.GetLength(file);
        if (length > bytesMax)
            throw new FileTooLongException(path, length, bytesMax);
        var bytes = new byte[length];
        var at = 0;
        while (at < length && RandomAccess.Read(file, bytes.AsSpan(at), at) is var read and > 0)
            at += read;
        return at == length ? bytes : bytes[..at];
    }
}
