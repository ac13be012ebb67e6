namespace Log.Tests;

/// <summary>
/// Storage verbs in memory that remember what is durable and what is not, and stop at a chosen verb.
/// After the stop, <see cref="AfterPowerCut"/> gives a disk that lost, tore or kept each un-synced effect by the dice of a seed;
/// <see cref="AfterKill"/> gives the disk as the operating system still sees it.
/// </summary>
internal sealed class MemoryFiles : ILogFiles
{
    private readonly Dictionary<string, byte[]> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _durable = new(StringComparer.Ordinal);
    private (string Path, byte[]? Content, bool MayTear)? _interrupted;
    private bool _held;

    /// <summary>Number of writing verbs so far.</summary>
    public int Verbs { get; private set; }

    /// <summary>The verb (counted from 1) at which the power fails; 0 = never.</summary>
    public int StopAt { get; set; }

    public IReadOnlyDictionary<string, byte[]> Seen => _seen;

    public IDisposable Acquire()
    {
        if (_held)
            throw new IOException("The log is held by another writer.");
        _held = true;
        return new Holder(this);
    }

    public byte[]? Read(string path) => _seen.TryGetValue(path, out var bytes) ? [.. bytes] : null;

    public IEnumerable<string> List(string folder) =>
        [.. _seen.Keys.Where(path => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal))];

    public void WriteDurable(string path, ReadOnlySpan<byte> bytes)
    {
        StopHere(path, bytes.ToArray(), mayTear: false);
        _seen[path] = _durable[path] = bytes.ToArray();
    }

    public void WriteUnsynced(string path, ReadOnlySpan<byte> bytes)
    {
        StopHere(path, bytes.ToArray(), mayTear: true);
        _seen[path] = bytes.ToArray();
    }

    public void AppendDurable(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        var before = _seen.GetValueOrDefault(path, []);
        Assert.Equal(before.Length, offset);
        byte[] after = [.. before, .. bytes];
        StopHere(path, after, mayTear: true);
        _seen[path] = _durable[path] = after;
    }

    public void TruncateDurable(string path, long length)
    {
        var after = _seen[path][..(int)length];
        StopHere(path, after, mayTear: false);
        _seen[path] = _durable[path] = after;
    }

    public void DeleteDurable(string path)
    {
        var paths = _seen.Keys.Where(seen => seen == path || seen.StartsWith(path + "/", StringComparison.Ordinal)).ToList();
        if (paths.Count == 0)
            return;
        StopHere(paths[0], content: null, mayTear: false);
        foreach (var one in paths)
        {
            _seen.Remove(one);
            _durable.Remove(one);
        }
    }

    /// <summary>What a process that was killed leaves: everything done, and the verb under way done or not.</summary>
    public MemoryFiles AfterKill(Random dice)
    {
        var after = Copy(_seen);
        if (_interrupted is var (path, content, mayTear) && dice.Next(2) == 0)
            after.Put(path, mayTear && content is not null ? Torn(path, content, dice) : content, durable: true);
        return after;
    }

    /// <summary>What a power cut leaves.</summary>
    public MemoryFiles AfterPowerCut(Random dice)
    {
        var after = Copy(_durable);
        foreach (var (path, content) in _seen)
        {
            if (_durable.TryGetValue(path, out var safe) && safe.AsSpan().SequenceEqual(content))
                continue;
            if (dice.Next(3) > 0)
                after.Put(path, dice.Next(2) == 0 ? content : Torn(path, content, dice), durable: true);
        }
        if (_interrupted is var (interrupted, bytes, mayTear) && dice.Next(3) > 0)
            after.Put(interrupted, mayTear && bytes is not null ? Torn(interrupted, bytes, dice) : bytes, durable: true);
        return after;
    }

    public MemoryFiles Clone() => Copy(_seen);

    public void Put(string path, byte[]? content, bool durable)
    {
        if (content is null)
        {
            _seen.Remove(path);
            _durable.Remove(path);
            return;
        }
        _seen[path] = content;
        if (durable)
            _durable[path] = content;
    }

    private static MemoryFiles Copy(Dictionary<string, byte[]> content)
    {
        var copy = new MemoryFiles();
        foreach (var (path, bytes) in content)
            copy.Put(path, [.. bytes], durable: true);
        return copy;
    }

    /// <summary>Cut short, or of full length with zeros where the data never arrived; what was durable before stays.</summary>
    private byte[] Torn(string path, byte[] content, Random dice)
    {
        var safe = Math.Min(_durable.GetValueOrDefault(path, []).Length, content.Length);
        var kept = dice.Next(safe, content.Length + 1);
        return dice.Next(2) == 0 ? content[..kept] : [.. content[..kept], .. new byte[content.Length - kept]];
    }

    private void StopHere(string path, byte[]? content, bool mayTear)
    {
        if (_interrupted is not null)
            throw new IOException("No power.");
        if (++Verbs != StopAt)
            return;
        _interrupted = (path, content, mayTear);
        throw new IOException("Power failed (planned by the test).");
    }

    private sealed class Holder(MemoryFiles files) : IDisposable
    {
        public void Dispose() => files._held = false;
    }
}
