using System.Globalization;
using BodyCam.Bench.Growth;

namespace BodyCam.Cli.Bench;

/// <summary>Row of growth: catalog and log at millions of segments through the real code, without bodies, in turn with a station of ten thousand.</summary>
internal static class GrowthRow
{
    private const string Small = "10 thousand";
    private const string Large = "large";
    // One of its rounds is short.
    private const int RoundsEach = 3;
    private static readonly TimeSpan saidEvery = TimeSpan.FromSeconds(10);

    /// <summary>Grows to each of the sizes and measures there.</summary>
    public static async Task RunAsync(BenchRun run, IReadOnlyList<long> sizes, CancellationToken cancel)
    {
        var report = await GrowthRun.RunAsync(new GrowthOptions { Folder = run.Room.NewPath("growth"), Stops = sizes, Rounds = RoundsEach * run.Rounds }, new Telling(run.Room), cancel).ConfigureAwait(false);
        foreach (var stop in report.Stops)
            Note(run, stop);
    }

    private static void Note(BenchRun run, GrowthStop stop)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"growth {stop.Segments:N0}");
        run.Add(row, Small, "ingest segments/s", stop.Ingest.Small);
        run.Add(row, Large, "ingest segments/s", stop.Ingest.Large);
        run.Limit(row, "ingest, 10 thousand / large", stop.Ingest.Ratio, GrowthReport.RatioMax);
        foreach (var query in stop.Queries)
        {
            run.Add(row, Small, $"{query.Name} p99 µs", query.SmallP99Us);
            run.Add(row, Large, $"{query.Name} p99 µs", query.LargeP99Us);
            run.Limit(row, $"{query.Name} p99, large / 10 thousand", query.Ratio, GrowthReport.RatioMax);
        }

        run.Add(row, Small, "start ms", stop.Start.SmallMs);
        run.Add(row, Large, "start ms", stop.Start.LargeMs);
        run.Add(row, Large, "log bytes/segment", stop.Disk.LogBytesPerSegment);
        run.Add(row, Large, "catalog bytes/segment", stop.Disk.CatalogBytesPerSegment);
        run.Add(row, Large, "log files", stop.Disk.LogFiles);
        run.Add(row, Large, "heap MB", stop.HeapBytes / 1e6);
        run.Add(row, Large, "grown in s", stop.GrowSeconds);
    }

    // Called on the growing task itself: no queue of reports that come too late.
    private sealed class Telling(BenchRoom room) : IProgress<GrowthProgress>
    {
        private long saidAt;

        public void Report(GrowthProgress value)
        {
            if (value.What == "growing" && TimeProvider.System.GetElapsedTime(saidAt) < saidEvery)
                return;
            saidAt = TimeProvider.System.GetTimestamp();
            room.Say(string.Create(CultureInfo.InvariantCulture, $"growth: {value.What}, {value.Segments:N0} of {value.Target:N0} segments"));
        }
    }
}
