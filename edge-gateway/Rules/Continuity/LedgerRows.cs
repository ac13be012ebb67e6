namespace BodyCam.Rules.Continuity;

/// <summary>Makes rows: divides the interval wherever anything begins or ends, says what each stretch is, and joins equal neighbours.</summary>
internal sealed class LedgerRows(ContinuityInput input, PlacedInput placed, long arrivalUs, long leavingUs)
{
    private readonly GapJudge judge = new(input, placed);

    /// <summary>Time that more than one recorder has for certain, µs; known after <see cref="Make"/>.</summary>
    public long OverlapUs { get; private set; }

    /// <summary>Rows of all recorders together.</summary>
    public IReadOnlyList<LedgerRow> Make()
    {
        OverlapUs = 0;
        return Sweep(Row);
    }

    /// <summary>Rows of one recorder alone.</summary>
    public IReadOnlyList<LedgerRow> MakeOf(int recorder) => Sweep((from, to) => Base(from, to, recorder));

    private List<LedgerRow> Sweep(Func<long, long, LedgerRow> make)
    {
        var rows = new List<LedgerRow>();
        var cuts = placed.Cuts().Where(cut => cut > arrivalUs && cut < leavingUs).Append(arrivalUs).Append(leavingUs).Distinct().Order().ToList();
        for (var index = 0; index + 1 < cuts.Count; index++)
        {
            var row = make(cuts[index], cuts[index + 1]);
            if (rows.Count > 0 && IsSame(rows[^1], row))
                rows[^1] = rows[^1] with { ToUs = row.ToUs };
            else
                rows.Add(row);
        }

        return rows;
    }

    private LedgerRow Row(long fromUs, long toUs)
    {
        var row = Base(fromUs, toUs, null) with { Site = judge.SiteAt(fromUs, toUs) };
        if (row.Kind == LedgerKind.Footage)
        {
            if (row.Flags.HasFlag(LedgerFlags.Overlap))
                OverlapUs += row.LengthUs;
            return row;
        }

        IReadOnlyList<string> lost = [.. placed.Lost.Where(one => one.Holds(fromUs, toUs)).Select(static one => one.What.Name).Distinct(StringComparer.Ordinal)];
        var judged = judge.Judge(fromUs, toUs, lost.Count > 0);
        return row with
        {
            Kind = row.Kind == LedgerKind.Seam ? LedgerKind.Seam : judged.IsExplained ? LedgerKind.Explained : LedgerKind.Unexplained,
            Reason = judged.Reason,
            Articles = judged.Articles,
            ConfirmedBy = judged.By,
            ConfirmedAt = judged.At,
            Flags = row.Flags | judged.Flags | (lost.Count > 0 ? LedgerFlags.FootageLost : LedgerFlags.None),
            Note = judged.Note,
            Lost = lost,
        };
    }

    // Footage where it is certain, seam where the clocks leave it open, else unexplained.
    private LedgerRow Base(long fromUs, long toUs, int? recorder)
    {
        var here = placed.Footage.Where(footage => (recorder is null || footage.Recorder == recorder) && footage.Span.FromUs <= fromUs && toUs <= footage.Span.ToUs).ToList();
        var certain = here.Where(static footage => footage.Span.IsCertain).ToList();
        var seam = placed.Line.Seams.FirstOrDefault(seam => seam.CertainToUs <= fromUs && toUs <= seam.ToUs);
        var row = new LedgerRow { Kind = LedgerKind.Unexplained, FromUs = fromUs, ToUs = toUs, Recorders = Names(certain.Count > 0 ? certain : here) };
        if (seam is not null)
        {
            return row with
            {
                Kind = LedgerKind.Seam,
                BoundUs = seam.BoundUs,
                Flags = (seam.BoundUs is null ? LedgerFlags.LengthUnknown : LedgerFlags.None) | (seam.Contradiction ? LedgerFlags.ClockContradiction : LedgerFlags.None),
            };
        }

        if (certain.Count > 0)
        {
            var flags = PlacedInput.Together([.. certain.GroupBy(static footage => footage.Recorder).Select(static one => one.Aggregate(LedgerFlags.None, static (sum, footage) => sum | footage.Flags))]);
            return row with { Kind = LedgerKind.Footage, Flags = flags | (row.Recorders.Count > 1 ? LedgerFlags.Overlap : LedgerFlags.None) };
        }

        return here.Count > 0 ? row with { Kind = LedgerKind.Seam, BoundUs = here.Max(static footage => footage.Span.ErrorUs) } : row;
    }

    private string[] Names(List<PlacedFootage> footage) => [.. footage.Select(static one => one.Recorder).Distinct().Order().Select(index => input.Recorders[index].Id)];

    private static bool IsSame(LedgerRow left, LedgerRow right) =>
        left.Recorders.SequenceEqual(right.Recorders, StringComparer.Ordinal) && left.Articles.SequenceEqual(right.Articles, StringComparer.Ordinal) && left.Lost.SequenceEqual(right.Lost, StringComparer.Ordinal)
        && left with { FromUs = 0, ToUs = 0, Recorders = [], Articles = [], Lost = [] } == right with { FromUs = 0, ToUs = 0, Recorders = [], Articles = [], Lost = [] };
}
