namespace BodyCam.Rules.Continuity;

/// <summary>Wall time of a boot, from the best of its readings.</summary>
internal static class BootClock
{
    /// <summary>Rated drift of a recorder's crystal, parts per million (firmware ClockBound.CrystalDriftPpm).</summary>
    public const int DriftPpm = 100;

    /// <summary>The reading with the smallest error at a moment, carried there; where another reading contradicts it, the error is widened to the difference. Null without any reading.</summary>
    public static WallTime? At(BootTrack boot, long monotonicUs)
    {
        ClockReading? best = null;
        foreach (var reading in boot.Clock)
        {
            if (best is null || Cost(reading, monotonicUs).CompareTo(Cost(best, monotonicUs)) < 0)
                best = reading;
        }

        if (best is null)
            return null;
        var wall = best.WallUs + (monotonicUs - best.MonotonicUs);
        if (best.ErrorBoundUs is not { } bound)
            return new WallTime(wall, null, false, best);
        var error = bound + DriftUs(monotonicUs - best.MonotonicUs);
        var contradiction = false;
        foreach (var other in boot.Clock)
        {
            if (other.ErrorBoundUs is not { } otherBound)
                continue;
            var apart = Math.Abs(best.WallUs + (other.MonotonicUs - best.MonotonicUs) - other.WallUs);
            if (apart <= bound + otherBound + DriftUs(other.MonotonicUs - best.MonotonicUs))
                continue;
            contradiction = true;
            error = Math.Max(error, apart);
        }

        return new WallTime(wall, error, contradiction, best);
    }

    /// <summary>How far the crystal can run off in that time, µs, rounded up.</summary>
    public static long DriftUs(long elapsedUs)
    {
        var elapsed = Math.Abs(elapsedUs);
        return ((elapsed / 1_000_000) * DriftPpm) + ((elapsed % 1_000_000 * DriftPpm) + 999_999) / 1_000_000;
    }

    private static (int Unbounded, long Error) Cost(ClockReading reading, long monotonicUs) =>
        reading.ErrorBoundUs is { } bound ? (0, bound + DriftUs(monotonicUs - reading.MonotonicUs)) : (1, Math.Abs(monotonicUs - reading.MonotonicUs));
}

/// <summary>Wall time of a moment.</summary>
/// <param name="Us">µs since 1970.</param>
/// <param name="ErrorUs">Error bound; null when nothing bounds it.</param>
/// <param name="Contradiction">True when readings contradict each other beyond their bounds.</param>
/// <param name="By">The reading it rests on.</param>
internal sealed record WallTime(long Us, long? ErrorUs, bool Contradiction, ClockReading By);
