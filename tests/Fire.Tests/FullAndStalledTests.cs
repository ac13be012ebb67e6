using System.Diagnostics;

namespace BodyCam.Fire.Tests;

/// <summary>A disk without room for a moment, at any call; and a disk that hangs.</summary>
public sealed class FullAndStalledTests(ITestOutputHelper output)
{

    /// <summary>Calls that need room in the small ingest after provisioning, about.</summary>
    private const int CallsMax = 120;
    private const int RecorderCount = 12;
    private const int MarginMs = 300;
    private const long GrowthMaxKib = 48 * 1024;
    private static readonly FileCall[] syncs = [FileCall.Fsync, FileCall.Fdatasync];
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_disk_that_has_no_room_for_a_moment_wherever_it_is_written_costs_time_and_nothing_else()
    {
        await using var full = await FullDisk.StartAsync();
        foreach (var part in new[] { "/parts/", "data/tmp/", "/segments/", "/log/", "/catalog.db", "/custody.db" })
            await full.ShiftAsync(1, 3, part);
        await full.EndAsync();
        output.WriteLine(string.Join(", ", full.Hits));
    }

    [Fact(Explicit = true)]
    public async Task A_disk_that_has_no_room_at_any_call_costs_time_and_nothing_else()
    {
        await using var full = await FullDisk.StartAsync();
        for (var nth = 1; nth <= CallsMax; nth++)
            await full.ShiftAsync(nth, 1 + (nth % 12), "");
        await full.EndAsync();
        output.WriteLine(string.Join(", ", full.Hits));
    }

    [Fact]
    public async Task A_segment_whose_sync_hangs_holds_up_no_other_recorder()
    {
        const int stallMs = 6000;
        await using var stalled = await StalledAsync("segments/unit-000", stallMs, times: 1);
        var (fleet, faults) = (stalled.Fleet, stalled.Faults);
        var others = fleet.Recorders.Skip(1).ToList();
        var before = others.Sum(static one => one.Card.Promises.Count);
        var started = Stopwatch.GetTimestamp();
        await Fleet.UntilAsync(() => others.Sum(static one => one.Card.Promises.Count) - before >= 5 * RecorderCount, patience, () => $"{fleet.PromiseCount} receipts");
        Assert.True(Stopwatch.GetElapsedTime(started).TotalMilliseconds < stallMs, $"the others waited with it: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
        await stalled.EndAsync();
        Assert.Equal(1, faults.Fired);
        output.WriteLine($"its recorder's longest PUBACK took {fleet.Recorders[0].LongestAnswer.TotalMilliseconds:F0} ms, the others' {others.Max(static one => one.LongestAnswer.TotalMilliseconds):F0} ms");
    }

    [Fact]
    public async Task A_log_that_hangs_gives_no_receipt_meanwhile_keeps_the_memory_and_answers_questions() =>
        Assert.Equal(0, await ReceiptsMeanwhileAsync("log/", 5000, 1));

    [Fact]
    public async Task A_catalog_that_hangs_gives_no_receipt_meanwhile_keeps_the_memory_and_answers_questions() =>
        Assert.Equal(0, await ReceiptsMeanwhileAsync("catalog.db", 5000, 1));

    // Here receipts may go on: the syncs that hang are of any file, and those of other segments do not wait for them.
    [Fact]
    public async Task Syncs_that_hang_here_and_there_keep_the_memory_and_questions_are_answered() => await ReceiptsMeanwhileAsync("", 1200, 12);

    private async Task<int> ReceiptsMeanwhileAsync(string part, int stallMs, int times)
    {
        await using var stalled = await StalledAsync(part, stallMs, times);
        var fleet = stalled.Fleet;
        var before = stalled.Gateway.MemoryKib("VmRSS");
        var (growth, slowest) = (0L, TimeSpan.Zero);
        var started = Stopwatch.GetTimestamp();
        var (promised, meanwhile) = (-1, -1);
        while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < stallMs - MarginMs)
        {
            // What was committed before is still on its way to the recorders for a moment.
            if (promised < 0 && Stopwatch.GetElapsedTime(started).TotalMilliseconds > stallMs / 3.0)
                promised = fleet.PromiseCount;
            // On a busy machine it is seen some time after it began, and is over as much earlier.
            if (meanwhile < 0 && Stopwatch.GetElapsedTime(started).TotalMilliseconds > stallMs * 2 / 3.0)
                meanwhile = fleet.PromiseCount - promised;
            var asked = Stopwatch.GetTimestamp();
            await stalled.Place.AskAsync("/health");
            slowest = Stopwatch.GetElapsedTime(asked) > slowest ? Stopwatch.GetElapsedTime(asked) : slowest;
            growth = Math.Max(growth, stalled.Gateway.MemoryKib("VmRSS") - before);
            await Task.Delay(100);
        }

        await stalled.EndAsync();
        output.WriteLine($"{stalled.Faults.Fired} syncs of {(part.Length > 0 ? part : "any file")} hung {stallMs} ms: {meanwhile} receipts in the middle of it, memory grew by {growth / 1024.0:F1} MiB, /health took {slowest.TotalMilliseconds:F0} ms at most, the longest PUBACK {fleet.Recorders.Max(static one => one.LongestAnswer.TotalMilliseconds):F0} ms");
        Assert.InRange(growth, long.MinValue, GrowthMaxKib);
        Assert.InRange(slowest.TotalSeconds, 0, 1.5);
        return meanwhile;
    }

    private static async Task<Stalled> StalledAsync(string part, int stallMs, int times)
    {
        var stalled = new Stalled();
        await stalled.StartAsync();
        stalled.Faults.Arm(Fault.Stall, 1, syncs, stallMs, times, part);
        await Fleet.UntilAsync(() => stalled.Faults.Fired > 0, patience, () => "no sync came");
        return stalled;
    }

    /// <summary>A gateway under load whose disk hangs.</summary>
    private sealed class Stalled : IAsyncDisposable
    {
        public Stalled() => Faults = new FaultPlan(Place.Data);

        public Place Place { get; } = new();

        public FaultPlan Faults { get; }

        public GatewayRun Gateway { get; private set; } = null!;

        public Fleet Fleet { get; private set; } = null!;

        public async Task StartAsync()
        {
            Gateway = await GatewayRun.ServeAsync(Place, Faults);
            Fleet = await Fleet.ProvisionAsync(Place, RecorderCount, 1, new Habits(), TimeSpan.FromMilliseconds(30), make: static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromMilliseconds(30)) { RepeatAfter = TimeSpan.FromSeconds(30) });
            Fleet.Start();
            await Fleet.PromisedAsync(10 * RecorderCount, patience);
        }

        public async Task EndAsync()
        {
            await Fleet.FinishAsync(patience);
            Fleet.Check("at the end", proveAll: true);
            Assert.Equal(0, await Gateway.EndAsync());
            Fleet.Verify();
        }

        public async ValueTask DisposeAsync()
        {
            if (Fleet is not null)
                await Fleet.DisposeAsync();
            Gateway?.Dispose();
            Faults.Dispose();
            Place.Dispose();
        }
    }
}
