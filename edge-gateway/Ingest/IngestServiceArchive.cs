using BodyCam.Archive;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>The side of the archive: what is due, what came of it.</summary>
public sealed partial class IngestService : IArchiveQueue
{
    private const int ReceiptsLookedAt = 4096;
    private const string OtherBytes = "Other bytes stand in the archive under its name: nothing was overwritten. Run 'bodycam verify' on the archive.";

    /// <summary>True once a segment of this station was archived, one whose seal is lacking here too: the archive is then a folder that exists, and no new one is begun by itself.</summary>
    public bool HasArchived => catalog.CountByState().ContainsKey(ReceiptState.Archived) || lacking.Any(static one => one.Value.State == ReceiptState.Archived);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ArchiveItem>> DueAsync(long afterSequence, int countMax, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<ArchiveItem>>([.. catalog.NotArchived(afterSequence, countMax).Select(static row => new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Key, row.LogSequence))]);

    /// <inheritdoc/>
    public bool IsSealed(ArchiveItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        try
        {
            return catalog.Find(item.Key) is { } row && store.ReadSeal(item.Key) is { } seal
                && row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest) && options.Keys.Authenticates(seal) && (item.IsPurged || store.CanBeItsSeal(seal, row.Sha256));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ArchiveItem>?> NewestArchivedAsync(int countMax, CancellationToken cancel)
    {
        // What the start issued again is written then.
        await SettleAsync().WaitAsync(cancel).ConfigureAwait(false);
        var size = committer.Current.Checkpoint.Size;
        try
        {
            var newest = new LogReader(Path.Combine(options.DataFolder, "log"), options.LogFiles).ReadRecords(Math.Max(0, size - ReceiptsLookedAt), size)
                .Where(static record => record.Type == "archived").TakeLast(countMax);
            return [.. newest.Select(static record => record.Utf8Json is { } json ? CatalogReplay.KeyOf(json) : null).OfType<SegmentKey>().Select(catalog.Find).OfType<SegmentRow>()
                .Select(static row => new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Key, row.LogSequence))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // the round of the log comes to the same file, and tells of it
        }
    }

    /// <inheritdoc/>
    public ArchivedSlice ArchivedBetween(long from, long to)
    {
        var (items, purged, count) = (new List<ArchiveItem>(), new List<SegmentKey>(), 0L);
        try
        {
            foreach (var record in new LogReader(Path.Combine(options.DataFolder, "log"), options.LogFiles).ReadRecords(from, to))
            {
                count++;
                if (record.Type is not ("archived" or "purge") || record.Utf8Json is not { } json || CatalogReplay.KeyOf(json) is not { } key)
                    continue;
                if (record.Type == "purge" && PurgedThere(key, json) is { } named)
                    purged.AddRange(named);
                else if (record.Type == "purge")
                    count--;
                else if (catalog.Find(key) is { } row)
                    items.Add(new ArchiveItem(SegmentStore.SegmentPath(key), row.Sha256, key, row.LogSequence, catalog.FindPurge(key) is not null, row.Bytes));
                else if (lacking.TryGetValue(key, out var waiting))
                    items.Add(new ArchiveItem(SegmentStore.SegmentPath(key), waiting.Sha256, key, waiting.LogSequence, catalog.FindPurge(key) is not null, waiting.Bytes));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The log's own round comes to the same file, and tells of it.
        }

        return new ArchivedSlice(items, purged, count == to - from);
    }

    /// <inheritdoc/>
    public void Report(ArchiveItem item, ArchiveOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(item);
        var isPurgedSince = !item.IsPurged && outcome == ArchiveOutcome.Lost && catalog.FindPurge(item.Key) is not null;
        if (outcome == ArchiveOutcome.Archived || isPurgedSince)
            ClearDiffers(item.Key.ToString());
        switch (outcome)
        {
            case ArchiveOutcome.Unavailable:
                NoteAway();
                break;
            case ArchiveOutcome.ReceiptMissing:
                TryReissue(item.Key);
                break;
            case ArchiveOutcome.OriginalDiffers:
                NoteOriginalDiffers(item.Key);
                break;
            case ArchiveOutcome.ArchiveDiffers:
                alerts.Raise("archive_differs", item.Key.ToString(), OtherBytes);
                break;
            case ArchiveOutcome.Lost when !isPurgedSince:
                alerts.Raise("archive_differs", item.Key.ToString(), "The log calls it archived, the archive lacks it, and here it is missing or not what the log says. Restore its files there from another copy of the archive, or here from the recorder's card; run 'bodycam verify' on both.");
                break;
        }
    }

    /// <inheritdoc/>
    public void Report(string relative, ArchiveOutcome outcome)
    {
        if (outcome != ArchiveOutcome.Unavailable)
            ClearDiffers(relative);
        if (outcome == ArchiveOutcome.ArchiveDiffers)
            alerts.Raise("archive_differs", relative, OtherBytes);
        else if (outcome == ArchiveOutcome.OriginalDiffers)
            alerts.Raise("original_differs", relative, "It cannot be read, or is not what its name says: it was not archived. Run 'bodycam verify', look at the disk, and restore it.");
    }

    /// <inheritdoc/>
    public async ValueTask ArchivedAsync(IReadOnlyList<ArchiveItem> items, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(items);
        var waits = new List<Task>(items.Count);
        foreach (var key in items.Select(static item => item.Key))
        {
            if (catalog.Find(key) is not { State: ReceiptState.Stored } row || registry.Find(key.Device) is not { } state)
                continue;
            waits.Add(committer.CommitAsync(new CommitWork(
                [Records.Archived(key, row.SealDigest, NowUs())],
                (batch, _) => batch.Archived.Add(key),
                checkpoint => desk.Issue(state, key, ReceiptState.Archived, row.SealDigest, row.StoredAtUs, checkpoint))).AsTask());
        }

        await Task.WhenAll(waits).WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void RoundEnded(bool isAway, string? refusal)
    {
        if (isAway && refusal is not null)
            alerts.Raise("archive_unavailable", "", refusal);
        else if (isAway)
            NoteAway();
        else
            alerts.Clear("archive_unavailable");
    }

    private void ClearDiffers(string subject)
    {
        alerts.Clear("archive_differs", subject);
        alerts.Clear("original_differs", subject);
    }

    private void NoteAway() =>
        alerts.Raise("archive_unavailable", "", $"The archive{(options.ArchiveFolder is { } folder ? $" {folder}" : "")} cannot be reached, has no archive.json, is full or failed to sync: it is tried again by itself. Check that it is mounted, and its disk.");

    private double ArchiveWaitingS() =>
        catalog.NotArchived(-1, 1) is [var oldest, ..] ? Math.Max(0, (options.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - (oldest.StoredAtUs / 1e6)) : 0;
}
