using BodyCam.Bench.Growth;
using BodyCam.Catalog;

namespace BodyCam.Budgets.Tests;

/// <summary>One station of ten thousand segments and one of a hundred thousand, made once for all tests of growth.</summary>
public sealed class TwoSizes : IAsyncLifetime
{
    public const int SmallSegments = 10_000;
    public const int LargeSegments = 100_000;

    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-growth-" + Path.GetRandomFileName());

    internal GrowthStation Small { get; private set; } = null!;

    internal GrowthStation Large { get; private set; } = null!;

    /// <summary>Managed bytes that growing from small to large left behind.</summary>
    public long KeptBytes { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var options = new GrowthOptions { Folder = folder, Recorders = 20 };
        Console.WriteLine($"growth: seed {options.Seed}");
        Small = GrowthStation.Begin(Path.Combine(folder, "small"), options);
        await Small.GrowAsync(SmallSegments, static () => { }, CancellationToken.None);
        Large = GrowthStation.Begin(Path.Combine(folder, "large"), options);
        await Large.GrowAsync(SmallSegments, static () => { }, CancellationToken.None);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Large.GrowAsync(LargeSegments, static () => { }, CancellationToken.None);
        KeptBytes = GC.GetTotalMemory(forceFullCollection: true) - before;
    }

    public async ValueTask DisposeAsync()
    {
        await Small.DisposeAsync();
        await Large.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Steps of SQLite's machine that an action takes: what it costs, whatever the clock says.</summary>
    internal static long Steps(SqliteCatalog catalog, Action action)
    {
        var steps = 0L;
        SQLitePCL.delegate_progress count = _ =>
        {
            steps++;
            return 0;
        };
        foreach (var handle in catalog.Handles)
            SQLitePCL.raw.sqlite3_progress_handler(handle, 1, count, null);
        try
        {
            action();
        }
        finally
        {
            foreach (var handle in catalog.Handles)
                SQLitePCL.raw.sqlite3_progress_handler(handle, 0, null, null);
        }

        GC.KeepAlive(count);
        return steps;
    }
}
