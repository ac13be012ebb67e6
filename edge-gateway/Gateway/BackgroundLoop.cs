using Microsoft.Extensions.Logging;

namespace BodyCam.Gateway;

/// <summary>A round of work again and again until it is stopped. A round that fails is logged and the next one comes in its turn.</summary>
internal static partial class BackgroundLoop
{
    /// <summary>Runs until <paramref name="stop"/>; never faults.</summary>
    /// <param name="name">Name in the log.</param>
    /// <param name="period">From one round to the next.</param>
    /// <param name="round">One round.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Failures of rounds.</param>
    /// <param name="stop">Ends the loop; a round in progress ends by it too.</param>
    public static async Task RunAsync(string name, TimeSpan period, Func<CancellationToken, ValueTask> round, TimeProvider time, ILogger logger, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            do
            {
                try
                {
                    await round(stop).ConfigureAwait(false);
                }
                catch (Exception failure) when (!stop.IsCancellationRequested)
                {
                    // Storage that failed is ingest's to say (it is faulted then, and its rounds do nothing); whatever else this is, the next round may do better.
                    Log.Failed(logger, name, failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (Exception stopped) when (stop.IsCancellationRequested)
        {
            if (stopped is not OperationCanceledException)
                Log.Failed(logger, name, stopped);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A round of {Name} failed; the next one comes in its turn. If it stays, look at the disk and report it.")]
        public static partial void Failed(ILogger logger, string name, Exception failure);
    }
}
