namespace BodyCam.Log;

/// <summary>
/// The storage verbs of the log; each says what is synced when it returns. All paths are relative, with '/' between parts.
/// A simulation implements them to lose what is not synced. Any exception from a writing verb means that its effect is unknown.
/// </summary>
public interface ILogFiles
{
    /// <summary>Takes the log for one writer; makes the folder if there is none and removes what interrupted writes left beside the log.</summary>
    /// <returns>Gives the log back when disposed.</returns>
    /// <exception cref="IOException">Another writer holds the log.</exception>
    IDisposable Acquire();

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its bytes, or null if there is no such file.</returns>
    byte[]? Read(string path);

    /// <summary>Names every file below a folder, in subfolders too.</summary>
    /// <param name="folder">The folder, empty for the whole log.</param>
    /// <returns>Paths relative to the log; none if there is no such folder.</returns>
    IEnumerable<string> List(string folder);

    /// <summary>Puts a file in place, whole: temporary file, fsync, rename, fsync of the folder and of every new folder above it. Afterwards old or new bytes are there, never a mixture, and on return the new ones survive a power cut.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its new content.</param>
    void WriteDurable(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Puts a file in place, whole, without any fsync: readers see old or new bytes, a power cut may leave it absent, empty or torn. For what can be computed again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its new content.</param>
    void WriteUnsynced(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Writes at the end of a file and syncs it; a new file's folder is synced too. A power cut before the return may leave any part of the bytes.</summary>
    /// <param name="path">The file; made if there is none.</param>
    /// <param name="offset">The file's present length.</param>
    /// <param name="bytes">What to append.</param>
    void AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Cuts a file and syncs it.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="length">The new length, not above the present one.</param>
    void TruncateDurable(string path, long length);

    /// <summary>Removes a file, or a folder with all it holds, and syncs the folder above; nothing happens if there is none.</summary>
    /// <param name="path">File or folder.</param>
    void DeleteDurable(string path);
}
