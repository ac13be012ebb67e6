namespace BodyCam.Storage;

/// <summary>The verbs that own every write, sync and rename below the data folder. Paths are relative to it, with '/'.</summary>
/// <remarks>Each verb says what is durable when it returns. A test double drops whatever was not.</remarks>
public interface IDisk
{
    /// <summary>Opens for reading and writing, making file and folders; nothing is synced, the file's entry neither.</summary>
    IDiskFile Open(string path);

    /// <summary>Makes the entry of a file durable, and those of the folders above it.</summary>
    void SyncEntry(string path);

    /// <summary>Replaces the file whole: temporary name, write, sync, rename, sync of the folder and of folders that are new. Durable on return; never half there.</summary>
    void WriteWhole(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Makes a file that was not there: write, sync, sync of the folder and of folders that are new. Durable on return; after a crash before that it may be absent, short or empty.</summary>
    /// <exception cref="IOException">It stands already, or the disk failed.</exception>
    void WriteNew(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Gives a synced file a second name, making folders; durable with the next sync of an entry in that folder.</summary>
    /// <returns>False when the name is taken, or the file system knows no second names: write it instead.</returns>
    bool TryLink(string path, string second);

    /// <summary>Replaces the file whole, without any sync: after a crash it may be the old one, absent, or empty.</summary>
    void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Renames a synced file, making folders; both folders and every new level are synced on return.</summary>
    /// <exception cref="IOException">The target stands: it is never replaced.</exception>
    void Rename(string from, string to);

    /// <summary>Removes the file if it is there; not synced: after a crash it may be back.</summary>
    void Delete(string path);

    /// <summary>Takes the write permission away (mode 0440).</summary>
    void MakeReadOnly(string path);

    /// <summary>True when the file is there.</summary>
    bool Exists(string path);

    /// <summary>All bytes of the file.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="BodyCam.Core.FileTooLongException">It is longer than any of its kind.</exception>
    byte[] ReadWhole(string path);

    /// <summary>Reads at the offset of a file; fewer bytes at its end.</summary>
    int ReadAt(string path, long offset, Span<byte> into);

    /// <summary>Every file below a folder, in ordinal order; empty when the folder is absent.</summary>
    IReadOnlyList<string> Files(string folder);

    /// <summary>Room for this process, and size of the file system, in bytes.</summary>
    (long FreeBytes, long TotalBytes) Room();
}

/// <summary>An open file. Thread-safe for positioned reads and writes of disjoint ranges.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads at the offset; fewer bytes at the end.</summary>
    int ReadAt(long offset, Span<byte> into);

    /// <summary>Writes at the offset; not durable before <see cref="Sync"/>.</summary>
    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Cuts or lengthens the file; not durable before <see cref="Sync"/>.</summary>
    void SetLength(long length);

    /// <summary>Makes the file's bytes and length durable; its entry in the folder is not covered.</summary>
    /// <exception cref="IOException">Nothing is known of what was written: no receipt may follow.</exception>
    void Sync();
}
