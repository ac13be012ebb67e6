namespace BodyCam.VirtualBoard;

/// <summary>One thing that a bystander would have seen or heard on the board.</summary>
/// <param name="At">Virtual time since the board was made.</param>
/// <param name="Part">Which part: <c>power</c>, <c>record led</c>, <c>status led</c>, <c>buzzer</c>, <c>record button</c>, <c>note button</c>, <c>fault</c>, <c>link</c>, <c>gpio N</c>.</param>
/// <param name="State">Its new state.</param>
public sealed record TimelineEntry(TimeSpan At, string Part, string State);

/// <summary>What LEDs, buzzer, buttons and power did, in order. Bounded: the oldest entries go first.</summary>
public sealed class Timeline
{
    private const int EntriesMax = 100_000;

    private readonly Kernel _kernel;
    private readonly Queue<TimelineEntry> _entries = new();

    internal Timeline(Kernel kernel) => _kernel = kernel;

    /// <summary>All entries so far, oldest first.</summary>
    public IReadOnlyList<TimelineEntry> Entries => _kernel.Look(() => _entries.ToArray());

    /// <summary>Raised under the board's lock for each new entry; be quick and make no firmware calls.</summary>
    public event Action<TimelineEntry>? Added;

    /// <summary>The newest state of a part, or null.</summary>
    public string? Last(string part) => _kernel.Look(() => _entries.LastOrDefault(entry => entry.Part == part)?.State);

    internal void Add(string part, string state) => _kernel.Outside(() =>
    {
        var entry = new TimelineEntry(TimeSpan.FromTicks(_kernel.NowTicks), part, state);
        if (_entries.Count == EntriesMax) _entries.Dequeue();
        _entries.Enqueue(entry);
        Added?.Invoke(entry);
    });
}
