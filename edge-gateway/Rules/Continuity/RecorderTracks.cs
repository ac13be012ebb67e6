namespace BodyCam.Rules.Continuity;

/// <summary>What people say in wall time, on a recorder's clock; and several activities of one recorder as one.</summary>
public static class RecorderTracks
{
    /// <summary>The moment of a recorder at which its clocks show a wall time: in the first boot that had not ended by then. May lie before or after what is known of that boot; null when no boot has a reading.</summary>
    public static Moment? MomentOf(RecorderTrack track, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(track);
        var wallUs = (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Moment? last = null;
        foreach (var boot in track.Boots)
        {
            if (BootClock.At(boot, boot.StartUs) is not { } first)
                continue;
            // The reading that is best there, found from a guess by the one that is best at the start.
            var guess = Math.Clamp(first.By.MonotonicUs + (wallUs - first.By.WallUs), boot.StartUs, boot.EndUs);
            var best = BootClock.At(boot, guess)!.By;
            last = new Moment(boot.Number, best.MonotonicUs + (wallUs - best.WallUs));
            if (last.Value.MonotonicUs <= boot.EndUs)
                return last;
        }

        return last;
    }

    /// <summary>Joins tracks of one recorder and epoch: an officer who ended and began anew within what people hold for one activity. The time between is nobody's interruption; the end is that of the last one.</summary>
    /// <exception cref="ArgumentException">No track, or tracks of several recorders.</exception>
    public static RecorderTrack Join(IReadOnlyList<RecorderTrack> tracks)
    {
        ArgumentNullException.ThrowIfNull(tracks);
        if (tracks.Count == 0 || tracks.Any(track => !string.Equals(track.Id, tracks[0].Id, StringComparison.Ordinal)))
            throw new ArgumentException("Only tracks of one recorder and epoch can be joined.", nameof(tracks));
        if (tracks.Count == 1)
            return tracks[0];
        var ordered = tracks.OrderBy(static track => track.FirstPress ?? Begin(track), ByTime).ToList();
        return new RecorderTrack
        {
            Id = tracks[0].Id,
            Boots = [.. ordered.SelectMany(static track => track.Boots).GroupBy(static boot => boot.Number).OrderBy(static group => group.Key).Select(Join)],
            FirstPress = ordered[0].FirstPress,
            Ended = ordered[^1].Ended,
            Runs = [.. ordered.SelectMany(static track => track.Runs)],
            Interruptions = [.. ordered.SelectMany(static track => track.Interruptions)],
            Lost = [.. ordered.SelectMany(static track => track.Lost)],
        };
    }

    private static Comparer<Moment> ByTime { get; } = Comparer<Moment>.Create(static (left, right) => (left.Boot, left.MonotonicUs).CompareTo((right.Boot, right.MonotonicUs)));

    private static Moment Begin(RecorderTrack track) => track.Runs.Count > 0 ? track.Runs.Select(static run => new Moment(run.Boot, run.FromUs)).Min(ByTime) : new Moment(track.Boots[0].Number, track.Boots[0].StartUs);

    private static BootTrack Join(IGrouping<uint, BootTrack> boots) =>
        new(boots.Key, boots.Min(static boot => boot.StartUs), boots.Max(static boot => boot.EndUs), [.. boots.SelectMany(static boot => boot.Clock).Distinct()]);
}
