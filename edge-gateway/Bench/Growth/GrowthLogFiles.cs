using BodyCam.Log;

namespace BodyCam.Bench.Growth;

/// <summary>The log's real files, with the bytes counted that were read; in a hurry without any sync, for growing between two measurements.</summary>
internal sealed class GrowthLogFiles(string folder, bool hurry = false) : ILogFiles
{
    private readonly DiskLogFiles files = new(folder);
    private long bytesRead;

    /// <summary>Bytes read so far.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    public IDisposable Acquire() => files.Acquire();

    public byte[]? Read(string path)
    {
        var bytes = files.Read(path);
        Interlocked.Add(ref bytesRead, bytes?.Length ?? 0);
        return bytes;
    }

    public IEnumerable<string> List(string folder) => files.List(folder);

    public void WriteDurable(string path, ReadOnlySpan<byte> bytes)
    {
        if (hurry)
            files.WriteUnsynced(path, bytes);
        else
            files.WriteDurable(path, bytes);
    }

    public void WriteUnsynced(string path, ReadOnlySpan<byte> bytes) => files.WriteUnsynced(path, bytes);

    public void AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        if (!hurry)
        {
            files.AppendDurable(path, offset, bytes);
            return;
        }

        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using var file = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, bytes, offset);
    }

    public void TruncateDurable(string path, long length) => files.TruncateDurable(path, length);

    public void DeleteDurable(string path) => files.DeleteDurable(path);
}
