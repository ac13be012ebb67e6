using System.Diagnostics;
using System.Globalization;

namespace BodyCam.Simulation.Tests;

/// <summary>Runs blocks of seeds, two at a time, each on a thread of its own and independent of the others.</summary>
internal sealed class Seeds
{
    /// <summary>Variable with one seed to be replayed.</summary>
    public const string OneVariable = "BODYCAM_SEED";

    /// <summary>Variables with the first seed and the number of seeds of a block.</summary>
    public const string FirstVariable = "BODYCAM_SEED_FIRST";

    /// <summary>Number of seeds.</summary>
    public const string CountVariable = "BODYCAM_SEED_COUNT";

    /// <summary>The plan of a kept seed.</summary>
    public const string PlanVariable = "BODYCAM_SEED_PLAN";

    /// <summary>Variable with the file into which a trace is written.</summary>
    public const string TraceVariable = "BODYCAM_SEED_TRACE";

    // Fewer need not meet everything.
    private const int WholeBlock = 300;
    private const int AtOnce = 2;

    private readonly Tally tally = new();
    private readonly int first;
    private readonly int count;
    private readonly int plan;
    private int segments;
    private int done;
    private TimeSpan took;

    private Seeds(int first, int count, int plan) => (this.first, this.count, this.plan) = (first, count, plan);

    /// <summary>First seed of today's block; blocks of two days have no seed in common.</summary>
    public static int OfDay(int count) => ((int)(DateTime.UtcNow - new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalDays % 100_000 * count) + 10_000_000;

    /// <summary>Runs seeds from <paramref name="first"/> on, or those that the variables name; ends at the first that fails.</summary>
    /// <exception cref="InvalidOperationException">A seed failed; the message says how to replay it.</exception>
    /// <param name="first">First seed.</param>
    /// <param name="count">Seeds.</param>
    /// <param name="most">No seed is begun after that long, so that a machine that is busy otherwise is not held up; null for as long as it takes.</param>
    /// <param name="plan">See <see cref="Sim"/>; the variable goes before.</param>
    public static Seeds Run(int first, int count, TimeSpan? most = null, int plan = Sim.PlanNow)
    {
        if (Number(OneVariable) is { } one)
            (first, count) = (one, 1);
        var block = new Seeds(Number(FirstVariable) ?? first, Number(CountVariable) ?? count, Number(PlanVariable) ?? plan);
        var started = Stopwatch.GetTimestamp();
        var failures = new List<string>();
        var next = block.first - 1;
        var threads = Enumerable.Range(0, Math.Min(AtOnce, block.count)).Select(_ => new Thread(() =>
        {
            for (var seed = Interlocked.Increment(ref next); seed < block.first + block.count && failures.Count == 0 && (most is null || Stopwatch.GetElapsedTime(started) < most); seed = Interlocked.Increment(ref next))
                block.RunOne(seed, failures);
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        block.took = Stopwatch.GetElapsedTime(started);
        return failures.Count == 0 ? block : throw new InvalidOperationException(string.Join('\n', failures));
    }

    /// <summary>A fault that was planned and never fired, and a state that was never reached, is a failure of the simulation; so is a block cut too short to meet all.</summary>
    public void RequireAllHappened()
    {
        if (Number(OneVariable) is null && Number(CountVariable) is null)
            Assert.True(done >= Math.Min(count, WholeBlock), $"Only {done} seeds in {took.TotalSeconds:F0} s: the machine was too busy for a block that says anything.");
        if (done >= WholeBlock)
            Assert.True(tally.Never().Count == 0, $"In {done} seeds from {first} on there never was: {string.Join(", ", tally.Never())}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{done} of {count} seeds from {first} on: {segments} segments, {tally.FaultCount} faults, {took.TotalSeconds:F1} s ({took.TotalSeconds / Math.Max(1, done):F3} s a seed, two at a time)\n{tally}");

    private static int? Number(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private void RunOne(int seed, List<string> failures)
    {
        using var sim = new Sim(seed, plan);
        try
        {
            sim.Run();
            lock (tally)
            {
                tally.Add(sim.Tally);
                segments += sim.SegmentCount;
                done++;
            }
        }
        catch (Exception failure)
        {
            lock (failures)
                failures.Add($"{failure.Message}\nreplay: {OneVariable}={seed} {(plan == Sim.PlanNow ? "" : $"{PlanVariable}={plan} ")}./bodycam test --project Simulation.Tests\n{failure.InnerException?.StackTrace}");
        }
    }
}
