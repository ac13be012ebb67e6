using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Lines of the records that are missing: the entry of each leaf still says what kind of record stood there.</summary>
internal sealed class MissingLines
{
    /// <summary>No line is missing.</summary>
    public static readonly MissingLines None = new();

    // The lowest sequence of each kind.
    private readonly Dictionary<string, long> firstOfType = new(StringComparer.Ordinal);

    // The lowest of which no entry says the kind; it may have been any.
    private long firstUnknown = long.MaxValue;

    /// <summary>Reads what kinds they were.</summary>
    /// <param name="reader">The log.</param>
    /// <param name="gaps">Their sequences, in order, each up to and without its end.</param>
    /// <param name="size">Leaves of the log.</param>
    public static MissingLines Of(LogReader reader, IReadOnlyList<(long From, long To)> gaps, long size)
    {
        var lines = new MissingLines();
        var (gap, sequence) = (0, 0L);
        foreach (var bytes in reader.ReadEntries(size))
        {
            if (gap == gaps.Count)
                return lines;
            if (sequence >= gaps[gap].From && LogEntry.Parse(bytes) is { } entry)
                lines.firstOfType.TryAdd(entry.Type, sequence);
            else if (sequence >= gaps[gap].From)
                lines.firstUnknown = Math.Min(lines.firstUnknown, sequence);
            if (++sequence == gaps[gap].To)
                gap++;
        }

        if (gap < gaps.Count)
            lines.firstUnknown = Math.Min(lines.firstUnknown, Math.Max(sequence, gaps[gap].From));
        return lines;
    }

    /// <summary>True when a record of this type may be among them with a sequence below that one.</summary>
    public bool MayHold(string type, long below) => firstUnknown < below || (firstOfType.TryGetValue(type, out var first) && first < below);
}
