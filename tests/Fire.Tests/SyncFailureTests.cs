using System.Text.Json;
using BodyCam.Core;
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
    [InlineData("/parts/", 2)]
    [InlineData(".part", 2)]
    [InlineData("data/tmp/", 1)]
    [InlineData("/segments/", 2)]
    [InlineData("/log/records/", 2)]
    [InlineData("/catalog.db", 2)]
    public async Task After_a_sync_that_fails_nothing_of_its_group_is_receipted_the_gateway_stops_and_the_next_start_loses_nothing(string part, int nthMax)
    {
        var hit = await FailAsync(1 + Random.Shared.Next(nthMax), part);
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
        string? wrong = null;
        supervisor.BeforeRestart = () =>
        {
            promised = fleet.PromiseCount;
            wrong ??= Receipted(place, fleet, faults.Hit);
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
            Assert.Null(wrong);
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

    // What was receipted though the sync that failed was of its group; null when nothing was. Asked when the gateway is dead: a receipt stands in its file before it is sent, so those on the way count too,
    // and groups go one after the other, so that what was receipted before the fault is told apart by the log.
    private static string? Receipted(Place place, Fleet fleet, string hit)
    {
        var issued = fleet.Promises.Select(static promise => promise.Key).Concat(Below(place, Path.Combine(place.Data, "segments"), ".receipt")).ToHashSet();
        var reader = new LogReader(Path.Combine(place.Data, "log"));
        var size = reader.ReadCheckpoint()!.Checkpoint.Size;
        var leaves = reader.ReadRecords(0, size).Select(static record => record.Type == "segment" ? KeyOf(record) : (SegmentKey?)null).ToList();
        if (issued.FirstOrDefault(key => !leaves.Contains(key)) is { Segment: > 0 } unlogged)
            return $"{unlogged} was receipted and the log's checkpoint does not cover it";
        var inPart = Path.GetRelativePath(Path.Combine(place.Data, "parts"), hit);
        if (hit.EndsWith(".part", StringComparison.Ordinal) && SegmentKey.TryParsePath(inPart, out var own))
            return leaves.Contains(own) ? $"{own} is in the log and its part was not synced" : null;
        switch (Kind(Path.GetRelativePath(place.Data, hit)))
        {
            case "log" when hit.Contains("/records/", StringComparison.Ordinal) && File.Exists(hit):
                return File.ReadAllBytes(hit).Count(static letter => letter == '\n') > size % LeavesOfFile ? null : "the checkpoint covers records that were not synced";
            case "catalog.db":
                // The newest leaf is of the group whose rows were not synced.
                return leaves is [.., { } newest] && issued.Contains(newest) ? $"{newest} was receipted and its row was not synced" : null;
            case "segments":
                return Below(place, Directory.Exists(hit) ? hit : Path.GetDirectoryName(hit)!, "").Any(key => !leaves.Contains(key)) ? null : "every segment below the folder that was not synced is in the log";
            default:
                return null;
        }
    }

    // Segments of which a file with this ending stands below the folder.
    private static IEnumerable<SegmentKey> Below(Place place, string folder, string ending) =>
        !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*" + ending, SearchOption.AllDirectories)
            .Select(path => SegmentKey.TryParsePath(Path.GetRelativePath(Path.Combine(place.Data, "segments"), path), out var key) ? key : default).Where(static key => key.Segment > 0).Distinct();

    private static SegmentKey KeyOf(StoredRecord record)
    {
        using var json = JsonDocument.Parse(record.Utf8Json!);
        uint U32(string name) => json.RootElement.GetProperty(name).GetUInt32();
        return new SegmentKey(DeviceId.Parse(json.RootElement.GetProperty("device").GetString()!), U32("epoch"), U32("recording"), U32("segment"));
    }

    // The kernel drops what it could not write: a part and a file being written come back as zeros, the log without what its checkpoint does not cover, a folder without the names it got.
    private static void Lose(Place place, string hit)
    {
        if ((hit.EndsWith(".part", StringComparison.Ordinal) || hit.Contains("/data/tmp/", StringComparison.Ordinal)) && File.Exists(hit))
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
        else if (Kind(Path.GetRelativePath(place.Data, hit)) == "segments")
        {
            LoseNames(place, hit);
        }
    }

    // A rename that no sync of the folder confirmed did not happen: what the log does not have goes back among the parts.
    private static void LoseNames(Place place, string hit)
    {
        var reader = new LogReader(Path.Combine(place.Data, "log"));
        var leaves = reader.ReadRecords(0, reader.ReadCheckpoint()!.Checkpoint.Size).Where(static record => record.Type == "segment").Select(KeyOf).ToHashSet();
        foreach (var key in Below(place, Directory.Exists(hit) ? hit : Path.GetDirectoryName(hit)!, "").Where(key => !leaves.Contains(key)).ToList())
        {
            var stem = Path.Combine(place.Data, "segments", key.RelativePath);
            var part = Path.Combine(place.Data, "parts", key.PartPath) + ".part";
            if (File.Exists(stem + ".mkv") && !File.Exists(part))
            {
                // Not a move: a part can be written to.
                File.WriteAllBytes(part, File.ReadAllBytes(stem + ".mkv"));
                File.Delete(stem + ".mkv");
            }

            File.Delete(stem + ".seal");
        }
    }
}
