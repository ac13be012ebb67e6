using System.Threading.Channels;
using BodyCam.Catalog;
using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>Work that becomes durable together with others: records for the log, rows for the catalog, and what follows once both have them.</summary>
/// <param name="Records">One or more records.</param>
/// <param name="ToCatalog">Adds rows; gets the sequence of the first record.</param>
/// <param name="Done">Called after the catalog has the rows, with the checkpoint that covers the records.</param>
internal sealed record CommitWork(IReadOnlyList<LogRecord> Records, Action<CatalogBatch, long> ToCatalog, Action<Checkpoint> Done);

/// <summary>One task that appends to log and catalog in groups: whatever waits when it looks goes in together, so that many segments share the syncs.</summary>
internal sealed class GroupCommitter : IAsyncDisposable
{
    private const int QueueMax = 1024;
    private const int GroupMax = 256;

    private readonly Channel<CommitWork> queue = Channel.CreateBounded<CommitWork>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
    private readonly LogWriter log;
    private readonly ICatalog catalog;
    private readonly Action<Exception> failed;
    private readonly Task loop;

    public GroupCommitter(LogWriter log, ICatalog catalog, Action<Exception> failed)
    {
        this.log = log;
        this.catalog = catalog;
        this.failed = failed;
        loop = Task.Run(RunAsync);
    }

    /// <summary>Groups committed and works in them, since start.</summary>
    public long GroupCount { get; private set; }

    /// <summary>Waits for a place in the queue, not for the commit.</summary>
    public ValueTask EnqueueAsync(CommitWork work, CancellationToken cancel) => queue.Writer.WriteAsync(work, cancel);

    /// <summary>Commits now, on this thread; only before the queue is used.</summary>
    public void CommitNow(IReadOnlyList<CommitWork> works) => Commit(works);

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            var group = new List<CommitWork>(GroupMax);
            while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (group.Count < GroupMax && queue.Reader.TryRead(out var work))
                    group.Add(work);
                Commit(group);
                group.Clear();
            }
        }
        catch (Exception failure)
        {
            queue.Writer.TryComplete(failure);
            failed(failure);
        }
    }

    private void Commit(IReadOnlyList<CommitWork> works)
    {
        if (works.Count == 0)
            return;
        var records = works.SelectMany(static work => work.Records).ToList();
        var batch = new CatalogBatch();
        var appended = log.AppendBatch(records);
        var next = 0;
        foreach (var work in works)
        {
            work.ToCatalog(batch, appended.Records[next].Sequence);
            next += work.Records.Count;
        }

        batch.LogSize = appended.Signed.Checkpoint.Size;
        catalog.Apply(batch);
        GroupCount++;
        foreach (var work in works)
            work.Done(appended.Signed.Checkpoint);
    }
}
