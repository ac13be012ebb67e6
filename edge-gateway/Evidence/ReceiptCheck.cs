using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;

namespace BodyCam.Evidence;

/// <summary>Checks a receipt file against its place, the seal, the log and the gateway's key.</summary>
internal sealed class ReceiptCheck(EvidenceFolder folder, LogRecords log, long logSize, GatewaySignatures signatures, KeyRing? keys)
{
    /// <summary>Code of the finding that there is none.</summary>
    public const string MissingCode = "receipt_missing";

    /// <summary>Reads the receipt. One that is missing can be issued again and is a warning; one that contradicts is an error.</summary>
    /// <returns>The receipt when everything holds; and the same when place, seal and signature hold, whatever the log's records say of its state.</returns>
    public (Receipt? Holding, Receipt? Signed) Read(string path, SegmentKey key, Seal? seal, SegmentFindings findings)
    {
        byte[] raw;
        try
        {
            raw = BoundedFile.ReadAllBytes(path, EvidenceFolder.SmallBytesMax);
        }
        catch (Exception failure) when (Unreadable.IsMissing(failure))
        {
            raw = [];
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            findings.NotRead(path, ".receipt", failure, "");
            return (null, null);
        }

        // Receipts are not synced: a power cut may leave the name without its bytes, or zeros in their place.
        if (!raw.AsSpan().ContainsAnyExcept((byte)0))
        {
            findings.Warning(MissingCode, ".receipt", folder.IsArchive
                ? "the receipt is missing or empty. Copy it from the gateway's data folder."
                : "the receipt is missing or empty; the gateway writes it again at its start, and when the recorder offers the segment. Start the gateway.");
            return (null, null);
        }

        if (Receipt.TryParse(raw, out var receipt) != RefusalReason.None || receipt!.Entries.Count != 1)
        {
            findings.Error("receipt_unreadable", ".receipt", $"the receipt is not one. {Again}");
            return (null, null);
        }

        if (Contradiction(raw, receipt, key, seal) is not var (code, message))
            return (receipt, receipt);
        findings.Error(code, ".receipt", message);
        return (null, code == "receipt_state" ? receipt : null);
    }

    // A receipt that is gone is made again of seal and log.
    private string Again => folder.IsArchive
        ? "Copy it from the gateway's data folder, after that was verified."
        : "Keep a copy, take the file away and start the gateway: it writes the receipt again.";

    // The gateway's own signature holds on it: it is what tells that the log says another thing than it did.
    private const string Compare = "Keep the receipt, and compare with an older copy of the log.";

    private (string Code, string Message)? Contradiction(byte[] raw, Receipt receipt, SegmentKey key, Seal? seal)
    {
        var entry = receipt.Entries[0];
        if (receipt.Device != key.Device || receipt.Epoch != key.Epoch || entry.Recording != key.Recording || entry.Segment != key.Segment)
            return ("receipt_misplaced", $"the receipt belongs to {new SegmentKey(receipt.Device, receipt.Epoch, entry.Recording, entry.Segment)}: it is damaged, or files were swapped. {Again}");
        var records = log.Segments.GetValueOrDefault(key) ?? [];
        if ((seal is not null && !entry.SealDigest.Span.SequenceEqual(seal.SealDigest)) || (records.Count > 0 && !records.Exists(record => string.Equals(Convert.ToHexStringLower(entry.SealDigest.Span), record.SealDigest, StringComparison.Ordinal))))
            return ("receipt_differs", $"the receipt names another seal digest. {Again}");
        if (!signatures.Hold(raw, receipt))
            return ("receipt_signature", $"the gateway's signature on the receipt does not hold. {Again}");
        if (records.Count > 0 && !records.Exists(record => (long)receipt.StoredAtUs == record.StoredAtUs))
            return ("receipt_differs", $"the receipt names another time than the log. {Compare}");
        if (records.Count > 0 && receipt.State == ReceiptState.Stored && records[0].State == "damaged")
            return ("receipt_state", $"the receipt says stored, the log says damaged. {Compare}");
        if (receipt.State == ReceiptState.Archived && receipt.CheckpointSize <= (ulong)logSize && !log.IsArchived(key))
            return ("receipt_state", $"the receipt says archived, and no record of the log does. {Compare}");
        return keys is not null && !Receipt.MacMatches(raw, keys.ReceiptKey(receipt.Device, receipt.KeyEpoch)) ? ("receipt_mac", $"the receipt's MAC does not hold: it is damaged, or the keys given are another station's. Give this station's with --keys; where it is damaged: {Again}") : null;
    }
}
