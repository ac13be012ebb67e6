namespace BodyCam.Simulation.Tests;

/// <summary>What happened in a seed or in a block of them: faults that fired, states that were passed through. A name that is planned and never counted fails the block.</summary>
internal sealed class Tally(Action<string>? heard = null)
{
    /// <summary>Every fault that the simulation plans, and what a cut makes of unsynced changes.</summary>
    public static readonly IReadOnlyList<string> Faults =
    [
        "power", "kill", "stop", "eio", "eio at fsync", "enospc", "catalog lost",
        "write lost", "write torn", "write short", "write reordered", "folder entry lost", "removal undone", "replacement undone",
        "gateway clock forward", "gateway clock back", "recorder clock step", "recorder clock drift",
        "card power", "flash power", "card cut", "card eio", "card write lost", "card write torn", "card write short", "card entry lost", "card swapped", "card lost a segment", "card rot",
        "message lost", "message twice", "message out of order", "message delayed", "message corrupted", "acknowledgement lost", "answer lost", "answer twice", "answer out of order", "partition",
        "old answers replayed", "forged receipt", "foreign chunk", "foreign seal", "forged seal", "seal of an unknown epoch",
        "rot of a part", "rot of a sidecar", "rot of a waiting seal", "rot of an original", "rot of the log", "recorder given up", "archive round",
    ];

    /// <summary>Every state of a segment, a part or a log that the simulation has to pass through.</summary>
    public static readonly IReadOnlyList<string> States =
    [
        "part without seal", "part with seal", "part recovered", "seal before bytes", "stored", "stored, not in the log", "archived", "damaged", "lost on the card", "orphan", "orphan superseded", "conflict kept aside", "receipt issued again",
        "group of several", "group waits for room", "start without room", "pending link", "link completed", "catalog behind the log", "manifest complete", "second epoch", "old epoch's segment",
        "recovered by the recorder", "live chunk", "freed on the card", "full card", "refusal", "missing ranges", "log beyond its checkpoint", "full bundle of the log",
    ];

    // Too many to be listed one by one.
    private static readonly string[] consequences = ["message", "answer", "acknowledgement", "write", "folder", "removal", "replacement", "card write", "card entry"];

    private readonly SortedDictionary<string, int> faults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> states = new(StringComparer.Ordinal);

    /// <summary>Faults so far.</summary>
    public int FaultCount => faults.Values.Sum();

    /// <summary>Faults so far that are not what a link or a cut makes by itself.</summary>
    public int PlannedCount => faults.Where(static pair => !IsConsequence(pair.Key)).Sum(static pair => pair.Value);

    /// <summary>How often nothing went on until the recorder's power was cut and the disk had room again.</summary>
    public int NudgeCount { get; private set; }

    public void Nudge() => NudgeCount++;

    public int Of(string fault) => faults.GetValueOrDefault(fault);

    public void Fault(string name)
    {
        faults[Known(Faults, name)] = faults.GetValueOrDefault(name) + 1;
        if (!IsConsequence(name))
            heard?.Invoke(name);
    }

    public void State(string name) => states[Known(States, name)] = states.GetValueOrDefault(name) + 1;

    public void Add(Tally other)
    {
        NudgeCount += other.NudgeCount;
        foreach (var (name, count) in other.faults)
            faults[name] = faults.GetValueOrDefault(name) + count;
        foreach (var (name, count) in other.states)
            states[name] = states.GetValueOrDefault(name) + count;
    }

    /// <summary>What was planned and never happened.</summary>
    public IReadOnlyList<string> Never() => [.. Faults.Where(name => !faults.ContainsKey(name)), .. States.Where(name => !states.ContainsKey(name))];

    public override string ToString() => $"nudges: {NudgeCount}\nfaults: {string.Join(", ", faults.Select(static pair => $"{pair.Key} {pair.Value}"))}\nstates: {string.Join(", ", states.Select(static pair => $"{pair.Key} {pair.Value}"))}";

    private static bool IsConsequence(string name) => consequences.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    private static string Known(IReadOnlyList<string> names, string name) => names.Contains(name) ? name : throw new InvalidOperationException($"'{name}' is not in the plan: add it to the list.");
}
