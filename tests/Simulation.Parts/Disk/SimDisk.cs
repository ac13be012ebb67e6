using System.Collections.Concurrent;

namespace BodyCam.Simulation;

/// <summary>The power went, or the process was killed, in the middle of a verb; nothing more is done.</summary>
internal sealed class PowerGoneException() : IOException("planned: the power went");

/// <summary>
/// A file system in memory at the level of system calls, driven by the dice of one seed. What no fsync covered is lost, torn or kept at a power cut, each write and each folder entry by itself;
/// after a failed fsync the system shows bytes that the device never gets, and the next fsync succeeds. A plan makes the n-th changing call the last one before a cut, or lets it fail with EIO or ENOSPC.
/// </summary>
internal sealed class SimDisk : IDisposable
{
    private const int Eio = 5;
    private const int Enospc = 28;
    private static readonly ConcurrentDictionary<string, SimDisk> disks = new(StringComparer.Ordinal);
    private static long numbers;

    private readonly Random dice;
    private readonly Action<string> told;
    private readonly Dictionary<int, SimNode> descriptors = [];
    private SimNode root = new();
    private bool isDead;
    private int planVerbs;
    private string? planKind;

    /// <param name="dice">Decides; one for the whole seed.</param>
    /// <param name="told">Told of each thing that happened, by name.</param>
    public SimDisk(Random dice, Action<string> told)
    {
        (this.dice, this.told) = (dice, told);
        Root = $"/sim{Interlocked.Increment(ref numbers)}";
        disks[Root] = this;
    }

    /// <summary>Path under which it is mounted.</summary>
    public string Root { get; }

    /// <summary>True while every call that needs room says ENOSPC.</summary>
    public bool IsFull { get; set; }

    /// <summary>Kind of the fault that is planned and has not happened; null for none.</summary>
    public string? Planned => planKind;

    /// <summary>True after a cut or a kill, until it is there again.</summary>
    public bool IsDead => isDead;

    /// <summary>The call that the last planned fault struck.</summary>
    public string Struck { get; private set; } = "";

    /// <summary>Changing calls so far.</summary>
    public long VerbCount { get; private set; }

    /// <summary>Running digest of all changing calls: two runs with the same one did the same.</summary>
    public ulong Trace { get; private set; } = 14695981039346656037;

    /// <summary>The disk that a path is on.</summary>
    public static SimDisk Of(string path)
    {
        var end = path.IndexOf('/', 1);
        return disks.TryGetValue(end < 0 ? path : path[..end], out var disk) ? disk : throw new InvalidOperationException($"{path} is on no simulated disk.");
    }

    /// <summary>The fault happens at the n-th changing call from now on: power, eio, eio at fsync or enospc.</summary>
    public void Plan(string kind, int verbs) => (planKind, planVerbs) = (kind, verbs);

    /// <summary>From now on every changing call fails: the process is dead, or the power is gone.</summary>
    public void Die() => isDead = true;

    /// <summary>What a process that was killed leaves to the next: everything as it was seen.</summary>
    public void Restart() => (isDead, planKind) = (false, null);

    /// <summary>What is left after the power came back, by the dice.</summary>
    public void PowerOn()
    {
        var order = new CutOrder();
        root.Cut(dice, order, told);
        if (order.IsBroken)
            told("write reordered");
        descriptors.Clear();
        (isDead, planKind, IsFull) = (false, null, false);
    }

    public void Dispose() => disks.TryRemove(Root, out _);

    /// <summary>The file or folder as the system shows it, or null.</summary>
    public SimNode? Find(string path, bool onDevice = false)
    {
        var node = root;
        for (var rest = path.AsSpan(Root.Length); !rest.IsEmpty;)
        {
            var end = rest.IndexOf('/');
            var name = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (name.IsEmpty)
                continue;
            node = onDevice ? node.FindOnDevice(name) : node.Find(name);
            if (node is null)
                return null;
        }

        return node;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="mode">As System.IO has it.</param>
    public SimFile Open(string path, FileMode mode)
    {
        var node = Find(path);
        if (node is { IsFolder: true })
            throw new UnauthorizedAccessException($"{path} is a folder.");
        if (node is null)
        {
            if (mode == FileMode.Open)
                throw Find(Path.GetDirectoryName(path)!) is null ? new DirectoryNotFoundException(path) : new FileNotFoundException(path);
            node = new SimNode { File = new SimFile() };
            Enter(path, node, "create", mayNeedRoom: true);
        }
        else if (mode == FileMode.CreateNew)
        {
            throw new IOException($"{path} stands");
        }
        else if (mode == FileMode.Create)
        {
            Verb("truncate", path, 0, () => node.File!.SetLength(0));
            node.File!.SetLength(0);
        }

        return node.File!;
    }

    public void MakeFolder(string path)
    {
        if (Find(path) is not null)
            return;
        var above = Path.GetDirectoryName(path)!;
        if (above.Length >= Root.Length)
            MakeFolder(above);
        if (path.Length > Root.Length)
            Enter(path, new SimNode(), "mkdir", mayNeedRoom: true);
    }

    public void Write(SimFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        // A write that is cut or fails may have reached the cache in part.
        Verb("write", "", copy.Length, () => file.Write(offset, copy.AsSpan(0, copy.Length / 2)), needsRoom: true);
        file.Write(offset, copy);
    }

    public void SetLength(SimFile file, long length)
    {
        Verb("length", "", length, () => file.SetLength(length));
        file.SetLength(length);
    }

    public void Sync(SimFile file)
    {
        Verb("fsync", "", file.Length, file.Sync, onError: () => file.FailSync(dice), needsRoom: file.PendingCount > 0);
        file.Sync();
    }

    public void Rename(string from, string to, bool overwrite)
    {
        var node = Find(from) ?? throw new FileNotFoundException(from);
        if (!overwrite && Find(to) is not null)
            throw new IOException($"{to} stands");
        void Do()
        {
            Folder(to).Set(Path.GetFileName(to), node);
            Folder(from).Set(Path.GetFileName(from), null);
        }

        Verb("rename", to, 0, Do);
        Do();
    }

    /// <summary>Gives a file a second name; false when the name is taken.</summary>
    public bool Link(string path, string second)
    {
        if (Find(second) is not null)
            return false;
        Enter(second, Find(path) ?? throw new FileNotFoundException(path), "link", mayNeedRoom: true);
        return true;
    }

    public void Remove(string path)
    {
        if (Find(path) is not { } node)
            return;
        if (node.IsFolder && node.Count > 0)
        {
            foreach (var name in node.Names.ToList())
                Remove($"{path}/{name}");
        }

        Enter(path, null, "unlink", mayNeedRoom: false);
    }

    public void Touch(string path, string what) => Verb(what, path, 0, null);

    /// <summary>Every file below a folder, full paths, in ordinal order of names.</summary>
    public IEnumerable<string> Files(string folder, bool deep)
    {
        if (Find(folder) is not { IsFolder: true } node)
            yield break;
        foreach (var name in node.Names)
        {
            var path = $"{folder}/{name}";
            if (!node.Find(name)!.IsFolder)
            {
                yield return path;
            }
            else if (deep)
            {
                foreach (var below in Files(path, deep))
                    yield return below;
            }
        }
    }

    public int OpenFolder(string path)
    {
        if (Find(path) is not { } node)
            return -1;
        var descriptor = descriptors.Count + 3;
        descriptors[descriptor] = node;
        return descriptor;
    }

    public void SyncFolder(int descriptor)
    {
        var node = descriptors[descriptor];
        Verb("fsync folder", "", node.Count, node.Sync);
        node.Sync();
    }

    public void CloseFolder(int descriptor) => descriptors.Remove(descriptor);

    private SimNode Folder(string path) => Find(Path.GetDirectoryName(path)!) is { IsFolder: true } folder ? folder : throw new DirectoryNotFoundException(path);

    private void Enter(string path, SimNode? node, string verb, bool mayNeedRoom)
    {
        var folder = Folder(path);
        Verb(verb, path, 0, () => folder.Set(Path.GetFileName(path), node), needsRoom: mayNeedRoom);
        folder.Set(Path.GetFileName(path), node);
    }

    // Counts a changing call; at the planned one the fault happens. A cut leaves it undone, or (half) done on its way to the device.
    private void Verb(string verb, string path, long figure, Action? half, Action? onError = null, bool needsRoom = false)
    {
        if (isDead)
            throw new PowerGoneException();
        VerbCount++;
        Note(verb);
        Note(NameOf(path));
        _ = figure;
        if (IsFull && needsRoom)
        {
            onError?.Invoke();
            throw new IOException("planned: no space", Enospc);
        }

        // An error at fsync, and one of room, wait for a call that can have it.
        if (planKind is null || (planKind == "eio at fsync" && verb != "fsync") || --planVerbs > 0)
            return;
        if (planKind == "enospc" && !needsRoom)
        {
            planVerbs = 1;
            return;
        }

        var kind = planKind;
        planKind = null;
        Struck = $"{kind} at {verb} {path}";
        told(kind);
        switch (kind)
        {
            case "power":
                if (half is not null && dice.Next(2) == 0)
                    half();
                isDead = true;
                throw new PowerGoneException();
            case "enospc":
                IsFull = true;
                onError?.Invoke();
                throw new IOException("planned: no space", Enospc);
            default:
                if (onError is not null)
                {
                    if (kind == "eio")
                        told("eio at fsync");
                    onError();
                }
                else if (half is not null && dice.Next(2) == 0)
                {
                    half();
                }

                throw new IOException("planned: input/output error", Eio);
        }
    }

    // Temporary names carry the number of the process.
    private string NameOf(string path) => path.Length <= Root.Length ? "" : path.Contains("/tmp/", StringComparison.Ordinal) ? "tmp" : path[Root.Length..];

    private void Note(string text)
    {
        foreach (var letter in text)
            Trace = (Trace ^ letter) * 1099511628211;
    }
}
