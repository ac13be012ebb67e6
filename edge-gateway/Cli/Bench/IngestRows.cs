using System.Globalization;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>Rows of ingest: footage of 8 KiB messages until every segment is there, beside what one would put together instead.</summary>
internal static class IngestRows
{
    private const int Segment = BenchLoadSize.RecorderSegmentBytes;
    private const int Window = 8;
    private const int LiveBytesPerSecond = 250_000;
    private const double SlowSyncMs = 5;

    /// <summary>As fast as it goes with this many connections.</summary>
    public static async Task SaturateAsync(BenchRun run, int clients, bool slow, CancellationToken cancel)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"ingest {clients}{(slow ? $", sync + {SlowSyncMs} ms" : "")}");
        var sync = slow ? await SlowSync.MakeAsync(run.Room, cancel).ConfigureAwait(false) : null;
        if (slow && sync is null)
        {
            run.Skip(row, "no C compiler (cc) for the slow sync: install gcc.");
            return;
        }

        sync?.Set(TimeSpan.FromMilliseconds(SlowSyncMs));
        var size = clients switch { 1 => new BenchLoadSize(32, Segment, Window), <= 16 => new BenchLoadSize(6, Segment, Window), <= 64 => new BenchLoadSize(2, Segment, Window), _ => new BenchLoadSize(1, Segment / 8, Window) };
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("gateway"), clients, tls: false, sync?.Environment, cancel).ConfigureAwait(false);
        await using var mosquitto = run.IsAlone ? null : await BenchPeers.MosquittoAsync(run.Room, cancel).ConfigureAwait(false);
        await using var nginx = run.IsAlone ? null : await BenchPeers.NginxAsync(run.Room, cancel).ConfigureAwait(false);
        var appended = run.Room.NewPath("append");
        Directory.CreateDirectory(appended);
        var like = gateway.NextPlan(size);
        var subjects = new List<BenchSubject> { Gateway(run, BenchRun.Ours, gateway, size) };
        if (mosquitto is not null)
            subjects.Add(new BenchSubject("mosquitto > file", async end => await LoadAsync(run, mosquitto.Plan(like), mosquitto.Processes(), end).ConfigureAwait(false)));
        if (nginx is not null)
            subjects.Add(new BenchSubject("nginx PUT + fsync", async end => await LoadAsync(run, nginx.Plan(like), nginx.Processes(), end, sync).ConfigureAwait(false)));
        if (!run.IsAlone)
            subjects.Add(new BenchSubject("append + fdatasync", async end => await LoadAsync(run, like with { Target = LoadTarget.Append, Path = appended }, [], end, sync).ConfigureAwait(false)));
        if (!run.IsAlone && !slow && clients == 16 && BenchRoom.Find("rsync") is { } rsync)
            subjects.Add(Rsync(run, rsync, Path.Combine(gateway.DataFolder, "segments")));
        await run.InterleaveAsync(row, subjects, cancel).ConfigureAwait(false);
        if (slow)
            return;
        if (clients <= 64)
            run.Ratio(row, BenchRun.Ours, "mosquitto > file", BenchRun.Speed, clients switch { 1 => 0.9, 16 => 2, _ => 1.5 });
        if (clients == 16)
            run.AtMost(row, BenchRun.Ours, "PUBACK p99 ms", 15, "ms");
        if (clients == 64)
            run.AtMost(row, BenchRun.Ours, "peak MB", 150, "MB");
    }

    /// <summary>TLS beside plain, both ours.</summary>
    public static async Task TlsAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "TLS 16";
        var size = new BenchLoadSize(6, Segment, Window);
        await using var plain = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("plain"), 16, tls: false, null, cancel).ConfigureAwait(false);
        await using var secure = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("tls"), 16, tls: true, null, cancel).ConfigureAwait(false);
        await run.InterleaveAsync(row, [Gateway(run, "plain", plain, size), Gateway(run, "TLS", secure, size)], cancel).ConfigureAwait(false);
        run.Ratio(row, "TLS", "plain", BenchRun.Speed, 0.6);
    }

    /// <summary>Sixteen recorders at 2 Mbit/s: from the seal to the receipt, also with a slow sync.</summary>
    public static async Task LiveAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "live 16";
        var slowName = $"sync + {SlowSyncMs} ms";
        var size = new BenchLoadSize(8, LiveBytesPerSecond * 5 / 2, Window, LiveBytesPerSecond);
        var sync = await SlowSync.MakeAsync(run.Room, cancel).ConfigureAwait(false);
        await using var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("live"), 16, tls: false, null, cancel).ConfigureAwait(false);
        await using var slow = sync is null ? null : await BenchGateway.StartAsync(run.Room, run.Room.NewPath("live-slow"), 16, tls: false, sync.Environment, cancel).ConfigureAwait(false);
        sync?.Set(TimeSpan.FromMilliseconds(SlowSyncMs));
        var subjects = new List<BenchSubject> { Gateway(run, BenchRun.Ours, gateway, size) };
        if (slow is null)
            run.Skip(row, "no C compiler (cc) for the slow sync: install gcc.");
        else
            subjects.Add(Gateway(run, slowName, slow, size));
        await run.InterleaveAsync(row, subjects, cancel).ConfigureAwait(false);
        run.AtMost(row, BenchRun.Ours, "receipt p99 ms", 250, "ms");
        run.AtMost(row, slowName, "receipt p99 ms", 250, "ms");
    }

    private static BenchSubject Gateway(BenchRun run, string name, BenchGateway gateway, BenchLoadSize size) => new(name, async cancel =>
    {
        var (result, used) = await run.Room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], cancel).ConfigureAwait(false);
        return BenchRun.Figures(result, used, gateway.Process.PeakMegabytes);
    }, size.BytesPerSecond > 0 ? default : run.Warm);

    private static async Task<IReadOnlyList<(string Figure, double Value)>> LoadAsync(BenchRun run, LoadPlan plan, IReadOnlyList<int> servers, CancellationToken cancel, SlowSync? sync = null)
    {
        var (result, used) = await run.Room.LoadAsync(plan, servers, cancel, sync?.Environment).ConfigureAwait(false);
        return BenchRun.Figures(result, used, servers.Count == 0 ? null : servers.Sum(ChildProcess.PeakMegabytesOf));
    }

    // The files of one round: the gateway's newest recording of each recorder.
    private static BenchSubject Rsync(BenchRun run, string rsync, string segments) => new("rsync --fsync", async cancel =>
    {
        var recordings = Directory.GetDirectories(segments).Select(static device => Newest(Newest(device))).ToList();
        var bytes = recordings.SelectMany(static folder => Directory.EnumerateFiles(folder, "*.mkv")).Sum(static path => new FileInfo(path).Length);
        var copies = run.Room.NewPath("rsync");
        Directory.CreateDirectory(copies);
        // What follows "/./" is the path below the copies.
        var seconds = await BenchPeers.TimeAsync(run.Room, rsync, ["-aR", "--fsync", "--include=*/", "--include=*.mkv", "--exclude=*", .. recordings.Select(folder => $"{segments}/./{Path.GetRelativePath(segments, folder)}"), copies + "/"], cancel).ConfigureAwait(false);
        var copied = Directory.EnumerateFiles(copies, "*", SearchOption.AllDirectories).Sum(static path => new FileInfo(path).Length);
        if (copied != bytes)
            throw new BenchException($"rsync copied {copied} of {bytes} bytes: see which version of it is installed.");
        Directory.Delete(copies, recursive: true);
        return [(BenchRun.Speed, bytes / 1e6 / seconds)];
    });

    // Epochs and recordings are numbers of fixed width (storage-format.md).
    private static string Newest(string folder) => Directory.GetDirectories(folder).Max(StringComparer.Ordinal)!;
}
