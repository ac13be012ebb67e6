namespace BodyCam.Rules.Continuity;

/// <summary>The line on which everything lies: the first recorder's boots, each in its own device-monotonic time, and between two boots the longest time that the wall clocks admit.</summary>
/// <remarks>Between boots: wall time apart L, bounds together B. At least max(0, L−B) passed: that is certain. At most L+B passed: the rest of it, up to 2B, is the seam.</remarks>
internal sealed class TimeLine
{
    // Above this the wall clocks of two boots say nothing about the time between: one of them was never set.
    private const long SeamMaxUs = 24L * 3600 * 1_000_000;

    private readonly RecorderTrack reference;
    private readonly List<long> bases = [];
    private readonly List<Seam> seams = [];

    public TimeLine(RecorderTrack reference)
    {
        this.reference = reference;
        bases.Add(0);
        for (var index = 1; index < reference.Boots.Count; index++)
        {
            var seam = Between(reference.Boots[index - 1], reference.Boots[index], LineEnd(index - 1));
            seams.Add(seam);
            bases.Add(seam.ToUs - reference.Boots[index].StartUs);
        }
    }

    /// <summary>Time between boots.</summary>
    public IReadOnlyList<Seam> Seams => seams;

    /// <summary>Last known moment.</summary>
    public long EndUs => LineEnd(bases.Count - 1);

    /// <summary>Place of a moment of any recorder as the clocks tell it; null when its boot is not known or no clock places it.</summary>
    public long? Place(RecorderTrack track, Moment moment)
    {
        if (ReferenceEquals(track, reference))
            return IndexOf(reference, moment.Boot) is >= 0 and var index ? OwnPlace(index, moment.MonotonicUs) : null;
        if (WallOf(track, moment) is not { } wall)
            return null;
        for (var index = 0; index < bases.Count; index++)
        {
            if (PlaceIn(index, wall) is not { } place)
                return null;
            if (index + 1 == bases.Count || place.Us <= LineEnd(index))
                return index == 0 ? place.Us : Math.Max(place.Us, seams[index - 1].FromUs);
        }

        return null;
    }

    /// <summary>Where a span of any recorder lies for certain and where it may lie. False when no clock bounds its place.</summary>
    public bool TryPlace(RecorderTrack track, uint boot, long fromUs, long toUs, List<PlacedSpan> spans)
    {
        if (ReferenceEquals(track, reference))
        {
            var own = IndexOf(reference, boot);
            if (own < 0)
                return false;
            spans.Add(new PlacedSpan(bases[own] + fromUs, bases[own] + toUs, 0, IsCertain: true));
            return true;
        }

        if (WallOf(track, new Moment(boot, fromUs)) is not { ErrorUs: not null } from || WallOf(track, new Moment(boot, toUs)) is not { ErrorUs: not null } to)
            return false;
        (long From, long To, long Error)? before = null;
        for (var index = 0; index < bases.Count; index++)
        {
            if (PlaceIn(index, from) is not { ErrorUs: { } fromError } start || PlaceIn(index, to) is not { ErrorUs: { } toError } end)
                return false;
            var here = (start.Us, end.Us, Math.Max(fromError, toError));
            var low = index == 0 ? long.MinValue : bases[index] + reference.Boots[index].StartUs;
            var high = index + 1 == bases.Count ? long.MaxValue : LineEnd(index);
            Add(spans, here.Item1 + here.Item3, here.Item2 - here.Item3, low, high, here.Item3, isCertain: true);
            Add(spans, here.Item1 - here.Item3, here.Item2 + here.Item3, low, high, here.Item3, isCertain: false);
            if (before is { } last)
                AddSeam(spans, last, here, seams[index - 1]);
            before = here;
        }

        return true;
    }

    /// <summary>Wall time of a place, for people; null when no clock tells it. A place within a seam is told by the boot before.</summary>
    public WallTime? WallAt(long lineUs)
    {
        var index = bases.Count - 1;
        while (index > 0 && lineUs < seams[index - 1].ToUs)
            index--;
        return BootClock.At(reference.Boots[index], lineUs - bases[index]);
    }

    private static void AddSeam(List<PlacedSpan> spans, (long From, long To, long Error) before, (long From, long To, long Error) after, Seam seam)
    {
        // It ran through the whole seam when it certainly began before the one boot ended and certainly ended after the other began.
        var through = before.From + before.Error <= seam.FromUs && before.To - before.Error >= seam.FromUs && after.From + after.Error <= seam.ToUs && after.To - after.Error >= seam.ToUs;
        if (through)
            Add(spans, seam.FromUs, seam.ToUs, seam.FromUs, seam.ToUs, before.Error, isCertain: true);
        else if (before.To + before.Error > seam.FromUs && after.From - after.Error < seam.ToUs)
            Add(spans, seam.FromUs, seam.ToUs, seam.FromUs, seam.ToUs, Math.Max(before.Error, after.Error), isCertain: false);
    }

    private static void Add(List<PlacedSpan> spans, long from, long to, long low, long high, long error, bool isCertain)
    {
        from = Math.Max(from, low);
        to = Math.Min(to, high);
        if (to > from)
            spans.Add(new PlacedSpan(from, to, error, isCertain));
    }

    private static Seam Between(BootTrack before, BootTrack after, long fromUs)
    {
        var end = BootClock.At(before, before.EndUs);
        var start = BootClock.At(after, after.StartUs);
        var contradiction = end is { Contradiction: true } || start is { Contradiction: true };
        var apart = end is null || start is null ? -1 : start.Us - end.Us;
        if (end?.ErrorUs is not { } endError || start?.ErrorUs is not { } startError)
            return new Seam(fromUs, fromUs, fromUs + (apart is > 0 and <= SeamMaxUs ? apart : 1), null, contradiction);
        var bound = endError + startError;
        if (apart + bound <= 0)
        {
            // The later boot began before the earlier one ended: the bounds do not hold.
            contradiction = true;
            bound = 2 * Math.Max(1, -apart);
        }

        var leastUs = Math.Max(0, apart - bound);
        return new Seam(fromUs, fromUs + leastUs, fromUs + Math.Max(leastUs, apart + bound), bound, contradiction);
    }

    private static WallTime? WallOf(RecorderTrack track, Moment moment) => IndexOf(track, moment.Boot) is >= 0 and var index ? BootClock.At(track.Boots[index], moment.MonotonicUs) : null;

    private static int IndexOf(RecorderTrack track, uint boot)
    {
        for (var index = 0; index < track.Boots.Count; index++)
        {
            if (track.Boots[index].Number == boot)
                return index;
        }

        return -1;
    }

    // A moment after the boot's end lies in the seam at most; one before its start, too.
    private long OwnPlace(int index, long monotonicUs)
    {
        var place = bases[index] + monotonicUs;
        if (index + 1 < bases.Count)
            place = Math.Min(place, seams[index].ToUs);
        return index > 0 ? Math.Max(place, seams[index - 1].FromUs) : place;
    }

    private (long Us, long? ErrorUs)? PlaceIn(int index, WallTime wall)
    {
        var boot = reference.Boots[index];
        if (BootClock.At(boot, boot.StartUs) is not { } first)
            return null;
        var guess = first.By.MonotonicUs + (wall.Us - first.By.WallUs);
        var own = BootClock.At(boot, Math.Clamp(guess, boot.StartUs, boot.EndUs))!;
        var monotonicUs = own.By.MonotonicUs + (wall.Us - own.By.WallUs);
        var error = BootClock.At(boot, monotonicUs)!.ErrorUs;
        return (bases[index] + monotonicUs, wall.ErrorUs + error);
    }

    private long LineEnd(int index) => bases[index] + reference.Boots[index].EndUs;
}

/// <summary>Time between two boots of the first recorder.</summary>
/// <param name="FromUs">End of the boot before.</param>
/// <param name="CertainToUs">Up to here it certainly passed.</param>
/// <param name="ToUs">Start of the next boot, at the latest that the clocks admit.</param>
/// <param name="BoundUs">Error bound, ± µs; null when nothing bounds it.</param>
/// <param name="Contradiction">True when clock readings contradict each other.</param>
internal sealed record Seam(long FromUs, long CertainToUs, long ToUs, long? BoundUs, bool Contradiction);

/// <summary>A span on the line.</summary>
/// <param name="FromUs">From.</param>
/// <param name="ToUs">To.</param>
/// <param name="ErrorUs">How far it can be off.</param>
/// <param name="IsCertain">True where it lies whatever the clocks' error is.</param>
internal readonly record struct PlacedSpan(long FromUs, long ToUs, long ErrorUs, bool IsCertain);
