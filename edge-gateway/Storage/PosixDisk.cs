using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BodyCam.Storage;

/// <summary>The real disk: pwrite, fsync, rename, fsync of folders.</summary>
/// <param name="root">The data folder; made when absent.</param>
public sealed partial class PosixDisk(string root) : IDisk
{
    private const int OpenFolder = 0x10000; // O_RDONLY | O_DIRECTORY on Linux
    private readonly ConcurrentDictionary<string, byte> durableFolders = new(StringComparer.Ordinal);
    private long temporaries;
    private readonly string root = Directory.CreateDirectory(root).FullName;

    /// <inheritdoc/>
    public IDiskFile Open(string path)
    {
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new PosixFile(File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
    }

    /// <inheritdoc/>
    public void SyncEntry(string path)
    {
        var folder = Path.GetDirectoryName(Full(path))!;
        SyncFolder(folder);
        // A folder may have been made by a run that was cut before it synced the one above: each is seen to once in this process.
        while (folder.Length > root.Length && !durableFolders.ContainsKey(folder))
        {
            var above = Path.GetDirectoryName(folder)!;
            SyncFolder(above);
            durableFolders.TryAdd(folder, 0);
            folder = above;
        }
    }

    /// <inheritdoc/>
    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        Replace(path, bytes, sync: true);
        SyncEntry(path);
    }

    /// <inheritdoc/>
    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, sync: false);

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(to))!);
        File.Move(Full(from), Full(to), overwrite: false);
        SyncEntry(to);
        SyncFolder(Path.GetDirectoryName(Full(from))!);
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
    public byte[] ReadWhole(string path) => File.ReadAllBytes(Full(path));

    /// <inheritdoc/>
    public int ReadAt(string path, long offset, Span<byte> into)
    {
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
                    RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals its entries.
        var descriptor = open(folder, OpenFolder);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder} to sync it: check its permissions.", Marshal.GetLastPInvokeError());
        var result = fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync the folder {folder}: check the disk.", error);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

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

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
