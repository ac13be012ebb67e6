using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>Makes inputs in seconds.</summary>
internal static class Scene
{
    public const long S = 1_000_000;
    public const long Wall = 1_790_000_000_000_000;
    public const string Recorder = "unit-7/1";

    public static readonly DateTimeOffset Later = new(2026, 9, 22, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Frames and sound at twice a second from…to.</summary>
    public static FootageRun Run(double from, double to, uint boot = 1, bool sound = true, params FlagSpan[] flags) =>
        new() { Boot = boot, Segments = $"run {from}", FromUs = Us(from), ToUs = Us(to), FrameUs = Marks(from, to), SoundUs = sound ? Marks(from, to) : [], Flags = flags };

    public static List<long> Marks(double from, double to)
    {
        var marks = new List<long>();
        for (var us = Us(from); us < Us(to); us += S / 2)
            marks.Add(us);
        return marks;
    }

    public static BootTrack Boot(uint number, double end, double wallAtStart, double? bound) => new(number, 0, Us(end), [new ClockReading(0, Wall + Us(wallAtStart), bound is { } said ? Us(said) : null)]);

    public static Moment At(double seconds, uint boot = 1) => new(boot, Us(seconds));

    public static Interruption Broken(double from, double? to, string? reason, double? level = -25, uint boot = 1) => new()
    {
        From = At(from, boot), To = to is { } end ? At(end, boot) : null, Reason = reason,
        Note = level is { } dbfs && to is { } at ? new SpokenNote(At(at, boot), At(at + 12, boot), dbfs, dbfs < -60) : null,
    };

    public static GapConfirmation Confirm(double from, double to, string reason, NoteKind note = NoteKind.Spoken, string? article = null, string? account = null, bool accepted = true, uint boot = 1) =>
        new() { Recorder = Recorder, From = At(from, boot), To = At(to, boot), Reason = reason, Note = note, Article = article, Account = account, Accepted = accepted, By = "王五", At = Later };

    /// <summary>One recorder, one boot of 400 s, pressed at 10 s, ended at <paramref name="ended"/>.</summary>
    public static RecorderTrack Track(double ended, FootageRun[] runs, params Interruption[] interruptions) =>
        new() { Id = Recorder, Boots = [Boot(1, 400, 0, 0.1)], FirstPress = At(10), Ended = At(ended), Runs = runs, Interruptions = interruptions };

    public static ContinuityInput Input(PolicySet policy, params RecorderTrack[] recorders) => new() { Policy = policy, Recorders = recorders };

    public static long Us(double seconds) => (long)Math.Round(seconds * S);

    /// <summary>Rows in short: kind, from, to in seconds.</summary>
    public static string Say(ContinuityReport report) => string.Join(' ', report.Rows.Select(static row => FormattableString.Invariant($"{row.Kind}:{row.FromUs / 1e6:0.###}-{row.ToUs / 1e6:0.###}")));

    /// <summary>The ledger of an input, whose rows cover the interval without a gap or an overlap.</summary>
    public static ContinuityReport Compute(ContinuityInput input)
    {
        var report = ContinuityLedger.Compute(input);
        AssertTiles(report);
        return report;
    }

    public static void AssertTiles(ContinuityReport report)
    {
        long at = 0;
        foreach (var row in report.Rows)
        {
            Assert.Equal(at, row.FromUs);
            Assert.True(row.ToUs > row.FromUs);
            at = row.ToUs;
        }

        Assert.Equal(report.IntervalUs, at);
        Assert.Equal(report.IntervalUs, report.Sums.TotalUs);
        foreach (var own in report.Recorders)
            Assert.Equal(report.IntervalUs, own.Rows.Sum(static row => row.LengthUs));
        Assert.Equal(report.IntervalUs, report.Sites.Sum(static site => site.Sums.TotalUs));
        Assert.All(report.Rows.Where(static row => row.Kind == LedgerKind.Unexplained), row => Assert.Contains(report.Tasks, task => task.FromUs <= row.FromUs && row.ToUs <= task.ToUs));
    }
}
