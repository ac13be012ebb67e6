using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;

namespace BodyCam.Evidence;

/// <summary>A segment as its files have it, with what is wrong with them.</summary>
internal sealed record CheckedSegment(SegmentKey Key, Seal? Seal, Receipt? Receipt, long Bytes, int Frames, byte[]? TextFile, List<Finding> Findings);

/// <summary>Checks the files of one segment against each other, its log record and the gateway's key.</summary>
internal sealed class SegmentCheck(string folder, ECDsa? gatewayKey, Core.Keys.KeyRing? keys)
{
    private readonly Lock keyGate = new();

    public CheckedSegment Check(SegmentKey key, SegmentRecord? record)
    {
        var findings = new List<Finding>();
        var damaged = record?.State == "damaged";
        var stem = $"{(damaged ? "damaged" : "segments")}/{key.RelativePath}";
        void Add(string code, FindingSeverity severity, string ending, long? chunk, string message) => findings.Add(new Finding(code, severity, key, stem + ending, chunk, $"{key}: {message}"));

        var seal = ReadSeal(stem, key, record, Add);
        var receipt = ReadReceipt(stem, key, record, seal, Add);
        if (record is not null)
            CheckSignature(record, Add);
        else
            Add("not_in_log", FindingSeverity.Error, ".mkv", null, "the log has no record of this segment: it was put here, or the log was changed. Compare with an older copy.");

        if (damaged)
        {
            Add("damaged", FindingSeverity.Warning, ".mkv", null, record!.Bytes == 0 ? "its bytes were lost on the card; this is on record." : "its bytes did not match its own seal when they came; this is on record.");
            return new CheckedSegment(key, seal, receipt, record.Bytes, 0, null, findings);
        }

        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(Path.Combine(folder, stem + ".mkv"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Add("file_missing", FindingSeverity.Error, ".mkv", null, "the original is missing. Look for it in the archive and on the card.");
            return new CheckedSegment(key, seal, receipt, 0, 0, null, findings);
        }

        var frames = CheckBytes(bytes, seal, record, Add);
        return new CheckedSegment(key, seal, receipt, bytes.Length, frames, key.IsJournalChain ? bytes : null, findings);
    }

    private Seal? ReadSeal(string stem, SegmentKey key, SegmentRecord? record, Action<string, FindingSeverity, string, long?, string> add)
    {
        Seal? seal = null;
        try
        {
            var raw = File.ReadAllBytes(Path.Combine(folder, stem + ".seal"));
            if (Seal.TryParse(raw, out seal) != RefusalReason.None)
                add("seal_unreadable", FindingSeverity.Error, ".seal", null, "the seal is not one. Restore it from the archive.");
            else if (seal!.Key != key)
                add("seal_misplaced", FindingSeverity.Error, ".seal", null, $"the seal belongs to {seal.Key}: files were swapped.");
            else if (record is not null && !string.Equals(Convert.ToHexStringLower(seal.SealDigest), record.SealDigest, StringComparison.Ordinal))
                add("seal_differs", FindingSeverity.Error, ".seal", null, "the seal digest is not the one in the log.");
            else if (keys is not null && !keys.Authenticates(seal))
                add("seal_mac", FindingSeverity.Error, ".seal", null, "the seal's MAC was not made with the recorder's key.");
            if (record is { Bytes: 0 } && seal is not null && !IsSelfConsistentLost(seal))
                add("seal_differs", FindingSeverity.Error, ".seal", null, "the seal is changed.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            add("file_missing", FindingSeverity.Error, ".seal", null, "the seal is missing. Look for it in the archive and on the card.");
        }

        return seal?.Key == key ? seal : null;
    }

    // Without the bytes only the MAC tells whether the fields are the recorder's.
    private bool IsSelfConsistentLost(Seal seal) => keys is null || keys.Authenticates(seal);

    private Receipt? ReadReceipt(string stem, SegmentKey key, SegmentRecord? record, Seal? seal, Action<string, FindingSeverity, string, long?, string> add)
    {
        byte[] raw;
        try
        {
            raw = File.ReadAllBytes(Path.Combine(folder, stem + ".receipt"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            add("receipt_missing", FindingSeverity.Error, ".receipt", null, "the receipt is missing; the gateway issues it again when the recorder offers the segment.");
            return null;
        }

        if (Receipt.TryParse(raw, out var receipt) != RefusalReason.None || receipt!.Entries.Count != 1)
        {
            add("receipt_unreadable", FindingSeverity.Error, ".receipt", null, "the receipt is not one.");
            return null;
        }

        var entry = receipt.Entries[0];
        if (receipt.Device != key.Device || receipt.Epoch != key.Epoch || entry.Recording != key.Recording || entry.Segment != key.Segment)
            add("receipt_misplaced", FindingSeverity.Error, ".receipt", null, $"the receipt belongs to {new SegmentKey(receipt.Device, receipt.Epoch, entry.Recording, entry.Segment)}: files were swapped.");
        else if ((seal is not null && !entry.SealDigest.Span.SequenceEqual(seal.SealDigest)) || (record is not null && !string.Equals(Convert.ToHexStringLower(entry.SealDigest.Span), record.SealDigest, StringComparison.Ordinal)))
            add("receipt_differs", FindingSeverity.Error, ".receipt", null, "the receipt names another seal digest.");
        else if (!SignatureHolds(raw))
            add("receipt_signature", FindingSeverity.Error, ".receipt", null, "the gateway's signature on the receipt does not hold.");
        else if (record is not null && (long)receipt.StoredAtUs != record.StoredAtUs)
            add("receipt_differs", FindingSeverity.Error, ".receipt", null, "the receipt names another time than the log.");
        else if (keys is not null && !Receipt.MacMatches(raw, keys.ReceiptKey(receipt.Device, receipt.KeyEpoch)))
            add("receipt_mac", FindingSeverity.Error, ".receipt", null, "the receipt's MAC does not hold.");
        else
            return receipt;
        return null;
    }

    private bool SignatureHolds(byte[] receipt)
    {
        if (gatewayKey is null)
            return false;
        lock (keyGate)
            return Receipt.SignatureMatches(receipt, gatewayKey);
    }

    private void CheckSignature(SegmentRecord record, Action<string, FindingSeverity, string, long?, string> add)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{record.SealDigest}\n{record.Sha256}\n{record.State}\n{record.StoredAtUs}\n"));
        bool holds;
        lock (keyGate)
            holds = gatewayKey is not null && gatewayKey.VerifyData(text, record.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        if (!holds)
            add("record_signature", FindingSeverity.Error, ".mkv", null, "the gateway's signature in the log does not hold under the key in use.");
    }

    private int CheckBytes(byte[] bytes, Seal? seal, SegmentRecord? record, Action<string, FindingSeverity, string, long?, string> add)
    {
        if (record is not null && (bytes.Length != record.Bytes || !string.Equals(Convert.ToHexStringLower(SHA256.HashData(bytes)), record.Sha256, StringComparison.Ordinal)))
            add("bytes_differ", FindingSeverity.Error, ".mkv", null, bytes.Length != record.Bytes ? $"the original has {bytes.Length} bytes, the log says {record.Bytes}." : "the original's SHA-256 is not the one in the log. Restore it from the archive.");
        if (seal is null)
            return 0;
        if ((ulong)bytes.Length != seal.CoveredBytes)
        {
            add("bytes_differ", FindingSeverity.Error, ".mkv", null, $"the original has {bytes.Length} bytes, the seal covers {seal.CoveredBytes}.");
            return 0;
        }

        var digests = new byte[seal.ChunkCount * 32];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32, 32));
        if (!seal.Covers(digests))
            add("seal_digest", FindingSeverity.Error, ".mkv", null, "the bytes do not give the seal digest.");

        var content = SegmentReader.Read(bytes);
        if (content.PictureCount != seal.FrameCount)
            add("frame_count", FindingSeverity.Error, ".mkv", null, $"{content.PictureCount} frames are in the file, the seal says {seal.FrameCount}.");
        if (keys is not null)
            CheckAuthenticators(bytes, content, seal, digests, add);
        if (seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch))
            add("tampered_before_recovery", FindingSeverity.Warning, ".mkv", null, $"bytes were changed on the card while the power was off; the seal covers what came before them.");
        if (seal.Flags.HasFlag(SealFlags.Recovered))
            add("recovered", FindingSeverity.Note, ".mkv", null, $"sealed after a power cut: {seal.AuthenticatedBytes} of {seal.CoveredBytes} bytes are authenticated, {seal.BytesBeyond} were left on the card.");
        if (seal.Flags.HasFlag(SealFlags.ChainRestarted))
            add("chain_restarted", FindingSeverity.Warning, ".seal", null, "the recorder had lost the head of its chain (card swapped, older copy, or I: erased): what lies between is not shown.");
        return content.PictureCount;
    }

    // A_0 and A_{i+1} of storage format §2, compared where the file holds them.
    private void CheckAuthenticators(byte[] bytes, SegmentContent content, Seal seal, byte[] digests, Action<string, FindingSeverity, string, long?, string> add)
    {
        if (seal.Key.Recording > Core.Keys.KeyRing.RecordingMax)
            return;
        var key = keys!.RecordingKey(seal.Key.Device, seal.Key.Epoch, seal.Key.Recording);
        Span<byte> link = stackalloc byte[64];
        Span<byte> running = stackalloc byte[32];
        HMACSHA256.HashData(key, [.. "BCA1"u8, .. seal.Raw.Slice(8, 44)], running);
        uint done = 0;
        foreach (var found in content.Authenticators)
        {
            for (; done < found.ChunkCount && done < seal.ChunkCount; done++)
            {
                running.CopyTo(link);
                digests.AsSpan((int)done * 32, 32).CopyTo(link[32..]);
                HMACSHA256.HashData(key, link, running);
            }

            if (!bytes.AsSpan(found.ValueOffset, 32).SequenceEqual(running))
            {
                add("authenticator", FindingSeverity.Error, ".mkv", found.ChunkCount, "a running authenticator does not hold.");
                return;
            }
        }
    }
}
