using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using Microsoft.Win32.SafeHandles;

namespace BodyCam.Storage;

/// <summary>The real disk: pwrite, fsync, rename, fsync of folders.</summary>
/// <param name="root">The data folder; made when absent.</param>
public sealed class PosixDisk(string root) : IDisk
{
    private readonly FolderSync folders = new(root);
    private readonly string root = FolderSync.Make(root);
    private long temporaries;

    /// <inheritdoc/>
    public IDiskFile Open(string path)
    {
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new PosixFile(File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
    }

    /// <inheritdoc/>
    public void SyncEntry(string path) => folders.SyncEntryOf(Full(path));

    /// <inheritdoc/>
    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        Replace(path, bytes, sync: true);
        SyncEntry(path);
    }

    /// <inheritdoc/>
    public void WriteNew(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            using var file = File.OpenHandle(full, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, bytes, 0);
            FileSync.Sync(file);
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            File.Delete(full);
            throw;
        }

        SyncEntry(path);
    }

    /// <inheritdoc/>
    public bool TryLink(string path, string second)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(second))!);
        return !OperatingSystem.IsWindows() && Libc.Link(Full(path), Full(second)) == 0;
    }

    /// <inheritdoc/>
    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, sync: false);

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(to))!);
        FileRename.MoveNew(Full(from), Full(to));
        SyncEntry(to);
        folders.Sync(Path.GetDirectoryName(Full(from))!);
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        try
        {
            File.Delete(Full(path));
        }
        catch (DirectoryNotFoundException)
        {
            // Absent is what was asked for.
        }
    }

    /// <inheritdoc/>
    public void MakeReadOnly(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Full(path), UnixFileMode.UserRead | UnixFileMode.GroupRead);
    }

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(Full(path));

    /// <inheritdoc/>
    public byte[] ReadWhole(string path) => BoundedFile.ReadAllBytes(Full(path), SegmentReader.FileBytesMax);

    /// <inheritdoc/>
    public int ReadAt(string path, long offset, Span<byte> into)
    {
        RegularFile.Require(Full(path));
        using var file = new PosixFile(File.OpenHandle(Full(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadAt(offset, into);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Files(string folder)
    {
        var full = Full(folder);
        if (!Directory.Exists(full))
            return [];
        var files = Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).ToList();
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <inheritdoc/>
    public (long FreeBytes, long TotalBytes) Room()
    {
        var drive = new DriveInfo(root);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    private string Full(string path) => Path.Combine(root, path);

    // Temporary names are never shared: two writers of one path each write their own, and the last one stands.
    private void Replace(string path, ReadOnlySpan<byte> bytes, bool sync)
    {
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = Full(string.Create(CultureInfo.InvariantCulture, $"tmp/{Environment.ProcessId}-{Interlocked.Increment(ref temporaries)}"));
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, bytes, 0);
                if (sync)
                    FileSync.Sync(file);
            }

            FileRename.Replace(temporary, full);
        }
        catch (IOException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    private sealed class PosixFile(SafeFileHandle handle) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int ReadAt(long offset, Span<byte> into)
        {
            var total = 0;
            while (total < into.Length)
            {
                var read = RandomAccess.Read(handle, into[total..], offset + total);
                if (read == 0)
                    break;
                total += read;
            }

            return total;
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => FileSync.Sync(handle);

        public void Dispose() => handle.Dispose();
    }
}
