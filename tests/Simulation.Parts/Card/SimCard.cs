namespace BodyCam.Simulation;

/// <summary>
/// The recorder's two volumes in memory: <c>D:</c>, the card, and <c>I:</c>, the flash. A file's bytes are on the device after a flush or close; a new file's name with its first one.
/// At a cut each unsynced write is lost, torn or kept by itself on the card, lost on the flash; a rename on the card may leave both names.
/// </summary>
internal sealed class SimCard(Random dice, Action<string> told)
{
    private readonly Dictionary<string, SimFile> files = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> folders = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> unnamed = new(StringComparer.OrdinalIgnoreCase);
    private List<KeyValuePair<string, SimFile>> aside = [];
    private List<string> asideFolders = [];
    private int planVerbs;
    private string? planKind;
    private bool isDark;

    [ThreadStatic]
    private static SimCard? current;

    /// <summary>The card of the recorder that this thread runs.</summary>
    public static SimCard Current
    {
        get => current ?? throw new InvalidOperationException("No simulated card is in the socket of this thread.");
        set => current = value;
    }

    /// <summary>Kind of the fault that is planned and has not happened; null for none.</summary>
    public string? Planned => planKind;

    /// <summary>True after a cut until <see cref="PowerOn"/>.</summary>
    public bool IsDark => isDark;

    /// <summary>The fault happens at the n-th changing call of the card from now on: card power, card eio, or flash power (of the flash).</summary>
    public void Plan(string kind, int verbs) => (planKind, planVerbs) = (kind, verbs);

    /// <summary>Cuts the power now.</summary>
    public void CutPower() => isDark = true;

    /// <summary>What is left after the power came back, by the dice.</summary>
    public void PowerOn()
    {
        foreach (var (path, file) in files.OrderBy(static pair => pair.Key, StringComparer.Ordinal).ToList())
        {
            var onCard = IsCard(path);
            if (unnamed.Contains(path) && (!onCard || dice.Next(2) == 0))
            {
                files.Remove(path);
                Tell(onCard, "card entry lost");
                continue;
            }

            if (onCard)
                file.Cut(dice, new CutOrder(), what => told("card " + what));
            else
                file.Cut(new Lost(), new CutOrder(), static _ => { });
        }

        unnamed.Clear();
        (isDark, planKind) = (false, null);
    }

    /// <summary>Bytes of a file, or null.</summary>
    public byte[]? Read(string path) => files.TryGetValue(path, out var file) ? file.Seen.ToArray() : null;

    /// <summary>Where cuts lost or tore a write into a file.</summary>
    public IReadOnlyList<(long From, long To)> HitOf(string path) => files.TryGetValue(path, out var file) ? [.. file.Hit] : [];

    /// <summary>Puts a file there, as a technician does.</summary>
    public void Put(string path, byte[] bytes)
    {
        var file = new SimFile();
        file.Write(0, bytes);
        file.Sync();
        files[path] = file;
    }

    /// <summary>Takes the card out and puts an empty one in; only without power.</summary>
    public void TakeOut()
    {
        PowerOn();
        aside = [.. files.Where(static pair => IsCard(pair.Key))];
        asideFolders = [.. folders.Where(IsCard)];
        foreach (var (path, _) in aside)
            files.Remove(path);
        folders.RemoveWhere(IsCard);
    }

    /// <summary>Puts the first card back; what the other one holds is gone from the socket.</summary>
    public void PutBack()
    {
        PowerOn();
        foreach (var path in files.Keys.Where(IsCard).ToList())
            files.Remove(path);
        folders.RemoveWhere(IsCard);
        foreach (var (path, file) in aside)
            files[path] = file;
        folders.UnionWith(asideFolders);
    }

    /// <summary>Takes a file away, as a card that loses a chain of clusters does.</summary>
    public void Lose(string path) => files.Remove(path);

    /// <summary>Changes one byte on the card.</summary>
    public bool Rot(string path, long offset, byte mask) => files.TryGetValue(path, out var file) && file.Rot(offset, mask);

    /// <summary>Paths below a prefix, ordinal.</summary>
    public IReadOnlyList<string> Paths(string prefix) => [.. files.Keys.Where(path => path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];

    internal bool Exists(string path)
    {
        Look();
        return files.ContainsKey(path);
    }

    internal SimFile Open(string path, FileMode mode)
    {
        Look();
        if (!files.TryGetValue(path, out var file))
        {
            if (mode == FileMode.Open)
                throw new IOException($"{path} does not exist.");
            if (path.LastIndexOf('\\') > 2 && !folders.Contains(path[..path.LastIndexOf('\\')]))
                throw new IOException($"The folder of {path} does not exist.");
            Verb(path, null);
            files[path] = file = new SimFile();
            unnamed.Add(path);
        }
        else if (mode == FileMode.CreateNew)
        {
            throw new IOException($"{path} exists already.");
        }
        else if (mode == FileMode.Create)
        {
            Verb(path, () => file.SetLength(0));
            file.SetLength(0);
        }

        return file;
    }

    internal void Write(string path, SimFile file, long offset, byte[] bytes)
    {
        Verb(path, () => file.Write(offset, bytes.AsSpan(0, (int)(dice.NextDouble() * bytes.Length))));
        file.Write(offset, bytes);
    }

    internal void Sync(string path, SimFile file)
    {
        // A sync changes nothing that can be torn; it can fail, and then the bytes do not count as written.
        if (isDark)
            throw new PowerGoneException();
        if (file.PendingCount > 0 && IsCard(path) && planKind == "card eio" && --planVerbs <= 0)
        {
            planKind = null;
            told("card eio");
            throw new IOException("planned: the card did not confirm the sync");
        }

        file.Sync();
        unnamed.Remove(path);
    }

    internal void Delete(string path)
    {
        Look();
        if (!files.ContainsKey(path))
            throw new IOException($"{path} does not exist.");
        Verb(path, () => files.Remove(path));
        files.Remove(path);
        unnamed.Remove(path);
    }

    internal void Move(string from, string to)
    {
        Look();
        if (!files.TryGetValue(from, out var file))
            throw new IOException($"{from} does not exist.");
        if (files.ContainsKey(to))
            throw new IOException($"{to} exists already.");
        Verb(from, () =>
        {
            files[to] = dice.Next(2) == 0 ? file : file.Copy();
            // On a card a cut within a rename can leave both names.
            if (ReferenceEquals(files[to], file) || !IsCard(from))
                files.Remove(from);
        });
        files.Remove(from);
        files[to] = file;
        if (unnamed.Remove(from))
            unnamed.Add(to);
    }

    internal void MakeFolder(string path)
    {
        Look();
        if (folders.Contains(path))
            return;
        Verb(path, () => folders.Add(path));
        folders.Add(path);
    }

    private static bool IsCard(string path) => path[0] is 'D' or 'd';

    private void Look()
    {
        if (isDark)
            throw new PowerGoneException();
    }

    private void Tell(bool onCard, string what)
    {
        if (onCard)
            told(what);
    }

    private void Verb(string path, Action? half)
    {
        Look();
        if (planKind != (IsCard(path) ? "card power" : "flash power") || --planVerbs > 0)
            return;
        told(planKind);
        planKind = null;
        if (half is not null && dice.Next(2) == 0)
            half();
        isDark = true;
        throw new PowerGoneException();
    }

    // Dice that lose everything.
    private sealed class Lost : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
