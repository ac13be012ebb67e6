namespace BodyCam.VirtualBoard;

/// <summary>The volumes I: and D: with the card's prices, share rules, hangs and losses.</summary>
internal sealed class VirtualStorage : IStorage
{
    private static readonly string[] ModeNames = ["", "createNew", "create", "open", "openOrCreate", "truncate", "append"], AccessNames = ["", "read", "write", "readWrite"], ShareNames = ["none", "read", "write", "readWrite"];

    private readonly Kernel _kernel;
    private readonly Random _random;
    private readonly Action _cutPower;
    private readonly Action<bool> _raiseCardChanged;

    internal VirtualStorage(Kernel kernel, Card card, IScheduler scheduler, Action cutPower)
    {
        _kernel = kernel;
        _cutPower = cutPower;
        _random = new Random(kernel.Options.Seed * 31 + 7);
        Card = card;
        string flash = Path.Combine(kernel.Options.DataFolder, "flash");
        Directory.CreateDirectory(flash);
        Flash = new Volume(flash, 'I', kernel.Options.FlashBytes, 4096);
        _raiseCardChanged = inserted => CardChanged?.Invoke(inserted);
        card.Changed = inserted => scheduler.Post(() => _raiseCardChanged(inserted));
    }

    internal Card Card { get; }
    internal Volume Flash { get; }

    /// <summary>Changes until the power goes, counted on <see cref="CutOnVolume"/>; 0 is never.</summary>
    internal int CutAfterChanges { get; set; }
    internal char CutOnVolume { get; set; } = 'D';

    public event Action<bool>? CardChanged;

    public bool IsCardMounted
    {
        get
        {
            using NativeCall call = _kernel.Enter();
            return Card.Mounted;
        }
    }

    public bool IsCardDetected
    {
        get
        {
            using NativeCall call = _kernel.Enter();
            return Card.Volume != null;
        }
    }

    public bool MountCard()
    {
        using NativeCall call = _kernel.Enter();
        SpendDirectory(call, 'D');
        Card.Volume?.Remeasure();
        return Card.Mounted = Card.Volume != null;
    }

    public void UnmountCard()
    {
        using NativeCall call = _kernel.Enter();
        Card.Mounted = false;
        Card.Volume?.Abandon();
    }

    internal void SpendDirectory(NativeCall call, char letter) =>
        call.Spend(letter == 'D' ? Slow(CostModel.Ticks(_kernel.Options.Costs.CardDirectoryUs)) : CostModel.Ticks(_kernel.Options.Costs.FlashSyncUs / 5));

    internal long Slow(long ticks) => (long)(ticks * Card.SlowFactor);

    internal Volume Of(string path)
    {
        if (path.Length >= 2 && path[1] == ':')
        {
            if (path[0] is 'I' or 'i') return Flash;
            if (path[0] is 'D' or 'd') return Card.Mounted && Card.Volume is { } volume ? volume : throw new IOException("There is no card on D:. Insert and mount one.");
        }
        throw new IOException($"'{path}' names no volume. Paths begin with I:\\ or D:\\.");
    }

    public IVolumeFile Open(string path, int mode, int access, int share)
    {
        using NativeCall call = _kernel.Enter();
        Volume volume = Of(path);
        SpendDirectory(call, volume.Letter);
        string host = volume.Resolve(path);
        if (Directory.Exists(host)) throw new IOException($"{path} is a folder.");
        if (!Directory.Exists(Path.GetDirectoryName(host))) throw new DirectoryNotFoundException($"The folder of {path} is missing. Create it first.");
        bool stands = File.Exists(host);
        // The library asks whether the name is there, and opens it as it is: a wrong answer lets CreateNew take a file that has bytes.
        bool exists = stands && !(mode == 1 && volume.Letter == 'D' && Card.TakeLengthFault(host, isMissing: true));
        if (mode == 1 && exists) throw new IOException($"{path} exists already.");
        if (mode is 3 or 5 && !exists) throw new FileNotFoundException($"{path} does not exist.");
        bool changes = !exists || mode is 2 or 5;
        var entry = new OpenFile(host, access, share, null!);
        volume.Register(entry);
        volume.Unregister(entry);
        if (changes) CountChange(call, volume, torn: null);
        if (!exists && volume.FreeBytes < 0) throw new IOException($"{volume.Letter}: is full. Free room first.");
        var stream = new FileStream(host, stands ? FileMode.Open : FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        entry = entry with { Host = stream };
        volume.Register(entry);
        _kernel.Trace?.Add($"file open {path} {ModeNames[mode]} {AccessNames[access]} share {ShareNames[share]}");
        var file = new VolumeFile(this, _kernel, volume, entry);
        if (exists && mode is 2 or 5 && stream.Length > 0) file.ChangeLength(0);
        return file;
    }

    public bool FileExists(string path) => Ask(path, host => File.Exists(host) && !Card.TakeLengthFault(host, isMissing: true));

    public bool DirectoryExists(string path) => Ask(path, Directory.Exists);

    private bool Ask(string path, Func<string, bool> exists)
    {
        using NativeCall call = _kernel.Enter();
        if (path.StartsWith("D:", StringComparison.OrdinalIgnoreCase) && !Card.Mounted) return false;
        Volume volume = Of(path);
        SpendDirectory(call, volume.Letter);
        return exists(volume.Resolve(path));
    }

    public void CreateDirectory(string path) => Change("folder", path, torn: null, (volume, host) =>
    {
        if (Directory.Exists(host)) return;
        Directory.CreateDirectory(host);
        volume.Remeasure();
    });

    public void DeleteFile(string path) => Change("delete", path, torn: null, (volume, host) =>
    {
        if (!File.Exists(host)) throw new FileNotFoundException($"{path} does not exist.");
        if (volume.IsOpen(host)) throw new IOException($"{path} is open. Close it first.");
        volume.AddUsed(-volume.Rounded(new FileInfo(host).Length));
        volume.Unsynced.RemoveAll(change => change.HostPath == host);
        File.Delete(host);
    });

    public void DeleteDirectory(string path) => Change("delete folder", path, torn: null, (volume, host) =>
    {
        if (!Directory.Exists(host)) throw new DirectoryNotFoundException($"{path} does not exist.");
        if (Directory.EnumerateFileSystemEntries(host).Any()) throw new IOException($"{path} is not empty.");
        Directory.Delete(host);
        volume.AddUsed(-volume.ClusterBytes);
    });

    public void MoveFile(string from, string to)
    {
        using NativeCall call = _kernel.Enter();
        Volume volume = Of(from);
        if (Of(to) != volume) throw new IOException("A file cannot be renamed to another volume. Copy it.");
        SpendDirectory(call, volume.Letter);
        string source = volume.Resolve(from), target = volume.Resolve(to);
        if (!File.Exists(source)) throw new FileNotFoundException($"{from} does not exist.");
        if (File.Exists(target) || Directory.Exists(target)) throw new IOException($"{to} exists already. Delete it first.");
        if (volume.IsOpen(source)) throw new IOException($"{from} is open. Close it first.");
        // FAT writes the new entry before it clears the old one: a cut between them leaves both names.
        CountChange(call, volume, () =>
        {
            int outcome = volume.Letter == 'D' ? _random.Next(3) : _random.Next(2);
            if (outcome == 1) File.Move(source, target);
            else if (outcome == 2) File.Copy(source, target);
        });
        File.Move(source, target);
        _kernel.Trace?.Add($"file move {from} to {to}");
        for (int i = 0; i < volume.Unsynced.Count; i++)
        {
            if (volume.Unsynced[i].HostPath == source) volume.Unsynced[i] = volume.Unsynced[i] with { HostPath = target };
        }
    }

    private void Change(string what, string path, Action? torn, Action<Volume, string> change)
    {
        using NativeCall call = _kernel.Enter();
        Volume volume = Of(path);
        SpendDirectory(call, volume.Letter);
        string host = volume.Resolve(path);
        CountChange(call, volume, torn);
        change(volume, host);
        _kernel.Trace?.Add($"file {what} {path}");
    }

    public string[] Files(string path) => List(path, Directory.GetFiles);

    public string[] Directories(string path) => List(path, Directory.GetDirectories);

    private string[] List(string path, Func<string, string[]> list)
    {
        using NativeCall call = _kernel.Enter();
        Volume volume = Of(path);
        SpendDirectory(call, volume.Letter);
        string host = volume.Resolve(path);
        if (!Directory.Exists(host)) throw new DirectoryNotFoundException($"{path} does not exist.");
        string[] entries = Array.ConvertAll(list(host), volume.Nano);
        Array.Sort(entries, StringComparer.Ordinal);
        return entries;
    }

    /// <summary>Counts one change of a volume; when it is the one at which the power goes, leaves what <paramref name="torn"/> leaves and never returns.</summary>
    internal void CountChange(NativeCall call, Volume volume, Action? torn)
    {
        if (volume.Letter == 'D') Card.ChangeCount++;
        if (CutAfterChanges == 0 || volume.Letter != CutOnVolume || --CutAfterChanges > 0) return;
        torn?.Invoke();
        _cutPower();
        _kernel.ParkIfCutNeedsLock(call.Thread);
    }

    internal int RandomBelow(int limit) => _random.Next(limit);

    /// <summary>What a loss of power does to both volumes.</summary>
    internal void LosePowerNeedsLock()
    {
        if (Card.Volume is { } card)
        {
            card.Abandon();
            UnsyncedChange.Settle(card.Unsynced, keepSome: true, _random);
        }
        Flash.Abandon();
        UnsyncedChange.Settle(Flash.Unsynced, keepSome: false, _random);
        Card.Mounted = false;
        CutAfterChanges = 0;
        CardChanged = null;
    }
}
