using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Simulation.Tests;

/// <summary>The power went in the middle of a verb; nothing more is done until <see cref="SimDisk.PowerOn"/>.</summary>
internal sealed class PowerGoneException() : IOException("planned: the power went");

/// <summary>
/// One disk for segments and log, driven by a seed. What was not synced is lost, torn or kept at a power cut, each write and each folder entry by itself, later ones also without earlier ones.
/// A plan makes the n-th writing verb the last one before the cut, or lets it fail with EIO or ENOSPC.
/// </summary>
internal sealed class SimDisk(Random dice) : IDisk, ILogFiles
{
    private const int Eio = 5;
    private const int Enospc = 28;

    private readonly Lock gate = new();
    private readonly Dictionary<string, SimFile> live = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimFile?> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> fired = new(StringComparer.Ordinal);
    private bool held;
    private bool dark;
    private (int Verbs, string Kind)? plan;

    /// <summary>Faults that happened, by kind.</summary>
    public IReadOnlyDictionary<string, int> Fired => fired;

    /// <summary>True while every write says ENOSPC.</summary>
    public bool IsFull { get; set; }

    /// <summary>The fault of that kind happens at the n-th writing verb from now on: power, eio, enospc.</summary>
    public void Plan(string kind, int verbs) => plan = (verbs, kind);

    /// <summary>True while a planned fault has not happened.</summary>
    public bool IsPlanned => plan is not null;

    /// <summary>Cuts the power now.</summary>
    public void CutPower()
    {
        lock (gate)
            Darken();
    }

    /// <summary>What is left after the power came back, by the dice.</summary>
    public void PowerOn()
    {
        lock (gate)
        {
            var after = new Dictionary<string, SimFile>(StringComparer.Ordinal);
            foreach (var (path, file) in live.Concat(entries.Where(entry => !live.ContainsKey(entry.Key) && entry.Value is not null).Select(static entry => KeyValuePair.Create(entry.Key, entry.Value!))).OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                // An entry that was synced stands; one that was not, made or removed, by the dice.
                var isDurable = entries.TryGetValue(path, out var durable) && ReferenceEquals(durable, file);
                if (isDurable && live.TryGetValue(path, out var now) && ReferenceEquals(now, file) || dice.Next(2) == 0)
                    after[path] = file.AfterCut(dice);
            }

            live.Clear();
            entries.Clear();
            foreach (var (path, file) in after)
                (live[path], entries[path]) = (file, file);
            (dark, held, plan, IsFull) = (false, false, null, false);
        }
    }

    /// <summary>What a process that was killed leaves to the next: everything as it was seen.</summary>
    public void Restart()
    {
        lock (gate)
            (dark, held, plan, IsFull) = (false, false, null, false);
    }

    public IDiskFile Open(string path)
    {
        lock (gate)
        {
            if (!live.TryGetValue(path, out var file))
            {
                Verb();
                live[path] = file = new SimFile();
            }

            return new Handle(this, file);
        }
    }

    public void SyncEntry(string path)
    {
        lock (gate)
        {
            Verb();
            entries[path] = live.GetValueOrDefault(path);
        }
    }

    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var file = new SimFile(bytes.ToArray());
        lock (gate)
        {
            Verb(() => (live[path], entries[path]) = (file, file));
            (live[path], entries[path]) = (file, file);
        }
    }

    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes)
    {
        var file = new SimFile();
        lock (gate)
        {
            Verb();
            file.Write(0, bytes);
            live[path] = file;
        }
    }

    public void Rename(string from, string to)
    {
        lock (gate)
        {
            if (live.ContainsKey(to))
                throw new IOException($"{to} stands");
            var file = live.TryGetValue(from, out var there) ? there : throw new FileNotFoundException(from);
            void Do()
            {
                live.Remove(from);
                entries[from] = null;
                (live[to], entries[to]) = (file, file);
            }

            Verb(Do);
            Do();
        }
    }

    public void Delete(string path)
    {
        lock (gate)
        {
            Verb();
            live.Remove(path);
        }
    }

    public void MakeReadOnly(string path)
    {
        lock (gate)
            Verb();
    }

    public bool Exists(string path)
    {
        lock (gate)
            return live.ContainsKey(path);
    }

    public byte[] ReadWhole(string path)
    {
        lock (gate)
            return live.TryGetValue(path, out var file) ? file.ToArray() : throw new FileNotFoundException(path);
    }

    public int ReadAt(string path, long offset, Span<byte> into)
    {
        lock (gate)
            return live.TryGetValue(path, out var file) ? file.Read(offset, into) : throw new FileNotFoundException(path);
    }

    public IReadOnlyList<string> Files(string folder)
    {
        lock (gate)
            return [.. live.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public (long FreeBytes, long TotalBytes) Room() => (IsFull ? 0 : 1L << 39, 1L << 40);

    IDisposable ILogFiles.Acquire()
    {
        lock (gate)
        {
            if (held)
                throw new IOException("The log is held by another writer.");
            held = true;
            return new Holder(this);
        }
    }

    byte[]? ILogFiles.Read(string path) => Exists("log/" + path) ? ReadWhole("log/" + path) : null;

    IEnumerable<string> ILogFiles.List(string folder) => Files(folder.Length == 0 ? "log" : "log/" + folder).Select(static path => path[4..]);

    void ILogFiles.WriteDurable(string path, ReadOnlySpan<byte> bytes) => WriteWhole("log/" + path, bytes);

    void ILogFiles.WriteUnsynced(string path, ReadOnlySpan<byte> bytes) => WriteWholeUnsynced("log/" + path, bytes);

    void ILogFiles.AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        lock (gate)
        {
            var name = "log/" + path;
            if (!live.TryGetValue(name, out var file))
                (live[name], entries[name]) = (file = new SimFile(), file);
            if (file.Length != offset)
                throw new IOException($"{path} has {file.Length} bytes, not {offset}");
            Verb(() => file.Write(offset, copy));
            file.Write(offset, copy);
            file.Sync();
        }
    }

    void ILogFiles.TruncateDurable(string path, long length)
    {
        lock (gate)
        {
            Verb();
            live["log/" + path].SetLength(length);
            live["log/" + path].Sync();
        }
    }

    void ILogFiles.DeleteDurable(string path)
    {
        lock (gate)
        {
            foreach (var name in live.Keys.Where(name => name == "log/" + path || name.StartsWith("log/" + path + "/", StringComparison.Ordinal)).ToList())
            {
                Verb();
                live.Remove(name);
                entries[name] = null;
            }
        }
    }

    // Counts a writing verb; at the planned one the fault happens. A cut leaves the verb undone, or half done on its way to the device.
    private void Verb(Action? half = null)
    {
        if (dark)
            throw new PowerGoneException();
        if (IsFull)
            throw new IOException("planned: no space", Enospc);
        if (plan is not var (verbs, kind))
            return;
        if (verbs > 1)
        {
            plan = (verbs - 1, kind);
            return;
        }

        plan = null;
        fired[kind] = fired.GetValueOrDefault(kind) + 1;
        switch (kind)
        {
            case "power":
                if (half is not null && dice.Next(2) == 0)
                    half();
                Darken();
                throw new PowerGoneException();
            case "enospc":
                IsFull = true;
                throw new IOException("planned: no space", Enospc);
            default:
                throw new IOException("planned: input/output error", Eio);
        }
    }

    private void Darken() => dark = true;

    private sealed class Holder(SimDisk disk) : IDisposable
    {
        public void Dispose() => disk.held = false;
    }

    private sealed class Handle(SimDisk disk, SimFile file) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (disk.gate)
                    return file.Length;
            }
        }

        public int ReadAt(long offset, Span<byte> into)
        {
            lock (disk.gate)
                return file.Read(offset, into);
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            lock (disk.gate)
            {
                // A write that is cut or fails may have reached the cache in part.
                disk.Verb(() => file.Write(offset, copy.AsSpan(0, copy.Length / 2)));
                file.Write(offset, copy);
            }
        }

        public void SetLength(long length)
        {
            lock (disk.gate)
            {
                disk.Verb();
                file.SetLength(length);
            }
        }

        public void Sync()
        {
            lock (disk.gate)
            {
                disk.Verb();
                file.Sync();
            }
        }

        public void Dispose()
        {
            // Closing syncs nothing.
        }
    }
}
