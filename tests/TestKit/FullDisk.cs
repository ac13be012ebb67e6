using BodyCam.Storage;

namespace BodyCam.TestKit;

/// <summary>A real disk that says ENOSPC, or EIO, at every write below one folder, or everywhere, while it is told to.</summary>
public sealed class FullDisk(IDisk inner) : IDisk
{
    private const int NoSpace = 28;
    private const int InputOutput = 5;

    /// <summary>Start of the paths that have no room; null while there is room.</summary>
    public string? Below { get; set; }

    /// <summary>Start of the paths where writing fails for good; null while nothing does.</summary>
    public string? FailsBelow { get; set; }

    public IDiskFile Open(string path) => new FullFile(this, path, inner.Open(path));

    public void SyncEntry(string path)
    {
        Check(path);
        inner.SyncEntry(path);
    }

    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        Check(path);
        inner.WriteWhole(path, bytes);
    }

    public void WriteNew(string path, ReadOnlySpan<byte> bytes)
    {
        Check(path);
        inner.WriteNew(path, bytes);
    }

    public bool TryLink(string path, string second)
    {
        Check(second);
        return inner.TryLink(path, second);
    }

    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes)
    {
        Check(path);
        inner.WriteWholeUnsynced(path, bytes);
    }

    public void Rename(string from, string to)
    {
        Check(to);
        inner.Rename(from, to);
    }

    public void Delete(string path) => inner.Delete(path);

    public void MakeReadOnly(string path) => inner.MakeReadOnly(path);

    public bool Exists(string path) => inner.Exists(path);

    public byte[] ReadWhole(string path) => inner.ReadWhole(path);

    public int ReadAt(string path, long offset, Span<byte> into) => inner.ReadAt(path, offset, into);

    public IReadOnlyList<string> Files(string folder) => inner.Files(folder);

    public (long FreeBytes, long TotalBytes) Room() => inner.Room();

    private void Check(string path)
    {
        if (FailsBelow is { } failing && path.StartsWith(failing, StringComparison.Ordinal))
            throw new IOException("planned: input/output error", InputOutput);
        if (Below is { } below && path.StartsWith(below, StringComparison.Ordinal))
            throw new IOException("planned: no space left on device", NoSpace);
    }

    private sealed class FullFile(FullDisk disk, string path, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int ReadAt(long offset, Span<byte> into) => file.ReadAt(offset, into);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Check(path);
            file.WriteAt(offset, bytes);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Sync()
        {
            disk.Check(path);
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
