namespace BodyCam.Cli.Bench;

/// <summary>Row of verification: every chunk, seal, MAC, chain, receipt and proof of a station, beside one digest over the same bytes.</summary>
internal static class VerifyRow
{
    private const int Clients = 8;
    // 9.7 GB: the start of the runtime, 0.4 s, was a quarter of it over 3.2.
    private const int Recordings = 36;

    public static async Task RunAsync(BenchRun run, CancellationToken cancel)
    {
        const string row = "verify";
        string data;
        string keys;
        await using (var gateway = await BenchGateway.StartAsync(run.Room, run.Room.NewPath("verify"), Clients, tls: false, null, cancel).ConfigureAwait(false))
        {
            data = gateway.DataFolder;
            keys = gateway.KeysFolder;
            var size = new BenchLoadSize(16, BenchLoadSize.RecorderSegmentBytes, 8);
            run.Room.Say($"{row}: making {(long)Clients * Recordings * size.SegmentCount * size.SegmentBytes / 1e6:F0} MB");
            for (var time = 0; time < Recordings; time++)
                await run.Room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], cancel).ConfigureAwait(false);
        }

        var files = Directory.GetFiles(Path.Combine(data, "segments"), "*.mkv", SearchOption.AllDirectories);
        var megabytes = files.Sum(static path => new FileInfo(path).Length) / 1e6;
        // One that lies inside what is checked is no anchor.
        var anchor = run.Room.NewPath("anchor") + ".pem";
        File.Copy(Path.Combine(data, "gateway.pem"), anchor);
        var self = new[] { typeof(VerifyRow).Assembly.Location, "verify", data, "--gateway-key", anchor, "--keys", keys, "--json" };
        var subjects = new List<BenchSubject>
        {
            new(BenchRun.Ours, async end => [(BenchRun.Speed, megabytes / await BenchPeers.TimeAsync(run.Room, ChildProcess.Host, self, end).ConfigureAwait(false))]),
            new("--one-digest", async end => [(BenchRun.Speed, megabytes / await BenchPeers.TimeAsync(run.Room, ChildProcess.Host, [.. self, "--one-digest"], end).ConfigureAwait(false))]),
        };
        if (!run.IsAlone && BenchRoom.Find("openssl") is { } openssl)
            subjects.Add(new BenchSubject("openssl dgst -sha256", async end => [(BenchRun.Speed, megabytes / await BenchPeers.TimeAsync(run.Room, openssl, ["dgst", "-sha256", .. files], end).ConfigureAwait(false))]));
        await run.InterleaveAsync(row, subjects, cancel).ConfigureAwait(false);
        run.Ratio(row, "--one-digest", "openssl dgst -sha256", BenchRun.Speed, 1.5);
    }
}
