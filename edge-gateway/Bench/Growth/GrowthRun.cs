using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BodyCam.Bench.Growth;

/// <summary>Grows a station's catalog and log through the real code and measures it against a small one, in turns (DESIGN §10, the row on 10 million segments).</summary>
public static partial class GrowthRun
{
    private const int StartRounds = 3;

    /// <summary>Runs; the folder is removed at the end unless it is to be kept.</summary>
    /// <exception cref="ArgumentException">The stops do not rise, or the folder is not empty.</exception>
    /// <exception cref="IOException">The disk failed; about 1.5 KB a segment are needed.</exception>
    public static async Task<GrowthReport> RunAsync(GrowthOptions options, IProgress<GrowthProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Stops.Count == 0 || options.Stops[0] <= 0 || options.Stops.Zip(options.Stops.Skip(1)).Any(static pair => pair.First >= pair.Second))
            throw new ArgumentException("The stops must rise.", nameof(options));
        if (Directory.Exists(options.Folder) && Directory.EnumerateFileSystemEntries(options.Folder).Any())
            throw new ArgumentException($"{options.Folder} is not empty: name a folder that is not there.", nameof(options));
        try
        {
            var large = GrowthStation.Begin(Path.Combine(options.Folder, "large"), options);
            await using var owned = large.ConfigureAwait(false);
            var stops = new List<GrowthStop>();
            foreach (var stop in options.Stops)
            {
                var grown = await GrowAsync(large, stop, options, progress, cancel).ConfigureAwait(false);
                stops.Add(await MeasureAsync(large, grown, options, progress, cancel).ConfigureAwait(false));
                progress?.Report(new GrowthProgress(large.Traffic.Count, options.Stops[^1], "measured", stops[^1]));
            }

            return new GrowthReport(options.BaseSegments, options.Recorders, options.Seed, stops);
        }
        finally
        {
            if (!options.KeepFolder && Directory.Exists(options.Folder))
                Directory.Delete(options.Folder, recursive: true);
        }
    }

    private static async Task<TimeSpan> GrowAsync(GrowthStation station, long to, GrowthOptions options, IProgress<GrowthProgress>? progress, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        await station.GrowAsync(to, () => progress?.Report(new GrowthProgress(station.Traffic.Count, options.Stops[^1], "growing")), cancel).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<GrowthStop> MeasureAsync(GrowthStation large, TimeSpan grown, GrowthOptions options, IProgress<GrowthProgress>? progress, CancellationToken cancel)
    {
        var at = large.Traffic.Count;
        progress?.Report(new GrowthProgress(at, options.Stops[^1], "measuring"));
        Sync();
        var folder = Path.Combine(options.Folder, string.Create(CultureInfo.InvariantCulture, $"small-{at}"));
        var small = GrowthStation.Begin(folder, options);
        await using var owned = small.ConfigureAwait(false);
        await small.TakeAsync(options.BaseSegments, cancel).ConfigureAwait(false);

        var (smallMs, largeMs, smallRead, largeRead) = (new List<double>(), new List<double>(), 0L, 0L);
        for (var round = 0; round < StartRounds; round++)
        {
            (var time, smallRead) = await small.StartAsync().ConfigureAwait(false);
            smallMs.Add(time.TotalMilliseconds);
            (time, largeRead) = await large.StartAsync().ConfigureAwait(false);
            largeMs.Add(time.TotalMilliseconds);
        }

        var latencies = GrowthQueries.All.ToDictionary(static query => query.Name, static _ => (Small: new List<IReadOnlyList<double>>(), Large: new List<IReadOnlyList<double>>()), StringComparer.Ordinal);
        var (smallRates, largeRates) = (new List<double>(), new List<double>());
        var chance = new Random(options.Seed);
        for (var round = 0; round < options.Rounds; round++)
        {
            smallRates.Add(options.SegmentsPerRound / (await small.TakeAsync(options.SegmentsPerRound, cancel).ConfigureAwait(false)).TotalSeconds);
            largeRates.Add(options.SegmentsPerRound / (await large.TakeAsync(options.SegmentsPerRound, cancel).ConfigureAwait(false)).TotalSeconds);
            foreach (var (name, ask) in GrowthQueries.All)
            {
                latencies[name].Small.Add(Ask(small, ask, options, chance));
                latencies[name].Large.Add(Ask(large, ask, options, chance));
                cancel.ThrowIfCancellationRequested();
            }
        }

        return new GrowthStop(
            at,
            large.Checkpoint.Checkpoint.Size,
            new GrowthRate(Median(smallRates), Median(largeRates), largeRates.Min(), largeRates.Max()),
            [.. GrowthQueries.All.Select(query => Summary(query.Name, latencies[query.Name].Small, latencies[query.Name].Large))],
            new GrowthStart(Median(smallMs), Median(largeMs), smallRead, largeRead),
            large.Disk(),
            grown.TotalSeconds,
            GC.GetTotalMemory(forceFullCollection: true));
    }

    // The calls of one question go on for at most so long: one that reads everything would never end.
    private static List<double> Ask(GrowthStation station, Action<GrowthStation, Random> ask, GrowthOptions options, Random chance)
    {
        var us = new List<double>(options.CallsPerRound);
        var begun = Stopwatch.GetTimestamp();
        for (var call = 0; call < options.CallsPerRound && Stopwatch.GetElapsedTime(begun) < options.AskingMax; call++)
        {
            var started = Stopwatch.GetTimestamp();
            ask(station, chance);
            us.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        return us;
    }

    private static GrowthQuery Summary(string name, List<IReadOnlyList<double>> small, List<IReadOnlyList<double>> large) =>
        new(name, OfRounds(small, 0.5), OfRounds(small, 0.99), OfRounds(large, 0.5), OfRounds(large, 0.99));

    // The median over the rounds: what else the machine did in one of them does not count.
    private static double OfRounds(List<IReadOnlyList<double>> rounds, double share) => Median(rounds.Select(round => Percentile(round, share)));

    private static double Median(IEnumerable<double> values) => Percentile(values, 0.5);

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
    }

    // What the growing left to the page cache reaches the disk before anything is measured.
    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void Sync();
}
