using BodyCam.Log;
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

    /// <summary>Receipts that wait for the archive; older ones are let go: the segment has an earlier receipt beside it.</summary>
    private const int ReceiptsOwedMax = 4 * BatchCount;

    /// <summary>Segments per round that could not be put there, or not be purged, though the archive is there: of a bad disk each may take half a minute, and what is behind them is tried in the next round.</summary>
    internal const int StuckMax = 4;

    private readonly ArchiveRefill refill = new(queue, archive, logger);

    // Damaged, orphaned and linked files of which the queue was told.
    private List<string> told = [];

    // What could not be forwarded is passed over until the end of the queue, then tried again: nothing waits behind it.
    private long after = -1;

    // The same of purges.
    private PurgeItem? purgedLast;

    // Segments whose newest receipt the archive may lack: those of the last run's last round, and those whose receipt could not be forwarded.
    private List<ArchiveItem>? receiptsOwed;

    /// <summary>Forwards one round: the segments that are due, then the log, then the receipts that say archived.</summary>
    /// <returns>How many segments are archived now that were not before, and whether more are due at once.</returns>
    public async ValueTask<(int Archived, bool IsMoreDue)> RunOnceAsync(CancellationToken cancel)
    {
        receiptsOwed ??= (await queue.NewestArchivedAsync(BatchCount, cancel).ConfigureAwait(false))?.ToList();
        var due = await queue.DueAsync(after, BatchCount, cancel).ConfigureAwait(false);
        var (archived, seen, stuck, isGone) = await ForwardDueAsync(due, cancel).ConfigureAwait(false);
        // By the segments alone: a log that waits for a person holds up none of them.
        var isFull = due.Count == BatchCount && !isGone && stuck < StuckMax;
        if (archived.Count > 0)
            await queue.ArchivedAsync(archived, cancel).ConfigureAwait(false);
        foreach (var item in archived)
            queue.Report(item, ArchiveOutcome.Archived);
        // What follows is tried also after a segment that found no room: the log is small, and purges make room.
        var durable = queue.Checkpoint;
        var (isRefillAway, isMoreLacking) = isGone ? (true, false) : await refill.RunOnceAsync(durable.Checkpoint.Size, cancel).ConfigureAwait(false);
        var isLogAway = await ForwardLogAsync(durable, cancel).ConfigureAwait(false);
        var owed = (receiptsOwed ?? []).Concat(archived).TakeLast(ReceiptsOwedMax).ToList();
        // What cannot be brought again keeps no receipt from what is new.
        var isAway = isGone || isLogAway || await ForwardReceiptsAsync(owed, cancel).ConfigureAwait(false) || isRefillAway || stuck > 0;
        receiptsOwed = receiptsOwed is null && archived.Count == 0 ? null : owed;
        // After the log: the archive holds the certificate before the bytes go.
        isAway = (!isLogAway && await PurgeAsync(durable.Checkpoint.Size, cancel).ConfigureAwait(false)) || isAway;
        queue.RoundEnded(isAway, archive.Refusal);
        after = isGone || seen is not { } last || (due.Count < BatchCount && last == due[^1].LogSequence) ? -1 : last;
        return (archived.Count, isFull || isMoreLacking);
    }

    // What is archived now, the last that was tried, how many could not be put there, and whether that is as nothing can.
    private async ValueTask<(List<ArchiveItem> Archived, long? Seen, int Stuck, bool IsGone)> ForwardDueAsync(IReadOnlyList<ArchiveItem> due, CancellationToken cancel)
    {
        var (archived, stuck, seen) = (new List<ArchiveItem>(due.Count), 0, default(long?));
        foreach (var item in due)
        {
            var outcome = queue.IsSealed(item) ? await archive.ForwardAsync(item, cancel).ConfigureAwait(false) : ArchiveOutcome.OriginalDiffers;
            seen = item.LogSequence;
            if (outcome == ArchiveOutcome.Archived)
            {
                archived.Add(item);
                continue;
            }

            Log.NotForwarded(logger, item.RelativePath, outcome);
            queue.Report(item, outcome);
            if (outcome != ArchiveOutcome.Unavailable)
                continue;
            if (await archive.MediumAsync(cancel).ConfigureAwait(false) is null)
                return (archived, seen, stuck, true);
            if (++stuck == StuckMax)
                break;
        }

        return (archived, seen, stuck, false);
    }

    // Each of the three returns true when the archive was found away.
    private async ValueTask<bool> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel)
    {
        var outcome = await archive.ForwardLogAsync(durable, cancel).ConfigureAwait(false);
        foreach (var (relative, one) in archive.NotThere)
            queue.Report(relative, one);
        foreach (var relative in told.Where(relative => !archive.NotThere.ContainsKey(relative)))
            queue.Report(relative, ArchiveOutcome.Archived);
        told = [.. archive.NotThere.Keys];
        return outcome == ArchiveOutcome.Unavailable;
    }

    private async ValueTask<bool> ForwardReceiptsAsync(List<ArchiveItem> owed, CancellationToken cancel)
    {
        var isAway = false;
        foreach (var item in owed.ToList())
        {
            var outcome = await archive.ForwardReceiptAsync(item, cancel).ConfigureAwait(false);
            if (outcome == ArchiveOutcome.Archived)
                owed.Remove(item);
            else
                queue.Report(item, outcome);
            isAway = isAway || outcome == ArchiveOutcome.Unavailable;
        }

        return isAway;
    }

    private async ValueTask<bool> PurgeAsync(long size, CancellationToken cancel)
    {
        var due = queue.PurgesDue(BatchCount, purgedLast);
        if (due.Count == 0 && purgedLast is not null)
            due = queue.PurgesDue(BatchCount);
        purgedLast = null;
        var stuck = 0;
        // A purge that was committed since waits for the next round's log.
        foreach (var item in due.Where(item => item.CertificateSequence < size && item.Tails.All(tail => tail.CertificateSequence < size)))
        {
            var isPurged = await archive.PurgeAsync(item, cancel).ConfigureAwait(false) == ArchiveOutcome.Archived;
            if (!isPurged && await archive.MediumAsync(cancel).ConfigureAwait(false) is null)
                return true;
            purgedLast = item;
            if (isPurged)
                queue.PurgedInArchive(item.Key);
            else
                queue.NotPurgedInArchive(item.Key);
            if (!isPurged && ++stuck == StuckMax)
                break;
        }

        return stuck > 0;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Path} was not archived: {Outcome}. It is tried again in a later round; if it stays, run 'bodycam verify'.")]
        public static partial void NotForwarded(ILogger logger, string path, ArchiveOutcome outcome);
    }
}
