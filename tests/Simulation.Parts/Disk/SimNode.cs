namespace BodyCam.Simulation;

/// <summary>A file or a folder. Of a folder: its entries as the system shows them, and for each changed since its last sync what the device still has.</summary>
internal sealed class SimNode
{
    private readonly Dictionary<string, SimNode> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimNode?> before = new(StringComparer.Ordinal);

    /// <summary>The bytes; null for a folder.</summary>
    public SimFile? File { get; init; }

    public bool IsFolder => File is null;

    /// <summary>Names in ordinal order.</summary>
    public IEnumerable<string> Names => entries.Keys.Order(StringComparer.Ordinal);

    public int Count => entries.Count;

    public SimNode? Find(ReadOnlySpan<char> name) => entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var node) ? node : null;

    /// <summary>The entry that stays when the power goes now and no change that waits is kept.</summary>
    public SimNode? FindOnDevice(ReadOnlySpan<char> name) => before.Count > 0 && before.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var node) ? node : Find(name);

    /// <summary>Sets or removes an entry; not on the device before <see cref="Sync"/>.</summary>
    public void Set(string name, SimNode? node)
    {
        before.TryAdd(name, entries.GetValueOrDefault(name));
        if (node is null)
            entries.Remove(name);
        else
            entries[name] = node;
    }

    public void Sync() => before.Clear();

    /// <summary>A cut: each entry changed since the last sync as it was or as it is now, by itself; then all below.</summary>
    public void Cut(Random dice, CutOrder order, Action<string> told)
    {
        if (File is not null)
        {
            File.Cut(dice, order, told);
            return;
        }

        foreach (var (name, old) in before.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (dice.Next(2) == 0)
                continue;
            told(old is null ? "folder entry lost" : entries.ContainsKey(name) ? "replacement undone" : "removal undone");
            if (old is null)
                entries.Remove(name);
            else
                entries[name] = old;
        }

        before.Clear();
        foreach (var name in Names.ToList())
        {
            // A rename of which both names are left leaves two files, not two names of one.
            if (entries[name].File is { } file && !order.IsFirstName(file))
                entries[name] = new SimNode { File = file.Copy() };
            else
                entries[name].Cut(dice, order, told);
        }
    }
}
