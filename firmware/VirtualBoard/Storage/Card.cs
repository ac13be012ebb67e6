namespace BodyCam.VirtualBoard;

/// <summary>The card in the socket and what can go wrong with it. Members may be called from any thread but the firmware's.</summary>
public sealed class Card
{
    private readonly Kernel _kernel;

    internal Card(Kernel kernel, string folder)
    {
        _kernel = kernel;
        Folder = folder;
        Directory.CreateDirectory(folder);
        Volume = new Volume(folder, 'D', kernel.Options.CardBytes, kernel.Options.ClusterBytes);
    }

    internal Volume? Volume { get; set; }
    internal bool Mounted { get; set; }
    internal LinkedList<FirmwareThread> BlockedWriters { get; } = new();
    internal int FailingReads { get; private set; }
    internal string FailingReadsIn { get; private set; } = "";
    internal int SparedReads { get; private set; }
    internal int Misreads { get; private set; }
    internal string MisreadsIn { get; private set; } = "";
    internal (long From, long To) MisreadBytes { get; private set; }
    internal int FailingLengths { get; private set; }
    internal string FailingLengthsIn { get; private set; } = "";
    internal long? FailingLengthAnswer { get; private set; }
    internal Action<bool>? Changed { get; set; }

    /// <summary>Host folder of the card that is, or was last, in the socket.</summary>
    public string Folder { get; private set; }

    /// <summary>True while a card is in the socket.</summary>
    public bool IsInserted => _kernel.Look(() => Volume != null);

    /// <summary>Bytes taken, rounded up to clusters; 0 without a card.</summary>
    public long UsedBytes => _kernel.Look(() => Volume?.UsedBytes ?? 0);

    /// <summary>Writes, truncations, renames and other changes that the card has seen since the board was made.</summary>
    public int ChangeCount { get; internal set; }

    /// <summary>While true every sync fails: a write still looks well, only a flush reports it, and a power cut may take the bytes back.</summary>
    public bool SyncFails { get; set; }

    /// <summary>Factor on every cost of the card; 1 is healthy.</summary>
    public double SlowFactor { get; set; } = 1;

    /// <summary>Makes the card look full at once: the next write that needs a cluster blocks for ever. False gives the room back.</summary>
    public void SetFull(bool full) => _kernel.Outside(() =>
    {
        if (Volume == null) return;
        Volume.Remeasure();
        Volume.CapacityBytes = full ? Volume.UsedBytes : _kernel.Options.CardBytes;
    });

    /// <summary>Sets the room left, in bytes.</summary>
    public void SetFreeBytes(long freeBytes) => _kernel.Outside(() =>
    {
        if (Volume == null) return;
        Volume.Remeasure();
        Volume.CapacityBytes = Volume.UsedBytes + freeBytes;
    });

    /// <summary>Tears the card out: open files fail from now on, un-synced bytes may be lost.</summary>
    public void Remove() => _kernel.Outside(() =>
    {
        if (Volume == null) return;
        UnsyncedChange.Settle(Volume.Unsynced, keepSome: true, new Random(_kernel.Options.Seed ^ ChangeCount));
        Volume.Abandon();
        Volume = null;
        Mounted = false;
        while (BlockedWriters.First is { } writer) _kernel.WakeNeedsLock(writer.Value, 0);
        Changed?.Invoke(false);
    });

    /// <summary>Puts a card in; the same one again, or another folder (a swapped card).</summary>
    public void Insert(string? folder = null) => _kernel.Outside(() =>
    {
        if (Volume != null) throw new InvalidOperationException("A card is in the socket. Remove it first.");
        Folder = folder ?? Folder;
        Directory.CreateDirectory(Folder);
        Volume = new Volume(Folder, 'D', _kernel.Options.CardBytes, _kernel.Options.ClusterBytes);
        Changed?.Invoke(true);
    });

    /// <summary>Copies the card's present contents to a host folder, to be put back later with <see cref="Restore"/>.</summary>
    public void Snapshot(string toFolder) => _kernel.Outside(() => HostFolders.Replace(Folder, toFolder));

    /// <summary>Makes the card an older copy of itself. Do it without power or with the card out; open files would not notice.</summary>
    public void Restore(string fromFolder) => _kernel.Outside(() =>
    {
        Volume?.Abandon();
        Volume?.Unsynced.Clear();
        HostFolders.Replace(fromFolder, Folder);
    });

    /// <summary>Lets the next reads of files whose path contains <paramref name="inPath"/> fail.</summary>
    /// <param name="count">How many.</param>
    /// <param name="inPath">Part of the path.</param>
    /// <param name="spared">How many such reads go well before.</param>
    public void FailReads(int count, string inPath = "", int spared = 0) => _kernel.Outside(() => (FailingReads, FailingReadsIn, SparedReads) = (count, inPath, spared));

    /// <summary>Lets the next reads that take in some bytes of a file give those wrongly, each time otherwise; what is on the card stays right.</summary>
    /// <param name="count">How many.</param>
    /// <param name="inPath">Part of the path.</param>
    /// <param name="offset">Of the first of the bytes.</param>
    /// <param name="bytes">How many bytes.</param>
    public void Misread(int count, string inPath, long offset, int bytes) => _kernel.Outside(() => (Misreads, MisreadsIn, MisreadBytes) = (count, inPath, (offset, offset + bytes)));

    /// <summary>Lets the next questions for the length of files whose path contains <paramref name="inPath"/> go wrong.</summary>
    /// <param name="count">How many.</param>
    /// <param name="inPath">Part of the path.</param>
    /// <param name="answer">The length told in its place; −1: there is no such file; null: a read error.</param>
    public void FailLengths(int count, string inPath, long? answer = null) => _kernel.Outside(() => (FailingLengths, FailingLengthsIn, FailingLengthAnswer) = (count, inPath, answer));

    /// <summary>Turns one byte of a file on the card rotten, lastingly.</summary>
    /// <param name="path">Nano path, such as <c>D:\a\b.mkv</c>.</param>
    /// <param name="offset">0..length − 1.</param>
    public void RotByte(string path, long offset) => _kernel.Outside(() =>
    {
        using var host = new FileStream(Volume!.Resolve(path), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        host.Position = offset;
        int old = host.ReadByte();
        host.Position = offset;
        host.WriteByte((byte)(old ^ 0x10));
    });

    internal bool TakeReadFault(string hostPath)
    {
        if (FailingReads <= 0 || !hostPath.Contains(FailingReadsIn, StringComparison.OrdinalIgnoreCase)) return false;
        if (SparedReads > 0)
        {
            SparedReads--;
            return false;
        }

        FailingReads--;
        return true;
    }

    /// <summary>Spoils what was read at an offset when this is one of the reads that go wrong.</summary>
    internal void TakeMisread(string hostPath, long offset, Span<byte> read)
    {
        int from = (int)Math.Clamp(MisreadBytes.From - offset, 0, read.Length), to = (int)Math.Clamp(MisreadBytes.To - offset, 0, read.Length);
        if (Misreads <= 0 || from >= to || !hostPath.Contains(MisreadsIn, StringComparison.OrdinalIgnoreCase)) return;
        byte change = (byte)((Misreads % 255) + 1);
        foreach (ref byte one in read[from..to]) one ^= change;
        Misreads--;
    }

    /// <summary>True when this question for a file, or for its length, is one of those that go wrong.</summary>
    internal bool TakeLengthFault(string hostPath, bool isMissing)
    {
        if (FailingLengths <= 0 || FailingLengthAnswer is -1 != isMissing || !hostPath.Contains(FailingLengthsIn, StringComparison.OrdinalIgnoreCase)) return false;
        FailingLengths--;
        return true;
    }
}
