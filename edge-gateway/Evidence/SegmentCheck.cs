using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;

namespace BodyCam.Evidence;

/// <summary>A segment as its files have it, with what is wrong with them.</summary>
internal sealed record CheckedSegment(SegmentKey Key, Seal? Seal, Receipt? Receipt, long Bytes, int Frames, byte[]? TextFile, List<Finding> Findings)
{
    /// <summary>The receipt when the gateway signed it for this segment and seal, also where the log's records do not say the same.</summary>
    public Receipt? SignedReceipt { get; init; }
}

/// <summary>Checks the files of one segment against each other, its log record and the gateway's key. Thread-safe.</summary>
internal sealed class SegmentCheck(EvidenceFolder folder, LogRecords log, long logSize, GatewaySignatures signatures, VerifyOptions options, ArchiveDues dues)
{
    private static readonly string[] endings = [".mkv", ".seal", ".receipt"];

    private readonly ReceiptCheck receipts = new(folder, log, logSize, signatures, options.Keys);

    public CheckedSegment Check(SegmentKey key)
    {
        var record = log.Of(key);
        var damaged = record?.State == "damaged";
        var stem = $"{(damaged ? "damaged" : "segments")}/{key.RelativePath}";
        var findings = new SegmentFindings(key, stem, folder, dues.IsDue(key), dues.IsUntold(key));
        if (record is not null && log.Segments[key].Exists(each => !signatures.Hold(each)))
            findings.Error("record_signature", ".mkv", "the gateway's signature in the log does not hold under the key in use.");
        if (damaged)
            CheckMarked(key, record!, findings);
        if (dues.IsDue(key) && !endings.Any(ending => File.Exists(folder.At(stem + ending))))
        {
            findings.Missing(".mkv", "");
            return new CheckedSegment(key, null, null, 0, 0, null, findings.List);
        }

        if (log.Purges.TryGetValue(key, out var purge))
            return CheckPurged(key, record, purge, damaged, stem, findings);
        var seal = SealCheck.Read(folder.At(stem + ".seal"), key, record, options.Keys, findings);
        var (receipt, signed) = receipts.Read(folder.At(stem + ".receipt"), key, seal, findings);
        using var original = record is { Bytes: 0 } && damaged ? null : Read(stem, record, isOnlyCopyOfTruth: damaged || seal is null, findings);
        if (record is null)
            CheckUnrecorded(original is null, receipt, findings);
        var frames = original is not null && seal is not null && !damaged ? ContentCheck.Check(original.Bytes, seal, options.Keys, findings) : 0;
        return new CheckedSegment(key, seal, receipt, original?.Bytes.Length ?? 0, frames, original is not null && key.IsJournalChain && !damaged ? original.Bytes.ToArray() : null, findings.List) { SignedReceipt = signed };
    }

    // The certificate stands in the log: seal and receipt stay as a tombstone, the bytes are gone.
    private CheckedSegment CheckPurged(SegmentKey key, SegmentRecord? record, PurgeRecord purge, bool damaged, string stem, SegmentFindings findings)
    {
        if (!signatures.Hold(purge))
            findings.Error("purge_signature", ".purged", $"the gateway's signature on the purge certificate (record {purge.Sequence} of the log) does not hold.");
        else if (!purge.NamesTwoPersons)
            findings.Error("purge_one_person", ".purged", $"the purge certificate (record {purge.Sequence} of the log) does not name two persons. Find out who purged it.");
        else if (record is null || !string.Equals(purge.SealDigest, record.SealDigest, StringComparison.Ordinal) || !string.Equals(purge.Sha256, record.Sha256, StringComparison.Ordinal))
            findings.Error("purge_of_other", ".purged", $"the purge certificate (record {purge.Sequence} of the log) speaks of other bytes than were stored.");
        else if (File.Exists(folder.At(stem + ".mkv")))
            findings.Warning("purge_unfinished", ".mkv", folder.IsArchive ? "it was purged by certificate and its bytes still stand in this archive: the next round removes them." : "it was purged by certificate and its bytes still stand: start the gateway, it finishes the purge.");
        else
            findings.Note("purged", ".purged", $"purged by certificate, record {purge.Sequence} of the log: reviewed by {purge.Reviewer}, approved by {purge.Approver}.");
        var seal = SealCheck.Read(folder.At(stem + ".seal"), key, record, options.Keys, findings);
        var (receipt, signed) = receipts.Read(folder.At(stem + ".receipt"), key, seal, findings);
        return new CheckedSegment(key, damaged ? null : seal, receipt, 0, 0, null, findings.List) { SignedReceipt = signed };
    }

    // A damaged segment has no original, and one whose bytes were lost has none anywhere.
    private void CheckMarked(SegmentKey key, SegmentRecord record, SegmentFindings findings)
    {
        findings.Warning("damaged", ".mkv", record.Bytes == 0 ? "its bytes were lost on the card; this is on record." : "its bytes did not match its own seal when they came, or not all of them came; this is on record.");
        if (record.Bytes == 0 && File.Exists(folder.At($"damaged/{key.RelativePath}.mkv")))
            findings.Error("not_in_log", ".mkv", "a file stands where the log says that no byte came: it was put here.");
        if (File.Exists(folder.At($"segments/{key.RelativePath}.mkv")))
            findings.Error("not_in_log", ".mkv", "an original stands under segments/, the log says damaged: it was put there.");
    }

    private WholeFile? Read(string stem, SegmentRecord? record, bool isOnlyCopyOfTruth, SegmentFindings findings)
    {
        WholeFile file;
        try
        {
            file = WholeFile.Read(folder.At(stem + ".mkv"), Math.Max(SegmentReader.FileBytesMax, record?.Bytes ?? 0));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            findings.NotRead(folder.At(stem + ".mkv"), ".mkv", failure, $"the original is missing. {folder.LookFor()}");
            return null;
        }

        if (record is not null && file.Bytes.Length != record.Bytes)
            findings.Error("bytes_differ", ".mkv", $"the original has {file.Bytes.Length} bytes, the log says {record.Bytes}. {folder.Restore()}");
        else if (record is not null && (isOnlyCopyOfTruth || !options.IsOneDigest) && !string.Equals(Convert.ToHexStringLower(SHA256.HashData(file.Bytes)), record.Sha256, StringComparison.Ordinal))
            findings.Error("bytes_differ", ".mkv", $"the original's SHA-256 is not the one in the log. {folder.Restore()}");
        return file;
    }

    // An archive gets segments before the log that speaks of them; the gateway's signed receipt vouches until then.
    private void CheckUnrecorded(bool isAbsent, Receipt? receipt, SegmentFindings findings)
    {
        if (folder.IsArchive && isAbsent)
            return;
        if (folder.IsArchive && receipt is not null && receipt.CheckpointSize > (ulong)logSize)
            findings.Warning("log_behind", ".mkv", $"its receipt is of a log with {receipt.CheckpointSize} leaves, the archive's copy has {logSize}: the next round brings it, or it was put back to an older one. Compare with a checkpoint kept elsewhere.");
        else
            findings.Error("not_in_log", ".mkv", "the log has no record of this segment: it was put here, or the log was changed. Compare with an older copy.");
    }
}
