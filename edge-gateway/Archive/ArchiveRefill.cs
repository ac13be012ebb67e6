using BodyCam.Core;
using Microsoft.Extensions.Logging;

namespace BodyCam.Archive;

/// <summary>Brings again what the log calls archived and the archive lacks: an older copy of it was put back, it was emptied, or files of it went. Each medium is looked through once, from the first leaf of the log.</summary>
/// <remarks>Nothing of it is remembered beyond the process: the next one looks again.</remarks>
/// <param name="queue">What the log says, and whom to tell.</param>
/// <param name="archive">Where it goes.</param>
/// <param name="logger">What was brought, and what is nowhere.</param>
internal sealed partial class ArchiveRefill(IArchiveQueue queue, IArchive archive, ILogger logger)
{
    /// <summary>Leaves per look: one file of the log's records.</summary>
    private const int LeavesMax = 256;

    /// <summary>Looks per round.</summary>
    private const int LooksMax = 64;

    /// <summary>Of those that were not seen to, looks per round that came to the end of the log.</summary>
    private const int RepeatsMax = 4;

    // First leaves of what could not be read here, or not be brought, with the leaf that was tried last: tried again, from the one behind it on, until a person has mended it.
    private readonly SortedDictionary<long, long> waiting = [];

    // What somebody was told of, whatever medium stood there: it is told too when it is mended there.
    private readonly Dictionary<SegmentKey, ArchiveOutcome> told = [];

    private int medium;
    private long next;
    private long repeated = -1;
    private int stuck; // in this round so many could not be put there, though the medium is

    /// <summary>Goes on with the look, as far as a round goes.</summary>
    /// <param name="size">Leaves of the log.</param>
    /// <param name="cancel">Ends it between two segments.</param>
    /// <returns>Whether the archive was found away, and whether there is more to look at at once.</returns>
    public async ValueTask<(bool IsAway, bool IsMoreDue)> RunOnceAsync(long size, CancellationToken cancel)
    {
        if (await archive.MediumAsync(cancel).ConfigureAwait(false) is not { } found)
            return (true, false);
        stuck = 0;
        if (found != medium)
        {
            (medium, next, repeated) = (found, 0, -1);
            waiting.Clear();
        }

        var (again, lacked) = (waiting.Keys.Where(leaf => leaf > repeated).Take(RepeatsMax).ToList(), 0);
        for (var looks = 0; next < size && looks < LooksMax && lacked < ArchiveForwarder.BatchCount && stuck < ArchiveForwarder.StuckMax; looks++)
        {
            var to = Math.Min(size, ((next / LeavesMax) + 1) * LeavesMax);
            if (await SeeToAsync(next, to, cancel).ConfigureAwait(false) is not { } count)
                return (true, false);
            // Another one was put in its place meanwhile: it is looked through from its beginning.
            if (await archive.MediumAsync(cancel).ConfigureAwait(false) != medium)
                return (false, true);
            (next, lacked) = (to, lacked + count);
        }

        foreach (var first in next < size ? [] : again)
        {
            // The next round goes on behind those that cannot be put there.
            if (stuck >= ArchiveForwarder.StuckMax)
                break;
            repeated = first;
            if (await SeeToAsync(first, Math.Min(size, ((first / LeavesMax) + 1) * LeavesMax), cancel).ConfigureAwait(false) is null)
                return (true, false);
        }

        // In turn: what nobody mends holds up no other.
        repeated = waiting.Count == 0 || repeated >= waiting.Keys.Last() ? -1 : repeated;
        // Where nothing lacks it takes its time: a long log is looked through beside the ingest.
        return (stuck > 0, next < size && lacked > 0 && stuck == 0);
    }

    // How many the archive lacked; null when it is away.
    private async ValueTask<int?> SeeToAsync(long from, long to, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var (archived, purged, isWhole) = queue.ArchivedBetween(from, to);
        foreach (var key in purged.Where(archive.HasBytesOf))
            queue.PurgeThereAgain(key);
        // Of other bytes there the length tells too little: they are held against these again.
        var (lacking, left) = (archived.Where(item => !archive.Has(item) || told.GetValueOrDefault(item.Key) == ArchiveOutcome.ArchiveDiffers).ToList(), 0);
        foreach (var item in archived.Where(item => told.ContainsKey(item.Key)).Except(lacking))
            Tell(item, ArchiveOutcome.Archived);
        // Each look begins behind the last one's end: those that cannot be put there hold up no other.
        var last = waiting.GetValueOrDefault(from, -1);
        foreach (var item in lacking.OrderBy(item => item.LogSequence <= last).ThenBy(static item => item.LogSequence).ToList())
        {
            cancel.ThrowIfCancellationRequested();
            if (stuck >= ArchiveForwarder.StuckMax)
            {
                left++;
                continue;
            }

            last = item.LogSequence;
            var outcome = queue.IsSealed(item) ? await archive.ForwardAsync(item, cancel).ConfigureAwait(false) : ArchiveOutcome.Lost;
            if (outcome == ArchiveOutcome.Unavailable && await archive.MediumAsync(cancel).ConfigureAwait(false) != medium)
                return null;
            stuck += outcome == ArchiveOutcome.Unavailable ? 1 : 0;
            Tell(item, outcome == ArchiveOutcome.OriginalDiffers ? ArchiveOutcome.Lost : outcome);
            left += outcome == ArchiveOutcome.Archived ? 0 : 1;
        }

        if (lacking.Count > left)
            Log.Lacked(logger, lacking.Count, from, to, lacking.Count - left);
        if (left > 0 || !isWhole)
            waiting[from] = last;
        else
            waiting.Remove(from);
        return lacking.Count;
    }

    private void Tell(ArchiveItem item, ArchiveOutcome outcome)
    {
        queue.Report(item, outcome);
        if (outcome is ArchiveOutcome.Lost or ArchiveOutcome.ArchiveDiffers)
            told[item.Key] = outcome;
        else if (outcome == ArchiveOutcome.Archived)
            told.Remove(item.Key);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The archive lacks {Count} segments that records {From} to {To} of the log call archived: an older copy of it was put back, or files of it went. {Standing} stand there again.")]
        public static partial void Lacked(ILogger logger, int count, long from, long to, int standing);
    }
}
