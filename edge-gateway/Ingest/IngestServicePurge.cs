using System.Text.Json;
using BodyCam.Archive;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>The purge: certificate into the log, then the bytes; no other code removes an original.</summary>
public sealed partial class IngestService
{
    // As long as any text that a person enters.
    private const int ReasonCharactersMax = 4000;
    private const int PurgesPerRound = 256;

    // Both of a recording: one alarm for each segment or record would drive out those that are raised once.
    private const string PurgeUnfinished = "purge_unfinished";
    private const string CertificateUnreadable = "certificate_unreadable";

    private readonly SemaphoreSlim purgeGate = new(1, 1);
    private readonly Lock finishGate = new();

    /// <summary>What would be purged: every segment of a recording as the catalog has it; damaged ones too.</summary>
    public IReadOnlyList<PurgeSegment> PurgeList(DeviceId device, uint epoch, uint recording) =>
        [.. catalog.Segments(device, epoch, recording).Select(static row => new PurgeSegment(row.Key.Segment, Convert.ToHexStringLower(row.SealDigest), Convert.ToHexStringLower(row.Sha256), row.Bytes))];

    /// <summary>The orphaned tails of a recording, which go with it.</summary>
    public IReadOnlyList<PurgeTail> PurgeTails(DeviceId device, uint epoch, uint recording) =>
        [.. store.Tails(device, epoch, recording).Select(static tail => new PurgeTail(tail.Key.Segment, Convert.ToHexStringLower(tail.File.Sha256), tail.File.Bytes)).Distinct()];

    /// <summary>Purges a recording: refused unless two persons decided on exactly what is stored. When this says Done the certificate is durable, and nothing brings the bytes back.</summary>
    /// <returns>The outcome, and the first leaf of the certificate; −1 unless done. The same order again gives the standing certificate.</returns>
    public async ValueTask<(PurgeOutcome Outcome, long CertificateSequence)> PurgeAsync(PurgeOrder order, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (string.IsNullOrWhiteSpace(order.Reviewer) || string.IsNullOrWhiteSpace(order.Approver) || string.Equals(order.Reviewer, order.Approver, StringComparison.OrdinalIgnoreCase)
            || string.IsNullOrWhiteSpace(order.Reason) || order.Reason.Length > ReasonCharactersMax || order.Cites.Count > 32 || order.ExpiredAtUs <= 0 || order.ExpiredAtUs > NowUs())
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
            var tails = PurgeTails(order.Device, order.Epoch, order.Recording);
            if (!tails.SequenceEqual(order.Tails))
                return (PurgeOutcome.Changed, -1);
            var atUs = NowUs();
            var parts = PurgeParts.Of(order, tails, atUs, options.GatewayKey);
            if (parts.Count is 0 or > LogWriter.BatchRecordsMax)
                return (PurgeOutcome.NotDecided, -1);
            var first = -1L;
            await committer.CommitAsync(new CommitWork(
                [.. parts.Select(part => Records.Purge(order, part.Segments, part.Tails, atUs, options.GatewayKey))],
                (batch, sequence) =>
                {
                    first = sequence;
                    for (var i = 0; i < parts.Count; i++)
                        batch.Purges.AddRange(parts[i].Segments.Select(segment => (new SegmentKey(order.Device, order.Epoch, order.Recording, segment.Segment), sequence + i)));
                },
                static _ => { })).ConfigureAwait(false);
            FinishOrBreak();
            return (PurgeOutcome.Done, first);
        }
        finally
        {
            purgeGate.Release();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<PurgeItem> PurgesDue(int countMax, PurgeItem? after = null)
    {
        // Those whose certificate cannot be read hold up none behind them.
        for (var last = after is null ? null : new PurgeRow(after.Key, after.CertificateSequence, PurgeState.Gone); catalog.PurgesAt(PurgeState.Gone, countMax, last) is [.., var end] due; last = end)
        {
            if (Named(due) is { Count: > 0 } named)
                return named;
        }

        return [];
    }

    // With the tails that their certificates name; without those whose certificate cannot be read.
    private IReadOnlyList<PurgeItem> Named(IReadOnlyList<PurgeRow> due) =>
        [.. due.GroupBy(static row => (Recording: row.Key with { Segment = 0 }, row.LogSequence))
            .Select(rows => (Rows: rows, Tails: TryTailsCertified(rows.Key.Recording, rows.Key.LogSequence))).Where(static pair => pair.Tails is not null)
            .SelectMany(static pair => pair.Rows.Select(row => new PurgeItem(row.Key, row.LogSequence, pair.Tails!)))];

    /// <inheritdoc/>
    public void PurgedInArchive(SegmentKey key)
    {
        catalog.MarkPurge(key, PurgeState.GoneEverywhere);
        // Nobody is to restore what is purged.
        ClearDiffers(key.ToString());
        alerts.Clear(PurgeUnfinished, Recording(key), key.Segment);
    }

    /// <inheritdoc/>
    public void NotPurgedInArchive(SegmentKey key) =>
        alerts.Raise(PurgeUnfinished, Recording(key), key.Segment, "It is purged by certificate, and bytes of it still stand in the archive, where they could not be removed: it is tried again by itself. Look at its folders there, their rights, and the disk.");

    /// <inheritdoc/>
    public void PurgeThereAgain(SegmentKey key) => catalog.MarkPurge(key, PurgeState.Gone);

    private static string Recording(SegmentKey key) => (key with { Segment = 0 }).ToString();

    // Null when the line is rotten: it says something else than a certificate does.
    private IReadOnlyList<SegmentKey>? PurgedThere(SegmentKey recording, byte[] certificate)
    {
        using var document = JsonDocument.Parse(certificate);
        if (!document.RootElement.TryGetProperty("segments", out var segments) || segments.ValueKind != JsonValueKind.Array)
            return null;
        return [.. segments.EnumerateArray().Select(segment => recording with { Segment = (uint)segment.Number("segment") }).Where(key => catalog.FindPurge(key) is { State: PurgeState.GoneEverywhere })];
    }

    // Null while a line of it cannot be read or is rotten: what it covers waits until the log is whole, and nothing else does.
    private List<PurgedTail>? TryTailsCertified(SegmentKey recording, long sequence)
    {
        try
        {
            var tails = TailsCertified(recording, sequence);
            alerts.Clear(CertificateUnreadable, recording.ToString(), sequence);
            return tails;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or InvalidOperationException)
        {
            alerts.Raise(CertificateUnreadable, recording.ToString(), sequence, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Its certificate, record {sequence} of the log, cannot be read whole: what else of it is to go, here or in the archive, stays until it can. Run 'bodycam verify' and restore the files of the log that it names from the archive."));
            return null;
        }
    }

    // The certificate itself says which tails it covers, also its parts behind, which may have no segment of their own. Each line is held against its leaf: of one that is left out the tails would stay for good.
    private List<PurgedTail> TailsCertified(SegmentKey recording, long sequence)
    {
        var reader = new LogReader(Path.Combine(options.DataFolder, "log"), options.LogFiles);
        var tails = new List<PurgedTail>();
        foreach (var stored in reader.ReadLeaves(sequence, committer.Current.Checkpoint).TakeWhile(static record => record.Type == "purge" && record.Utf8Json is not null))
        {
            using var document = JsonDocument.Parse(stored.Utf8Json!);
            var record = document.RootElement;
            if (record.Text("device") != recording.Device.Text || record.Number("epoch") != recording.Epoch || record.Number("recording") != recording.Recording)
                break;
            if (record.TryGetProperty("tails", out var named))
                tails.AddRange(named.EnumerateArray().Select(tail => new PurgedTail(recording with { Segment = (uint)tail.Number("segment") }, tail.Text("sha256"), stored.Sequence)));
        }

        return tails;
    }

    private void FinishOrBreak()
    {
        try
        {
            FinishPurges();
        }
        catch (IOException failure) when (!DiskFull.Is(failure))
        {
            Broken(failure); // a disk that failed here has failed for receipts too
            throw;
        }
    }

    // What the log certifies goes, whoever broke off before; what it does not stays. One at a time: purge and upkeep come here both.
    private void FinishPurges()
    {
        lock (finishGate)
            FinishNeedsGate();
    }

    private void FinishNeedsGate()
    {
        for (PurgeRow? last = null; catalog.PurgesAt(PurgeState.Certified, PurgesPerRound, last) is [.., var end] due; last = end)
        {
            var named = Named(due);
            foreach (var tail in named.SelectMany(static purge => purge.Tails).Distinct())
                store.PurgeTail(tail.Key, tail.Sha256, tail.CertificateSequence);

            foreach (var purge in named)
            {
                if ((catalog.Find(purge.Key)?.State ?? lacking.GetValueOrDefault(purge.Key)?.State) == ReceiptState.Damaged)
                    store.PurgeDamaged(purge.Key);
                else
                    store.PurgeOriginal(purge.Key, purge.CertificateSequence);
                catalog.MarkPurge(purge.Key, PurgeState.Gone);
            }
        }
    }
}
