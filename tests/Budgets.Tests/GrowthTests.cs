using BodyCam.Bench.Growth;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Budgets.Tests;

/// <summary>What must not grow with the rows, by shape and not by the clock: steps, bytes read, memory. The times are measured by a growth run.</summary>
public sealed class GrowthTests(TwoSizes sizes) : IClassFixture<TwoSizes>
{
    private const int Calls = 40;

    public static TheoryData<string> Questions => [.. GrowthQueries.All.Select(static query => query.Name)];

    [Theory]
    [MemberData(nameof(Questions))]
    public void Ten_times_the_rows_cost_a_question_no_more_steps(string name)
    {
        var ask = GrowthQueries.All.Single(query => query.Name == name).Ask;
        var (small, large) = (Most(sizes.Small, ask), Most(sizes.Large, ask));
        // An answer may be up to its bound longer, at about 20 steps a row; a scan of 90,000 more rows would take 300,000 more.
        Assert.True(large <= (small * 1.5) + 4_000, $"{name}: {small} steps at {TwoSizes.SmallSegments} segments, {large} at {TwoSizes.LargeSegments}");
    }

    [Fact]
    public async Task Ten_times_the_rows_cost_a_segment_no_more_steps_on_its_way_in()
    {
        var (small, large) = (await TakeAsync(sizes.Small), await TakeAsync(sizes.Large));
        Assert.InRange(large, small / 2, small * 5 / 4);

        async Task<long> TakeAsync(GrowthStation station)
        {
            Task? taken = null;
            var steps = TwoSizes.Steps(station.Catalog, () => (taken = station.TakeAsync(512, CancellationToken.None)).Wait());
            await taken!;
            return steps / 512;
        }
    }

    [Fact]
    public async Task A_start_reads_no_more_of_a_log_that_is_ten_times_as_long()
    {
        await sizes.Small.StartAsync();
        await sizes.Large.StartAsync();
        var (small, large) = ((await sizes.Small.StartAsync()).LogBytesRead, (await sizes.Large.StartAsync()).LogBytesRead);
        // The newest 4,096 records, of at most about 1 KB each, and what stands around them.
        Assert.InRange(large, 1, 8L << 20);
        Assert.InRange(large, small / 2, small * 3 / 2);
    }

    [Fact]
    public void Nothing_is_kept_in_memory_for_each_row() => Assert.InRange(sizes.KeptBytes, -4L << 20, 2L << 20);

    [Fact]
    public void Every_leaf_of_the_log_that_grew_has_its_proof()
    {
        var checkpoint = sizes.Large.Checkpoint.Checkpoint;
        var reader = new LogReader(sizes.Large.LogFolder);
        Assert.True(checkpoint.Size > TwoSizes.LargeSegments);
        for (var sequence = 0L; sequence < checkpoint.Size; sequence += 997)
            Assert.True(MerkleProof.VerifyInclusion(sequence, checkpoint.Size, reader.ReadRecord(sequence)!.ToEntry().LeafHash(), reader.InclusionProof(sequence, checkpoint.Size), checkpoint.Root), $"leaf {sequence}");
        Assert.Equal(sizes.Large.Traffic.Count, sizes.Large.Catalog.CountByState()[ReceiptState.Stored]);
    }

    [Fact]
    public async Task A_growth_run_measures_each_stop_and_leaves_no_folder()
    {
        var folder = Path.Combine(Path.GetTempPath(), "bodycam-growth-" + Path.GetRandomFileName());
        var report = await GrowthRun.RunAsync(new GrowthOptions { Folder = folder, Stops = [2_000, 4_000], BaseSegments = 1_000, Recorders = 10, Rounds = 3, SegmentsPerRound = 256, CallsPerRound = 10 });
        Assert.Equal([2_000L, 4_000L], report.Stops.Select(static stop => stop.Segments));
        Assert.All(report.Stops, static stop =>
        {
            Assert.Equal(GrowthQueries.All.Count, stop.Queries.Count);
            Assert.All(stop.Queries, static query => Assert.True(query.LargeP99Us >= query.LargeP50Us && query.LargeP50Us > 0));
            Assert.True(stop.Ingest is { Small: > 0, Large: > 0 } && stop.Start is { LargeMs: > 0, LargeLogBytesRead: > 0 } && stop.Disk.LogBytesPerSegment > 300, stop.ToString());
        });
        Assert.False(Directory.Exists(folder));
        Assert.Equal(report.Stops.Count, System.Text.Json.JsonSerializer.Deserialize<GrowthReport>(System.Text.Json.JsonSerializer.Serialize(report))!.Stops.Count);
    }

    private static long Most(GrowthStation station, Action<GrowthStation, Random> ask)
    {
        var chance = new Random(7);
        return Enumerable.Range(0, Calls).Max(_ => TwoSizes.Steps(station.Catalog, () => ask(station, chance)));
    }
}
