using System.Diagnostics;
using System.Text.Json;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>Where a bench works: its folder, what it says while it runs, and the load process.</summary>
/// <param name="folder">Scratch folder, on the disk to be measured.</param>
/// <param name="say">Progress.</param>
internal sealed class BenchRoom(string folder, Action<string> say)
{
    private int count;

    /// <summary>Scratch folder.</summary>
    public string Folder => folder;

    /// <summary>Says how far it is.</summary>
    public void Say(string line) => say(line);

    /// <summary>A new name in the folder.</summary>
    public string NewPath(string name) => Path.Combine(folder, $"{++count}-{name}");

    /// <summary>Runs a plan in a load process.</summary>
    /// <param name="plan">Plan.</param>
    /// <param name="servers">Processes whose processor time is counted while it runs.</param>
    /// <param name="cancel">End.</param>
    /// <param name="environment">Variables of the load process.</param>
    /// <param name="gone">Set once the load has been told to go; not when it fails before.</param>
    public async Task<(LoadResult Result, double ServerSeconds)> LoadAsync(LoadPlan plan, IReadOnlyList<int> servers, CancellationToken cancel, IReadOnlyDictionary<string, string>? environment = null, TaskCompletionSource? gone = null)
    {
        var path = NewPath("plan.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(plan with { Scratch = folder }), cancel).ConfigureAwait(false);
        await using var load = ChildProcess.StartSelf(path + ".log", ["bench", "load", path], environment);
        await load.LineAsync(cancel).ConfigureAwait(false);
        var before = servers.Sum(ChildProcess.ProcessorSeconds);
        await load.Input.WriteLineAsync("go").ConfigureAwait(false);
        await load.Input.FlushAsync(cancel).ConfigureAwait(false);
        gone?.SetResult();
        var result = JsonSerializer.Deserialize<LoadResult>(await load.LineAsync(cancel).ConfigureAwait(false))!;
        var used = servers.Sum(ChildProcess.ProcessorSeconds) - before;
        await load.EndsWellAsync(cancel).ConfigureAwait(false);
        return (result, used);
    }

    /// <summary>Path of a program, or null when it is not installed.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':').Select(part => Path.Combine(part, program)).FirstOrDefault(File.Exists);

    /// <summary>Latencies of write and fsync of 4 KiB on this disk, ms.</summary>
    public Latency SyncLatency(int samples = 200)
    {
        using var file = File.OpenHandle(NewPath("sync"), FileMode.Create, FileAccess.Write);
        var block = new byte[4096];
        var taken = new List<double>();
        for (var at = 0; at < samples; at++)
        {
            var started = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, block, (long)at * block.Length);
            Core.FileSync.Sync(file);
            taken.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Latency.Of(taken);
    }
}
