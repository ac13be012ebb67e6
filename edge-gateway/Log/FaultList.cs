using System.Globalization;

namespace BodyCam.Log;

/// <summary>Faults of an audit in bounded memory, none of them dropped unsaid: leaves of one file with one fault are one, and what is beyond the limit of its kind is told as a count.</summary>
internal sealed class FaultList
{
    private readonly List<LogFault> _faults = [];
    private readonly Dictionary<(string Path, LogFaultKind Kind, string What), List<long>> _ofBundle = [];
    private readonly Dictionary<(LogFaultKind Kind, bool IsOfLeaves), (int Count, LogFault Last)> _counts = [];

    /// <summary>Adds a fault; one with a sequence waits for others of its file until <see cref="EndBundle"/>.</summary>
    public void Add(string path, long? sequence, LogFaultKind kind, string what)
    {
        if (sequence is not { } leaf)
            Enter(new LogFault(path, null, kind, what));
        else if (_ofBundle.TryGetValue((path, kind, what), out var leaves))
            leaves.Add(leaf);
        else
            _ofBundle[(path, kind, what)] = [leaf];
    }

    /// <summary>Closes the faults of one bundle's leaves: one for each file and what is wrong there.</summary>
    public void EndBundle()
    {
        foreach (var ((path, kind, what), leaves) in _ofBundle)
            Enter(new LogFault(path, leaves[0], kind, leaves.Count == 1 ? what : string.Create(CultureInfo.InvariantCulture, $"{leaves.Count} places from this one to record {leaves[^1]}: {what}")) { Leaves = leaves });
        _ofBundle.Clear();
    }

    /// <summary>All faults, and for each kind of which more were found one that says how many.</summary>
    public IReadOnlyList<LogFault> All() =>
        [.. _faults, .. _counts.Values.Where(static pair => pair.Count > LogAudit.FaultsMax).Select(static pair => pair.Last with { What = string.Create(CultureInfo.InvariantCulture, $"{pair.Count - LogAudit.FaultsMax} more faults of this kind, up to this one, are not named: {pair.Last.What}") })];

    private void Enter(LogFault fault)
    {
        var key = (fault.Kind, fault.Sequence is not null);
        var count = _counts.GetValueOrDefault(key).Count + 1;
        _counts[key] = (count, fault);
        if (count <= LogAudit.FaultsMax)
            _faults.Add(fault);
    }
}
