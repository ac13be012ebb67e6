using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>A random activity on a grid of 100 ms: what happened, in ticks, and the same as the ledger's input. The first recorder is A, with up to three boots; B may run beside it with one.</summary>
internal sealed class History
{
    public const long Tick = 100_000;
    private static readonly string[] reasons = ["device_fault", "low_battery", "low_storage", "weather", "site_change", "obstruction", "other_objective"];
    private static readonly string[] stopReasons = ["weather", "covert", "explosive_area", "low_battery"];

    private readonly Random random;

    public History(int seed)
    {
        random = new Random(seed);
        Policy = Agencies.All[random.Next(Agencies.All.Count)];
        Hole = random.Next(5, 31);
        Policy = Policy with { Rules = Policy.Rules with { Continuity = Policy.Rules.Continuity with { HoleMaxMs = Hole * 100 } } };
        var boots = random.Next(4) == 0 ? random.Next(2, 4) : 1;
        for (var index = 0; index < boots; index++)
            MakeBoot(index, boots);
        MakeInterruptions();
        if (random.Next(5) < 2)
            MakeSecond();
        MakeDecisions();
        MakeSites();
        Input = MakeInput();
    }

    public PolicySet Policy { get; private set; }

    public int Hole { get; }

    public List<TickBoot> Boots { get; } = [];

    public List<TickRun> Runs { get; } = [];

    public List<TickRun> SecondRuns { get; } = [];

    /// <summary>Wall tick of B's boot minus that of A's first; bound of its clock.</summary>
    public (int Wall, int Bound) Second { get; private set; }

    public bool HasSecond { get; private set; }

    public List<(int FromBoot, int From, int ToBoot, int To, string Name)> Lost { get; } = [];

    public List<(int FromBoot, int From, int? ToBoot, int To, string? Reason, int Note)> Interruptions { get; } = [];

    public List<(int FromBoot, int From, int ToBoot, int To, GapConfirmation What)> Confirmations { get; } = [];

    public List<(int FromBoot, int From, int ToBoot, int To, StopUseDecision What)> StopUses { get; } = [];

    public List<(int FromBoot, int From, int ToBoot, int To, string Name, bool IsCorrected)> Sites { get; } = [];

    public List<(EndPoint End, int Boot, int At, bool HasReason)> Moves { get; } = [];

    public int Press { get; private set; }

    public int? Ended { get; private set; }

    public ContinuityInput Input { get; }

    private void MakeBoot(int index, int count)
    {
        var length = random.Next(60, 400);
        int? bound = random.Next(12) == 0 ? null : random.Next(random.Next(3) == 0 ? 900 : 20);
        // Wall time from the end of the boot before to the start of this one; now and then the clock claims that it went back.
        var apart = random.Next(10) == 0 ? -random.Next(1, 300) : random.Next(1, 600);
        var wall = index == 0 ? 0 : Boots[^1].Wall + Boots[^1].Length + apart;
        if (index > 0 && (bound is null || Boots[^1].Bound is null) && apart <= 0)
            bound = Boots[^1].Bound is null ? bound : 5;
        if (index > 0 && Boots[^1].Bound is null && apart <= 0)
            wall = Boots[^1].Wall + Boots[^1].Length + random.Next(1, 600);
        Boots.Add(new TickBoot(length, wall, bound));
        var at = index == 0 ? random.Next(2, 30) : random.Next(0, 30);
        if (index == 0)
        {
            Press = at;
            at += random.Next(0, 40);
        }

        var end = index == count - 1 ? random.Next(Math.Min(at, length), length + 1) : length;
        if (index == count - 1 && random.Next(10) > 0)
            Ended = end;
        while (at < end)
        {
            var stop = Math.Min(end, at + random.Next(5, 150));
            if (stop - at > 2)
                Record(index, at, stop, Runs, random.Next(4) > 0);
            at = stop + random.Next(1, 80);
        }
    }

    // One recording; with a hole in its frames now and then, and sometimes with a segment that is not here.
    private void Record(int boot, int from, int to, List<TickRun> into, bool perfect)
    {
        if (!perfect && to - from > 30 && random.Next(3) == 0 && ReferenceEquals(into, Runs))
        {
            var left = from + random.Next(1, 10);
            var right = random.Next(left + 1, to - 5);
            into.Add(Run(boot, from, left, perfect: true));
            Lost.Add((boot, left, boot, right, $"segment {Lost.Count} missing"));
            into.Add(Run(boot, right, to, perfect));
            return;
        }

        into.Add(Run(boot, from, to, perfect));
    }

    private TickRun Run(int boot, int from, int to, bool perfect) => new(boot, from, to, Marks(from, to, perfect), random.Next(5) == 0 ? Marks(from, to, false) : Marks(from, to, true));

    private List<int> Marks(int from, int to, bool perfect)
    {
        var marks = new List<int>();
        for (var at = from + random.Next(0, 3); at < to; at += perfect || random.Next(8) > 0 ? random.Next(1, 5) : random.Next(1, 60))
            marks.Add(at);
        return marks;
    }

    private void MakeInterruptions()
    {
        for (var index = 0; index < Runs.Count; index++)
        {
            var before = Runs[index];
            var after = index + 1 < Runs.Count ? Runs[index + 1] : null;
            var isLost = Lost.Exists(lost => lost.FromBoot == before.Boot && lost.From == before.To);
            if (isLost || random.Next(6) == 0 || (after is null && random.Next(3) > 0))
                continue;
            Interruptions.Add((before.Boot, before.To, after?.Boot, after?.From ?? 0, random.Next(8) == 0 ? null : reasons[random.Next(reasons.Length)], random.Next(4)));
        }
    }

    private void MakeSecond()
    {
        HasSecond = true;
        Second = (random.Next(-200, 300), random.Next(0, 12));
        var at = random.Next(0, 60);
        while (at < 1200 && SecondRuns.Count < 6)
        {
            var to = at + random.Next(10, 500);
            // Frames without a hole, so that a run is one span.
            SecondRuns.Add(new TickRun(0, at, to, [.. Enumerable.Range(at, to - at)], [.. Enumerable.Range(at, to - at)]));
            at = to + random.Next(5, 100);
        }
    }

    private void MakeDecisions()
    {
        foreach (var (fromBoot, from, toBoot, to, reason, _) in Interruptions)
        {
            if (random.Next(4) == 0)
                continue;
            var confirmation = new GapConfirmation
            {
                Recorder = "A", Reason = reason is null || random.Next(5) == 0 ? reasons[random.Next(reasons.Length)] : reason, Note = (NoteKind)random.Next(2), Account = random.Next(4) == 0 ? null : "书面说明",
                Article = random.Next(4) == 0 ? null : random.Next(4) == 0 ? "77" : "5", Accepted = random.Next(8) > 0, By = $"P{Confirmations.Count}", At = Scene.Later.AddMinutes(random.Next(1_000_000)),
                From = default, To = default,
            };
            var last = Boots.Count - 1;
            Add(Confirmations, fromBoot, from + random.Next(-3, 4), toBoot ?? last, (toBoot is null ? Boots[last].Length : to) + random.Next(-3, 4), confirmation);
        }

        while (random.Next(4) == 0)
        {
            var boot = random.Next(Boots.Count);
            var from = random.Next(Boots[boot].Length);
            Add(StopUses, boot, from, boot, from + random.Next(1, 100), new StopUseDecision { Recorder = "A", Reason = stopReasons[random.Next(stopReasons.Length)], By = "L", At = Scene.Later, ReviewedBy = random.Next(2) == 0 ? null : "M", From = default, To = default });
        }

        while (random.Next(3) == 0)
        {
            var end = (EndPoint)random.Next(2);
            var boot = end == EndPoint.Arrival ? 0 : Boots.Count - 1;
            Moves.Add((end, boot, random.Next(-100, Boots[boot].Length + 100), random.Next(5) > 0));
        }
    }

    private void MakeSites()
    {
        var at = (Boot: 0, Tick: random.Next(0, 40));
        while (random.Next(4) > 0 && at.Boot < Boots.Count)
        {
            var to = random.Next(2) == 0 && at.Boot + 1 < Boots.Count ? (Boot: at.Boot + 1, Tick: random.Next(0, Boots[at.Boot + 1].Length)) : (at.Boot, Tick: random.Next(at.Tick, Boots[at.Boot].Length + 1));
            if (to.CompareTo(at) > 0)
                Sites.Add((at.Boot, at.Tick, to.Boot, to.Tick, $"S{random.Next(3)}", random.Next(4) == 0));
            at = (to.Boot, to.Tick + random.Next(0, 60));
            if (at.Tick >= Boots[at.Boot].Length)
                at = (at.Boot + 1, 0);
        }
    }

    private static void Add<T>(List<(int, int, int, int, T)> list, int fromBoot, int from, int toBoot, int to, T what)
    {
        if (fromBoot < toBoot || from < to)
            list.Add((fromBoot, from, toBoot, to, what));
    }

    private static Moment At(int boot, int tick) => new((uint)boot + 1, tick * Tick);

    private ContinuityInput MakeInput()
    {
        // Readings of one bound at every place that is asked for, so that drift adds nothing and the grid holds.
        var edges = SecondRuns.SelectMany(static run => new[] { run.From, run.To }).ToList();
        ClockReading Reading(int tick, int wall, int? bound) => new(tick * Tick, Scene.Wall + ((tick + (long)wall) * Tick), bound * Tick);
        var tracks = new List<RecorderTrack>
        {
            new()
            {
                Id = "A",
                Boots = [.. Boots.Select((boot, index) => new BootTrack((uint)index + 1, 0, boot.Length * Tick, [Reading(0, boot.Wall, boot.Bound), Reading(boot.Length, boot.Wall, boot.Bound), .. edges.Select(edge => Reading(edge + Second.Wall - boot.Wall, boot.Wall, boot.Bound))]))],
                FirstPress = At(0, Press),
                Ended = Ended is { } ended ? At(Boots.Count - 1, ended) : null,
                Runs = [.. Runs.Select(Of)],
                Interruptions = [.. Interruptions.Select(static one => new Interruption
                {
                    From = At(one.FromBoot, one.From), To = one.ToBoot is { } boot ? At(boot, one.To) : null, Reason = one.Reason,
                    Note = one.Note < 2 ? null : new SpokenNote(At(one.FromBoot, one.From), At(one.FromBoot, one.From), -30, one.Note == 2),
                })],
                Lost = [.. Lost.Select(static lost => new LostFootage(At(lost.FromBoot, lost.From), At(lost.ToBoot, lost.To), lost.Name))],
            },
        };
        if (HasSecond)
            tracks.Add(new RecorderTrack { Id = "B", Boots = [new BootTrack(1, 0, 3000 * Tick, [.. edges.Select(edge => Reading(edge, Second.Wall, Second.Bound))])], Runs = [.. SecondRuns.Select(Of)] });
        return new ContinuityInput
        {
            Policy = Policy,
            Recorders = tracks,
            Confirmations = [.. Confirmations.Select(static one => one.What with { From = At(one.FromBoot, one.From), To = At(one.ToBoot, one.To) })],
            StopUses = [.. StopUses.Select(static one => one.What with { From = At(one.FromBoot, one.From), To = At(one.ToBoot, one.To) })],
            Sites = [.. Sites.Select(static one => new SiteVisit(one.Name, "A", At(one.FromBoot, one.From), At(one.ToBoot, one.To), "V") { Correction = one.IsCorrected ? "更正" : null })],
            Moves = [.. Moves.Select(static one => new EndPointMove(one.End, "A", At(one.Boot, one.At), "Q", Scene.Later, one.HasReason ? "理由" : ""))],
        };
    }

    private static FootageRun Of(TickRun run) => new() { Boot = (uint)run.Boot + 1, Segments = "run", FromUs = run.From * Tick, ToUs = run.To * Tick, FrameUs = [.. run.Frames.Select(static tick => tick * Tick)], SoundUs = [.. run.Sound.Select(static tick => tick * Tick)] };
}

/// <summary>A boot of A: its length, its wall tick at start (A's first boot: 0) and the bound of its clock.</summary>
internal sealed record TickBoot(int Length, int Wall, int? Bound);

/// <summary>Footage in ticks of a boot.</summary>
internal sealed record TickRun(int Boot, int From, int To, IReadOnlyList<int> Frames, IReadOnlyList<int> Sound);
