using System.Globalization;
using System.Runtime.InteropServices;

namespace BodyCam.Log;

/// <summary>The storage verbs over a real folder with real fsync, of folders too. One writer at a time; reading is safe beside it.</summary>
public sealed partial class DiskLogFiles : ILogFiles
{
    private const int SyncedFoldersMax = 1024;
    private readonly string _root;
    private readonly HashSet<string> _syncedFolders = new(StringComparer.Ordinal);
    private long _temporaryNumber;

    /// <summary>Names the folder; nothing is touched until a verb is called.</summary>
    /// <param name="folder">The log's folder.</param>
    public DiskLogFiles(string folder) => _root = Path.GetFullPath(folder);

    /// <summary>Number of fsync calls so far, of files and folders, for measurements.</summary>
    public long FsyncCount { get; private set; }

    /// <inheritdoc/>
    public IDisposable Acquire()
    {
        var parent = Path.GetDirectoryName(_root);
        Directory.CreateDirectory(_root);
        if (parent is not null)
            SyncFolder(parent);
        var held = new FileStream(Full(LogPaths.Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var temporary = Full(LogPaths.Temporary);
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(Full(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> List(string folder)
    {
        var full = Full(folder);
        return Directory.Exists(full)
            ? Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/'))
            : [];
    }

    /// <inheritdoc/>
    public void WriteDurable(string path, ReadOnlySpan<byte> bytes)
    {
        Place(path, bytes, sync: true);
        SyncFolderOf(path);
    }

    /// <inheritdoc/>
    public void WriteUnsynced(string path, ReadOnlySpan<byte> bytes) => Place(path, bytes, sync: false);

    /// <inheritdoc/>
    public void AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        var full = Full(path);
        var isNew = offset == 0;
        if (isNew)
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using (var file = File.OpenHandle(full, isNew ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, offset);
            RandomAccess.FlushToDisk(file);
            FsyncCount++;
        }
        if (isNew)
            SyncFolderOf(path);
    }

    /// <inheritdoc/>
    public void TruncateDurable(string path, long length)
    {
        using var file = File.OpenHandle(Full(path), FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, length);
        RandomAccess.FlushToDisk(file);
        FsyncCount++;
    }

    /// <inheritdoc/>
    public void DeleteDurable(string path)
    {
        var full = Full(path);
        if (Directory.Exists(full))
            Directory.Delete(full, recursive: true);
        else if (File.Exists(full))
            File.Delete(full);
        else
            return;
        _syncedFolders.RemoveWhere(folder => folder == full || folder.StartsWith(full + "/", StringComparison.Ordinal));
        SyncFolder(Path.GetDirectoryName(full)!);
    }

    private void Place(string path, ReadOnlySpan<byte> bytes, bool sync)
    {
        var temporary = Full(string.Create(CultureInfo.InvariantCulture, $"{LogPaths.Temporary}/{_temporaryNumber++}"));
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            if (sync)
            {
                RandomAccess.FlushToDisk(file);
                FsyncCount++;
            }
        }
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.Move(temporary, full, overwrite: true);
    }

    private void SyncFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Full(path))!;
        SyncFolder(folder);
        // A name in a folder survives only if the folder's own name does, so each is synced once on the way up.
        while (folder.Length > _root.Length && _syncedFolders.Add(folder))
        {
            folder = Path.GetDirectoryName(folder)!;
            SyncFolder(folder);
        }
        if (_syncedFolders.Count > SyncedFoldersMax)
            _syncedFolders.Clear();
    }

    private void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, flags: 0, mode: 0);
        if (descriptor < 0)
            throw new IOException($"Cannot open folder {folder} to sync it (errno {Marshal.GetLastPInvokeError()}). Check the disk.");
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync folder {folder} (errno {error}). Check the disk.");
        FsyncCount++;
    }

    private string Full(string path) => Path.Combine(_root, path);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
