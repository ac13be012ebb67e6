using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using BodyCam.Core.Keys;
using Microsoft.Win32.SafeHandles;

namespace BodyCam.Bench.Load;

/// <summary>The load process: makes everything, says that it is ready, waits for a line, runs, prints what it measured. One JSON line each.</summary>
public static partial class LoadRun
{
    private const int ScratchBlockBytes = 1024 * 1024;
    private static readonly TimeSpan fileAskedEvery = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan fileDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Runs a plan between standard input and output.</summary>
    /// <exception cref="IOException">A server refused or closed.</exception>
    public static async Task RunAsync(LoadPlan plan, TextReader input, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        var keys = new KeyRing(Convert.FromHexString(plan.MasterHex));
        var loads = plan.Target == LoadTarget.NeverReads ? [] : plan.Recorders.Select(identity => LoadPackets.Make(plan, identity, keys)).ToList();
        var connections = new List<MqttLoadConnection>();
        if (plan.Target is LoadTarget.Gateway or LoadTarget.MqttFile)
        {
            foreach (var identity in plan.Recorders)
                connections.Add(await MqttLoadConnection.OpenAsync(plan, identity, keys).ConfigureAwait(false));
        }

        var puts = new List<PutConnection>();
        if (plan.Target == LoadTarget.Http)
        {
            foreach (var identity in plan.Recorders)
                puts.Add(await PutConnection.OpenAsync(plan, identity).ConfigureAwait(false));
        }

        if (plan.Scratch is { } scratch)
            Touch(Path.Combine(scratch, "scratch"), loads.Sum(static load => load.PayloadBytes));
        await output.WriteLineAsync("""{"ready":true}""").ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
        _ = await input.ReadLineAsync().ConfigureAwait(false);
        var fileBytes = plan.Target == LoadTarget.MqttFile ? new FileInfo(plan.Path!).Length + loads.Sum(static load => load.PayloadBytes) : 0;
        using var self = Process.GetCurrentProcess();
        var processor = self.TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        await (plan.Target switch
        {
            LoadTarget.Gateway => RunAsync(connections, loads, plan, started),
            LoadTarget.MqttFile => Task.WhenAll(RunAsync(connections, loads, plan, started), FileHasAsync(plan.Path!, fileBytes)),
            LoadTarget.Http => Task.WhenAll(puts.Select((put, index) => Task.Run(() => put.RunAsync(loads[index])))),
            LoadTarget.Append => Task.Run(() => Append(plan, loads)),
            _ => Task.WhenAll(plan.Recorders.Select(identity => Task.Run(() => UnreadAsync(plan, identity, keys)))),
        }).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        self.Refresh();
        var result = new LoadResult(
            seconds, loads.Sum(static load => load.Bytes), loads.Sum(static load => (long)load.Packets.Count), loads.Sum(static load => load.Segments.Count),
            Latency.Of([.. connections.SelectMany(static connection => connection.AckMs)]), Latency.Of([.. connections.SelectMany(static connection => connection.ReceiptMs)]), connections.Select(static connection => connection.AckMs.DefaultIfEmpty().Max()).DefaultIfEmpty().Min(), (self.TotalProcessorTime - processor).TotalSeconds);
        if (plan.Target == LoadTarget.Gateway)
        {
            for (var index = 0; index < connections.Count; index++)
                connections[index].CheckReceipts(loads[index], keys, plan.Recorders[index].Epoch);
        }

        foreach (var connection in connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        puts.ForEach(static put => put.Dispose());
        await output.WriteLineAsync(JsonSerializer.Serialize(result)).ConfigureAwait(false);
    }

    // Recorders start one after the other within the first second, as no two of a station press at once.
    private static Task RunAsync(List<MqttLoadConnection> connections, List<LoadPackets> loads, LoadPlan plan, long started) =>
        Task.WhenAll(connections.Select((connection, index) => Task.Run(async () =>
        {
            if (plan.BytesPerSecond > 0)
                await Task.Delay(TimeSpan.FromSeconds((double)plan.SegmentBytes / plan.BytesPerSecond * index / connections.Count)).ConfigureAwait(false);
            await connection.RunAsync(loads[index], plan, plan.BytesPerSecond > 0 ? Stopwatch.GetTimestamp() : started).ConfigureAwait(false);
        })));

    private static void Touch(string path, long bytes)
    {
        var block = new byte[ScratchBlockBytes];
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            for (long at = 0; at < bytes; at += block.Length)
                RandomAccess.Write(file, block, at);
        }

        File.Delete(path);
    }

    // Closed by the gateway, it comes again.
    private static async Task UnreadAsync(LoadPlan plan, LoadIdentity identity, KeyRing keys)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(plan.Seconds));
        while (!end.IsCancellationRequested)
        {
            try
            {
                await using var connection = await MqttLoadConnection.OpenAsync(plan, identity, keys).ConfigureAwait(false);
                await connection.SendUnreadAsync(end.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException or System.Net.Sockets.SocketException)
            {
                // Next connection, or the end.
            }
        }
    }

    private static async Task FileHasAsync(string path, long bytes)
    {
        long had = -1;
        for (var grewAt = Stopwatch.GetTimestamp(); ; await Task.Delay(fileAskedEvery).ConfigureAwait(false))
        {
            var has = new FileInfo(path).Length;
            if (has >= bytes)
                return;
            if (has > had)
                (had, grewAt) = (has, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(grewAt) > fileDeadline)
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The subscriber wrote {has} of {bytes} bytes and none in the last {fileDeadline.TotalSeconds:F0} s: see that broker and subscriber run and that the disk has room."));
        }
    }

    private static void Append(LoadPlan plan, List<LoadPackets> loads)
    {
        using var file = File.OpenHandle(Path.Combine(plan.Path!, "appended"), FileMode.OpenOrCreate, FileAccess.Write);
        var at = RandomAccess.GetLength(file);
        foreach (var segment in loads.SelectMany(static load => load.Segments))
        {
            RandomAccess.Write(file, segment.Bytes, at);
            at += segment.Bytes.Length;
            if (DataSync(file) != 0)
                throw new IOException($"fdatasync failed, errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
