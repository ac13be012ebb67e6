using BodyCam.Log;

namespace BodyCam.Fire.Tests;

/// <summary>fsync and fdatasync that fail with EIO, as the kernel tells it once; what was not synced is then lost, as it is after such a failure.</summary>
public sealed class SyncFailureTests(ITestOutputHelper output)
{
    private const int Eio = 5;
    private const string CheckpointFile = "checkpoint";

    /// <summary>Records of one file of the log (log-format.md).</summary>
    private const int LeavesOfFile = 256;
    /// <summary>Syncs of the small ingest between provisioning and the last receipt, about.</summary>
    private const int SyncsMax = 60;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData("/parts/")]
    [InlineData(".part")]
    [InlineData("data/tmp/")]
    [InlineData("/segments/")]
    [InlineData("/log/records/")]
    [InlineData("/catalog.db")]
    public async Task After_a_sync_that_fails_nothing_of_its_group_is_receipted_the_gateway_stops_and_the_next_start_loses_nothing(string part)
    {
        var hit = await FailAsync(1 + Random.Shared.Next(2), part);
        output.WriteLine($"the sync of {hit} failed");
    }

    [Fact(Explicit = true)]
    public async Task After_each_sync_that_fails_nothing_of_its_group_is_receipted_the_gateway_stops_and_the_next_start_loses_nothing()
    {
        var hits = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var nth = 1; nth <= SyncsMax; nth++)
        {
            var hit = Kind(await FailAsync(nth, ""));
            hits[hit] = hits.GetValueOrDefault(hit) + 1;
        }

        output.WriteLine(string.Join(", ", hits.Select(static pair => $"{pair.Key} {pair.Value}")));
    }

    // The name of the file or folder that was hit; "none" when the ingest has fewer syncs.
    private static async Task<string> FailAsync(int nth, string part)
    {
        using var place = new Place();
        using var faults = new FaultPlan(place.Data);
        await using var supervisor = new Supervisor(place, faults);
        await using var fleet = await supervisor.WithGatewayAsync(() => Fleet.ProvisionAsync(
            place, 1, nth, new Habits(), TimeSpan.FromHours(1),
            make: static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromHours(1)) { OfferEvery = TimeSpan.FromMilliseconds(300) }));
        var recorder = fleet.Recorders[0];
        recorder.IsFilming = false;
        var promised = -1;
        supervisor.BeforeRestart = () =>
        {
            promised = fleet.PromiseCount;
            Lose(place, faults.Hit);
        };
        faults.Arm(Fault.Error, nth, [FileCall.Fsync, FileCall.Fdatasync], Eio, part: part);
        recorder.Card.FilmShift();
        fleet.Start();
        string Said() => string.Join('\n', supervisor.Ended.Select(static end => $"{end.Code}: {end.Log}"));
        await Fleet.UntilAsync(() => recorder.Card.Owed.Count == 0, patience, () => $"sync {nth}, {faults.Hit}: {recorder.Card.Owed.Count} owed, {Said()}");
        var hit = faults.Fired == 0 ? "none" : Path.GetRelativePath(place.Data, faults.Hit);
        if (Stops(hit))
            await Fleet.UntilAsync(() => supervisor.Ended.Count > 0, patience, () => $"sync {nth} of {hit}: it goes on");
        faults.Disarm();
        await recorder.DisposeAsync();
        await supervisor.EndAsync();
        try
        {
            Assert.True(part.Length == 0 || hit != "none", $"no sync of {part} came");
            fleet.Check($"sync {nth} of {hit}", proveAll: true);
            fleet.Verify();
            Assert.Equal(Stops(hit) ? [1] : [], supervisor.Ended.Select(static end => end.Code));
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"sync {nth} of {hit}, {promised} promised before: {failure.Message}\n{Said()}", failure);
        }

        return hit;
    }

    // What custody derives is made anew from the log: a failure there stops no receipt.
    private static bool Stops(string hit) => hit != "none" && Kind(hit) is not ("custody.db" or "clock.json");

    private static string Kind(string hit) => hit.StartsWith("custody.db", StringComparison.Ordinal) ? "custody.db" : hit.StartsWith("catalog.db", StringComparison.Ordinal) ? "catalog.db" : hit.Split('/')[0];

    // The kernel drops what it could not write: a part and a file being written come back as zeros, the log without what its checkpoint does not cover.
    private static void Lose(Place place, string hit)
    {
        if (hit.EndsWith(".part", StringComparison.Ordinal) && File.Exists(hit))
        {
            File.WriteAllBytes(hit, new byte[new FileInfo(hit).Length]);
        }
        else if (hit.Contains("/log/", StringComparison.Ordinal) && hit.Contains("records", StringComparison.Ordinal) && File.Exists(hit))
        {
            var size = CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(place.Data, "log", CheckpointFile)))!.Size;
            var lines = File.ReadAllBytes(hit);
            var (kept, at) = (size % LeavesOfFile, 0);
            for (; kept > 0; kept--)
                at = Array.IndexOf(lines, (byte)'\n', at) + 1;
            File.WriteAllBytes(hit, lines[..at]);
        }
    }
}
