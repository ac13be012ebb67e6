using System.Diagnostics;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>One subject of a row: measured once a round, figures with their units in the name.</summary>
/// <param name="Name">Who.</param>
/// <param name="MeasureAsync">One round.</param>
/// <param name="WarmUp">Rounds are made for that long before one counts; at least one.</param>
internal sealed record BenchSubject(string Name, Func<CancellationToken, Task<IReadOnlyList<(string Figure, double Value)>>> MeasureAsync, TimeSpan WarmUp = default);

/// <summary>Runs rows: every subject once a round, in turn, after rounds that do not count.</summary>
/// <param name="room">Where.</param>
/// <param name="rounds">Rounds that count.</param>
/// <param name="warm">Rounds that do not count are made for that long of a gateway under full load; at least one. The runtime compiles what runs often once more beside the load, which a gateway that runs for months has behind it.</param>
/// <param name="alone">True without the programs of others.</param>
internal sealed class BenchRun(BenchRoom room, int rounds, TimeSpan warm, bool alone)
{
    /// <summary>Our name in every row.</summary>
    public const string Ours = "bodycam";

    /// <summary>Figure of speed.</summary>
    public const string Speed = "MB/s";

    private readonly List<BenchSample> samples = [];
    private readonly List<BenchBar> bars = [];
    private readonly List<string> skipped = [];

    /// <summary>True without the programs of others.</summary>
    public bool IsAlone => alone;

    /// <summary>Rounds that count.</summary>
    public int Rounds => rounds;

    /// <summary>How long a gateway is warmed up.</summary>
    public TimeSpan Warm => warm;

    /// <summary>Where it works.</summary>
    public BenchRoom Room => room;

    /// <summary>Values so far.</summary>
    public IReadOnlyList<BenchSample> Samples => samples;

    /// <summary>Bars so far.</summary>
    public IReadOnlyList<BenchBar> Bars => bars;

    /// <summary>What was left out.</summary>
    public IReadOnlyList<string> Skipped => skipped;

    /// <summary>Notes that something is left out.</summary>
    public void Skip(string row, string what) => skipped.Add($"{row}: {what}");

    /// <summary>Notes a value that is not taken in rounds.</summary>
    public void Add(string row, string subject, string figure, double value) => samples.Add(new BenchSample(row, subject, figure, 1, value));

    /// <summary>Measures the subjects in turn; each round begins with another one.</summary>
    public async Task InterleaveAsync(string row, IReadOnlyList<BenchSubject> subjects, CancellationToken cancel)
    {
        for (var round = 0; round <= rounds; round++)
        {
            for (var turn = 0; turn < subjects.Count; turn++)
            {
                var subject = subjects[(turn + round) % subjects.Count];
                room.Say($"{row}: {(round == 0 ? "warming up" : $"round {round} of {rounds}")}, {subject.Name}");
                var started = Stopwatch.GetTimestamp();
                var figures = await subject.MeasureAsync(cancel).ConfigureAwait(false);
                while (round == 0 && Stopwatch.GetElapsedTime(started) < subject.WarmUp)
                    figures = await subject.MeasureAsync(cancel).ConfigureAwait(false);
                if (round > 0)
                    samples.AddRange(figures.Select(figure => new BenchSample(row, subject.Name, figure.Figure, round, figure.Value)));
            }
        }
    }

    /// <summary>Median over the rounds; NaN without any.</summary>
    public double Median(string row, string subject, string figure)
    {
        var values = samples.Where(sample => sample.Row == row && sample.Subject == subject && sample.Figure == figure).Select(static sample => sample.Value).Order().ToList();
        return values.Count == 0 ? double.NaN : values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    /// <summary>A bar on the ratio of our figure to a peer's; not measured when either was left out.</summary>
    public void Ratio(string row, string ours, string peer, string figure, double atLeast) =>
        bars.Add(new BenchBar(row, $"{ours} / {peer}, {figure}", Median(row, ours, figure) / Median(row, peer, figure), atLeast, IsAtLeast: true, "×"));

    /// <summary>A bar that our figure does not pass; not measured when it was left out.</summary>
    public void AtMost(string row, string subject, string figure, double atMost, string unit) =>
        bars.Add(new BenchBar(row, $"{subject}, {figure}", Median(row, subject, figure), atMost, IsAtLeast: false, unit));

    /// <summary>A bar that a ratio does not pass.</summary>
    public void Limit(string row, string what, double ratio, double atMost) => bars.Add(new BenchBar(row, what, ratio, atMost, IsAtLeast: false, "×"));

    /// <summary>Figures of a load.</summary>
    public static IReadOnlyList<(string Figure, double Value)> Figures(LoadResult result, double serverSeconds, double? peakMegabytes)
    {
        var megabytes = result.Bytes / 1e6;
        var figures = new List<(string Figure, double Value)> { (Speed, megabytes / result.Seconds), ("processor ms/MB", serverSeconds * 1000 / megabytes) };
        if (result.AckMs.Count > 0)
            figures.AddRange([("PUBACK p50 ms", result.AckMs.P50), ("PUBACK p99 ms", result.AckMs.P99)]);
        if (result.ReceiptMs.Count > 0)
            figures.AddRange([("receipt p50 ms", result.ReceiptMs.P50), ("receipt p99 ms", result.ReceiptMs.P99)]);
        if (peakMegabytes is { } peak)
            figures.Add(("peak MB", peak));
        return figures;
    }
}
