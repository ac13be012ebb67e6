using System.Globalization;
using BodyCam.TestKit;

namespace BodyCam.Fire.Tests;

/// <summary>Everything at once for a long time: 200 recorders, a bad link, kills, reboots, clock steps; at the end nothing is lost, the sums are exact and the memory is flat.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int LivesMin = 5;
    private const double MemoryMinutesMin = 5;
    private const double FlatShare = 0.10;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan sampleEvery = TimeSpan.FromSeconds(2);

    private static double Minutes => Number("BODYCAM_SOAK_MINUTES", 20);

    private static int RecorderCount => (int)Number("BODYCAM_SOAK_RECORDERS", 200);

    [Fact(Explicit = true)]
    public async Task Two_hundred_recorders_with_every_fault_lose_nothing_keep_the_sums_exact_and_the_memory_flat()
    {
        var seed = (int)Number("BODYCAM_SEED", Random.Shared.Next());
        output.WriteLine($"seed {seed}, {Minutes} min, {RecorderCount} recorders");
        var dice = new Random(seed);
        using var place = new Place();
        using var faults = new FaultPlan(place.Root);
        var memory = new MemoryTrack();
        var life = 1;
        var gateway = await GatewayRun.ServeAsync(place, faults);
        await using var proxy = new FaultProxy(() => place.MqttPort, seed, bytesMax: 200_000, stallMsMax: 5000);
        try
        {
            await using var fleet = await Fleet.ProvisionAsync(
                place, RecorderCount, seed, new Habits { OwedMax = 30, FrameBytes = 800 }, TimeSpan.FromSeconds(10), _ => () => proxy.Port,
                static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromSeconds(10)) { OfferEvery = TimeSpan.FromSeconds(20), ReconnectAfter = TimeSpan.FromSeconds(1) });
            gateway.Dispose();
            gateway = await GatewayRun.ServeAsync(place, faults);
            fleet.Start();
            var (reboots, steps, kills) = (0, 0, 0);
            // The kills come in the first half; the last life is as long as all before it, so that a leak shows within one process.
            var lifeS = Minutes * 60 / 2 / (LivesMin - 1);
            using var timer = new PeriodicTimer(sampleEvery);
            var started = TimeProvider.System.GetTimestamp();
            var nextEventS = 20.0;
            for (var elapsedS = 0.0; elapsedS < Minutes * 60; elapsedS = TimeProvider.System.GetElapsedTime(started).TotalSeconds)
            {
                await timer.WaitForNextTickAsync();
                Assert.False(gateway.HasExited, $"the gateway ended by itself after {elapsedS:F0} s");
                memory.Sample(life, gateway);
                if (elapsedS > nextEventS)
                {
                    nextEventS += 10;
                    fleet.Recorders[dice.Next(RecorderCount)].Reboot();
                    fleet.Recorders[dice.Next(RecorderCount)].Card.StepClock(TimeSpan.FromSeconds(dice.Next(-600, 3600)));
                    faults.ClockStep = TimeSpan.FromSeconds(dice.Next(-300, 300));
                    (reboots, steps) = (reboots + 1, steps + 2);
                }

                if (elapsedS > life * lifeS && life < LivesMin)
                {
                    gateway.Dispose();
                    gateway = await GatewayRun.ServeAsync(place, faults);
                    (life, kills) = (life + 1, kills + 1);
                    fleet.Check($"after kill {kills}");
                    Console.WriteLine($"after {elapsedS:F0} s: {fleet.PromiseCount} receipts\n{memory.Table()}");
                }
            }

            var promisedUnderFire = fleet.PromiseCount;
            proxy.IsCalm = true;
            await fleet.FinishAsync(patience);
            var slowest = await place.AskAsync("/metrics");
            fleet.Check("at the end", proveAll: true);
            Assert.Equal(0, await gateway.EndAsync());
            fleet.Verify();
            var (wrong, activities, hours) = Sums.Check(place.Data, fleet.Recorders.Select(static one => one.Card));
            output.WriteLine($"{kills} kills, {reboots} reboots, {steps} clock steps; {proxy.ConnectionCount} connections: {string.Join(", ", proxy.Fired.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}"))}; {promisedUnderFire} receipts under fire, {fleet.PromiseCount} at the end of {fleet.Recorders.Sum(static one => one.Card.MadeCount)} segments; {activities} activities, {hours:F1} h of footage");
            output.WriteLine(string.Join('\n', slowest.Split('\n').Where(static line => line.StartsWith("bodycam_seal_to_receipt_ms", StringComparison.Ordinal))));
            output.WriteLine(memory.Table());
            Assert.True(wrong.Count == 0, $"{wrong.Count} sums are wrong:\n{string.Join('\n', wrong.Take(20))}");
            if (Minutes >= MemoryMinutesMin)
                AssertFlat(memory, lifeS, Minutes * 60 / 2);
        }
        finally
        {
            gateway.Dispose();
        }
    }

    // A run of less than five minutes has lives that are too short for it. First and last life are compared at like ages, after their first minute; the last one, half of the run, with itself.
    private void AssertFlat(MemoryTrack memory, double lifeS, double lastS)
    {
        var (fromS, toS) = (Math.Min(60, lifeS / 3), lifeS - 5);
        var first = memory.MedianMib(1, fromS, toS)!.Value;
        var last = memory.MedianMib(LivesMin, fromS, toS)!.Value;
        var third = (lastS - fromS) / 3;
        var (early, late) = (memory.MedianMib(LivesMin, fromS, fromS + third)!.Value, memory.MedianMib(LivesMin, lastS - third, lastS)!.Value);
        output.WriteLine($"RSS at ages {fromS:F0}–{toS:F0} s: first life {first:F1} MiB, last {last:F1} MiB ({(last / first) - 1:P1}); in the last life of {lastS:F0} s from {early:F1} to {late:F1} MiB ({(late / early) - 1:P1})");
        Assert.InRange(last / first, 1 - FlatShare, 1 + FlatShare);
        Assert.InRange(late / early, 1 - FlatShare, 1 + FlatShare);
    }

    private static double Number(string name, double otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } said ? double.Parse(said, CultureInfo.InvariantCulture) : otherwise;
}
