namespace BodyCam.VirtualBoard;

/// <summary>One file system kept in a host folder: paths, room, shares and what a power cut may take back. Called under the gate.</summary>
internal sealed class Volume(string root, char letter, long capacityBytes, int clusterBytes)
{
    private const int OpenFilesMax = 5;
    private const int PathCharsMax = 245;

    private readonly List<OpenFile> _open = [];
    private long _usedBytes = -1;

    internal string Root { get; } = root;
    internal char Letter { get; } = letter;
    internal long CapacityBytes { get; set; } = capacityBytes;
    internal int ClusterBytes { get; } = clusterBytes;

    /// <summary>Changes not synced yet, oldest first.</summary>
    internal List<UnsyncedChange> Unsynced { get; } = [];
    internal IReadOnlyList<OpenFile> OpenFiles => _open;
    internal long UsedBytes => _usedBytes < 0 ? _usedBytes = Measure() : _usedBytes;
    internal long FreeBytes => CapacityBytes - UsedBytes;

    internal long Rounded(long bytes) => (bytes + ClusterBytes - 1) / ClusterBytes * ClusterBytes;

    internal void AddUsed(long bytes) => _usedBytes = UsedBytes + bytes;

    internal void Remeasure() => _usedBytes = -1;

    private long Measure()
    {
        Directory.CreateDirectory(Root);
        long sum = 0;
        foreach (string entry in Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories))
            sum += Directory.Exists(entry) ? ClusterBytes : Rounded(new FileInfo(entry).Length);
        return sum;
    }

    /// <summary>Host path of a nano path; an existing entry's own spelling wins, whatever the case asked for.</summary>
    internal string Resolve(string path)
    {
        if (path.Length > PathCharsMax) throw new IOException($"The path is longer than {PathCharsMax} characters. Shorten the folder names.");
        string current = Root;
        foreach (string part in path[2..].Split('\\', '/'))
        {
            if (part.Length == 0) continue;
            if (part is "." or ".." || part.AsSpan().IndexOfAny("<>:\"|?*") >= 0) throw new IOException($"'{path}' is no path of this volume. Use plain names below {Letter}:\\.");
            string exact = Path.Combine(current, part);
            current = File.Exists(exact) || Directory.Exists(exact) ? exact : OtherCase(current, part) ?? exact;
        }
        return current;
    }

    private static string? OtherCase(string folder, string name)
    {
        if (!Directory.Exists(folder)) return null;
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder))
        {
            if (Path.GetFileName(entry.AsSpan()).Equals(name, StringComparison.OrdinalIgnoreCase)) return entry;
        }
        return null;
    }

    internal string Nano(string hostPath) => Letter + ":\\" + Path.GetRelativePath(Root, hostPath).Replace('/', '\\');

    internal bool IsOpen(string hostPath) => _open.Exists(file => string.Equals(file.HostPath, hostPath, StringComparison.Ordinal));

    /// <summary>Checks the share rules and the number of open files, then lists the file as open.</summary>
    internal void Register(OpenFile file)
    {
        if (_open.Count >= OpenFilesMax) throw new IOException($"{OpenFilesMax} files are open on {Letter}:. Close one first.");
        foreach (OpenFile other in _open)
        {
            if (!string.Equals(other.HostPath, file.HostPath, StringComparison.Ordinal)) continue;
            if ((file.Access & ~other.Share) != 0 || (other.Access & ~file.Share) != 0)
                throw new IOException($"{Nano(file.HostPath)} is open and not shared this way. Open the reader with FileShare.ReadWrite.");
        }
        _open.Add(file);
    }

    internal void Unregister(OpenFile file) => _open.Remove(file);

    /// <summary>Closes every host handle without syncing (power cut, card torn out).</summary>
    internal void Abandon()
    {
        foreach (OpenFile file in _open) file.Host.Dispose();
        _open.Clear();
        _usedBytes = -1;
    }
}
