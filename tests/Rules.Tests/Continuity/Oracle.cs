using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>Says tick by tick what a history is, after docs/continuity.md and with nothing of the ledger: no spans, no cuts, no sweep.</summary>
internal sealed class Oracle
{
    private readonly History history;
    private readonly ContinuityRule rule;
    private readonly List<int> starts = [0];
    private readonly List<(int From, int Certain, int To, int? Bound, bool Contradiction)> seams = [];

    public Oracle(History history)
    {
        this.history = history;
        rule = history.Policy.Rules.Continuity;
        for (var index = 1; index < history.Boots.Count; index++)
        {
            var before = history.Boots[index - 1];
            var boot = history.Boots[index];
            var end = starts[^1] + before.Length;
            var apart = boot.Wall - before.Wall - before.Length;
            var bound = before.Bound + boot.Bound;
            var contradiction = bound is { } sum && apart + sum <= 0;
            if (contradiction)
                bound = -2 * apart;
            var least = bound is { } most ? Math.Max(0, apart - most) : 0;
            seams.Add((end, end + least, end + apart + (bound ?? 0), bound, contradiction));
            starts.Add(seams[^1].To);
        }

        Arrival = history.Press;
        Leaving = starts[^1] + (history.Ended ?? history.Boots[^1].Length);
        var (first, last) = Extent();
        Arrival = Math.Min(Arrival, first);
        Leaving = Math.Max(Leaving, last);
        // An entered visit is never outside: neither by default nor by a move.
        foreach (var visit in history.Sites.Where(site => Place(site.ToBoot, site.To) > Place(site.FromBoot, site.From)))
        {
            first = Math.Min(first, Place(visit.FromBoot, visit.From));
            last = Math.Max(last, Place(visit.ToBoot, visit.To));
        }

        Arrival = Math.Min(Arrival, first);
        Leaving = Math.Max(Leaving, last);
        Leaving = Math.Max(Leaving, Arrival);
        foreach (var (endPoint, boot, at, hasReason) in history.Moves)
        {
            var place = Place(boot, at);
            if (!hasReason || (endPoint == EndPoint.Arrival ? place > first || place > Leaving : place < last || place < Arrival))
                continue;
            if (endPoint == EndPoint.Arrival)
                Arrival = place;
            else
                Leaving = place;
        }
    }

    public int Arrival { get; }

    public int Leaving { get; }

    /// <summary>Rows in words, one per stretch of equal ticks.</summary>
    public List<string> Rows()
    {
        var rows = new List<string>();
        var from = Arrival;
        string? same = null;
        for (var tick = Arrival; tick <= Leaving; tick++)
        {
            var said = tick < Leaving ? At(tick) : null;
            if (said == same)
                continue;
            if (same is not null)
                rows.Add($"{from - Arrival}-{tick - Arrival} {same}");
            same = said;
            from = tick;
        }

        return rows;
    }

    public static string Words(LedgerKind kind, IEnumerable<string> recorders, LedgerFlags flags, long? bound, string? site, string? reason, IEnumerable<string> articles, string? by, IEnumerable<string> lost) =>
        $"{kind} [{string.Join(',', recorders)}] {flags} ±{bound} @{site} {reason} ({string.Join(',', articles)}) {by} {string.Join(';', lost)}";

    private string At(int tick)
    {
        var site = SiteAt(tick);
        var seam = seams.FindIndex(one => tick >= one.Certain && tick < one.To);
        var own = OwnFootage(tick, out var noSound);
        var (certain, possible, error) = Other(tick);
        var sure = new List<string>();
        if (own)
            sure.Add("A");
        if (certain)
            sure.Add("B");
        if (seam < 0 && sure.Count > 0)
            return Words(LedgerKind.Footage, sure, (own && noSound && !certain ? LedgerFlags.NoSound : LedgerFlags.None) | (sure.Count > 1 ? LedgerFlags.Overlap : LedgerFlags.None), null, site, null, [], null, []);
        var (explained, reason, articles, by, flags) = Judge(tick);
        var lost = history.Lost.Where(one => Within(tick, one.FromBoot, one.From, one.ToBoot, one.To)).Select(static one => one.Name).ToList();
        if (lost.Count > 0)
            flags |= LedgerFlags.FootageLost;
        if (seam >= 0)
        {
            flags |= seams[seam].Bound is null ? LedgerFlags.LengthUnknown : LedgerFlags.None;
            flags |= seams[seam].Contradiction ? LedgerFlags.ClockContradiction : LedgerFlags.None;
            return Words(LedgerKind.Seam, certain || possible ? ["B"] : [], flags, seams[seam].Bound * History.Tick, site, reason, articles, by, lost);
        }

        return possible
            ? Words(LedgerKind.Seam, ["B"], flags, error * History.Tick, site, reason, articles, by, lost)
            : Words(explained ? LedgerKind.Explained : LedgerKind.Unexplained, [], flags, null, site, reason, articles, by, lost);
    }

    // Which boot a tick is in; −1 between boots. Ticks before the first boot and after the last one belong to them.
    private int BootAt(int tick)
    {
        for (var index = starts.Count - 1; index >= 0; index--)
        {
            if (tick < starts[index] && index > 0)
                continue;
            return index + 1 < starts.Count && tick >= starts[index] + history.Boots[index].Length ? -1 : index;
        }

        return -1;
    }

    private int Place(int boot, int tick)
    {
        var place = starts[boot] + tick;
        if (boot + 1 < starts.Count)
            place = Math.Min(place, seams[boot].To);
        return boot > 0 ? Math.Max(place, seams[boot - 1].From) : place;
    }

    private bool Within(int tick, int fromBoot, int from, int toBoot, int to) => tick >= Place(fromBoot, from) && tick < Place(toBoot, to);

    private bool OwnFootage(int tick, out bool noSound)
    {
        noSound = false;
        var boot = BootAt(tick);
        if (boot < 0)
            return false;
        var here = tick - starts[boot];
        foreach (var run in history.Runs.Where(run => run.Boot == boot))
        {
            var (from, to) = Reach(run);
            if (here < from || here >= to)
                continue;
            noSound = !Covers(from, to, run.Sound, here);
            return Covers(from, to, run.Frames, here);
        }

        return false;
    }

    // The nearest marks on both sides of a tick, the ends of the run where there is none.
    private bool Covers(int from, int to, IReadOnlyList<int> marks, int here)
    {
        var before = marks.LastOrDefault(mark => mark <= here, int.MinValue);
        var after = marks.FirstOrDefault(mark => mark > here, int.MaxValue);
        if (before == int.MinValue && after == int.MaxValue)
            return false;
        return Math.Min(after, to) - Math.Max(before, from) <= history.Hole;
    }

    private (int From, int To) Reach(TickRun run)
    {
        var (from, to) = (run.From, run.To);
        if (run.Frames.Count == 0)
            return (from, to);
        if (run.Boot == 0 && history.Press < from && run.Frames[0] - history.Press <= history.Hole && Enumerable.Range(history.Press, from - history.Press).All(tick => IsClear(0, tick)))
            from = history.Press;
        if (history.Ended is { } ended && run.Boot == history.Boots.Count - 1 && ended > to && ended - run.Frames[^1] <= history.Hole && Enumerable.Range(run.To, ended - run.To).All(tick => IsClear(run.Boot, tick)))
            to = ended;
        return (from, to);
    }

    // Neither footage, nor lost, nor an interruption on record.
    private bool IsClear(int boot, int tick) =>
        !history.Runs.Exists(run => run.Boot == boot && tick >= run.From && tick < run.To)
        && !history.Lost.Exists(lost => lost.FromBoot == boot && tick >= lost.From && tick < lost.To)
        && !history.Interruptions.Exists(one => (one.FromBoot, one.From).CompareTo((boot, tick)) <= 0 && (one.ToBoot is not { } end || (end, one.To).CompareTo((boot, tick)) > 0));

    private (bool Certain, bool Possible, int Error) Other(int tick)
    {
        if (!history.HasSecond || history.Boots.Any(static boot => boot.Bound is null))
            return default;
        var boot = BootAt(tick);
        if (boot >= 0)
        {
            var error = history.Second.Bound + history.Boots[boot].Bound!.Value;
            var there = tick - starts[boot] + history.Boots[boot].Wall - history.Second.Wall;
            return (history.SecondRuns.Exists(run => there - error >= run.From && there + error < run.To), history.SecondRuns.Exists(run => there + error >= run.From && there - error < run.To), error);
        }

        var seam = seams.FindIndex(one => tick >= one.From && tick < one.To);
        var leftError = history.Second.Bound + history.Boots[seam].Bound!.Value;
        var rightError = history.Second.Bound + history.Boots[seam + 1].Bound!.Value;
        var left = history.Boots[seam].Wall + history.Boots[seam].Length - history.Second.Wall;
        var right = history.Boots[seam + 1].Wall - history.Second.Wall;
        var through = history.SecondRuns.Exists(run => run.From + leftError <= left && run.To - leftError >= left && run.From + rightError <= right && run.To - rightError >= right);
        return (through, history.SecondRuns.Exists(run => run.To + leftError > left && run.From - rightError < right), Math.Max(leftError, rightError));
    }

    // First and last footage as the clocks tell it.
    private (int First, int Last) Extent()
    {
        var (first, last) = (int.MaxValue, int.MinValue);
        foreach (var run in history.Runs)
        {
            var (from, to) = Reach(run);
            for (var here = from; here < to; here++)
            {
                if (!Covers(from, to, run.Frames, here))
                    continue;
                first = Math.Min(first, starts[run.Boot] + here);
                last = Math.Max(last, starts[run.Boot] + here + 1);
            }
        }

        if (history.HasSecond && history.Boots.TrueForAll(static boot => boot.Bound is not null))
        {
            foreach (var run in history.SecondRuns)
            {
                first = Math.Min(first, ByWall(run.From));
                last = Math.Max(last, ByWall(run.To));
            }
        }

        return (first, last);
    }

    // A moment of B lies in the first boot of A that had not ended by then, or in the seam before it.
    private int ByWall(int there)
    {
        var wall = there + history.Second.Wall;
        for (var index = 0; ; index++)
        {
            if (index + 1 < history.Boots.Count && wall > history.Boots[index].Wall + history.Boots[index].Length)
                continue;
            var place = starts[index] + wall - history.Boots[index].Wall;
            return index == 0 ? place : Math.Max(place, seams[index - 1].From);
        }
    }

    private string? SiteAt(int tick)
    {
        foreach (var site in history.Sites.OrderBy(site => Place(site.FromBoot, site.From)))
        {
            if (Within(tick, site.FromBoot, site.From, site.ToBoot, site.To))
                return site.Name;
        }

        return null;
    }

    private (bool Explained, string? Reason, IReadOnlyList<string> Articles, string? By, LedgerFlags Flags) Judge(int tick)
    {
        var stop = history.StopUses.FirstOrDefault(one => Within(tick, one.FromBoot, one.From, one.ToBoot, one.To)).What;
        var stopRule = stop is null ? null : history.Policy.Rules.StopUse.FirstOrDefault(one => one.Reason == stop.Reason);
        var reviewed = history.Policy.Rules.WorkRecord?.Reviewer is null || stop?.ReviewedBy is not null;
        // Footage that was recorded and is not here: only a written account explains where it is.
        var isLost = history.Lost.Exists(one => Within(tick, one.FromBoot, one.From, one.ToBoot, one.To));
        if (stopRule is not null && reviewed && !isLost)
            return (true, stop!.Reason, stopRule.Cites, stop.ReviewedBy ?? stop.By, LedgerFlags.StopUse);
        if (rule.Unit == ContinuityUnit.Site && !isLost && SiteAt(tick) is null)
        {
            var left = history.Sites.Where(site => Place(site.ToBoot, site.To) <= tick && Place(site.ToBoot, site.To) > Place(site.FromBoot, site.From)).OrderBy(site => Place(site.FromBoot, site.From)).LastOrDefault();
            var next = history.Sites.Where(site => Place(site.FromBoot, site.From) > tick && Place(site.ToBoot, site.To) > Place(site.FromBoot, site.From)).OrderBy(site => Place(site.FromBoot, site.From)).FirstOrDefault();
            if (left.Name is not null && next.Name is not null && left.Name != next.Name)
                return (true, "site_change", rule.Cites, "V", LedgerFlags.BetweenSites | (left.IsCorrected || next.IsCorrected ? LedgerFlags.VisitCorrected : LedgerFlags.None));
        }

        var broken = history.Interruptions.Where(one => tick >= Place(one.FromBoot, one.From) && (one.ToBoot is null || tick < Place(one.ToBoot.Value, one.To))).Take(1).ToList();
        var confirmed = history.Confirmations.Where(one => Within(tick, one.FromBoot, one.From, one.ToBoot, one.To)).Select(static one => one.What).MaxBy(static one => one.At);
        var judged = Judge(broken, confirmed, isLost);
        // Whatever explains counts first; a decision not to record that does not hold is said where nothing else is on record.
        if (!judged.Explained && broken.Count == 0 && stop is not null)
            return (false, stop.Reason, rule.Cites, stopRule is null ? stop.By : stop.ReviewedBy ?? stop.By, LedgerFlags.StopUse | (stopRule is null ? LedgerFlags.NotAdmitted : reviewed ? LedgerFlags.None : LedgerFlags.NotReviewed));
        return judged;
    }

    private (bool Explained, string? Reason, IReadOnlyList<string> Articles, string? By, LedgerFlags Flags) Judge(List<(int FromBoot, int From, int? ToBoot, int To, string? Reason, int Note)> broken, GapConfirmation? confirmed, bool isLost)
    {
        var told = broken.Count > 0 ? broken[0].Reason : null;
        var note = broken.Count > 0 ? broken[0].Note : -1;
        var reason = confirmed?.Reason ?? told;
        var flags = broken.Count == 0 ? LedgerFlags.NoInterruption : broken[0].ToBoot is null ? LedgerFlags.NotResumed : LedgerFlags.None;
        flags |= note == 2 ? LedgerFlags.SilentNote : LedgerFlags.None;
        flags |= rule.VoiceNote && (note is 0 or 1) && broken[0].ToBoot is not null ? LedgerFlags.NoNote : LedgerFlags.None;
        flags |= confirmed is null ? LedgerFlags.NotConfirmed : (confirmed.Accepted ? LedgerFlags.None : LedgerFlags.Rejected) | (confirmed.Reason == told ? LedgerFlags.None : LedgerFlags.ReasonByPerson) | (confirmed.Note == NoteKind.Written ? LedgerFlags.WrittenAccount : LedgerFlags.None);
        var hasNote = confirmed is { Note: NoteKind.Written } ? confirmed.Account is not null : note == 3 && !isLost;
        var item = rule.Admitted.FirstOrDefault(one => one.Reason == reason);
        var decided = confirmed?.Article is { } article && history.Policy.Find(article) is not null;
        var admitted = reason is not null && (rule.HasList ? item is not null : confirmed is null || decided);
        flags |= reason is not null && !admitted ? LedgerFlags.NotAdmitted : LedgerFlags.None;
        var explained = admitted && confirmed is { Accepted: true } && hasNote;
        return (explained, reason, !explained ? rule.Cites : rule.HasList ? item!.Cites : [confirmed!.Article!], confirmed?.By, flags);
    }
}
