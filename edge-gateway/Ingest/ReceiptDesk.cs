using System.Collections.Concurrent;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>Makes, keeps and sends storage receipts; used on the committer's task only, in the log's order.</summary>
internal sealed class ReceiptDesk(IngestOptions options, IDownlink downlink, SegmentStore store, AlertList alerts, IngestMeters meters)
{
    private const int OwedMax = 4096;
    private readonly ConcurrentQueue<SegmentKey> owed = new();

    /// <summary>Segments whose receipt file could not be written since the last call; more than the bound are found at the next start.</summary>
    public IReadOnlyList<SegmentKey> TakeOwed()
    {
        var taken = new List<SegmentKey>();
        while (owed.TryDequeue(out var key))
            taken.Add(key);
        return taken;
    }

    /// <summary>Issues the receipt of a segment that is in log and catalog.</summary>
    /// <param name="state">Its recorder; the MAC is under the epoch in force.</param>
    /// <param name="key">The segment.</param>
    /// <param name="outcome">stored, archived or damaged.</param>
    /// <param name="sealDigest">32 bytes.</param>
    /// <param name="storedAtUs">Gateway-wall time of the record.</param>
    /// <param name="checkpoint">A checkpoint that covers the record.</param>
    public void Issue(DeviceState state, SegmentKey key, ReceiptState outcome, byte[] sealDigest, long storedAtUs, Checkpoint checkpoint)
    {
        var receipt = new Receipt(
            outcome, key.Device, key.Epoch, state.EpochInForce, (ulong)storedAtUs, (ulong)checkpoint.Size, checkpoint.Root, options.GatewayKey.Id, [new ReceiptEntry(key.Recording, key.Segment, sealDigest)]);
        var message = receipt.Write(options.Keys.ReceiptKey(key.Device, state.EpochInForce), options.GatewayKey);
        try
        {
            store.WriteReceipt(key, outcome == ReceiptState.Damaged, message);
        }
        catch (IOException)
        {
            // The file is a copy: log and catalog have the segment, and a receipt can be issued again.
            alerts.Raise("receipt_unwritten", key.ToString(), "Its receipt could not be written beside it; it is written again when there is room, at the latest at the next start. Check the disk.");
            if (owed.Count < OwedMax)
                owed.Enqueue(key);
        }

        downlink.Send(key.Device, message);
        meters.Receipts.Add(1, new KeyValuePair<string, object?>("state", outcome.ToString()));
    }

    /// <summary>True when the receipt file of a segment can be read and is its receipt for this state.</summary>
    public bool Stands(SegmentKey key, ReceiptState state, ReadOnlySpan<byte> sealDigest) =>
        Receipt.TryParse(store.ReadReceipt(key, state == ReceiptState.Damaged), out var receipt) == RefusalReason.None && receipt!.State == state && receipt.Entries.Count == 1
        && receipt.Device == key.Device && receipt.Entries[0].Segment == key.Segment && receipt.Entries[0].SealDigest.Span.SequenceEqual(sealDigest);
}
