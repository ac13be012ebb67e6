using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Evidence;

namespace BodyCam.Packaging;

/// <summary>Holds each original and its seal and receipt against the proved records of the log, and the chain of each recording.</summary>
internal sealed class PackageSegments(PackageFiles files, PackageLeaves leaves, PackageKeys keys, List<Finding> findings)
{
    private const string Folder = "segments/";

    /// <summary>Seals of the journal's segments whose lines are left out, as far as they hold.</summary>
    public SortedDictionary<SegmentKey, Seal> LeftOut { get; } = [];

    /// <summary>Checks every segment that is here or that the log has.</summary>
    /// <returns>The seals by segment, of those that are here whole.</returns>
    public SortedDictionary<SegmentKey, Seal> Check()
    {
        var seals = new SortedDictionary<SegmentKey, Seal>();
        var here = new SortedSet<SegmentKey>();
        var sealOnly = new SortedSet<SegmentKey>();
        foreach (var name in files.Names.Where(static name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var isOne = SegmentKey.TryParsePath(name[Folder.Length..], out var key) && PackageNames.SegmentEndings.Any(ending => name == Folder + key.RelativePath + ending);
            if (SegmentKey.TryParsePath(name[Folder.Length..], out key) && key.IsJournalChain && name == Folder + key.RelativePath + PackageNames.Digests && !files.Has(Folder + key.RelativePath + ".mkv"))
            {
                sealOnly.Add(key);
                continue;
            }

            // A receipt alone is no segment: it belongs to one that the log has and that is missing.
            if (isOne && !name.EndsWith(".receipt", StringComparison.Ordinal))
                here.Add(key);
            else if (!isOne || !(files.Has(Folder + key.RelativePath + ".mkv") || leaves.Segments.ContainsKey(key)))
                findings.Add(new Finding("misplaced", FindingSeverity.Error, null, name, null, $"{name} is none of a segment's files: it was put here."));
        }

        here.ExceptWith(sealOnly);
        foreach (var key in sealOnly)
            CheckLeftOut(key);
        foreach (var key in here)
        {
            if (CheckSegment(key) is { } seal)
                seals[key] = seal;
        }

        foreach (var missing in leaves.Segments.Where(pair => !here.Contains(pair.Key) && !sealOnly.Contains(pair.Key) && pair.Value.State != "damaged").Select(static pair => pair.Key).Order())
            Error("segment_missing", missing, ".mkv", "the log has it and the package has not.");
        CheckChains(seals);
        return seals;
    }

    private Seal? CheckSegment(SegmentKey segment)
    {
        var stem = Folder + segment.RelativePath;
        if (files.Read(stem + ".mkv") is not { } bytes || files.Read(stem + ".seal") is not { } raw || Seal.TryParse(raw, out var seal) != RefusalReason.None || seal!.Key != segment)
        {
            Error("segment_unreadable", segment, "", "original or seal is missing, or the seal is of something else.");
            return null;
        }

        if (!leaves.Segments.TryGetValue(segment, out var record))
            Error("not_in_log", segment, "", "no leaf of the package speaks of it.");
        else if (!string.Equals(record.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)), StringComparison.Ordinal))
            Error("bytes_differ", segment, ".mkv", "the original is not the one in the log.");
        else if (!string.Equals(record.SealDigest, Convert.ToHexStringLower(seal.SealDigest), StringComparison.Ordinal))
            Error("seal_differs", segment, ".seal", "the seal is not the one in the log.");
        else if (!keys.Hold(record))
            Error("record_signature", segment, "", "the gateway's signature in the log record does not hold.");
        if (!Covered(seal, bytes))
            Error("seal_mismatch", segment, ".seal", "the seal's digest does not cover these bytes.");
        CheckTags(segment, bytes);
        CheckReceipt(segment, seal, record);
        return seal;
    }

    // The digests of the chunks stand for the lines: the seal's own digest closes over them, and the log has it.
    private void CheckLeftOut(SegmentKey segment)
    {
        var stem = Folder + segment.RelativePath;
        if (files.Read(stem + ".seal") is not { } raw || Seal.TryParse(raw, out var seal) != RefusalReason.None || seal!.Key != segment)
            Error("segment_unreadable", segment, ".seal", "the seal is missing or of something else.");
        else if (files.Read(stem + PackageNames.Digests) is not { } digests || digests.Length != seal.ChunkCount * Digests.Bytes || !seal.Covers(digests))
            Error("seal_mismatch", segment, ".seal", "the seal's digest does not cover these chunk digests.");
        else if (!leaves.Segments.TryGetValue(segment, out var record))
            Error("not_in_log", segment, "", "no leaf of the package speaks of it.");
        else if (!string.Equals(record.SealDigest, Convert.ToHexStringLower(seal.SealDigest), StringComparison.Ordinal))
            Error("seal_differs", segment, ".seal", "the seal is not the one in the log.");
        else if (!keys.Hold(record))
            Error("record_signature", segment, "", "the gateway's signature in the log record does not hold.");
        else
            LeftOut[segment] = seal;
    }

    private void CheckTags(SegmentKey segment, byte[] bytes)
    {
        var tags = SegmentReader.Read(bytes).Tags;
        bool Contradicts(string name, string expected) => tags.TryGetValue(name, out var said) && !string.Equals(said, expected, StringComparison.Ordinal);
        if (Contradicts("BODYCAM_DEVICE", segment.Device.Text) || Contradicts("BODYCAM_EPOCH", segment.Epoch.ToString(CultureInfo.InvariantCulture)) || Contradicts("BODYCAM_RECORDING", segment.Recording.ToString(CultureInfo.InvariantCulture)))
            Error("spliced", segment, ".mkv", "the file's own tags name another recorder, epoch or recording.");
    }

    // A receipt may be missing, as the gateway writes it again (storage format §7); one that contradicts is an error.
    private void CheckReceipt(SegmentKey segment, Seal seal, SegmentRecord? record)
    {
        if (files.Read(Folder + segment.RelativePath + ".receipt") is not { } raw || !raw.AsSpan().ContainsAnyExcept((byte)0))
        {
            findings.Add(new Finding("receipt_missing", FindingSeverity.Warning, segment, Folder + segment.RelativePath + ".receipt", null, $"{segment}: the receipt is missing or empty; the log's record says the same."));
            return;
        }

        if (Receipt.TryParse(raw, out var receipt) != RefusalReason.None || receipt!.Entries.Count != 1)
            Error("receipt_unreadable", segment, ".receipt", "the receipt is not one.");
        else if (receipt.Device != segment.Device || receipt.Epoch != segment.Epoch || receipt.Entries[0].Recording != segment.Recording || receipt.Entries[0].Segment != segment.Segment)
            Error("receipt_misplaced", segment, ".receipt", "the receipt belongs to another segment: files were swapped.");
        else if (!receipt.Entries[0].SealDigest.Span.SequenceEqual(seal.SealDigest) || (record is not null && (long)receipt.StoredAtUs != record.StoredAtUs))
            Error("receipt_differs", segment, ".receipt", "the receipt names another seal digest or another time than the log.");
        else if (!keys.Hold(raw, receipt))
            Error("receipt_signature", segment, ".receipt", "the gateway's signature on the receipt does not hold.");
    }

    private static bool Covered(Seal seal, byte[] bytes) =>
        ChunkDigests(seal, bytes) is { } digests && seal.Covers(digests);

    /// <summary>Digests of all chunks, 32 bytes each; null when the bytes have another length than the seal says.</summary>
    internal static byte[]? ChunkDigests(Seal seal, byte[] bytes)
    {
        // The chunk count is the forger's word until it fits the bytes that are here.
        if ((ulong)bytes.LongLength != seal.CoveredBytes || seal.ChunkCount > bytes.Length)
            return null;
        var digests = new byte[seal.ChunkCount * Digests.Bytes];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * Digests.Bytes, Digests.Bytes));
        return digests;
    }

    private void CheckChains(SortedDictionary<SegmentKey, Seal> seals)
    {
        foreach (var recording in seals.Values.Where(static seal => seal.Key.Recording > 0).GroupBy(static seal => (seal.Key.Device, seal.Key.Epoch, seal.Key.Recording)))
        {
            Seal? before = null;
            foreach (var seal in recording)
            {
                var isNext = seal.Key.Segment == (before?.Key.Segment ?? 0) + 1;
                if (!isNext && !AreDamaged(seal.Key, before?.Key.Segment ?? 0, seal.Key.Segment))
                    Error("gap", seal.Key, ".seal", "a segment before it is missing.");
                else if (isNext && before is not null && !seal.PreviousSealDigest.SequenceEqual(before.SealDigest))
                    Link(seal);
                before = seal;
            }

            var name = $"{recording.Key.Device} epoch {recording.Key.Epoch} recording {recording.Key.Recording}";
            if (before is { IsFinal: true } final && final.SegmentCount != final.Key.Segment)
                findings.Add(new Finding("gap", FindingSeverity.Error, final.Key, null, null, $"{name}: its final seal counts {final.SegmentCount} segments and is the seal of number {final.Key.Segment}."));
            else if (before is { IsFinal: false })
                findings.Add(new Finding("completeness", FindingSeverity.Warning, before.Key, null, null, $"{name}: completeness not yet shown, there is no final seal."));
        }
    }

    // The seal itself says when the head before it was lost on the recorder: named, and no forgery.
    private void Link(Seal seal)
    {
        if (seal.Flags.HasFlag(SealFlags.ChainRestarted))
            findings.Add(new Finding("chain_restarted", FindingSeverity.Warning, seal.Key, Folder + seal.Key.RelativePath + ".seal", null, $"{seal.Key}: the chain starts anew here, the recorder had lost the seal before it."));
        else
            Error("chain", seal.Key, ".seal", "it does not name the seal before it.");
    }

    // What the log itself calls damaged is not in a package; each is named.
    private bool AreDamaged(SegmentKey key, uint after, uint before)
    {
        for (var number = after + 1; number < before; number++)
        {
            if (!leaves.Segments.TryGetValue(key with { Segment = number }, out var record) || record.State != "damaged")
                return false;
        }

        for (var number = after + 1; number < before; number++)
            findings.Add(new Finding("segment_damaged", FindingSeverity.Warning, key with { Segment = number }, null, null, $"{key with { Segment = number }}: the log has it as damaged on arrival, so the package is without it. Ask for the gateway's damaged/ folder where it matters."));
        return true;
    }

    private void Error(string code, SegmentKey segment, string ending, string message) => findings.Add(new Finding(code, FindingSeverity.Error, segment, Folder + segment.RelativePath + ending, null, $"{segment}: {message}"));
}
