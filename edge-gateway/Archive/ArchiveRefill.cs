using Microsoft.Extensions.Logging;

namespace BodyCam.Archive;

/// <summary>Brings again what the log calls archived and an archive that was put back from an older copy, or emptied, lacks.</summary>
/// <remarks>Before the archive's checkpoint passes it: a run that ends in between begins again at the checkpoint that stands there.</remarks>
/// <param name="queue">What the log says, and whom to tell.</param>
/// <param name="archive">Where it goes.</param>
/// <param name="logger">What was brought, and what is nowhere.</param>
internal sealed partial class ArchiveRefill(IArchiveQueue queue, IArchive archive, ILogger logger)
{
    /// <summary>Leaves per look: one file of the log's records.</summary>
    private const int LeavesMax = 256;

    private const int LostMax = 4 * ArchiveForwarder.BatchCount;

    // Tried again in each round: a person restores it here or there.
    private List<ArchiveItem> lost = [];

    /// <summary>Looks through what the log says up to a size, and brings at most some <see cref="LeavesMax"/> segments.</summary>
    /// <param name="size">Leaves of the checkpoint that the archive is to have.</param>
    /// <param name="cancel">Ends it between two segments.</param>
    /// <returns>Archived when all was seen to; Unavailable; or null when more is to be brought first.</returns>
    public async ValueTask<ArchiveOutcome?> RunOnceAsync(long size, CancellationToken cancel)
    {
        if (await archive.LacksFromAsync(cancel).ConfigureAwait(false) is not { } from)
            return ArchiveOutcome.Unavailable;
        if (await BringAsync(lost, cancel).ConfigureAwait(false) is not { } still)
            return ArchiveOutcome.Unavailable;
        lost = still;
        for (var count = 0; from < size;)
        {
            var to = Math.Min(size, ((from / LeavesMax) + 1) * LeavesMax);
            var lacking = queue.ArchivedBetween(from, to).Where(item => !archive.Has(item)).ToList();
            if (await BringAsync(lacking, cancel).ConfigureAwait(false) is not { } left)
                return ArchiveOutcome.Unavailable;
            if (lacking.Count > 0)
                Log.Lacked(logger, lacking.Count, from, to, lacking.Count(archive.Has));
            lost = [.. lost.Concat(left).TakeLast(LostMax)];
            archive.HasUpTo(to);
            (from, count) = (to, count + lacking.Count);
            if (from < size && count >= ArchiveForwarder.BatchCount)
                return null;
        }

        archive.HasUpTo(long.MaxValue);
        return ArchiveOutcome.Archived;
    }

    // Those to be tried again; null when the archive is away.
    private async ValueTask<List<ArchiveItem>?> BringAsync(List<ArchiveItem> items, CancellationToken cancel)
    {
        var left = new List<ArchiveItem>();
        foreach (var item in items)
        {
            var outcome = archive.Has(item) ? ArchiveOutcome.Archived : queue.IsSealed(item) ? await archive.ForwardAsync(item, cancel).ConfigureAwait(false) : ArchiveOutcome.Lost;
            if (outcome == ArchiveOutcome.Unavailable)
                return null;
            queue.Report(item, outcome == ArchiveOutcome.OriginalDiffers ? ArchiveOutcome.Lost : outcome);
            // Other bytes there wait for a person, whose alarm stands.
            if (outcome is not (ArchiveOutcome.Archived or ArchiveOutcome.ArchiveDiffers))
                left.Add(item);
        }

        return left;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The archive lacks {Count} segments that records {From} to {To} of the log call archived: an older copy of it was put back, or it was emptied. {Standing} stand there again.")]
        public static partial void Lacked(ILogger logger, int count, long from, long to, int standing);
    }
}
