namespace BodyCam.Simulation.Tests;

/// <summary>Seeds of the simulation; a failing one is printed and replays with <c>BODYCAM_SEED</c>.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(27, 1)] // no room between the move to its place and the log: the segment waited for a restart
    [InlineData(125, 1)] // the same, and again no room when it is looked at
    [InlineData(1, 100)]
    public async Task Nothing_that_has_a_receipt_is_ever_lost(int first, int count)
    {
        var met = new SortedSet<string>(StringComparer.Ordinal);
        var fired = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var gate = new Lock();
        var seeds = Environment.GetEnvironmentVariable("BODYCAM_SEED") is { Length: > 0 } one ? [int.Parse(one, System.Globalization.CultureInfo.InvariantCulture)] : Enumerable.Range(first, count);
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (seed, _) =>
        {
            await using var sim = new Sim(seed);
            try
            {
                await sim.RunAsync();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"BODYCAM_SEED={seed}: {failure.Message}", failure);
            }

            lock (gate)
            {
                met.UnionWith(sim.Met);
                foreach (var (kind, times) in sim.Fired)
                    fired[kind] = fired.GetValueOrDefault(kind) + times;
            }
        });
        output.WriteLine($"{string.Join(", ", fired.Select(static pair => $"{pair.Key} {pair.Value}"))}; met: {string.Join(", ", met)}");
    }
}
