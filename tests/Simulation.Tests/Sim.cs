using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Simulation.Tests;

/// <summary>
/// One seed: a recorder with 200 segments and more, a link that loses, repeats, reorders and delays, a gateway on a disk that fails, power cuts and reboots on both sides, clock steps.
/// After every reboot and at the end: what has a receipt is present, intact, in the catalog, in the log with its proof, and stands once.
/// </summary>
internal sealed class Sim : IAsyncDisposable
{
    public const int SegmentsMin = 200;
    public const int FaultsMin = 10;
    private const int StepsMax = 60_000;
    private const int OfferMax = 16;

    private static readonly string[] kinds = ["power", "power", "power", "eio", "enospc", "kill", "reboot", "step", "partition"];

    private readonly Random dice;
    private readonly SimDisk disk;
    private readonly Station station;
    private readonly List<FakeSegment> made = [];
    private readonly List<byte[]> up = [];
    private readonly HashSet<SegmentKey> freed = [];
    private readonly Dictionary<SegmentKey, ReceiptEntry> receipted = [];
    private readonly Queue<string> faults = new();
    private FakeRecorder recorder = null!;
    private bool offeredFirst;
    private int heard;
    private int awaySteps;

    public Sim(int seed)
    {
        Seed = seed;
        dice = new Random(seed);
        disk = new SimDisk(dice);
        station = new Station(null, options => options with { Disk = disk, LogFiles = disk, CatalogPath = ":memory:" });
        for (var number = 0; number < FaultsMin + dice.Next(5); number++)
            faults.Enqueue(kinds[dice.Next(kinds.Length)]);
    }

    public int Seed { get; }

    /// <summary>How often each fault happened.</summary>
    public Dictionary<string, int> Fired { get; } = new(StringComparer.Ordinal);

    /// <summary>Situations that were met.</summary>
    public HashSet<string> Met { get; } = new(StringComparer.Ordinal);

    public async Task RunAsync()
    {
        recorder = await station.OpenWithRecorderAsync();
        Make();
        var total = SegmentsMin + dice.Next(20);
        var (steps, nextFault) = (0, 100 + dice.Next(200));
        Offer();
        while (made.Count < total || freed.Count < made.Count || faults.Count > 0 || disk.IsPlanned)
        {
            if (++steps > StepsMax)
                throw Broken($"{made.Count - freed.Count} of {made.Count} segments have no receipt after {StepsMax} steps: {string.Join(", ", made.Where(segment => !freed.Contains(segment.Key)).Select(segment => $"{segment.Key} receipted {receipted.ContainsKey(segment.Key)} row {station.Ingest.Catalog.Find(segment.Key)?.State}"))}; last down {string.Join(' ', station.Down.TakeLast(6).Select(static message => message[1]))}; parts {string.Join(", ", station.Ingest.Status().Parts)}; files {string.Join(", ", disk.Files("parts"))}; full {disk.IsFull}");
            if (faults.Count > 0 && steps >= nextFault && !disk.IsPlanned)
            {
                nextFault = steps + 60 + dice.Next(200);
                await FaultAsync(faults.Dequeue());
            }

            await StepAsync(total);
            if (disk.IsPlanned && freed.Count == made.Count && made.Count >= total)
                Make(); // something has to be written for the fault to happen
        }

        await RebootAsync(kill: true);
        Check();
        if (Fired.Values.Sum() < FaultsMin)
            throw Broken($"only {Fired.Values.Sum()} faults happened");
    }

    public async ValueTask DisposeAsync() => await station.DisposeAsync();

    private async Task StepAsync(int total)
    {
        if (awaySteps > 0)
            awaySteps--;
        switch (dice.Next(20))
        {
            case 0 when made.Count < total:
                Make();
                Say(made[^1]);
                break;
            case 1:
                station.Time.Advance(TimeSpan.FromSeconds(dice.Next(1, 8)));
                await DriveAsync(station.Ingest.TickAsync(CancellationToken.None).AsTask());
                break;
            case 2 when up.Count == 0:
                Offer();
                break;
            default:
                await DeliverAsync();
                break;
        }

        await DriveAsync(station.Ingest.SettleAsync());
        Hear();
        if (station.Ingest.IsFaulted)
        {
            Note(disk.Fired, "power", "the power went in mid-work");
            await RebootAsync(kill: !disk.Fired.ContainsKey("power") || dice.Next(2) == 0);
        }
    }

    // Who waits for room waits on the simulated clock: it moves on until the call has come back, and somebody makes room.
    private async Task DriveAsync(Task call)
    {
        if (disk.IsFull && dice.Next(30) == 0)
        {
            disk.IsFull = false;
            Met.Add("room again");
        }

        for (var round = 0; !call.IsCompleted; round++)
        {
            await Task.WhenAny(call, Task.Delay(TimeSpan.FromMilliseconds(1)));
            if (call.IsCompleted)
                break;
            if (round > 5000)
                throw Broken("a call does not come back");
            if (disk.IsFull && round > 2)
            {
                disk.IsFull = false;
                Met.Add("a commit that waited for room");
            }

            station.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await call;
    }

    private async Task FaultAsync(string kind)
    {
        switch (kind)
        {
            case "power" or "eio" or "enospc":
                disk.Plan(kind, 1 + dice.Next(40));
                break;
            case "kill":
                Count("kill");
                await RebootAsync(kill: true);
                break;
            case "reboot":
                Count("reboot");
                recorder.Reboot();
                up.Clear();
                Offer();
                break;
            case "step":
                Count("step");
                station.Time.Advance(TimeSpan.FromDays(dice.Next(1, 30)));
                break;
            default:
                Count("partition");
                awaySteps = 200;
                up.Clear();
                break;
        }
    }

    // The next segment of the present recording, or the first of the next.
    private void Make()
    {
        var last = made.Count == 0 ? null : made[^1];
        var isNew = last is null || last.SealBytes[7] == 1;
        var (recording, segment) = isNew ? ((last?.Key.Recording ?? 0) + 1, 1u) : (last!.Key.Recording, last.Key.Segment + 1);
        made.Add(recorder.Footage(recording, segment, final: dice.Next(4) == 0, frames: 1 + dice.Next(3), frameBytes: 500 + dice.Next(4000)));
    }

    private void Say(FakeSegment segment)
    {
        up.Add(FakeRecorder.SealMessage(segment));
        for (var index = 0; index < segment.ChunkCount; index++)
            up.Add(FakeRecorder.ChunkMessage(segment, index));
    }

    private void Offer()
    {
        var owed = made.Where(segment => !freed.Contains(segment.Key)).Take(OfferMax).ToArray();
        if (owed.Length == 0)
            return;
        up.Add(recorder.OfferMessage(first: !offeredFirst, newEpoch: false, owed));
        offeredFirst = true;
    }

    private async Task DeliverAsync()
    {
        if (up.Count == 0 || awaySteps > 0)
            return;
        // Out of order within the window, lost, or twice.
        var at = dice.Next(Math.Min(up.Count, 8));
        var message = up[at];
        if (dice.Next(20) > 0)
            up.RemoveAt(at);
        else
            Met.Add("a message twice");
        if (dice.Next(20) == 0)
        {
            Met.Add("a message lost");
            return;
        }

        await DriveAsync(station.UpAsync(message));
    }

    private void Hear()
    {
        var down = station.Down;
        for (; heard < down.Count; heard++)
        {
            var message = down[heard];
            if (message[1] == 16)
                Take(message);
            else if (message[1] == 17 && dice.Next(20) > 0)
                Resend();
            else if (message[1] == 18)
                Met.Add("a refusal");
        }
    }

    private void Take(byte[] message)
    {
        if (Receipt.TryParse(message, out var receipt) != RefusalReason.None)
            throw Broken("a receipt that cannot be read");
        foreach (var entry in receipt!.Entries)
        {
            var key = new SegmentKey(Station.Device, recorder.Epoch, entry.Recording, entry.Segment);
            receipted[key] = entry;
            if (receipt.State != ReceiptState.Stored)
                throw Broken($"{key} became {receipt.State}");
            // The receipt itself may be lost on its way.
            if (dice.Next(20) == 0)
                Met.Add("a receipt lost");
            else
                freed.Add(key);
        }
    }

    private void Resend()
    {
        var (key, ranges) = station.Missing[^1];
        if (made.Find(segment => segment.Key == key) is not { } segment || freed.Contains(key))
            return;
        Met.Add("ranges asked for again");
        foreach (var (first, count) in ranges)
        {
            for (var index = first; index < Math.Min(first + count, segment.ChunkCount); index++)
                up.Add(FakeRecorder.ChunkMessage(segment, index));
        }
    }

    private async Task RebootAsync(bool kill)
    {
        if (!kill)
            disk.CutPower();
        await station.CloseAsync();
        foreach (var (kind, count) in disk.Fired)
            Fired[kind] = count;
        if (kill && !disk.IsPlanned)
            disk.Restart();
        else
            disk.PowerOn();
        station.Open();
        offeredFirst = false;
        up.Clear();
        Check();
        Offer();
    }

    // Everything that has a receipt, by the gateway's own eyes and by the bytes on the disk.
    private void Check()
    {
        var reader = new LogReader(station.Folder, disk);
        var size = station.Ingest.Checkpoint.Checkpoint.Size;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var record in reader.ReadRecords(0, size).Where(static record => record.Type == "segment"))
        {
            using var json = System.Text.Json.JsonDocument.Parse(record.Utf8Json!);
            var digest = json.RootElement.GetProperty("sealDigest").GetString()!;
            counts[digest] = counts.GetValueOrDefault(digest) + 1;
        }

        foreach (var (key, entry) in receipted)
        {
            var segment = made.Find(one => one.Key == key) ?? throw Broken($"{key} has a receipt and was never made");
            var row = station.Ingest.Catalog.Find(key) ?? throw Broken($"{key} has a receipt and no row");
            var path = $"segments/{key.Device}/{key.Epoch:D4}/{key.Recording:D6}/{key.Segment:D6}";
            if (!disk.Exists(path + ".mkv") || !disk.ReadWhole(path + ".mkv").AsSpan().SequenceEqual(segment.Bytes))
                throw Broken($"{key} has a receipt and its bytes are not there");
            if (!disk.Exists(path + ".seal") || !disk.ReadWhole(path + ".seal").AsSpan(0, segment.SealBytes.Length).SequenceEqual(segment.SealBytes))
                throw Broken($"{key} has a receipt and its seal is not there");
            if (counts.GetValueOrDefault(Convert.ToHexStringLower(segment.SealBytes.AsSpan(288, 32))) != 1)
                throw Broken($"{key} stands {counts.GetValueOrDefault(Convert.ToHexStringLower(segment.SealBytes.AsSpan(288, 32)))} times in the log");
            if (row.LogSequence >= size)
                throw Broken($"{key} has a row beyond the log");
            _ = entry;
        }
    }

    private void Count(string kind) => Fired[kind] = Fired.GetValueOrDefault(kind) + 1;

    private void Note(IReadOnlyDictionary<string, int> faultsFired, string kind, string what)
    {
        if (faultsFired.ContainsKey(kind))
            Met.Add(what);
    }

    private InvalidOperationException Broken(string what) => new($"seed {Seed}: {what}");
}
