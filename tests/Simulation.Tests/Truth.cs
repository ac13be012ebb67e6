using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Log;
using static BodyCam.Simulation.Tests.Must;

namespace BodyCam.Simulation.Tests;

/// <summary>A segment as the recorder sealed it, taken from the card when its seal first left.</summary>
internal sealed class Sealed(Seal seal, byte[] bytes, IReadOnlyList<(long From, long To)> torn)
{
    public Seal Seal => seal;

    /// <summary>Seal digest as the log has it.</summary>
    public string SealText { get; } = Convert.ToHexStringLower(seal.SealDigest);

    /// <summary>Digest of the seal before it in its chain; null for the first.</summary>
    public string? PreviousText { get; } = seal.PreviousSealDigest.IndexOfAnyExcept((byte)0) < 0 ? null : Convert.ToHexStringLower(seal.PreviousSealDigest);

    /// <summary>The covered bytes.</summary>
    public byte[] Bytes => bytes;

    /// <summary>True when a cut can have changed one of these bytes before they were sealed: the write of them was not confirmed, and no authenticator proves them.</summary>
    public bool CanBeTorn(long from, long to) => seal.Flags.HasFlag(SealFlags.Recovered) && (ulong)to > seal.AuthenticatedBytes && torn.Any(range => range.From < to && from < range.To);

    /// <summary>The card lost or spoiled it: then, and only then, it may end as damaged.</summary>
    public bool IsSpoiled { get; set; }

    /// <summary>The recorder said that its bytes are lost.</summary>
    public bool IsLost { get; set; }

    /// <summary>Receipts that were issued for it, by state.</summary>
    public HashSet<ReceiptState> Issued { get; } = [];

    /// <summary>Its original on the gateway has a rotten byte now: no receipt may be issued.</summary>
    public bool IsRotten { get; set; }
}

/// <summary>What is true whatever the gateway says: what was sealed, what was receipted. Checks each receipt at the moment it is issued, against what is on the device then.</summary>
internal sealed class Truth(SimGateway gateway)
{
    private readonly SortedDictionary<SegmentKey, Sealed> segments = [];
    private readonly List<Checkpoint> promised = [];
    private readonly LeafTree tree = new();
    private readonly Dictionary<string, int> sealRecords = new(StringComparer.Ordinal);
    private byte[] verifiedNote = [];
    private int issued;
    private int counted;
    private int notes;

    /// <summary>Everything whose seal has left the recorder, in order.</summary>
    public IReadOnlyDictionary<SegmentKey, Sealed> Segments => segments;

    /// <summary>Checkpoints that receipts promised, newest last; the log has to continue each.</summary>
    public IReadOnlyList<Checkpoint> Promised => promised;

    /// <summary>Segments with a receipt.</summary>
    public int ReceiptedCount { get; private set; }

    /// <summary>Notes the seals that a message of the recorder carries; a segment is sealed once and never otherwise.</summary>
    public void Leaves(byte[] message, SimCard card)
    {
        if (message[1] == 2)
            Note(message.AsSpan(8, 352), message[2] == 1, card);
        for (var entry = 12; message[1] == 3 && entry < message.Length; entry += 356)
            Note(message.AsSpan(entry + 4, 352), message[entry] == 1, card);
    }

    /// <summary>How often each seal digest stands in the segment records under a checkpoint, as the device has them.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint's root is not the one over them.</exception>
    public IReadOnlyDictionary<string, int> RecordsOfSeals(Checkpoint checkpoint)
    {
        tree.Grow(checkpoint.Size, Bundle);
        Require(tree.Size == checkpoint.Size && tree.Root(tree.Size).AsSpan().SequenceEqual(checkpoint.Root), "The checkpoint's root is not the one over the records on the device.");
        for (; counted < tree.Size; counted++)
        {
            if (tree.Records[counted] is not ("segment", var json))
                continue;
            var digest = json.Substring(json.IndexOf("\"sealDigest\":\"", StringComparison.Ordinal) + 14, 64);
            sealRecords[digest] = sealRecords.GetValueOrDefault(digest) + 1;
        }

        return sealRecords;
    }

    /// <summary>Checks a receipt that the gateway sends: what it says is on the device, provable in the log and in the catalog.</summary>
    /// <param name="message">The receipt.</param>
    /// <param name="isLate">True when the log may have grown since it was issued.</param>
    /// <returns>The keys it names.</returns>
    public IReadOnlyList<SegmentKey> Issue(byte[] message, bool isLate)
    {
        if (Receipt.TryParse(message, out var receipt) != RefusalReason.None || receipt is null)
            throw new InvalidOperationException("A receipt cannot be read.");
        Require(Receipt.MacMatches(message, gateway.Keys.ReceiptKey(SimGateway.Device, receipt.KeyEpoch)), "A receipt's MAC is wrong.");
        // The dearest check, and the one that a disk or a link can least disturb: one receipt in eight.
        Require(++issued % 8 != 0 || Receipt.SignatureMatches(message, gateway.Key.Ecdsa), "A receipt's signature is wrong.");
        var checkpoint = CheckCheckpoint(receipt, isLate);
        foreach (var entry in receipt.Entries)
        {
            var key = new SegmentKey(SimGateway.Device, receipt.Epoch, entry.Recording, entry.Segment);
            Require(segments.TryGetValue(key, out var segment), $"{key} has a receipt and was never sealed.");
            Require(entry.SealDigest.Span.SequenceEqual(segment!.Seal.SealDigest), $"{key} has a receipt for another seal.");
            Require(!segment.IsRotten, $"{key} has a rotten byte and got a receipt.");
            // One that is issued again says what was looked at before; what can have changed is on the device.
            if (!segment.Issued.Contains(receipt.State) || issued % 8 == 0)
                CheckRow(key, segment, receipt, checkpoint);
            CheckOnDevice(key, segment, receipt.State);
            if (segment.Issued.Count == 0)
                ReceiptedCount++;
            segment.Issued.Add(receipt.State);
        }

        return [.. receipt.Entries.Select(entry => new SegmentKey(SimGateway.Device, receipt.Epoch, entry.Recording, entry.Segment))];
    }

    /// <summary>Bytes and seal of a segment as they must be on the device, now.</summary>
    public void CheckOnDevice(SegmentKey key, Sealed segment, ReceiptState state)
    {
        if (state == ReceiptState.Damaged)
        {
            Require(segment.IsSpoiled, $"{key} is whole on the card and became damaged.");
            CheckFile($"{gateway.Folder}/damaged/{key.RelativePath}.seal", segment.Seal.Raw, key);
            return;
        }

        CheckFile($"{gateway.Folder}/segments/{key.RelativePath}.mkv", segment.Bytes, key);
        CheckFile($"{gateway.Folder}/segments/{key.RelativePath}.seal", segment.Seal.Raw, key);
        if (state == ReceiptState.Archived)
        {
            CheckFile($"{gateway.ArchiveFolder}/segments/{key.RelativePath}.mkv", segment.Bytes, key);
            CheckFile($"{gateway.ArchiveFolder}/segments/{key.RelativePath}.seal", segment.Seal.Raw, key);
        }
    }

    private void Note(ReadOnlySpan<byte> raw, bool isLost, SimCard card)
    {
        Require(Seal.TryParse(raw, out var seal) == RefusalReason.None, "The recorder sent a seal that cannot be read.");
        var key = seal!.Key;
        if (!segments.TryGetValue(key, out var known))
        {
            var bytes = Covered(card, seal);
            Require(gateway.Keys.Authenticates(seal), $"{key} was sealed with a wrong MAC.");
            segments[key] = known = new Sealed(seal, bytes, card.HitOf(PathOf(key))) { IsSpoiled = !IsWhole(seal, bytes) };
            Require(!known.IsSpoiled || isLost, $"{key} was sealed over other bytes.");
        }

        if (isLost && !known.IsLost)
            Require(card.Read(PathOf(key)) is null || !IsWhole(seal, Covered(card, seal)), $"{key} is said to be lost, and is whole on the card.");

        Require(known.Seal.Raw.SequenceEqual(raw), $"{key} was sealed twice, and otherwise.");
        known.IsSpoiled |= isLost;
        known.IsLost |= isLost;
    }

    private static string PathOf(SegmentKey key) => $"D:\\bodycam\\e{key.Epoch}\\r{key.Recording}\\{key.Segment}.mkv";

    private static byte[] Covered(SimCard card, Seal seal) => card.Read(PathOf(seal.Key)) is { } file && (ulong)file.Length >= seal.CoveredBytes ? file[..(int)seal.CoveredBytes] : [];

    private static bool IsWhole(Seal seal, byte[] bytes)
    {
        if ((ulong)bytes.Length != seal.CoveredBytes)
            return false;
        var digests = new byte[seal.ChunkCount * 32];
        for (var index = 0u; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32));
        return seal.Covers(digests);
    }

    // The checkpoint of a receipt is the one on the device, signed; the log never goes back behind one that was promised.
    private Checkpoint CheckCheckpoint(Receipt receipt, bool isLate)
    {
        var note = gateway.Disk.Find(gateway.Folder + "/log/checkpoint", onDevice: true)?.File?.OnDevice.ToArray() ?? throw new InvalidOperationException("A receipt was issued and no checkpoint is on the device.");
        // Dear: one new checkpoint in four; the audits after reboots look at theirs too.
        if (!note.AsSpan().SequenceEqual(verifiedNote) && ++notes % 4 == 0)
            Require(IsSigned(note), "The checkpoint on the device is not signed.");
        verifiedNote = note;
        var checkpoint = CheckpointNote.Parse(note)!;
        Require((isLate && (ulong)checkpoint.Size > receipt.CheckpointSize) || (ulong)checkpoint.Size == receipt.CheckpointSize && checkpoint.Root.AsSpan().SequenceEqual(receipt.CheckpointRoot.Span), "A receipt names another checkpoint than the one on the device.");
        Require(promised.Count == 0 || promised[^1].Size <= checkpoint.Size, "The log went back behind a receipt.");
        if (promised.Count == 0 || promised[^1].Size < checkpoint.Size)
        {
            promised.Add(checkpoint);
            tree.Grow(checkpoint.Size, Bundle);
            Require(tree.Size == checkpoint.Size && tree.Root(tree.Size).AsSpan().SequenceEqual(checkpoint.Root), "The checkpoint's root is not the one over the records on the device.");
        }

        Require(tree.Root((int)receipt.CheckpointSize).AsSpan().SequenceEqual(receipt.CheckpointRoot.Span), "A receipt names a root that is not the one over the records on the device.");

        return checkpoint;
    }

    // One signature line over the text before the empty line (C2SP signed-note), read here once more; the shipped reading of it is in WholeCheck.
    private bool IsSigned(ReadOnlySpan<byte> note)
    {
        var gap = note.LastIndexOf("\n\n"u8);
        var tagged = Convert.FromBase64String(Encoding.ASCII.GetString(note[(note.LastIndexOf((byte)' ') + 1)..^1]));
        return gateway.Key.Ecdsa.VerifyData(note[..(gap + 1)], tagged.AsSpan(4), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private void CheckRow(SegmentKey key, Sealed segment, Receipt receipt, Checkpoint checkpoint)
    {
        var row = gateway.Ingest.Catalog.Find(key) ?? throw new InvalidOperationException($"{key} has a receipt and no row.");
        Require(row.State == receipt.State || row.State == ReceiptState.Archived && receipt.State == ReceiptState.Stored, $"{key} is {row.State} in the catalog and {receipt.State} in its receipt.");
        Require(row.SealDigest.AsSpan().SequenceEqual(segment.Seal.SealDigest), $"{key} has a row with another digest.");
        Require(row.LogSequence < checkpoint.Size, $"{key} has a row beyond the checkpoint.");
        var (type, json) = tree.Records[(int)row.LogSequence];
        Require(type == "segment" && json.Contains(Convert.ToHexStringLower(segment.Seal.SealDigest), StringComparison.Ordinal), $"The record of {key} is of something else.");
        // The tree above holds every leaf; once in a while the way in which an outsider is shown one.
        if (issued % 16 != 0)
            return;
        var record = gateway.Reader.ReadRecord(row.LogSequence) ?? throw new InvalidOperationException($"{key} has a receipt and no record.");
        var proof = gateway.Reader.InclusionProof(row.LogSequence, checkpoint.Size);
        Require(MerkleProof.VerifyInclusion(row.LogSequence, checkpoint.Size, record.ToEntry().LeafHash(), proof, checkpoint.Root), $"The record of {key} is not provable in the log.");
    }

    private ReadOnlySpan<byte> Bundle(int number) => gateway.Disk.Find($"{gateway.Folder}/log/records/{number:D3}.jsonl", onDevice: true)?.File is { } file ? file.OnDevice : [];

    private void CheckFile(string path, ReadOnlySpan<byte> expected, SegmentKey key)
    {
        var file = gateway.Disk.Find(path, onDevice: true)?.File ?? throw new InvalidOperationException($"{key} has a receipt and {path[gateway.Disk.Root.Length..]} is not on the device.");
        Require(file.OnDevice.SequenceEqual(expected), $"{key} has a receipt and {path[gateway.Disk.Root.Length..]} has other bytes on the device.");
    }
}
