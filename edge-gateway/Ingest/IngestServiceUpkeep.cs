using System.Diagnostics;
using BodyCam.Archive;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>What ingest does besides messages: provisioning, upkeep, manifests, archive, status.</summary>
public sealed partial class IngestService : IArchiveQueue
{
    private const int PendingShown = 100;

    /// <summary>Gives a recorder its next epoch, never twice, and the file for it; the epoch is in the log when this returns.</summary>
    /// <param name="device">The recorder; made known here when it is new.</param>
    /// <param name="reason">provisioned, reissued or card_changed.</param>
    /// <param name="values">Values for the file; the gateway's own when null.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The epoch and the text of <c>I:\bodycam.cfg</c>.</returns>
    public async ValueTask<(uint Epoch, string File)> ProvisionAsync(DeviceId device, string reason, ProvisioningValues? values, CancellationToken cancel)
    {
        var epoch = await GiveEpochAsync(device, reason, cancel).ConfigureAwait(false);
        return (epoch, ProvisioningFile.Text(ProvisioningFile.Lines(options.Keys, device, epoch, options.GatewayKey.Id, values ?? options.Provisioning)));
    }

    /// <summary>Sends a command to a recorder that was provisioned here; false when it was not.</summary>
    public bool Command(DeviceId device, string name, IEnumerable<KeyValuePair<string, string>> values)
    {
        if (registry.Find(device) is not { } state)
            return false;
        SendCommand(state, name, values);
        return true;
    }

    /// <summary>True when the password is the link key of one of the recorder's two newest epochs: while it changes over, both hold.</summary>
    public bool MayConnect(DeviceId device, ReadOnlySpan<byte> linkKey)
    {
        if (registry.Find(device) is not { } state)
            return false;
        uint[] epochs;
        lock (state.Epochs)
            epochs = [.. state.Epochs.TakeLast(2)];
        var found = false;
        foreach (var epoch in epochs)
            found |= System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(options.Keys.LinkKey(device, epoch), linkKey);
        return found;
    }

    /// <summary>Upkeep, at least every 5 s: syncs open parts, closes orphaned tails.</summary>
    public async ValueTask TickAsync(CancellationToken cancel)
    {
        if (fault is not null)
            return;
        try
        {
            store.SyncOpenParts();
        }
        catch (IOException failure)
        {
            Broken(failure);
            return;
        }

        if (!store.IsFull)
            alerts.Clear("storage_full");
        var before = options.Time.GetUtcNow() - options.OrphanAfter;
        await CloseOrphansAsync(part => part.NewestUs < before.ToUnixTimeMilliseconds() * 1000, cancel).ConfigureAwait(false);
    }

    /// <summary>Closes what arrived of unsealed segments of a recorder that is lost or destroyed (A9); its later seal would supersede.</summary>
    /// <returns>Parts closed.</returns>
    public ValueTask<int> CloseOrphansAsync(DeviceId device, CancellationToken cancel) => CloseOrphansAsync(part => part.Key.Device == device, cancel);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ArchiveItem>> DueAsync(int countMax, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<ArchiveItem>>([.. catalog.NotArchived(countMax).Select(static row => new ArchiveItem(SegmentStore.SegmentPath(row.Key), row.Sha256, row.Bytes, row.Key))]);

    /// <inheritdoc/>
    public async ValueTask ArchivedAsync(IReadOnlyList<ArchiveItem> items, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var key in items.Select(static item => item.Key))
        {
            if (catalog.Find(key) is not { } row || registry.Find(key.Device) is not { } state)
                continue;
            var work = new CommitWork(
                [Records.Archived(key, row.SealDigest, NowUs())],
                (batch, _) => batch.Archived.Add(key),
                checkpoint => Issue(state, key, ReceiptState.Archived, row.SealDigest, row.StoredAtUs, checkpoint));
            await committer.EnqueueAsync(work, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>What the gateway knows now.</summary>
    public IngestStatus Status() => new(
        [.. registry.All.Select(static state => new RecorderStatus(state.Device.Text, state.EpochInForce, state.NewestEpoch()))],
        catalog.CountByState().ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value, StringComparer.Ordinal),
        catalog.Recordings(null),
        [.. store.Parts.Select(static part => new PartStatus(part.Key.ToString(), part.PresentBytes, part.Seal is not null, part.Seal?.CoveredBytes ?? 0))],
        [.. catalog.PendingLinks(PendingShown).Select(static row => row.Key.ToString())],
        [.. catalog.AnnouncedMissing().Select(static row => new SegmentKey(row.Device, row.Epoch, row.Recording, 0).ToString())],
        [.. catalog.Manifests(null).Select(static row => new ManifestStatus(row.Device.Text, row.Epoch, row.FirstRecording, row.LastRecording, row.Complete, row.Lacks))],
        alerts.Now(),
        log.Current.Checkpoint.Size,
        store.IsFull,
        fault is not null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
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

        store.Dispose();
        catalog.Dispose();
        log.Dispose();
        meter.Dispose();
    }

    private async ValueTask<uint> GiveEpochAsync(DeviceId device, string reason, CancellationToken cancel)
    {
        var previous = registry.Find(device)?.NewestEpoch() ?? 0;
        var epoch = previous + 1;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = new CommitWork(
            [Records.Epoch(device, epoch, reason, previous, previous == 0 ? null : catalog.Head(device, previous, journal: false), previous == 0 ? null : catalog.Head(device, previous, journal: true), NowUs())],
            (batch, sequence) => batch.Epochs.Add(new EpochRow(device, epoch, reason, sequence)),
            _ => done.SetResult());
        await committer.EnqueueAsync(work, cancel).ConfigureAwait(false);
        await done.Task.WaitAsync(cancel).ConfigureAwait(false);
        var inForce = registry.Find(device)?.EpochInForce ?? epoch;
        registry.Add(device, epoch);
        registry.Find(device)!.EpochInForce = previous == 0 ? epoch : inForce;
        return epoch;
    }

    // One new epoch for each time the card changed: asked again, the same one is sent again.
    private async ValueTask ConfigureNewEpochAsync(DeviceState state, uint epochInForce, CancellationToken cancel)
    {
        var epoch = state.NewestEpoch();
        if (epoch == epochInForce)
        {
            epoch = await GiveEpochAsync(state.Device, "card_changed", cancel).ConfigureAwait(false);
            state.EpochInForce = epochInForce;
            alerts.Raise("card_changed", state.Device.Text, "Its card was swapped or is an older copy: a new epoch was given. Find the card that is missing.");
        }

        var keep = new HashSet<string>(["epoch", "recordingKey", "recordingNumber", "journalKey", "receiptKey", "commandKey", "linkKey", "gatewayKeyId"], StringComparer.Ordinal);
        SendCommand(state, "configure", ProvisioningFile.Lines(options.Keys, state.Device, epoch, options.GatewayKey.Id, options.Provisioning).Where(line => keep.Contains(line.Key)));
    }

    private async ValueTask<int> CloseOrphansAsync(Func<Part, bool> which, CancellationToken cancel)
    {
        var closed = 0;
        foreach (var part in store.Parts.Where(part => part.Seal is null && part.PresentCount > 0 && which(part)).ToList())
        {
            var stored = store.KeepOrphan(part);
            Log.Orphaned(logger, part.Key.ToString(), stored.Bytes);
            alerts.Raise("orphan", part.Key.ToString(), "What had arrived was closed without a seal. If the recorder comes back, its seal supersedes.");
            await committer.EnqueueAsync(new CommitWork([Records.Orphan(part.Key, stored.Sha256, stored.Bytes, NowUs())], static (_, _) => { }, static _ => { }), cancel).ConfigureAwait(false);
            closed++;
        }

        return closed;
    }

    private void CompareWithOrphan(SegmentKey key)
    {
        if (store.ReadOrphan(key) is not { } orphan)
            return;
        var bytes = store.ReadStored(key);
        if (orphan.Length > bytes.Length || !bytes.AsSpan(0, orphan.Length).SequenceEqual(orphan))
            alerts.Raise("orphan_differs", key.ToString(), "The sealed segment does not begin with what had arrived before: both are kept. Examine the recorder.");
    }

    // A manifest may come before what it names: it is entered at once with what lacks, and again when everything is here.
    private void FollowManifests(SegmentKey key, ManifestContent? arrived)
    {
        if (arrived is not null)
            EnterManifest(arrived, wasIncomplete: false);
        foreach (var row in catalog.Manifests(key.Device))
        {
            if (!row.Complete && row.Epoch == key.Epoch && (arrived is null || row.Segment != arrived.Key.Segment))
            {
                var manifestKey = new SegmentKey(row.Device, row.Epoch, 0, row.Segment);
                if (ManifestContent.Read(manifestKey, store.ReadStored(manifestKey)) is { } waiting)
                    EnterManifest(waiting, wasIncomplete: true);
            }
        }
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
        if (!committer.EnqueueAsync(work, CancellationToken.None).IsCompletedSuccessfully)
            alerts.Raise("manifest_waits", manifest.Key.ToString(), "The queue is full; the manifest is checked again with the next segment.");
    }

    private void FinishInterrupted()
    {
        var works = new List<CommitWork>();
        foreach (var seal in store.UnfinishedSeals())
        {
            if (catalog.Find(seal.Key) is { } row && row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest))
                store.Forget(seal.Key);
            else if (store.IsStored(seal.Key) && registry.Find(seal.Key.Device) is { } state)
                works.Add(SegmentWork(state, seal, ReceiptState.Stored, store.HashStored(seal.Key), Stopwatch.GetTimestamp()));
        }

        committer.CommitNow(works);
        if (works.Count > 0)
            Log.Finished(logger, works.Count);
    }
}
