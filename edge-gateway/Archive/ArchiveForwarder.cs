using Microsoft.Extensions.Logging;

namespace BodyCam.Archive;

/// <summary>Forwards what is due to the archive, in rounds; after an interruption the next round goes on.</summary>
/// <param name="queue">What is due, and whom to tell.</param>
/// <param name="archive">Where it goes.</param>
/// <param name="logger">Outcomes other than success.</param>
public sealed partial class ArchiveForwarder(IArchiveQueue queue, IArchive archive, ILogger<ArchiveForwarder> logger)
{
    /// <summary>Segments per round: bounds what is read before the log and the recorders hear of it.</summary>
    public const int BatchCount = 64;

    /// <summary>Forwards one round: the segments that are due, then the log.</summary>
    /// <returns>How many segments are archived now that were not before; when it equals <see cref="BatchCount"/>, call again at once.</returns>
    public async ValueTask<int> RunOnceAsync(CancellationToken cancel)
    {
        var due = await queue.DueAsync(BatchCount, cancel).ConfigureAwait(false);
        var archived = new List<ArchiveItem>(due.Count);
        foreach (var item in due)
        {
            var outcome = await archive.ForwardAsync(item, cancel).ConfigureAwait(false);
            if (outcome == ArchiveOutcome.Archived)
                archived.Add(item);
            else
                Log.NotForwarded(logger, item.RelativePath, outcome);
            if (outcome == ArchiveOutcome.Unavailable)
                break;
        }

        if (archived.Count > 0)
            await queue.ArchivedAsync(archived, cancel).ConfigureAwait(false);
        if (archived.Count > 0 || due.Count == 0)
            await archive.ForwardLogAsync(cancel).ConfigureAwait(false);
        return archived.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Path} was not archived: {Outcome}. It is tried again in the next round; if it stays, run 'bodycam verify'.")]
        public static partial void NotForwarded(ILogger logger, string path, ArchiveOutcome outcome);
    }
}
