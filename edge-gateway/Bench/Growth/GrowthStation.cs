using System.Diagnostics;
using System.Security.Cryptography;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Bench.Growth;

/// <summary>A station's catalog and log that grow by the gateway's own code: what ingest does for each segment but its bytes, its seal file and its receipt.</summary>
internal sealed class GrowthStation : IAsyncDisposable
{
    // At most three records each: a batch of the log holds them.
    private const int BlockSegments = LogWriter.BatchRecordsMax / 3;
    private const int SignaturesKept = 64;

    private readonly string folder;
    private readonly GatewayKey key = GatewayKey.Create();
    private readonly KeyRing ring = new(RandomNumberGenerator.GetBytes(32));
    private readonly TimeProvider time;
    private GroupCommitter? committer;

    private GrowthStation(string folder, GrowthOptions options)
    {
        this.folder = folder;
        time = options.Time;
        Traffic = new GrowthTraffic(options.Recorders, options.Seed);
        Directory.CreateDirectory(folder);
        Catalog = SqliteCatalog.Open(CatalogPath);
        committer = Committer();
    }

    /// <summary>What arrives here.</summary>
    public GrowthTraffic Traffic { get; }

    /// <summary>Its catalog.</summary>
    public SqliteCatalog Catalog { get; private set; }

    /// <summary>Newest durable checkpoint.</summary>
    public SignedCheckpoint Checkpoint => committer!.Current;

    /// <summary>The log's folder.</summary>
    public string LogFolder => Path.Combine(folder, "log");

    private string CatalogPath => Path.Combine(folder, "catalog.db");

    /// <summary>An empty station.</summary>
    public static GrowthStation Begin(string folder, GrowthOptions options) => new(folder, options);

    /// <summary>Takes in so many segments as ingest does; they are durable on return.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> TakeAsync(long count, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        for (var taken = 0L; taken < count; taken++)
        {
            cancel.ThrowIfCancellationRequested();
            var arrival = Traffic.Next();
            var at = arrival.Seal.Key;
            // As a seal is taken: how far its ratchet may be walked, and whether it stands already.
            _ = Catalog.Highest(at.Device, at.Epoch);
            if (Catalog.Find(at) is not null)
                throw new InvalidOperationException($"{at} arrived twice.");
            foreach (var work in GrowthWork.Of(arrival, NowUs(), text => key.SignDer(text), _ => GrowthQueries.AfterCommit(Catalog, at)))
                await committer!.EnqueueAsync(work).ConfigureAwait(false);
        }

        await committer!.CommitAsync(new CommitWork([], null, static _ => { })).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Grows between two measurements: without syncs, in the largest batches, under signatures of other records. Rows, leaves and files are as ingest makes them.</summary>
    public async Task GrowAsync(long to, Action grown, CancellationToken cancel)
    {
        await CloseAsync().ConfigureAwait(false);
        var signatures = Enumerable.Range(0, SignaturesKept).Select(number => key.SignDer([(byte)number])).ToArray();
        using (Catalog = SqliteCatalog.Open(CatalogPath))
        using (var log = OpenLog(hurry: true))
        {
            Catalog.Hurry();
            var committing = Task.CompletedTask;
            while (Traffic.Count < to)
            {
                cancel.ThrowIfCancellationRequested();
                var works = new List<CommitWork>(2 * BlockSegments);
                for (var left = Math.Min(BlockSegments, to - Traffic.Count); left > 0; left--)
                    works.AddRange(GrowthWork.Of(Traffic.Next(), NowUs(), _ => signatures[left % SignaturesKept], static _ => { }));
                await committing.ConfigureAwait(false);
                grown();
                committing = Task.Run(() => Commit(log, works), CancellationToken.None);
            }

            await committing.ConfigureAwait(false);
        }

        Reopen();
    }

    /// <summary>Closes the station, opens it as the gateway does, and closes that again.</summary>
    /// <returns>How long the opening took, and the bytes of the log's files that it read.</returns>
    public async Task<(TimeSpan Time, long LogBytesRead)> StartAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        var files = new GrowthLogFiles(LogFolder);
        var started = Stopwatch.GetTimestamp();
        var service = IngestService.Open(new IngestOptions { DataFolder = folder, Keys = ring, GatewayKey = key, Time = time, LogFiles = files }, new NoDownlink(), NullLogger<IngestService>.Instance);
        var took = Stopwatch.GetElapsedTime(started);
        var read = files.BytesRead;
        await service.DisposeAsync().ConfigureAwait(false);
        Reopen();
        return (took, read);
    }

    /// <summary>Bytes of log and catalog.</summary>
    public GrowthDisk Disk()
    {
        var (bytes, files) = (0L, 0L);
        foreach (var file in new DirectoryInfo(LogFolder).EnumerateFiles("*", SearchOption.AllDirectories))
            (bytes, files) = (bytes + file.Length, files + 1);
        var catalog = new DirectoryInfo(folder).EnumerateFiles("catalog.db*").Sum(static file => file.Length);
        return new GrowthDisk(bytes, files, catalog, (double)bytes / Traffic.Count, (double)catalog / Traffic.Count);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        key.Dispose();
    }

    private void Commit(LogWriter log, List<CommitWork> works)
    {
        var records = works.SelectMany(static work => work.Records).ToList();
        var sequence = log.Current.Checkpoint.Size;
        log.AppendBatch(records);
        var batch = new CatalogBatch { LogSize = sequence + records.Count, LogRoot = log.Current.Checkpoint.Root };
        foreach (var work in works)
        {
            work.ToCatalog?.Invoke(batch, sequence);
            sequence += work.Records.Count;
        }

        Catalog.Apply(batch);
    }

    private async ValueTask CloseAsync()
    {
        if (committer is null)
            return;
        await committer.DisposeAsync().ConfigureAwait(false);
        committer = null;
        Catalog.Dispose();
    }

    private void Reopen()
    {
        Catalog = SqliteCatalog.Open(CatalogPath);
        committer = Committer();
    }

    private GroupCommitter Committer() => new(OpenLog(hurry: false), () => OpenLog(hurry: false), Catalog, time);

    private LogWriter OpenLog(bool hurry) => LogWriter.Open(LogFolder, key.Ecdsa, "bodycam/growth", time, new GrowthLogFiles(LogFolder, hurry));

    private long NowUs() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    private sealed class NoDownlink : IDownlink
    {
        public void Send(DeviceId device, byte[] message)
        {
            // Nobody is connected.
        }
    }
}
