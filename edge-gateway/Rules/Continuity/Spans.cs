namespace BodyCam.Rules.Continuity;

/// <summary>Spans of time made from moments.</summary>
internal static class Spans
{
    /// <summary>What the marks cover within from…to: the time between two neighbours of start, marks and end counts when it is at most <paramref name="holeMaxUs"/> and one of the two is a mark.</summary>
    /// <param name="fromUs">Start.</param>
    /// <param name="toUs">End.</param>
    /// <param name="marksUs">Rising; marks outside are moved to the nearer end.</param>
    /// <param name="holeMaxUs">Longest hole that still counts, µs.</param>
    public static IReadOnlyList<(long FromUs, long ToUs)> Covered(long fromUs, long toUs, IReadOnlyList<long> marksUs, long holeMaxUs)
    {
        var spans = new List<(long FromUs, long ToUs)>();
        var last = fromUs;
        for (var index = 0; index <= marksUs.Count && marksUs.Count > 0 && toUs > fromUs; index++)
        {
            var next = index == marksUs.Count ? toUs : Math.Clamp(marksUs[index], last, toUs);
            if (next - last <= holeMaxUs)
                Append(spans, last, next);
            last = next;
        }

        return spans;
    }

    /// <summary>What is left of from…to without these spans, which are in order and do not overlap.</summary>
    public static IReadOnlyList<(long FromUs, long ToUs)> Without(long fromUs, long toUs, IReadOnlyList<(long FromUs, long ToUs)> spans)
    {
        var rest = new List<(long FromUs, long ToUs)>();
        var last = fromUs;
        foreach (var span in spans)
        {
            if (span.FromUs > last)
                rest.Add((last, span.FromUs));
            last = Math.Max(last, span.ToUs);
        }

        if (toUs > last)
            rest.Add((last, toUs));
        return rest;
    }

    private static void Append(List<(long FromUs, long ToUs)> spans, long fromUs, long toUs)
    {
        if (toUs <= fromUs)
            return;
        if (spans.Count > 0 && spans[^1].ToUs == fromUs)
            spans[^1] = (spans[^1].FromUs, toUs);
        else
            spans.Add((fromUs, toUs));
    }
}
