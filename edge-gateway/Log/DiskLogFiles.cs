using System.Globalization;
using BodyCam.Core;

namespace BodyCam.Log;

/// <summary>The storage verbs over a real folder with real fsync, of folders too. One writer at a time; reading is safe beside it.</summary>
public sealed class DiskLogFiles : ILogFiles
{
    // 256 lines of records of 64 KiB in Base64 have 22 MiB; no other file has as much.
    private const int FileBytesMax = 64 << 20;

    private readonly string _root;
    private readonly FolderSync _folders;
    private long _fileSyncs;
    private long _temporaryNumber;

    /// <summary>Names the folder; nothing is touched until a verb is called.</summary>
    /// <param name="folder">The log's folder.</param>
    public DiskLogFiles(string folder)
    {
        _root = Path.GetFullPath(folder);
        _folders = new FolderSync(_root);
    }

    /// <summary>Number of fsync calls so far, of files and folders, for measurements.</summary>
    public long FsyncCount => _fileSyncs + _folders.Count;

    /// <inheritdoc/>
    public IDisposable Acquire()
    {
        var parent = Path.GetDirectoryName(_root);
        Directory.CreateDirectory(_root);
        if (parent is not null)
            _folders.Sync(parent);
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
            return BoundedFile.ReadAllBytes(Full(path), FileBytesMax);
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
        _folders.SyncEntryOf(Full(path));
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
        using (var file = File.OpenHandle(full, isNew ? FileMode.Create : FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, offset);
            FileSync.Sync(file);
            _fileSyncs++;
        }
        if (isNew)
            _folders.SyncEntryOf(Full(path));
    }

    /// <inheritdoc/>
    public void TruncateDurable(string path, long length)
    {
        using var file = File.OpenHandle(Full(path), FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, length);
        FileSync.Sync(file);
        _fileSyncs++;
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
        _folders.Forget(full);
        _folders.Sync(Path.GetDirectoryName(full)!);
    }

    private void Place(string path, ReadOnlySpan<byte> bytes, bool sync)
    {
        var temporary = Full(string.Create(CultureInfo.InvariantCulture, $"{LogPaths.Temporary}/{_temporaryNumber++}"));
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            if (sync)
            {
                FileSync.Sync(file);
                _fileSyncs++;
            }
        }
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        FileRename.Replace(temporary, full);
    }

    private string Full(string path) => Path.Combine(_root, path);
}
