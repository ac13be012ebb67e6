using System.Diagnostics;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>What a start finds: work that a crash left, receipts that were lost, epochs of a newer keys folder.</summary>
public sealed partial class IngestService
{
    private const int LackingTold = 100;

    // The log was put back from a backup that is older than the keys folder: what recorders still hold of the epochs given since comes in, and none is given twice.
    private void RestoreEpochs()
    {
        foreach (var (device, epoch) in options.EpochMarks?.All ?? [])
        {
            var known = registry.Find(device)?.NewestEpoch() ?? 0;
            for (var missing = known + 1; missing <= epoch; missing++)
            {
                var number = missing;
                committer.CommitAsync(new CommitWork(
                    [Records.Epoch(device, number, "restored", number - 1, null, null, NowUs())],
                    (batch, sequence) => batch.Epochs.Add(new EpochRow(device, number, "restored", sequence)),
                    _ => registry.Add(device, number))).AsTask().GetAwaiter().GetResult();
            }

            if (epoch > known)
                alerts.Raise("log_older_than_keys", device.Text, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The log knew its epochs up to {known}, the keys folder up to {epoch}: the data folder is an older backup. Run 'bodycam board new {device} --again', and ask for what was given out since."));
        }

        foreach (var row in catalog.Epochs())
            options.EpochMarks?.Raise(row.Device, row.Epoch);
    }

    // What the last run left: between rename and log, between log and receipt, and what contradicts the log.
    private void FinishInterrupted(LogReader reader, IDisk disk, bool isCatalogNew)
    {
        NoteLacking();
        RestoreEpochs();
        // All of parts/ is read before anything is given to the committer, whose task removes files of it.
        var finished = new List<Task>();
        var (seals, unreadable, unentered) = (store.UnfinishedSeals(), store.UnreadableSeals(), store.UnenteredOrphans());
        foreach (var seal in seals)
        {
            if (registry.Find(seal.Key.Device) is not { } state)
                continue;
            // With a row, what stands in place is the record's, whatever the copy of its seal in parts/ has become; a part beside it is set aside below.
            if (catalog.Find(seal.Key) is not null)
                store.ForgetSeal(seal.Key);
            else if (lacking.TryGetValue(seal.Key, out var row))
            {
                if (options.Keys.Authenticates(seal) && IsOfRecord(seal, row))
                    finished.Add(committer.CommitAsync(LackingWork(state, seal, row)).AsTask());
            }
            else if (Unlogged(seal) is var (outcome, stored))
                finished.Add(committer.CommitAsync(SegmentWork(state, seal, outcome, stored, Stopwatch.GetTimestamp())).AsTask());
        }

        foreach (var key in unreadable.Where(key => catalog.Find(key) is not null))
            store.ForgetSeal(key);

        foreach (var (key, file) in unentered)
            finished.Add(committer.CommitAsync(OrphanWork(key, file)).AsTask());

        var isWhole = true;
        if (isCatalogNew)
            finished.AddRange(TakenInAgain([.. seals.Select(static seal => seal.Key)], out isWhole));

        // Before anybody is served: a file in place without a row would look like a stranger's.
        Task.WhenAll(finished).GetAwaiter().GetResult();
        if (isCatalogNew && isWhole)
            CatalogReplay.NoteWhole(disk);

        foreach (var part in store.Parts.ToList())
        {
            if (catalog.Find(part.Key) is { } row)
                ClearBeside(part, row.Sha256);
            // What came whole of a segment that is missing is held against its record below, and may be the only bytes of it.
            else if (lacking.TryGetValue(part.Key, out var lackingRow) && !(part is { IsComplete: true, Seal: { } seal } && IsMissing(seal, lackingRow)))
                ClearBeside(part, lackingRow.Sha256);
        }

        FinishPurges();
        // The last segment that a manifest waited for may have come just before the end.
        foreach (var row in catalog.IncompleteManifests(IncompleteLookedAt))
            EnterManifest(new SegmentKey(row.Device, row.Epoch, 0, row.Segment), wasIncomplete: true);
        if (finished.Count > 0)
            Log.Finished(logger, finished.Count);
        ReissueLost(reader);
        StoreComplete();
    }

    // What was stored, and perhaps archived and let go by its card, under a log that was put back since: the recorder's own seal speaks for its bytes. Looked for only when the catalog was made anew, as it lists every folder.
    private List<Task> TakenInAgain(HashSet<SegmentKey> unfinished, out bool isWhole)
    {
        isWhole = true;
        var entered = new List<Task>();
        // What could not be listed or read, a bad sector, a rotten seal, or no room: verify names it, and the next start tries it again.
        foreach (var epoch in catalog.Epochs())
        {
            var keys = store.SealedSegments(epoch.Device, epoch.Epoch);
            isWhole = isWhole && keys is not null;
            foreach (var key in (keys ?? []).Where(key => !unfinished.Contains(key) && catalog.Find(key) is null && !lacking.ContainsKey(key)))
            {
                try
                {
                    if (store.ReadSeal(key) is not { } seal)
                        isWhole = false;
                    else if (registry.Find(key.Device) is { } state && options.Keys.Authenticates(seal) && store.CheckStored(seal) is { } stored)
                        entered.Add(committer.CommitAsync(SegmentWork(state, seal, ReceiptState.Stored, stored, Stopwatch.GetTimestamp())).AsTask());
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    isWhole = false;
                }
            }
        }

        if (entered.Count > 0)
            Log.TakenInAgain(logger, entered.Count);
        return entered;
    }

    private void NoteLacking()
    {
        foreach (var row in catalog.Lacking())
        {
            if (lacking.Count < LackingTold)
                alerts.Raise(AlertList.SealLacking, row.Key.ToString(), "Its seal file is missing, unreadable or not what covers its bytes. Its recorder's own is taken when it comes, and the original with it where that is missing too; else restore what is missing from the archive and start the gateway again.");
            lacking[row.Key] = row;
        }

        if (lacking.Count > LackingTold)
            alerts.Raise(AlertList.SealLacking, "", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{lacking.Count} seal files are missing, unreadable or not what covers their bytes. Run 'bodycam verify', restore them from the archive and start the gateway again."));
    }

    // A part beside a row: its name came back after a power cut, or somebody put it there. It goes when what the record names stands whole, or was purged; else its bytes may be the only ones.
    private void ClearBeside(Part part, byte[] sha256)
    {
        if (catalog.FindPurge(part.Key) is not null || store.IsIntact(part.Key, sha256) || (store.IsDamaged(part.Key) && store.HashDamaged(part.Key).Sha256.AsSpan().SequenceEqual(sha256)))
            store.Drop(part.Key);
        else if (store.KeepOrphan(part) is { } kept)
            committer.CommitAsync(OrphanWork(part.Key, kept)).AsTask().GetAwaiter().GetResult();
        else
            store.Forget(part.Key);
    }

    // What had come whole before the end, and was on its way to its place: its recorder may never come again.
    private void StoreComplete()
    {
        foreach (var part in store.Parts.Where(static part => part.IsComplete).ToList())
        {
            if (registry.Find(part.Key.Device) is not { } state)
                continue;
            try
            {
                CompleteAsync(state, part, Stopwatch.GetTimestamp()).AsTask().GetAwaiter().GetResult();
            }
            catch (IOException failure) when (DiskFull.Is(failure))
            {
                NoteFull();
                return; // asked again when the recorder offers it, or when it is closed
            }
        }
    }

    // The segment that stands without a record, if its bytes are what the seal covers; else it is set aside.
    private (ReceiptState Outcome, StoredFile Stored)? Unlogged(Seal seal)
    {
        if (store.IsDamaged(seal.Key))
        {
            store.SyncDamaged(seal.Key);
            return (ReceiptState.Damaged, store.HashDamaged(seal.Key));
        }

        if (!store.IsStored(seal.Key))
            return null;
        if (options.Keys.Authenticates(seal) && store.CheckStored(seal) is { } stored)
            return (ReceiptState.Stored, stored);
        store.SetAside(seal.Key);
        alerts.Raise("conflict", seal.Key.ToString(), "A file stood in its place that is not what its seal covers and not in the log; it is kept under conflicts/. Examine the disk.");
        return null;
    }

    // Receipt files are not synced: those of the newest records may be lost, or empty, after a power cut.
    private void ReissueLost(LogReader reader)
    {
        var size = committer.Current.Checkpoint.Size;
        var newest = new HashSet<SegmentKey>();
        foreach (var record in reader.ReadRecords(Math.Max(0, size - ReceiptsLookedAt), size))
        {
            if (record.Type is "segment" or "archived" && record.Utf8Json is { } json && CatalogReplay.KeyOf(json) is { } key)
                newest.Add(key);
        }

        foreach (var key in newest)
        {
            TryReissue(key);
            EnterUnread(key);
        }
    }

    private bool TryReissue(SegmentKey key) =>
        catalog.Find(key) is { } row && registry.Find(key.Device) is { } state && !desk.Stands(key, row.State, row.SealDigest) && IsAsRecorded(row)
        && committer.TryEnqueue(new CommitWork([], null, checkpoint => desk.Issue(state, key, row.State, row.SealDigest, row.StoredAtUs, checkpoint)));

    // Purged and damaged segments have no original to be compared.
    private bool IsAsRecorded(SegmentRow row)
    {
        if (row.State == ReceiptState.Damaged || store.IsIntact(row.Key, row.Sha256) || catalog.FindPurge(row.Key) is not null)
            return true;
        NoteOriginalDiffers(row.Key);
        return false;
    }

    private void NoteOriginalDiffers(SegmentKey key) =>
        alerts.Raise("original_differs", key.ToString(), "The original or its seal is missing or not what the log says: it was not archived, and no receipt is given for it. Run 'bodycam verify' and restore it.");
}
