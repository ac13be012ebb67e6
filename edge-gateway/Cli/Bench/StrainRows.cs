using System.Diagnostics;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>Rows of memory under strain: connections that never read, and a disk that stands still.</summary>
internal static class StrainRows
{
    private const int Unread = 500;
    private const int Clients = 64;
    private const double FlatRatio = 1.10;
    private static readonly TimeSpan strain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan sampleEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Connections that send what is refused and never read the answers.</summary>
    public static async Task UnreadAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "never read 500";
        run.Room.Say($"{row}: {strain.TotalSeconds:F0} s");
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("unread"), Unread, tls: false, null, cancel).ConfigureAwait(false);
        var plan = gateway.NextPlan(new BenchLoadSize(1, 8192, 1)) with { Target = LoadTarget.NeverReads, Seconds = strain.TotalSeconds };
        var load = run.Room.LoadAsync(plan, [gateway.Process.Id], cancel);
        await FlatAsync(run, row, gateway, load, cancel).ConfigureAwait(false);
    }

    /// <summary>Every sync takes ten seconds while 64 recorders send as fast as it goes.</summary>
    public static async Task StalledAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "stalled disk";
        if (await SlowSync.MakeAsync(run.Room, cancel).ConfigureAwait(false) is not { } sync)
        {
            run.Skip(row, "no C compiler (cc) for the slow sync: install gcc.");
            return;
        }

        run.Room.Say($"{row}: {strain.TotalSeconds:F0} s");
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("stalled"), Clients, tls: false, sync.Environment, cancel).ConfigureAwait(false);
        var size = new BenchLoadSize(4, 1024 * 1024, 8);
        await run.Room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], cancel).ConfigureAwait(false);
        sync.Set(TimeSpan.FromSeconds(10));
        var load = run.Room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], cancel);
        await FlatAsync(run, row, gateway, Task.Delay(strain, cancel), cancel).ConfigureAwait(false);
        sync.Set(TimeSpan.Zero);
        var (result, _) = await load.ConfigureAwait(false);
        run.Add(row, BenchRun.Ours, "segments receipted after it", result.ReceiptMs.Count);
    }

    // Flat: the mean of the last quarter against the mean of the second; the first is for the memory that a load needs at all.
    private static async Task FlatAsync(BenchRun run, string row, BenchGateway gateway, Task load, CancellationToken cancel)
    {
        var samples = new List<double>();
        var started = Stopwatch.GetTimestamp();
        while (!load.IsCompleted && Stopwatch.GetElapsedTime(started) < strain * 2)
        {
            samples.Add(gateway.Process.ResidentMegabytes);
            await Task.Delay(sampleEvery, cancel).ConfigureAwait(false);
        }

        await load.ConfigureAwait(false);
        var quarter = samples.Count / 4;
        var before = samples.Skip(quarter).Take(quarter).Average();
        var after = samples.TakeLast(quarter).Average();
        run.Add(row, BenchRun.Ours, "resident MB, second quarter", before);
        run.Add(row, BenchRun.Ours, "resident MB, last quarter", after);
        run.Add(row, BenchRun.Ours, "peak MB", gateway.Process.PeakMegabytes);
        run.Add(row, BenchRun.Ours, "growth", after / before);
        run.AtMost(row, BenchRun.Ours, "growth", FlatRatio, "×");
    }
}
