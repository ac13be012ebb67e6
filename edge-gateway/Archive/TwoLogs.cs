using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>The log here and its copy in the archive, for reading.</summary>
/// <param name="dataFolder">The gateway's data folder.</param>
/// <param name="archiveFolder">The archive's folder.</param>
internal sealed class TwoLogs(string dataFolder, string archiveFolder)
{
    /// <summary>Above the longest file of a log, as <see cref="DiskLogFiles"/> has it; of a longer one so much is read, and one byte that shows it.</summary>
    public const int FileBytesMax = 64 << 20;

    private readonly DiskLogFiles here = new(Path.Combine(dataFolder, "log"));
    private readonly DiskLogFiles there = new(Path.Combine(archiveFolder, "log"));

    /// <summary>True when the log here had a tree.</summary>
    /// <exception cref="IOException">A tile that stands here cannot be read; so with UnauthorizedAccessException.</exception>
    public bool Had(Checkpoint? own, Checkpoint earlier)
    {
        try
        {
            return own is not null && earlier.Size <= own.Size
                && new LogReader(dataFolder, here).RootAt(earlier.Size).AsSpan().SequenceEqual(earlier.Root);
        }
        catch (InvalidDataException)
        {
            return false; // a tile is missing
        }
    }

    /// <summary>True when records begin with the first line of others.</summary>
    public static bool BeginsAlike(byte[] here, byte[] there)
    {
        var length = Array.IndexOf(there, (byte)'\n') + 1;
        return length > 0 && here.AsSpan().StartsWith(there.AsSpan(0, length));
    }

    /// <summary>A records file there with lines at or beyond a size: this station was put back from a backup and does not have them. Null when there is none.</summary>
    public string? OnlyThere(long size) =>
        there.List("records").Order(StringComparer.Ordinal).FirstOrDefault(path => LogFileName.RecordsOf(path) is { } file && file.End > size
            && there.Read(path) is { } bytes && LogFileName.EndOfLine(bytes, Math.Max(size - file.First, 0)) is { } end && end < bytes.Length) is { } found ? "log/" + found : null;

    /// <summary>Begins at a checkpoint from the copy that was held against it there, or from here where that is damaged; null when neither gives its root.</summary>
    public LogGrowth? Edge(Checkpoint from)
    {
        if (LogGrowth.From(there, from) is { } growth)
            return growth;
        try
        {
            return LogGrowth.From(here, from);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a tree needs of a file here; a partial tile gives way to the full one at any moment. Null when neither holds it.</summary>
    public async ValueTask<byte[]?> BytesOfAsync(LogFileName file, long size, CancellationToken cancel)
    {
        try
        {
            return file.Take(await ReadAsync(Path.Combine(dataFolder, "log", file.Path), cancel).ConfigureAwait(false), size)
                ?? file.Take(await ReadAsync(Path.Combine(dataFolder, "log", file.Full), cancel).ConfigureAwait(false), size);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The file here that those bytes are of.</summary>
    public string NameHere(LogFileName file) => File.Exists(Path.Combine(dataFolder, "log", file.Path)) ? file.Path : file.Full;

    /// <summary>The checkpoint's note in a folder; nothing where there is none. Of what is longer than a note so much is read that it is taken for none.</summary>
    public static ValueTask<byte[]> ReadNoteAsync(string folder, CancellationToken cancel) => ReadAsync(Path.Combine(folder, LogInArchive.CheckpointPath), CheckpointNote.NoteBytesMax, cancel);

    /// <summary>Content of a file of a log; nothing for one that is not there: a partial tile may go between two steps.</summary>
    public static ValueTask<byte[]> ReadAsync(string path, CancellationToken cancel) => ReadAsync(path, FileBytesMax, cancel);

    /// <summary>Content of a regular file, of one that is longer than its kind its beginning and one byte more: whoever lengthens it does not choose how much memory that takes.</summary>
    /// <exception cref="IOException">It is not there, cannot be read, or is no file.</exception>
    public static async ValueTask<byte[]> ReadBeginningAsync(string path, int bytesMax, CancellationToken cancel)
    {
        RegularFile.Require(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var bytes = new byte[Math.Min(file.Length, bytesMax + 1L)];
        var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static async ValueTask<byte[]> ReadAsync(string path, int bytesMax, CancellationToken cancel)
    {
        try
        {
            return await ReadBeginningAsync(path, bytesMax, cancel).ConfigureAwait(false);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
