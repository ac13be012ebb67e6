using System.Threading.Channels;

namespace BodyCam.Ingest;

/// <summary>A few tasks that work off one bounded queue, so that who queues does not wait for the disk. Whoever finds it full waits for a place.</summary>
/// <typeparam name="T">What is worked off.</typeparam>
internal sealed class WorkPool<T> : IAsyncDisposable
{
    private readonly Channel<T> queue;
    private readonly Task[] workers;

    /// <summary>Starts the tasks.</summary>
    /// <param name="workerCount">Tasks, each of which may block.</param>
    /// <param name="queueMax">Items that wait at most.</param>
    /// <param name="work">Takes one item; it must not throw.</param>
    /// <param name="turn">Awaited before each item; there is one task then, and it runs on the thread that queues, or that gives the turn. Null: nobody is asked.</param>
    public WorkPool(int workerCount, int queueMax, Func<T, ValueTask> work, Func<Task>? turn = null)
    {
        queue = Channel.CreateBounded<T>(new BoundedChannelOptions(queueMax) { AllowSynchronousContinuations = turn is not null });
        workers = turn is null ? [.. Enumerable.Range(0, workerCount).Select(_ => Task.Run(() => WorkAsync(work, null)))] : [WorkAsync(work, turn)];
    }

    /// <summary>Items that wait.</summary>
    public int WaitingCount => queue.Reader.Count;

    /// <summary>Queues; waits for a place. After <see cref="DisposeAsync"/> it does nothing.</summary>
    public async ValueTask EnqueueAsync(T item, CancellationToken cancel)
    {
        try
        {
            await queue.Writer.WriteAsync(item, cancel).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Ends: what is not worked off now is found at the next start, or sent again.
        }
    }

    private async Task WorkAsync(Func<T, ValueTask> work, Func<Task>? turn)
    {
        await foreach (var item in queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (turn is not null)
                await turn().ConfigureAwait(false);
            await work(item).ConfigureAwait(false);
        }
    }

    /// <summary>Works off what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await Task.WhenAll(workers).ConfigureAwait(false);
    }
}
