using System.Diagnostics;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>What ingest does besides messages: epochs, upkeep, orphaned tails, status, the end.</summary>
public sealed partial class IngestService
{
    private const int PendingShown = 100;
    private const int RecordingsShown = 200;
    private const int IncompleteLookedAt = 1000;

    private readonly SemaphoreSlim epochGate = new(1, 1);

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
            await committer.CommitAsync(new CommitWork([], null, static _ => { })).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Broken: the caller sees it at IsFaulted.
        }
    }

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
}
