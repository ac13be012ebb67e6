using System.Globalization;

namespace BodyCam.Rules.Continuity;

/// <summary>The continuity ledger: every microsecond from arrival to leaving is footage, an explained interruption, an unexplained gap, or the error of a seam (000·8, 001·9·11, 002·10·13, 003·5, 004·12; DESIGN §7). Pure.</summary>
public static class ContinuityLedger
{
    /// <summary>Computes the ledger. Rows tile the interval; their sums equal its length exactly.</summary>
    /// <exception cref="ArgumentException">The input has no recorder, one without a boot, boots out of order, or two recorders of one id.</exception>
    public static ContinuityReport Compute(ContinuityInput input)
    {
        Check(input);
        var placed = new PlacedInput(input);
        var (arrivalUs, leavingUs, hasEnd) = Defaults(input, placed);
        var moves = new List<JudgedMove>();
        foreach (var move in input.Moves)
        {
            var outcome = Judge(placed, move, arrivalUs, leavingUs, out var place);
            moves.Add(new JudgedMove(move, outcome));
            if (outcome != MoveOutcome.Applied)
                continue;
            arrivalUs = move.End == EndPoint.Arrival ? place : arrivalUs;
            leavingUs = move.End == EndPoint.Leaving ? place : leavingUs;
            hasEnd |= move.End == EndPoint.Leaving;
        }

        var maker = new LedgerRows(input, placed, arrivalUs, leavingUs);
        var rows = SinceArrival(maker.Make(), arrivalUs);
        var wall = placed.Line.WallAt(arrivalUs);
        return new ContinuityReport
        {
            IntervalUs = leavingUs - arrivalUs,
            ArrivalWallUs = wall?.Us,
            ArrivalWallErrorUs = wall?.ErrorUs,
            Rows = rows,
            Sums = Sum(rows),
            OverlapUs = maker.OverlapUs,
            Recorders = [.. input.Recorders.Select((track, index) => new RecorderRows(track.Id, placed.IsPlaced[index], SinceArrival(maker.MakeOf(index), arrivalUs)))],
            Sites = [.. rows.Select(static row => row.Site).Distinct(StringComparer.Ordinal).Select(site => new SiteSums(site, Sum(rows.Where(row => string.Equals(row.Site, site, StringComparison.Ordinal)))))],
            Visits = [.. input.Sites.Select(visit => SumOf(placed, visit, rows, arrivalUs))],
            Tasks = AccountTasks.Of(input, rows),
            Moves = moves,
            HasEnd = hasEnd,
        };
    }

    private static VisitSums SumOf(PlacedInput placed, SiteVisit visit, IReadOnlyList<LedgerRow> rows, long arrivalUs)
    {
        var (fromUs, toUs) = placed.Sites.Where(one => ReferenceEquals(one.What, visit)).Select(one => ((long?)one.FromUs - arrivalUs, (long?)one.ToUs - arrivalUs)).FirstOrDefault();
        return new VisitSums(visit, fromUs, toUs, Sum(rows.Where(row => row.FromUs >= fromUs && row.ToUs <= toUs)));
    }

    // Arrival: the first press, or the first footage or the first entered visit if that is earlier. Leaving: the end that the officer gave, or the last footage or visit if that is later; without one, what is known.
    private static (long ArrivalUs, long LeavingUs, bool HasEnd) Defaults(ContinuityInput input, PlacedInput placed)
    {
        var presses = input.Recorders.Select(track => track.FirstPress is { } press ? placed.Line.Place(track, press) : null).OfType<long>().ToList();
        var ends = input.Recorders.Select(track => track.Ended is { } end ? placed.Line.Place(track, end) : null).OfType<long>().ToList();
        var extent = placed.FootageExtent();
        long? arrival = presses.Count > 0 ? presses.Min() : null;
        long? leaving = ends.Count > 0 ? ends.Max() : placed.Line.EndUs;
        var from = extent is { } first ? Math.Min(arrival ?? first.FromUs, first.FromUs) : arrival ?? input.Recorders[0].Boots[0].StartUs;
        var to = extent is { } last ? Math.Max(leaving.Value, last.ToUs) : leaving.Value;
        if (placed.VisitExtent() is { } visits)
            (from, to) = (Math.Min(from, visits.FromUs), Math.Max(to, visits.ToUs));
        return (from, Math.Max(from, to), ends.Count > 0);
    }

    private static MoveOutcome Judge(PlacedInput placed, EndPointMove move, long arrivalUs, long leavingUs, out long place)
    {
        place = 0;
        if (string.IsNullOrWhiteSpace(move.Reason) || string.IsNullOrWhiteSpace(move.By))
            return MoveOutcome.NoReason;
        if (placed.Track(move.Recorder) is not { } track || placed.Line.Place(track, move.To) is not { } to)
            return MoveOutcome.UnknownMoment;
        place = to;
        if (placed.FootageExtent() is { } extent && (move.End == EndPoint.Arrival ? to > extent.FromUs : to < extent.ToUs))
            return MoveOutcome.DropsFootage;
        if (placed.VisitExtent() is { } visits && (move.End == EndPoint.Arrival ? to > visits.FromUs : to < visits.ToUs))
            return MoveOutcome.DropsVisit;
        return (move.End == EndPoint.Arrival ? leavingUs < to : to < arrivalUs) ? MoveOutcome.OutOfOrder : MoveOutcome.Applied;
    }

    private static LedgerSums Sum(IEnumerable<LedgerRow> rows)
    {
        var sums = new long[4];
        foreach (var row in rows)
            sums[(int)row.Kind] = checked(sums[(int)row.Kind] + row.LengthUs);
        return new LedgerSums(sums[0], sums[1], sums[2], sums[3]);
    }

    private static IReadOnlyList<LedgerRow> SinceArrival(IReadOnlyList<LedgerRow> rows, long arrivalUs) => [.. rows.Select(row => row with { FromUs = row.FromUs - arrivalUs, ToUs = row.ToUs - arrivalUs })];

    private static void Check(ContinuityInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Recorders.Count == 0)
            throw new ArgumentException("The input names no recorder.", nameof(input));
        if (input.Recorders.Select(static track => track.Id).Distinct(StringComparer.Ordinal).Count() != input.Recorders.Count)
            throw new ArgumentException("Two recorders have one id.", nameof(input));
        foreach (var track in input.Recorders)
        {
            if (track.Boots.Count == 0)
                throw new ArgumentException($"Recorder {track.Id} has no boot.", nameof(input));
            for (var index = 0; index < track.Boots.Count; index++)
            {
                var boot = track.Boots[index];
                if (boot.EndUs < boot.StartUs || (index > 0 && boot.Number <= track.Boots[index - 1].Number))
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Boot {boot.Number} of {track.Id} ends before it starts, or is out of order."), nameof(input));
            }
        }
    }
}
