using System.Diagnostics;
using System.Threading.Channels;
using BodyCam.Catalog;
using BodyCam.Log;
using BodyCam.Storage;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest;

/// <summary>Work that becomes durable together with others: records for the log, rows for the catalog, and what follows once both have them.</summary>
/// <param name="Records">Records; none for work that only waits its turn.</param>
/// <param name="ToCatalog">Adds rows; gets the sequence of the first record, which means nothing without records. Null: none.</param>
/// <param name="Done">Called after the catalog has the rows, with the checkpoint that covers the records; on the committer's own task.</param>
internal sealed record CommitWork(IReadOnlyList<LogRecord> Records, Action<CatalogBatch, long>? ToCatalog, Action<Checkpoint> Done);

/// <summary>One task that appends to log and catalog in groups: whatever waits when it looks goes in together, so that many segments share the syncs. Owns the log.</summary>
/// <remarks>Without room it waits, opens the log anew and goes on; any other failure ends it for good.</remarks>
internal sealed class GroupCommitter : IAsyncDisposable
{
    private const int QueueMax = 1024;
    private const int GroupMax = 256;
    private const int SqliteFull = 13;
    private static readonly TimeSpan roomAskedEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<CommitWork> queue;
    private readonly CancellationTokenSource stopping = new();
    private readonly Func<LogWriter> openLog;
    private readonly ICatalog catalog;
    private readonly TimeProvider time;
    private readonly Func<Task>? turn;
    private readonly Task loop;
    private volatile LogWriter log;

    /// <summary>Starts; nothing is committed before the first work.</summary>
    /// <param name="log">The open log.</param>
    /// <param name="openLog">Opens it anew.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="time">Clock of the waits.</param>
    /// <param name="turn">Awaited before each group; everything then runs on the thread that queues, or that gives the turn. Null: a task of its own that never waits for one.</param>
    public GroupCommitter(LogWriter log, Func<LogWriter> openLog, ICatalog catalog, TimeProvider time, Func<Task>? turn = null)
    {
        queue = Channel.CreateBounded<CommitWork>(new BoundedChannelOptions(QueueMax) { SingleReader = true, AllowSynchronousContinuations = turn is not null });
        this.turn = turn;
        this.log = log;
        this.openLog = openLog;
        this.catalog = catalog;
        this.time = time;
        loop = turn is null ? Task.Run(RunAsync) : RunAsync();
    }

    /// <summary>Raised once when log, catalog or disk failed.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Raised when there was no room; the group is tried again.</summary>
    public event Action? Full;

    /// <summary>Raised when what follows a commit failed for one work; the others are not touched.</summary>
    public event Action<Exception>? WorkFailed;

    /// <summary>Raised for each durable group: works in it, and how long log and catalog took.</summary>
    public event Action<int, TimeSpan>? Committed;

    /// <summary>Works that wait.</summary>
    public int WaitingCount => queue.Reader.Count;

    /// <summary>Newest durable checkpoint.</summary>
    public SignedCheckpoint Current => log.Current;

    /// <summary>Ends when nothing is committed any more.</summary>
    public Task Completion => loop;

    /// <summary>Waits for a place in the queue, not for the commit; after a failure it does nothing.</summary>
    /// <exception cref="ArgumentException">It has more records than one batch of the log takes.</exception>
    public async ValueTask EnqueueAsync(CommitWork work)
    {
        Check(work);
        try
        {
            await queue.Writer.WriteAsync(work).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Failed, or closing: without a commit there is no receipt, and the next start finds the work.
        }
    }

    /// <summary>Queues without waiting; false when there is no place.</summary>
    /// <exception cref="ArgumentException">It has more records than one batch of the log takes.</exception>
    public bool TryEnqueue(CommitWork work)
    {
        Check(work);
        return queue.Writer.TryWrite(work);
    }

    /// <summary>Queues and waits until it is durable.</summary>
    /// <exception cref="ArgumentException">It has more records than one batch of the log takes.</exception>
    /// <exception cref="IOException">Nothing is committed any more.</exception>
    public async ValueTask CommitAsync(CommitWork work)
    {
        var done = new TaskCompletionSource(turn is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        await EnqueueAsync(work with
        {
            Done = checkpoint =>
            {
                try
                {
                    work.Done(checkpoint);
                }
                finally
                {
                    done.SetResult();
                }
            },
        }).ConfigureAwait(false);
        await Task.WhenAny(done.Task, loop).ConfigureAwait(false);
        if (!done.Task.IsCompleted)
            throw new IOException("Nothing is committed any more: disk, log or catalog failed. Start the gateway again.");
    }

    /// <summary>From now on nothing waits for room: without it the committer ends with its failure.</summary>
    public Task StopWaitingAsync() => stopping.CancelAsync();

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await stopping.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        log.Dispose();
        stopping.Dispose();
    }

    // All records of a work go into one batch: one that has more would wait at the head of the queue for ever.
    private static void Check(CommitWork work)
    {
        if (work.Records.Count > LogWriter.BatchRecordsMax)
            throw new ArgumentException($"A work has at most {LogWriter.BatchRecordsMax} records, not {work.Records.Count}. Split it.", nameof(work));
    }

    private async Task RunAsync()
    {
        try
        {
            var group = new List<CommitWork>(GroupMax);
            while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                if (turn is not null)
                    await turn().ConfigureAwait(false);
                var records = 0;
                while (group.Count < GroupMax && queue.Reader.TryPeek(out var next) && (records += next.Records.Count) <= LogWriter.BatchRecordsMax && queue.Reader.TryRead(out var work))
                    group.Add(work);
                await CommitGroupAsync(group).ConfigureAwait(false);
                group.Clear();
            }
        }
        catch (Exception failure)
        {
            queue.Writer.TryComplete(failure);
            Failed?.Invoke(failure);
        }
    }

    private async Task CommitGroupAsync(List<CommitWork> works)
    {
        var records = works.SelectMany(static work => work.Records).ToList();
        if (works.Exists(static work => work.Records.Count > 0 || work.ToCatalog is not null))
        {
            var started = Stopwatch.GetTimestamp();
            var sequence = records.Count > 0 ? await AppendAsync(records).ConfigureAwait(false) : log.Current.Checkpoint.Size;
            var batch = new CatalogBatch { LogSize = sequence + records.Count, LogRoot = log.Current.Checkpoint.Root };
            foreach (var work in works)
            {
                work.ToCatalog?.Invoke(batch, sequence);
                sequence += work.Records.Count;
            }

            await ApplyAsync(batch).ConfigureAwait(false);
            Committed?.Invoke(works.Count, Stopwatch.GetElapsedTime(started));
        }

        foreach (var work in works)
            Follow(work, log.Current.Checkpoint);
    }

    // Returns the sequence of the first record.
    private async Task<long> AppendAsync(List<LogRecord> records)
    {
        var before = log.Current.Checkpoint.Size;
        while (true)
        {
            try
            {
                log.AppendBatch(records);
                return before;
            }
            catch (LogBrokenException failure) when (DiskFull.Is(failure))
            {
                log.Dispose();
            }

            await ReopenAsync().ConfigureAwait(false);
            if (log.Current.Checkpoint.Size == before + records.Count)
                return before; // its checkpoint had reached the disk
        }
    }

    private async Task ReopenAsync()
    {
        while (true)
        {
            await WaitForRoomAsync().ConfigureAwait(false);
            try
            {
                log = openLog();
                return;
            }
            catch (Exception failure) when (DiskFull.Is(failure))
            {
                // Looked at again after the next wait.
            }
        }
    }

    private async Task ApplyAsync(CatalogBatch batch)
    {
        while (true)
        {
            try
            {
                catalog.Apply(batch);
                return;
            }
            catch (SqliteException failure) when (failure.SqliteErrorCode == SqliteFull)
            {
                await WaitForRoomAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task WaitForRoomAsync()
    {
        Full?.Invoke();
        try
        {
            await Task.Delay(roomAskedEvery, time, stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException ended)
        {
            throw new IOException("The gateway ends while the disk has no room; what was not committed is found at the next start. Free room first.", ended);
        }
    }

    private void Follow(CommitWork work, Checkpoint checkpoint)
    {
        try
        {
            work.Done(checkpoint);
        }
        catch (Exception failure) when (failure is not IOException || DiskFull.Is(failure))
        {
            WorkFailed?.Invoke(failure);
        }
    }
}
