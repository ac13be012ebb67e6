using System.Diagnostics;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>Rows of memory under strain: connections that never read, and a disk that stands still.</summary>
internal static class StrainRows
{
    private const int Unread = 500;
    private const int Clients = 64;
    private const double FlatRatio = 1.10;
    // Eight segments in the hands of the gateway's store workers and 256 that wait for one, then nobody is read any more: six times as many, so that everybody still has some when the strain ends.
    private static readonly BenchLoadSize stalledSize = new(24, 256 * 1024, 8);
    private static readonly TimeSpan stall = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan strain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan sampleEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Connections that send what is refused and never read the answers.</summary>
    public static async Task UnreadAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "never read 500";
        run.Room.Say($"{row}: {strain.TotalSeconds:F0} s");
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("unread"), Unread, tls: false, null, cancel).ConfigureAwait(false);
        var plan = gateway.NextPlan(new BenchLoadSize(1, 8192, 1)) with { Target = LoadTarget.NeverReads, Seconds = strain.TotalSeconds };
        var (samples, _, _) = await StrainAsync(run, gateway, plan, static () => { }, cancel).ConfigureAwait(false);
        Judge(run, row, gateway, samples);
    }

    /// <summary>Every sync takes ten seconds while 64 recorders have more to send than the gateway takes in.</summary>
    public static async Task StalledAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "stalled disk";
        if (await SlowSync.MakeAsync(run.Room, cancel).ConfigureAwait(false) is not { } sync)
        {
            run.Skip(row, "no C compiler (cc) for the slow sync: install gcc.");
            run.AtMost(row, BenchRun.Ours, "growth", FlatRatio, "×");
            return;
        }

        run.Room.Say($"{row}: {strain.TotalSeconds:F0} s");
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("stalled"), Clients, tls: false, sync.Environment, cancel).ConfigureAwait(false);
        await run.Room.LoadAsync(gateway.NextPlan(stalledSize), [gateway.Process.Id], cancel).ConfigureAwait(false);
        sync.Set(stall);
        var (samples, lasted, result) = await StrainAsync(run, gateway, gateway.NextPlan(stalledSize), () => sync.Set(TimeSpan.Zero), cancel).ConfigureAwait(false);
        run.Add(row, BenchRun.Ours, "everybody waited for a PUBACK, s", result.EverybodyWaitedMs / 1000);
        run.Add(row, BenchRun.Ours, "segments receipted after it", result.ReceiptMs.Count);
        if (!lasted || result.EverybodyWaitedMs < (strain / 4).TotalMilliseconds)
        {
            run.Skip(row, "the senders did not wait for the disk, so whether memory stays flat was not judged: give them more to send (StrainRows).");
            samples = [];
        }

        Judge(run, row, gateway, samples);
    }

    // Samples from the moment the load goes until the strain is over; then relieves and waits for the load's end. Lasted: it was still sending when the strain was over.
    private static async Task<(IReadOnlyList<double> Samples, bool Lasted, LoadResult Result)> StrainAsync(BenchRun run, BenchGateway gateway, LoadPlan plan, Action relieve, CancellationToken cancel)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var load = run.Room.LoadAsync(plan, [gateway.Process.Id], cancel, gone: gone);
        var samples = new List<double>();
        bool lasted;
        try
        {
            await Task.WhenAny(load, gone.Task).ConfigureAwait(false);
            // Ends by itself once it is cancelled: the load does.
            for (var started = Stopwatch.GetTimestamp(); !load.IsCompleted && Stopwatch.GetElapsedTime(started) < strain;)
            {
                samples.Add(gateway.Process.ResidentMegabytes);
                await Task.Delay(sampleEvery, CancellationToken.None).ConfigureAwait(false);
            }

            lasted = !load.IsCompleted;
        }
        finally
        {
            relieve();
            await Task.WhenAny(load).ConfigureAwait(false);
        }

        return (samples, lasted, (await load.ConfigureAwait(false)).Result);
    }

    // Flat: the mean of the last quarter against the mean of the second; the first is for the memory that a load needs at all. Without samples the bar is not measured.
    private static void Judge(BenchRun run, string row, BenchGateway gateway, IReadOnlyList<double> samples)
    {
        var quarter = samples.Count / 4;
        run.Add(row, BenchRun.Ours, "peak MB", gateway.Process.PeakMegabytes);
        if (quarter > 0)
        {
            var before = samples.Skip(quarter).Take(quarter).Average();
            var after = samples.TakeLast(quarter).Average();
            run.Add(row, BenchRun.Ours, "resident MB, second quarter", before);
            run.Add(row, BenchRun.Ours, "resident MB, last quarter", after);
            run.Add(row, BenchRun.Ours, "growth", after / before);
        }

        run.AtMost(row, BenchRun.Ours, "growth", FlatRatio, "×");
    }
}
