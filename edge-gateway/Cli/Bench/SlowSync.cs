using System.Globalization;

namespace BodyCam.Cli.Bench;

/// <summary>A sync that takes longer, for the process that is started with <see cref="Environment"/> (edge-gateway/Bench/slow-sync.c).</summary>
internal sealed class SlowSync
{
    private readonly string path;

    private SlowSync(string library, string path)
    {
        this.path = path;
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LD_PRELOAD"] = library, ["BODYCAM_SYNC_DELAY"] = path };
    }

    /// <summary>Variables of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Makes it; null without a C compiler.</summary>
    public static async Task<SlowSync?> MakeAsync(BenchRoom room, CancellationToken cancel)
    {
        if (BenchRoom.Find("cc") is not { } compiler)
            return null;
        var library = room.NewPath("slow-sync.so");
        await using var made = ChildProcess.Start(library + ".log", compiler, ["-O2", "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "slow-sync.c"), "-ldl"]);
        await made.EndsWellAsync(cancel).ConfigureAwait(false);
        var sync = new SlowSync(library, room.NewPath("sync-delay"));
        sync.Set(TimeSpan.Zero);
        return sync;
    }

    /// <summary>Every sync from now on takes so much longer.</summary>
    public void Set(TimeSpan delay) => File.WriteAllText(path, delay.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture));
}
