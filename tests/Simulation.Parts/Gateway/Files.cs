using BodyCam.Simulation;

namespace BodyCam;

/// <summary>System.IO.File for the gateway's storage verbs, over the disk that the path is on.</summary>
internal static class File
{
    public static SafeFileHandle OpenHandle(string path, FileMode mode, FileAccess access, FileShare share = FileShare.Read)
    {
        _ = (access, share);
        var disk = SimDisk.Of(path);
        return new SafeFileHandle(disk, disk.Open(path, mode));
    }

    public static void Move(string from, string to, bool overwrite = false) => SimDisk.Of(from).Rename(from, to, overwrite);

    public static void Delete(string path)
    {
        if (SimDisk.Of(path).Find(System.IO.Path.GetDirectoryName(path)!) is null)
            throw new DirectoryNotFoundException(path);
        SimDisk.Of(path).Remove(path);
    }

    public static bool Exists(string path) => SimDisk.Of(path).Find(path) is { IsFolder: false };

    public static byte[] ReadAllBytes(string path) => SimDisk.Of(path).Open(path, FileMode.Open).Seen.ToArray();

    public static Task<byte[]> ReadAllBytesAsync(string path, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(ReadAllBytes(path));
    }

    public static void SetUnixFileMode(string path, UnixFileMode mode)
    {
        _ = mode;
        SimDisk.Of(path).Touch(path, "chmod");
    }
}

/// <summary>An open file of the gateway.</summary>
internal sealed class SafeFileHandle(SimDisk disk, SimFile file) : IDisposable
{
    public SimDisk Disk => disk;

    public SimFile File => file;

    public void Dispose()
    {
        // Closing syncs nothing.
    }
}

/// <summary>System.IO.RandomAccess.</summary>
internal static class RandomAccess
{
    public static long GetLength(SafeFileHandle handle) => handle.File.Length;

    public static int Read(SafeFileHandle handle, Span<byte> into, long offset) => handle.File.Read(offset, into);

    public static void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset) => handle.Disk.Write(handle.File, offset, bytes);

    public static void SetLength(SafeFileHandle handle, long length) => handle.Disk.SetLength(handle.File, length);
}

/// <summary>BodyCam.Core.FileRename.</summary>
internal static class FileRename
{
    public static void Replace(string from, string to) => SimDisk.Of(from).Rename(from, to, overwrite: true);

    public static void MoveNew(string from, string to) => SimDisk.Of(from).Rename(from, to, overwrite: false);
}

/// <summary>BodyCam.Core.FileSync.</summary>
internal static class FileSync
{
    public static void Sync(SafeFileHandle file) => file.Disk.Sync(file.File);

    public static void Sync(FileStream file) => file.Flush(flushToDisk: true);
}

/// <summary>System.IO.Directory.</summary>
internal static class Directory
{
    public static FileInfo CreateDirectory(string path)
    {
        SimDisk.Of(path).MakeFolder(path);
        return new FileInfo(path);
    }

    public static bool Exists(string path) => SimDisk.Of(path).Find(path) is { IsFolder: true };

    public static IEnumerable<string> EnumerateFiles(string folder, string pattern = "*", SearchOption option = SearchOption.TopDirectoryOnly)
    {
        var (start, end) = (pattern[..pattern.IndexOf('*', StringComparison.Ordinal)], pattern[(pattern.IndexOf('*', StringComparison.Ordinal) + 1)..]);
        return SimDisk.Of(folder).Files(folder, option == SearchOption.AllDirectories).Where(path => System.IO.Path.GetFileName(path) is { } name && name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal)).ToList();
    }

    public static void Delete(string path, bool recursive)
    {
        _ = recursive;
        SimDisk.Of(path).Remove(path);
    }
}

/// <summary>System.IO.FileInfo and DirectoryInfo, as far as they are asked.</summary>
internal sealed class FileInfo(string path)
{
    public string FullName => path;

    public bool Exists => File.Exists(path);

    public long Length => SimDisk.Of(path).Open(path, FileMode.Open).Length;

    public DateTime LastWriteTimeUtc => DateTime.UnixEpoch;
}

/// <summary>System.IO.DriveInfo: half of 1 TiB is free, or nothing.</summary>
internal sealed class DriveInfo(string path)
{
    public long AvailableFreeSpace => SimDisk.Of(path).IsFull ? 0 : 1L << 39;

    public long TotalSize => 1L << 40;
}

/// <summary>The C library's calls that the storage verbs make.</summary>
internal static class Libc
{
    private const int DisksMax = 1 << 16;
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, SimDisk> open = new();
    private static int next = 3;

    [field: ThreadStatic]
    public static int Error { get; private set; }

    public static int Open(string path, int flags, int mode)
    {
        _ = (flags, mode);
        var disk = SimDisk.Of(path);
        var inner = disk.OpenFolder(path);
        Error = inner < 0 ? 2 : 0;
        if (inner < 0)
            return -1;
        var outer = Interlocked.Add(ref next, DisksMax) & 0x7FFF0000 | inner;
        open[outer] = disk;
        return outer;
    }

    public static int Link(string path, string second)
    {
        try
        {
            Error = SimDisk.Of(path).Link(path, second) ? 0 : 17;
            return Error == 0 ? 0 : -1;
        }
        catch (PowerGoneException)
        {
            throw;
        }
        catch (IOException failure)
        {
            Error = failure.HResult;
            return -1;
        }
    }

    public static int Fsync(int descriptor)
    {
        try
        {
            open[descriptor].SyncFolder(descriptor & 0xFFFF);
            return 0;
        }
        catch (PowerGoneException)
        {
            throw;
        }
        catch (IOException failure)
        {
            Error = failure.HResult;
            return -1;
        }
    }

    public static int Close(int descriptor)
    {
        if (open.TryRemove(descriptor, out var disk))
            disk.CloseFolder(descriptor & 0xFFFF);
        return 0;
    }
}
