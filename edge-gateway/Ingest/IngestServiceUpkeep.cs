using System.Collections.Concurrent;
using System.Diagnostics;
using BodyCam.Archive;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>What ingest does besides messages: provisioning, upkeep, manifests, archive, status.</summary>
public sealed partial class IngestService : IArchiveQueue
{
    private const int PendingShown = 100;
    private const int RecordingsShown = 200;
    private const int ReceiptsLookedAt = 4096;
    private const int IncompleteLookedAt = 1000;

    private readonly SemaphoreSlim epochGate = new(1, 1);
    private readonly ConcurrentDictionary<SegmentKey, bool> owedManifests = new();

    /// <summary>Gives a recorder its next epoch, never twice, and the file for it; the epoch is in the log when this returns.</summary>
    /// <param name="device">The recorder; made known here when it is new.</param>
    /// <param name="reason">provisioned, reissued or card_changed.</param>
    /// <param name="values">Values for the file; the gateway's own when null.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The epoch and the text of <c>I:\bodycam.cfg</c>.</returns>
    public async ValueTask<(uint Epoch, string File)> ProvisionAsync(DeviceId device, string reason, ProvisioningValues? values, CancellationToken cancel)
    {
        var epoch = await GiveEpochAsync(device, reason, unlessAbove: null, cancel).ConfigureAwait(false);
        return (epoch, FileOf(device, epoch, values));
    }

    /// <summary>Sends a command to a recorder that was provisioned here; false when it was not.</summary>
    public bool Command(DeviceId device, string name, IEnumerable<KeyValuePair<string, string>> values)
    {
        if (registry.Find(device) is not { } state)
            return false;
        SendCommand(state, name, values);
        return true;
    }

    /// <summary>Upkeep, at least every 5 s: syncs open parts, closes orphaned tails.</summary>
    public async ValueTask TickAsync(CancellationToken cancel)
    {
        if (fault is not null)
            return;
        try
        {
            store.SyncOpenParts();
            FinishPurges();
            EnterOwedManifests();
            NoteCertificates();
            if (store.IsFull)
            {
                NoteFull();
            }
            else
            {
                alerts.Clear("storage_full");
                foreach (var key in desk.TakeOwed())
                    TryReissue(key);
            }

            var before = options.Time.GetUtcNow() - options.OrphanAfter;
            await CloseOrphansAsync(part => part.NewestUs < before.ToUnixTimeMilliseconds() * 1000, cancel).ConfigureAwait(false);
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            NoteFull();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Broken(failure);
        }
    }

    /// <summary>Closes what arrived of segments of a recorder that is lost or destroyed (A9), sealed or not; what the recorder sends later supersedes.</summary>
    /// <returns>Parts closed.</returns>
    /// <exception cref="IOException">The disk failed, and nothing more is taken in until the next start; or it has no room, and it can be asked again.</exception>
    public async ValueTask<int> CloseOrphansAsync(DeviceId device, CancellationToken cancel)
    {
        try
        {
            return await CloseOrphansAsync(part => part.Key.Device == device, cancel).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            if (DiskFull.Is(failure))
                NoteFull();
            else
                Broken(failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ArchiveItem>> DueAsync(long afterSequence, int countMax, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<ArchiveItem>>([.. catalog.NotArchived(afterSequence, countMax).Select(static row => new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Key, row.LogSequence))]);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ArchiveItem>> NewestArchivedAsync(int countMax, CancellationToken cancel)
    {
        // What the start issued again is written then.
        await SettleAsync().WaitAsync(cancel).ConfigureAwait(false);
        var size = committer.Current.Checkpoint.Size;
        var newest = new LogReader(Path.Combine(options.DataFolder, "log"), options.LogFiles).ReadRecords(Math.Max(0, size - ReceiptsLookedAt), size)
            .Where(static record => record.Type == "archived").TakeLast(countMax);
        return [.. newest.Select(static record => record.Utf8Json is { } json ? CatalogReplay.KeyOf(json) : null).OfType<SegmentKey>().Select(catalog.Find).OfType<SegmentRow>()
            .Select(static row => new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Key, row.LogSequence))];
    }

    /// <inheritdoc/>
    public void Report(ArchiveItem item, ArchiveOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(item);
        switch (outcome)
        {
            case ArchiveOutcome.Unavailable:
                alerts.Raise("archive_unavailable", "", "The archive cannot be reached, is full or failed to sync: it is tried again by itself. Check it.");
                break;
            case ArchiveOutcome.ReceiptMissing:
                TryReissue(item.Key);
                break;
            case ArchiveOutcome.OriginalDiffers:
                NoteOriginalDiffers(item.Key);
                break;
            case ArchiveOutcome.ArchiveDiffers:
                alerts.Raise("archive_differs", item.Key.ToString(), "Other bytes stand in the archive under its name: nothing was overwritten. Run 'bodycam verify' on the archive.");
                break;
        }
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
        alerts.Clear("archive_unavailable");
    }

    /// <summary>What the gateway knows now.</summary>
    public IngestStatus Status() => new(
        [.. registry.All.Select(static state => new RecorderStatus(state.Device.Text, state.EpochInForce, state.NewestEpoch()))],
        catalog.CountByState().ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value, StringComparer.Ordinal),
        [.. catalog.NewestRecordings(RecordingsShown)],
        [.. store.Parts.Select(static part => new PartStatus(part.Key.ToString(), part.PresentBytes, part.Seal is not null, part.Seal?.CoveredBytes ?? 0))],
        [.. catalog.PendingLinks(PendingShown).Select(static row => row.Key.ToString())],
        [.. catalog.AnnouncedMissing(PendingShown).Select(static row => new SegmentKey(row.Device, row.Epoch, row.Recording, 0).ToString())],
        [.. catalog.NewestManifests(PendingShown).Select(static row => new ManifestStatus(row.Device.Text, row.Epoch, row.FirstRecording, row.LastRecording, row.Complete, row.Lacks))],
        alerts.Now(),
        committer.Current.Checkpoint.Size,
        store.IsFull,
        fault is not null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A committer that waits for room would keep the store's tasks, and these the end.
        await committer.StopWaitingAsync().ConfigureAwait(false);
        if (stores is not null)
            await stores.DisposeAsync().ConfigureAwait(false);
        await committer.DisposeAsync().ConfigureAwait(false);
        if (fault is null)
        {
            try
            {
                store.SyncOpenParts();
            }
            catch (IOException failure)
            {
                Broken(failure);
            }
        }

        // First, as its figures are asked of the others.
        meters.Dispose();
        store.Dispose();
        catalog.Dispose();
        epochGate.Dispose();
    }

    /// <summary>True while uploads wait for room.</summary>
    internal bool IsFull => store.IsFull;

    /// <summary>Works that wait for log and catalog; for tests that go step by step.</summary>
    internal int CommitsWaiting => committer.WaitingCount;

    /// <summary>Waits until everything that waits now is durable and followed, or nothing is committed any more; for tests that go step by step.</summary>
    internal async Task SettleAsync()
    {
        try
        {
            await committer.CommitAsync(new CommitWork([], static (_, _) => { }, static _ => { })).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Broken: the caller sees it at IsFaulted.
        }
    }

    private double ArchiveWaitingS() =>
        catalog.NotArchived(-1, 1) is [var oldest, ..] ? Math.Max(0, (options.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - (oldest.StoredAtUs / 1e6)) : 0;

    // One at a time, and not given up half-way: an epoch that is in the log is in the registry, and none is given twice.
    private async ValueTask<uint> GiveEpochAsync(DeviceId device, string reason, uint? unlessAbove, CancellationToken cancel, Func<uint, EpochCompany>? company = null)
    {
        await epochGate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var given = registry.Find(device)?.NewestEpoch() ?? 0;
            if (given > unlessAbove)
            {
                // Its mark may have failed when it was entered.
                options.EpochMarks?.Raise(device, given);
                return given;
            }

            var previous = Math.Max(given, options.EpochMarks?.Of(device) ?? 0);
            var epoch = previous + 1;
            var inForce = registry.Find(device)?.EpochInForce ?? epoch;
            var heads = previous == 0 ? (null, null) : (catalog.Head(device, previous, journal: false), catalog.Head(device, previous, journal: true));
            var beside = company?.Invoke(epoch);
            await committer.CommitAsync(new CommitWork(
                [Records.Epoch(device, epoch, reason, previous, heads.Item1, heads.Item2, NowUs()), .. beside?.Records ?? []],
                (batch, sequence) =>
                {
                    batch.Epochs.Add(new EpochRow(device, epoch, reason, sequence));
                    beside?.ToCatalog(batch, sequence + 1);
                },
                _ =>
                {
                    registry.Add(device, epoch);
                    registry.Find(device)!.EpochInForce = inForce;
                    beside?.Done();
                })).ConfigureAwait(false);
            // Behind its record, and before anybody is given it: a mark without a record is the sign of an older backup.
            options.EpochMarks?.Raise(device, epoch);
            return epoch;
        }
        finally
        {
            epochGate.Release();
        }
    }

    private string FileOf(DeviceId device, uint epoch, ProvisioningValues? values) =>
        ProvisioningFile.Text(ProvisioningFile.Lines(options.Keys, device, epoch, options.GatewayKey.Id, values ?? options.Provisioning));

    // One new epoch for each time the card changed: asked again, the same one is sent again.
    private async ValueTask ConfigureNewEpochAsync(DeviceState state, uint epochInForce, CancellationToken cancel)
    {
        var given = state.NewestEpoch();
        var epoch = await GiveEpochAsync(state.Device, "card_changed", unlessAbove: epochInForce, cancel).ConfigureAwait(false);
        if (epoch > given)
        {
            alerts.Raise("card_changed", state.Device.Text, "Its card was swapped or is an older copy: a new epoch was given. Find the card that is missing.");
        }

        var keep = new HashSet<string>(["epoch", "recordingKey", "recordingNumber", "journalKey", "receiptKey", "commandKey", "linkKey", "gatewayKeyId"], StringComparer.Ordinal);
        SendCommand(state, "configure", ProvisioningFile.Lines(options.Keys, state.Device, epoch, options.GatewayKey.Id, options.Provisioning).Where(line => keep.Contains(line.Key)));
    }

    // What is whole is stored as if it had come now. A part that is a seal and no byte stays: it is what is known of the segment.
    private async ValueTask<int> CloseOrphansAsync(Func<Part, bool> which, CancellationToken cancel)
    {
        var closed = 0;
        foreach (var part in store.Parts.Where(part => which(part) && (part.PresentCount > 0 || part.HoldsBytes)).ToList())
        {
            cancel.ThrowIfCancellationRequested();
            if (part.IsComplete && registry.Find(part.Key.Device) is { } state)
            {
                await CompleteAsync(state, part, Stopwatch.GetTimestamp()).ConfigureAwait(false);
                continue;
            }

            if (store.KeepOrphan(part) is not { } stored)
                continue;
            Log.Orphaned(logger, part.Key.ToString(), stored.Bytes);
            alerts.Raise("orphan", part.Key.ToString(), "What had arrived was closed without being whole. If the recorder comes back, what it sends supersedes.");
            await committer.EnqueueAsync(OrphanWork(part.Key, stored)).ConfigureAwait(false);
            closed++;
        }

        return closed;
    }

    private CommitWork OrphanWork(SegmentKey key, StoredFile stored) =>
        new([Records.Orphan(key, stored.Sha256, stored.Bytes, NowUs())], static (_, _) => { }, _ => store.OrphanEntered(key, stored.Sha256));

    private void CompareWithOrphan(SegmentKey key)
    {
        if (store.ContradictsOrphan(key))
            alerts.Raise("orphan_differs", key.ToString(), "The sealed segment is not what had arrived of it before: both are kept. Examine the recorder.");
    }

    // A manifest may come before what it names: it is entered at once with what lacks, and again when everything is here.
    private void FollowManifests(SegmentKey key, ManifestContent? arrived)
    {
        if (arrived is not null)
            EnterManifest(arrived, wasIncomplete: false);
        if (key.IsJournalChain)
            return; // what a manifest names is footage
        foreach (var row in catalog.WaitingManifests(key.Device, key.Epoch, key.Recording))
            EnterManifest(new SegmentKey(row.Device, row.Epoch, 0, row.Segment), wasIncomplete: true);
    }

    private void EnterManifest(ManifestContent manifest, bool wasIncomplete)
    {
        var lacks = manifest.Lacks(catalog);
        if (wasIncomplete && lacks.Length > 0)
            return;
        var work = new CommitWork(
            [Records.Manifest(manifest, lacks.Length == 0, lacks)],
            (batch, sequence) => batch.Manifests.Add(new ManifestRow(manifest.Key.Device, manifest.Key.Epoch, manifest.Key.Segment, manifest.FirstRecording, manifest.LastRecording, lacks.Length == 0, lacks, sequence)),
            static _ => { });
        // This runs on the committer's own task: waiting for its queue would wait for itself.
        if (!committer.TryEnqueue(work))
            owedManifests[manifest.Key] = wasIncomplete;
    }

    // What found the queue full: entered with the next upkeep.
    private void EnterOwedManifests()
    {
        foreach (var (key, wasIncomplete) in owedManifests.ToArray())
        {
            if (owedManifests.TryRemove(key, out _))
                EnterManifest(key, wasIncomplete);
        }
    }

    private void EnterManifest(SegmentKey key, bool wasIncomplete)
    {
        if (store.IsStored(key) && ManifestContent.Read(key, store.ReadStored(key)) is { } manifest)
            EnterManifest(manifest, wasIncomplete);
    }

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
    private void FinishInterrupted(IReadOnlyList<string> lacking, LogReader reader)
    {
        lackingSeals = lacking.ToHashSet(StringComparer.Ordinal);
        foreach (var name in lacking)
            alerts.Raise("seal_lacking", name, "Its seal file is missing or unreadable. Restore it from the archive and start the gateway again.");
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
            else if (Unlogged(seal) is var (outcome, stored))
                finished.Add(committer.CommitAsync(SegmentWork(state, seal, outcome, stored, Stopwatch.GetTimestamp())).AsTask());
        }

        foreach (var key in unreadable.Where(key => catalog.Find(key) is not null))
            store.ForgetSeal(key);

        foreach (var (key, file) in unentered)
            finished.Add(committer.CommitAsync(OrphanWork(key, file)).AsTask());

        // Before anybody is served: a file in place without a row would look like a stranger's.
        Task.WhenAll(finished).GetAwaiter().GetResult();

        foreach (var part in store.Parts.ToList())
        {
            if (catalog.Find(part.Key) is { } row)
                ClearBeside(part, row);
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

    // A part beside a row: its name came back after a power cut, or somebody put it there. It goes when what the record names stands whole, or was purged; else its bytes may be the only ones.
    private void ClearBeside(Part part, SegmentRow row)
    {
        if (catalog.FindPurge(part.Key) is not null || store.IsIntact(part.Key, row.Sha256) || (store.IsDamaged(part.Key) && store.HashDamaged(part.Key).Sha256.AsSpan().SequenceEqual(row.Sha256)))
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
            TryReissue(key);
    }

    private bool TryReissue(SegmentKey key) =>
        catalog.Find(key) is { } row && registry.Find(key.Device) is { } state && !desk.Stands(key, row.State, row.SealDigest) && IsAsRecorded(row)
        && committer.TryEnqueue(new CommitWork([], static (_, _) => { }, checkpoint => desk.Issue(state, key, row.State, row.SealDigest, row.StoredAtUs, checkpoint)));

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
