using BodyCam.Storage;

namespace BodyCam.TestKit;

/// <summary>A disk at which a test stops what it wants to hold up, or lets fail.</summary>
public sealed class HookDisk(IDisk inner) : IDisk
{
    public Action<string>? BeforeWriteWhole { get; set; }

    public Action<string>? BeforeExists { get; set; }

    public Action<string>? BeforeReadWhole { get; set; }

    public Action<string>? BeforeFiles { get; set; }

    public IDiskFile Open(string path) => inner.Open(path);

    public void SyncEntry(string path) => inner.SyncEntry(path);

    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        BeforeWriteWhole?.Invoke(path);
        inner.WriteWhole(path, bytes);
    }

    public void WriteNew(string path, ReadOnlySpan<byte> bytes) => inner.WriteNew(path, bytes);

    public bool TryLink(string path, string second) => inner.TryLink(path, second);

    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes) => inner.WriteWholeUnsynced(path, bytes);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void MakeReadOnly(string path) => inner.MakeReadOnly(path);

    public bool Exists(string path)
    {
        BeforeExists?.Invoke(path);
        return inner.Exists(path);
    }

    public byte[] ReadWhole(string path)
    {
        BeforeReadWhole?.Invoke(path);
        return inner.ReadWhole(path);
    }

    public int ReadAt(string path, long offset, Span<byte> into) => inner.ReadAt(path, offset, into);

    public IReadOnlyList<string> Files(string folder)
    {
        BeforeFiles?.Invoke(folder);
        return inner.Files(folder);
    }

    public (long FreeBytes, long TotalBytes) Room() => inner.Room();
}
