using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>The purge: certificate into the log, then the bytes; no other code removes an original.</summary>
public sealed partial class IngestService
{
    // About 170 bytes each: a certificate stays below a record's 64 KiB.
    private const int SegmentsPerCertificate = 300;
    private const int PurgesPerRound = 256;

    private readonly SemaphoreSlim purgeGate = new(1, 1);

    /// <summary>What would be purged: every segment of a recording as the catalog has it; damaged ones too.</summary>
    public IReadOnlyList<PurgeSegment> PurgeList(DeviceId device, uint epoch, uint recording) =>
        [.. catalog.Segments(device, epoch, recording).Select(static row => new PurgeSegment(row.Key.Segment, Convert.ToHexStringLower(row.SealDigest), Convert.ToHexStringLower(row.Sha256), row.Bytes))];

    /// <summary>Purges a recording: refused unless two persons decided on exactly what is stored. When this says Done the certificate is durable, and nothing brings the bytes back.</summary>
    /// <returns>The outcome, and the first leaf of the certificate; −1 unless done. The same order again gives the standing certificate.</returns>
    public async ValueTask<(PurgeOutcome Outcome, long CertificateSequence)> PurgeAsync(PurgeOrder order, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (string.IsNullOrWhiteSpace(order.Reviewer) || string.IsNullOrWhiteSpace(order.Approver) || string.Equals(order.Reviewer, order.Approver, StringComparison.OrdinalIgnoreCase)
            || string.IsNullOrWhiteSpace(order.Reason) || order.Reason.Length > 2000 || order.Cites.Count > 32 || order.ExpiredAtUs <= 0 || order.ExpiredAtUs > NowUs())
            return (PurgeOutcome.NotDecided, -1);
        await purgeGate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var standing = order.Recording == 0 ? [] : PurgeList(order.Device, order.Epoch, order.Recording);
            if (standing.Count == 0)
                return (PurgeOutcome.NotFound, -1);
            if (!standing.SequenceEqual(order.Segments))
                return (PurgeOutcome.Changed, -1);
            if (catalog.FindPurge(new SegmentKey(order.Device, order.Epoch, order.Recording, standing[0].Segment)) is { } purge)
                return (PurgeOutcome.Done, purge.LogSequence);
            var atUs = NowUs();
            var parts = standing.Chunk(SegmentsPerCertificate).ToList();
            var first = -1L;
            await committer.CommitAsync(new CommitWork(
                [.. parts.Select(part => Records.Purge(order, part, atUs, options.GatewayKey))],
                (batch, sequence) =>
                {
                    first = sequence;
                    for (var i = 0; i < parts.Count; i++)
                        batch.Purges.AddRange(parts[i].Select(segment => (new SegmentKey(order.Device, order.Epoch, order.Recording, segment.Segment), sequence + i)));
                },
                static _ => { })).ConfigureAwait(false);
            FinishPurges();
            return (PurgeOutcome.Done, first);
        }
        finally
        {
            purgeGate.Release();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(SegmentKey Key, long CertificateSequence)> PurgesDue(int countMax) => [.. catalog.Purges(PurgeState.Gone, countMax).Where(static row => row.State == PurgeState.Gone).Select(static row => (row.Key, row.LogSequence))];

    /// <inheritdoc/>
    public void PurgedInArchive(SegmentKey key) => catalog.MarkPurge(key, PurgeState.GoneEverywhere);

    // What the log certifies goes, whoever broke off before; what it does not stays.
    private void FinishPurges()
    {
        while (catalog.Purges(PurgeState.Certified, PurgesPerRound) is { Count: > 0 } due)
        {
            foreach (var purge in due)
            {
                if (catalog.Find(purge.Key) is { State: ReceiptState.Damaged })
                    store.PurgeDamaged(purge.Key);
                else
                    store.PurgeOriginal(purge.Key, purge.LogSequence);
                catalog.MarkPurge(purge.Key, PurgeState.Gone);
            }
        }
    }
}
