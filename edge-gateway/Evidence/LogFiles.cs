using System.Collections.Concurrent;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>The log's files for reading only: one that cannot be read is as absent, and its reason is kept.</summary>
/// <param name="folder">The log's folder.</param>
internal sealed class LogFiles(string folder) : ILogFiles
{
    private readonly DiskLogFiles files = new(folder);
    private readonly ConcurrentDictionary<string, string> reasons = new(StringComparer.Ordinal);

    /// <summary>Why a file that was asked for cannot be read, as <see cref="Unreadable.Words"/>; null when it could, or is gone.</summary>
    public string? ReasonOf(string path) => reasons.GetValueOrDefault(path);

    /// <summary>Every file and folder that could not be read, with its reason.</summary>
    public IEnumerable<(string Path, string Reason)> Unread => reasons.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, pair.Value));

    /// <inheritdoc/>
    public byte[]? Read(string path)
    {
        try
        {
            return files.Read(path);
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            reasons[path] = Unreadable.Words(Path.Combine(folder, path), failure);
            return null;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> List(string below) =>
        FolderWalk.Files(Path.Combine(folder, below), (path, failure) => reasons[$"{below}/{path}".Trim('/')] = Unreadable.WordsOfFolder(failure)).Select(path => below.Length == 0 ? path : $"{below}/{path}");

    /// <inheritdoc/>
    public IDisposable Acquire() => throw new NotSupportedException();

    /// <inheritdoc/>
    public void WriteDurable(string path, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void WriteUnsynced(string path, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void TruncateDurable(string path, long length) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void DeleteDurable(string path) => throw new NotSupportedException();
}
