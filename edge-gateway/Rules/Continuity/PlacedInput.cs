namespace BodyCam.Rules.Continuity;

/// <summary>Footage of one recorder on the line.</summary>
internal sealed record PlacedFootage(int Recorder, PlacedSpan Span, LedgerFlags Flags);

/// <summary>Something that holds from…to on the line.</summary>
internal readonly record struct Placed<T>(long FromUs, long ToUs, T What)
{
    public bool Holds(long fromUs, long toUs) => FromUs <= fromUs && toUs <= ToUs;
}

/// <summary>The whole input on one line.</summary>
internal sealed class PlacedInput
{
    private const LedgerFlags Defects = LedgerFlags.NoSound | LedgerFlags.Stalled | LedgerFlags.Black;

    private readonly ContinuityInput input;
    private readonly long holeMaxUs;
    private readonly IReadOnlyList<FootageRun>[] runs;

    public PlacedInput(ContinuityInput input)
    {
        this.input = input;
        holeMaxUs = input.Policy.Rules.Continuity.HoleMaxMs * 1000L;
        Line = new TimeLine(input.Recorders[0]);
        runs = [.. input.Recorders.Select(track => (IReadOnlyList<FootageRun>)[.. track.Runs.Select(run => Reach(track, run))])];
        IsPlaced = new bool[input.Recorders.Count];
        for (var index = 0; index < input.Recorders.Count; index++)
            IsPlaced[index] = PlaceFootage(index);
        foreach (var track in input.Recorders)
            PlaceRecord(track);
        Confirmations = [.. input.Confirmations.OrderByDescending(static confirmation => confirmation.At).SelectMany(confirmation => Between(confirmation.Recorder, confirmation.From, confirmation.To, confirmation))];
        StopUses = [.. input.StopUses.SelectMany(decision => Between(decision.Recorder, decision.From, decision.To, decision))];
        Sites = [.. input.Sites.SelectMany(visit => Between(visit.Recorder, visit.From, visit.To, visit)).OrderBy(static visit => visit.FromUs)];
    }

    public TimeLine Line { get; }

    /// <summary>By recorder: false when its footage has no place.</summary>
    public bool[] IsPlaced { get; }

    public List<PlacedFootage> Footage { get; } = [];

    public List<Placed<Interruption>> Interruptions { get; } = [];

    public List<Placed<LostFootage>> Lost { get; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Placed<GapConfirmation>> Confirmations { get; }

    public IReadOnlyList<Placed<StopUseDecision>> StopUses { get; }

    public IReadOnlyList<Placed<SiteVisit>> Sites { get; }

    /// <summary>The recorder of that id, or null.</summary>
    public RecorderTrack? Track(string id) => input.Recorders.FirstOrDefault(track => string.Equals(track.Id, id, StringComparison.Ordinal));

    /// <summary>First and last footage as the clocks tell it, without their error; null when there is none.</summary>
    public (long FromUs, long ToUs)? FootageExtent()
    {
        (long From, long To)? extent = null;
        for (var index = 0; index < input.Recorders.Count; index++)
        {
            var track = input.Recorders[index];
            foreach (var run in runs[index].Where(_ => IsPlaced[index]))
            {
                foreach (var (fromUs, toUs) in Spans.Covered(run.FromUs, run.ToUs, run.FrameUs, holeMaxUs))
                {
                    if (Line.Place(track, new Moment(run.Boot, fromUs)) is { } from && Line.Place(track, new Moment(run.Boot, toUs)) is { } to)
                        extent = extent is { } so ? (Math.Min(so.From, from), Math.Max(so.To, to)) : (from, to);
                }
            }
        }

        return extent;
    }

    /// <summary>Beginning of the first visit and end of the last one; null when none is placed.</summary>
    public (long FromUs, long ToUs)? VisitExtent() => Sites.Count == 0 ? null : (Sites.Min(static visit => visit.FromUs), Sites.Max(static visit => visit.ToUs));

    /// <summary>Every place at which something begins or ends.</summary>
    public IEnumerable<long> Cuts() =>
        Footage.SelectMany(static footage => new[] { footage.Span.FromUs, footage.Span.ToUs })
            .Concat(Ends(Interruptions)).Concat(Ends(Lost)).Concat(Ends(Confirmations)).Concat(Ends(StopUses)).Concat(Ends(Sites))
            .Concat(Line.Seams.SelectMany(static seam => new[] { seam.FromUs, seam.CertainToUs, seam.ToUs }));

    private static IEnumerable<long> Ends<T>(IEnumerable<Placed<T>> placed) => placed.SelectMany(static one => new[] { one.FromUs, one.ToUs });

    private bool PlaceFootage(int recorder)
    {
        var track = input.Recorders[recorder];
        foreach (var run in runs[recorder])
        {
            var spans = Spans.Covered(run.FromUs, run.ToUs, run.FrameUs, holeMaxUs);
            var flags = new List<FlagSpan>(run.Flags);
            flags.AddRange(Spans.Without(run.FromUs, run.ToUs, Spans.Covered(run.FromUs, run.ToUs, run.SoundUs, holeMaxUs)).Select(static span => new FlagSpan(span.FromUs, span.ToUs, LedgerFlags.NoSound)));
            foreach (var (fromUs, toUs) in spans)
            {
                if (!PlacePieces(track, recorder, run.Boot, fromUs, toUs, flags))
                    return false;
            }
        }

        return true;
    }

    // Between the press and the first picture, and between the last one and the end of the activity, the same hole counts as between two pictures; not across other footage, an interruption on record or a lost segment.
    private FootageRun Reach(RecorderTrack track, FootageRun run)
    {
        if (run.FrameUs.Count == 0)
            return run;
        if (track.FirstPress is { } press && press.Boot == run.Boot && press.MonotonicUs < run.FromUs && run.FrameUs[0] - press.MonotonicUs <= holeMaxUs && IsClear(track, run, press.MonotonicUs, run.FromUs))
            run = run with { FromUs = press.MonotonicUs };
        if (track.Ended is { } ended && ended.Boot == run.Boot && ended.MonotonicUs > run.ToUs && ended.MonotonicUs - run.FrameUs[^1] <= holeMaxUs && IsClear(track, run, run.ToUs, ended.MonotonicUs))
            run = run with { ToUs = ended.MonotonicUs };
        return run;
    }

    private static bool IsClear(RecorderTrack track, FootageRun run, long fromUs, long toUs)
    {
        var from = new Moment(run.Boot, fromUs);
        var to = new Moment(run.Boot, toUs);
        return !track.Runs.Any(other => other.Boot == run.Boot && other.FromUs < toUs && other.ToUs > fromUs)
            && !track.Lost.Any(lost => IsBefore(lost.From, to) && IsBefore(from, lost.To))
            && !track.Interruptions.Any(interruption => IsBefore(interruption.From, to) && (interruption.To is not { } end || IsBefore(from, end)));
    }

    private static bool IsBefore(Moment left, Moment right) => left.Boot < right.Boot || (left.Boot == right.Boot && left.MonotonicUs < right.MonotonicUs);

    // The span as a whole decides where it is certain; the flags only divide that.
    private bool PlacePieces(RecorderTrack track, int recorder, uint boot, long fromUs, long toUs, List<FlagSpan> flags)
    {
        var whole = new List<PlacedSpan>();
        if (!Line.TryPlace(track, boot, fromUs, toUs, whole))
            return false;
        var flagged = new List<Placed<LedgerFlags>>();
        foreach (var flag in flags.Where(flag => flag.FromUs < toUs && flag.ToUs > fromUs))
        {
            if (Line.Place(track, new Moment(boot, Math.Max(flag.FromUs, fromUs))) is { } from && Line.Place(track, new Moment(boot, Math.Min(flag.ToUs, toUs))) is { } to)
                flagged.Add(new Placed<LedgerFlags>(from, to, flag.Flags));
        }

        foreach (var span in whole)
        {
            var cuts = Ends(flagged).Where(cut => cut > span.FromUs && cut < span.ToUs).Append(span.FromUs).Append(span.ToUs).Distinct().Order().ToList();
            for (var index = 0; index + 1 < cuts.Count; index++)
            {
                var set = flagged.Where(flag => flag.Holds(cuts[index], cuts[index + 1])).Aggregate(LedgerFlags.None, static (sum, flag) => sum | flag.What);
                Footage.Add(new PlacedFootage(recorder, span with { FromUs = cuts[index], ToUs = cuts[index + 1] }, set));
            }
        }

        return true;
    }

    private void PlaceRecord(RecorderTrack track)
    {
        foreach (var interruption in track.Interruptions)
        {
            if (Line.Place(track, interruption.From) is { } from)
                Interruptions.Add(new Placed<Interruption>(from, interruption.To is { } to ? Line.Place(track, to) ?? long.MaxValue : long.MaxValue, interruption));
        }

        foreach (var lost in track.Lost)
        {
            if (Line.Place(track, lost.From) is { } from && Line.Place(track, lost.To) is { } to)
                Lost.Add(new Placed<LostFootage>(from, to, lost));
        }
    }

    private IEnumerable<Placed<T>> Between<T>(string recorder, Moment from, Moment to, T what) =>
        Track(recorder) is { } track && Line.Place(track, from) is { } fromUs && Line.Place(track, to) is { } toUs && toUs > fromUs ? [new Placed<T>(fromUs, toUs, what)] : [];

    /// <summary>Flags of footage that several recorders have: a defect counts only when all have it, anything else when one has it.</summary>
    public static LedgerFlags Together(IReadOnlyCollection<LedgerFlags> flags) =>
        (flags.Aggregate(Defects, static (all, one) => all & one) & Defects) | (flags.Aggregate(LedgerFlags.None, static (any, one) => any | one) & ~Defects);
}
