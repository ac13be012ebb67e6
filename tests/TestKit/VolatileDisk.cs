using BodyCam.Storage;

namespace BodyCam.TestKit;

/// <summary>A disk in memory that forgets at a kill whatever was not synced: bytes of files and entries of folders. The plan can also stop it at the n-th verb.</summary>
public sealed class VolatileDisk : IDisk
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Content> live = new(StringComparer.Ordinal);
    private readonly HashSet<string> links = new(StringComparer.Ordinal);
    private Dictionary<string, byte[]> durable = new(StringComparer.Ordinal);

    public long FreeBytes { get; set; } = 1L << 40;

    /// <summary>Verbs until the power goes: −1 never.</summary>
    public int VerbsLeft { get; set; } = -1;

    public int VerbCount { get; private set; }

    public bool SyncFails { get; set; }

    /// <summary>What is left after the power came back.</summary>
    public void Kill()
    {
        lock (gate)
        {
            live.Clear();
            links.Clear();
            foreach (var (path, bytes) in durable)
                live[path] = new Content { Bytes = [.. bytes], Synced = [.. bytes] };
            VerbsLeft = -1;
        }
    }

    public IDiskFile Open(string path)
    {
        lock (gate)
        {
            Step();
            if (!live.TryGetValue(path, out var content))
                live[path] = content = new Content();
            return new VolatileFile(this, content);
        }
    }

    public void SyncEntry(string path)
    {
        lock (gate)
        {
            Step();
            FailIfTold();
            if (live.TryGetValue(path, out var content))
                durable[path] = content.Synced ?? [];
            else
                durable.Remove(path);
            SettleLinks(path);
        }
    }

    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        lock (gate)
        {
            Step();
            FailIfTold();
            live[path] = new Content { Bytes = [.. copy], Synced = copy };
            durable[path] = copy;
        }
    }

    public void WriteNew(string path, ReadOnlySpan<byte> bytes)
    {
        if (Exists(path))
            throw new IOException($"{path} stands");
        WriteWhole(path, bytes);
    }

    public bool TryLink(string path, string second)
    {
        lock (gate)
        {
            Step();
            if (live.ContainsKey(second))
                return false;
            live[second] = live.TryGetValue(path, out var there) ? there : throw new FileNotFoundException(path);
            links.Add(second);
            return true;
        }
    }

    public void WriteWholeUnsynced(string path, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        lock (gate)
        {
            Step();
            live[path] = new Content { Bytes = [.. copy] };
        }
    }

    public void Rename(string from, string to)
    {
        lock (gate)
        {
            Step();
            FailIfTold();
            if (live.ContainsKey(to))
                throw new IOException($"{to} stands");
            var content = live.TryGetValue(from, out var there) ? there : throw new FileNotFoundException(from);
            live.Remove(from);
            live[to] = content;
            durable.Remove(from);
            durable[to] = content.Synced ?? [];
            SettleLinks(to);
        }
    }

    public void Delete(string path)
    {
        lock (gate)
        {
            Step();
            live.Remove(path);
        }
    }

    public void MakeReadOnly(string path) => Step();

    public bool Exists(string path)
    {
        lock (gate)
            return live.ContainsKey(path);
    }

    public byte[] ReadWhole(string path)
    {
        lock (gate)
            return live.TryGetValue(path, out var content) ? [.. content.Bytes] : throw new FileNotFoundException(path);
    }

    public int ReadAt(string path, long offset, Span<byte> into)
    {
        var bytes = ReadWhole(path);
        var count = (int)Math.Clamp(bytes.Length - offset, 0, into.Length);
        bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(into);
        return count;
    }

    public IReadOnlyList<string> Files(string folder)
    {
        lock (gate)
            return [.. live.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public (long FreeBytes, long TotalBytes) Room() => (FreeBytes, 1L << 40);

    // A second name is durable with the next sync of an entry in its folder.
    private void SettleLinks(string path)
    {
        foreach (var second in links.Where(second => Path.GetDirectoryName(second) == Path.GetDirectoryName(path)).ToList())
        {
            links.Remove(second);
            if (live.TryGetValue(second, out var content))
                durable[second] = content.Synced ?? [];
        }
    }

    private void Step()
    {
        lock (gate)
        {
            VerbCount++;
            if (VerbsLeft == 0)
                throw new PowerGoneException();
            if (VerbsLeft > 0)
                VerbsLeft--;
        }
    }

    private void FailIfTold()
    {
        if (SyncFails)
            throw new IOException("planned: the sync failed");
    }

    private sealed class Content
    {
        public List<byte> Bytes { get; set; } = [];

        public byte[]? Synced { get; set; }
    }

    private sealed class VolatileFile(VolatileDisk disk, Content content) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (disk.gate)
                    return content.Bytes.Count;
            }
        }

        public int ReadAt(long offset, Span<byte> into)
        {
            lock (disk.gate)
            {
                var count = (int)Math.Clamp(content.Bytes.Count - offset, 0, into.Length);
                for (var index = 0; index < count; index++)
                    into[index] = content.Bytes[(int)offset + index];
                return count;
            }
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (disk.gate)
            {
                disk.Step();
                while (content.Bytes.Count < offset + bytes.Length)
                    content.Bytes.Add(0);
                for (var index = 0; index < bytes.Length; index++)
                    content.Bytes[(int)offset + index] = bytes[index];
            }
        }

        public void SetLength(long length)
        {
            lock (disk.gate)
            {
                disk.Step();
                if (content.Bytes.Count > length)
                    content.Bytes.RemoveRange((int)length, content.Bytes.Count - (int)length);
                while (content.Bytes.Count < length)
                    content.Bytes.Add(0);
            }
        }

        public void Sync()
        {
            lock (disk.gate)
            {
                disk.Step();
                disk.FailIfTold();
                content.Synced = [.. content.Bytes];
                // The entry of a new file is not covered by its own sync: only one that is durable already keeps the new bytes.
                foreach (var (path, live) in disk.live)
                {
                    if (ReferenceEquals(live, content) && disk.durable.ContainsKey(path))
                        disk.durable[path] = content.Synced;
                }
            }
        }

        public void Dispose()
        {
            // Nothing is synced by closing.
        }
    }
}

/// <summary>The power went in the middle of a verb.</summary>
public sealed class PowerGoneException() : IOException("planned: the power went");
