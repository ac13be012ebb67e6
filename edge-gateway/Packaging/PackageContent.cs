using System.Globalization;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>What is known of the recordings from their seals.</summary>
/// <param name="From">First device-wall start; null when the clock was never set.</param>
/// <param name="To">Last device-wall end.</param>
/// <param name="RecordedUs">Sum of the segments' intervals, device-monotonic.</param>
/// <param name="ErrorBoundUs">Largest error bound of the wall times; null when unbounded.</param>
/// <param name="Devices">Recorders.</param>
internal sealed record RecordingFacts(DateTimeOffset? From, DateTimeOffset? To, long RecordedUs, long? ErrorBoundUs, IReadOnlyList<string> Devices);

/// <summary>Gathers what belongs to the recordings: their segments, the journal of their time, and the leaves that speak of them.</summary>
internal sealed class PackageContent(string dataFolder, LogReader reader, long size)
{
    private const ulong Unbounded = ulong.MaxValue;

    private readonly Dictionary<SegmentKey, Seal> seals = [];

    public SortedSet<SegmentKey> Segments { get; } = [];

    public List<ManifestRecording> Recordings { get; } = [];

    /// <summary>Files of leaves by name: entry, record, salt and proof of each.</summary>
    public List<(string Name, byte[] Bytes)> Leaves { get; } = [];

    /// <summary>Newest leaf of a segment that is in the package.</summary>
    public long NewestSegmentLeaf { get; private set; }

    public RecordingFacts Facts { get; private set; } = new(null, null, 0, null, []);

    /// <summary>Segments of the journal of which only the seal and the digests of the chunks go in.</summary>
    public SortedDictionary<SegmentKey, byte[]> LeftOut { get; } = [];

    /// <summary>Takes them in; every segment that the log has of a recording must be here.</summary>
    public void Take(IReadOnlyList<PackagedRecording> wanted)
    {
        var recordings = wanted.Distinct().ToList();
        var epochs = recordings.Select(static recording => (recording.Device, recording.Epoch)).Distinct().ToDictionary(static epoch => epoch, static _ => new List<(SegmentKey Key, StoredRecord Stored, bool IsHere, bool IsComplete)>());
        var found = new Dictionary<SegmentKey, long>();
        foreach (var stored in reader.ReadRecords(0, size))
        {
            if (stored.Utf8Json is null || stored.Type is not ("segment" or "announced" or "manifest" or "archived" or "epoch" or "key"))
                continue;
            using var document = JsonDocument.Parse(stored.Utf8Json);
            var record = document.RootElement;
            if (stored.Type == "key")
            {
                AddLeaf(stored);
                continue;
            }

            if (!DeviceId.TryParse(record.Text("device"), out var device) || !epochs.TryGetValue((device, (uint)record.Number("epoch")), out var journal))
                continue;
            var key = new SegmentKey(device, (uint)record.Number("epoch"), (uint)record.Number("recording"), (uint)record.Number("segment"));
            var isHere = stored.Type == "segment" && record.Text("state") != "damaged";
            if (stored.Type == "epoch" || recordings.Contains(new PackagedRecording(device, key.Epoch, key.Recording)))
                AddLeaf(stored);
            else if (key.Recording == 0)
                journal.Add((key, stored, isHere, record.TryGetProperty("complete", out var complete) && complete.GetBoolean()));
            if (isHere && key.Recording > 0 && recordings.Contains(new PackagedRecording(device, key.Epoch, key.Recording)))
                found.TryAdd(key, stored.Sequence);
        }

        foreach (var key in found.Keys)
            TakeSegment(key);
        NewestSegmentLeaf = found.Values.DefaultIfEmpty(0).Max();
        foreach (var ((device, epoch), journal) in epochs)
            TakeJournal(device, epoch, journal, [.. recordings.Where(recording => recording.Device == device && recording.Epoch == epoch)]);
        var all = seals.Where(static pair => pair.Key.Recording > 0).Select(static pair => pair.Value).ToList();
        Facts = new RecordingFacts(
            Wall(all.Where(static seal => seal.StartDeviceWallUs > 0).Select(static seal => seal.StartDeviceWallUs).DefaultIfEmpty(0ul).Min()), Wall(all.Select(static seal => seal.EndDeviceWallUs).DefaultIfEmpty(0ul).Max()),
            all.Sum(static seal => (long)(seal.EndMonotonicUs - seal.StartMonotonicUs)), all.Count == 0 || all.Any(static seal => seal.ErrorBoundUs == Unbounded) ? null : (long)all.Max(static seal => seal.ErrorBoundUs),
            [.. recordings.Select(static recording => recording.Device.Text).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>Hashes of all leaves, 32 bytes each, so that any older checkpoint can be compared.</summary>
    public byte[] LeafHashes()
    {
        var hashes = new byte[size * 32];
        var at = 0;
        foreach (var entry in reader.ReadEntries(size))
        {
            MerkleHash.Leaf(entry).CopyTo(hashes, at);
            at += 32;
        }

        return at == hashes.Length ? hashes : throw new InvalidOperationException("The log has fewer leaves than its checkpoint says: run 'bodycam verify' on the data folder.");
    }

    // Of the journal only what tells of the recordings; a segment elsewhere in the epoch need not even be here any more.
    private void TakeJournal(DeviceId device, uint epoch, List<(SegmentKey Key, StoredRecord Stored, bool IsHere, bool IsComplete)> journal, List<PackagedRecording> recordings)
    {
        var footage = seals.Where(pair => pair.Key.Device == device && pair.Key.Epoch == epoch && pair.Key.Recording > 0).Select(static pair => pair.Value).ToList();
        var known = new SortedDictionary<uint, Seal>();
        foreach (var key in journal.Where(static row => row.IsHere).Select(static row => row.Key).Distinct())
        {
            if (ReadSeal(key) is { } seal)
                known[key.Segment] = seal;
        }

        var choice = JournalChoice.Of(known, footage, journal.Where(static row => row.IsComplete).Select(static row => row.Key.Segment).ToHashSet(), LinesOf);
        foreach (var gone in journal.Where(row => row.IsHere && choice.IsAsked(row.Key.Segment) && !known.ContainsKey(row.Key.Segment)))
            TakeSegment(gone.Key);
        foreach (var number in choice.Whole)
            TakeSegment(new SegmentKey(device, epoch, 0, number));
        foreach (var number in choice.SealOnly)
        {
            var key = new SegmentKey(device, epoch, 0, number);
            LeftOut[key] = PackageSegments.ChunkDigests(known[number], File.ReadAllBytes(Path.Combine(dataFolder, "segments", key.RelativePath + ".mkv"))) ?? throw new InvalidOperationException($"{key} does not have the length that its seal says: run 'bodycam verify', restore it from the archive, and try again.");
        }

        // What arrived damaged between them is told by its leaf.
        foreach (var (key, stored, _, _) in journal.Where(row => choice.Whole.Contains(row.Key.Segment) || (row.Stored.Type == "segment" && (choice.SealOnly.Contains(row.Key.Segment) || choice.IsAsked(row.Key.Segment)))))
        {
            AddLeaf(stored);
            NewestSegmentLeaf = stored.Type == "segment" && Segments.Contains(key) ? Math.Max(NewestSegmentLeaf, stored.Sequence) : NewestSegmentLeaf;
        }

        foreach (var recording in recordings)
            Recordings.Add(Describe(recording, choice.InManifest));
    }

    private Seal? ReadSeal(SegmentKey key)
    {
        var stem = Path.Combine(dataFolder, "segments", key.RelativePath);
        return File.Exists(stem + ".mkv") && File.Exists(stem + ".seal") && Seal.TryParse(File.ReadAllBytes(stem + ".seal"), out var seal) == RefusalReason.None ? seal : null;
    }

    private void TakeSegment(SegmentKey key)
    {
        seals[key] = ReadSeal(key) ?? throw new InvalidOperationException(File.Exists(Path.Combine(dataFolder, "segments", key.RelativePath + ".purged"))
            ? $"{key} was purged by certificate: a package of it cannot be made any more."
            : $"{key} is in the log and its original or seal is not here: run 'bodycam verify', restore it from the archive, and try again.");
        Segments.Add(key);
    }

    // One leaf: what stands in the tree, what it commits to, and the way to the root; plain text and bytes, so that a shell can check it.
    private void AddLeaf(StoredRecord stored)
    {
        var name = stored.Sequence.ToString("D9", CultureInfo.InvariantCulture);
        Leaves.Add((name + ".entry", stored.ToEntry().ToBytes()));
        Leaves.Add((name + ".record", stored.Utf8Json!));
        Leaves.Add((name + ".salt", stored.Salt!));
        var proof = reader.InclusionProof(stored.Sequence, size);
        var text = new StringBuilder();
        foreach (var (side, hash) in ProofSides.Of(stored.Sequence, size, proof))
            text.Append(side).Append(' ').Append(Convert.ToBase64String(hash)).Append('\n');
        Leaves.Add((name + ".proof", Encoding.ASCII.GetBytes(text.ToString())));
    }

    private ManifestRecording Describe(PackagedRecording recording, HashSet<long> inManifest)
    {
        var own = seals.Where(pair => pair.Key.Device == recording.Device && pair.Key.Epoch == recording.Epoch && pair.Key.Recording == recording.Recording).OrderBy(static pair => pair.Key.Segment).Select(static pair => pair.Value).ToList();
        if (own.Count == 0)
            throw new InvalidOperationException($"{recording.Device} epoch {recording.Epoch} has no recording {recording.Recording} in this folder: look at its numbers with 'bodycam timeline' or /status.");
        var final = own.FirstOrDefault(static seal => seal.Flags.HasFlag(SealFlags.Final));
        var isWhole = final is not null && final.SegmentCount == own.Count;
        var completeness = isWhole && inManifest.Contains(recording.Recording) ? "shown" : isWhole ? "final_seal_only" : "not_yet_shown";
        return new ManifestRecording(recording.Device.Text, recording.Epoch, recording.Recording, (uint)own[0].Activity, own.Count, final?.SegmentCount ?? 0, completeness);
    }

    private IEnumerable<JsonElement> LinesOf(SegmentKey key) => JournalReader.Lines(File.ReadAllBytes(Path.Combine(dataFolder, "segments", key.RelativePath + ".mkv")));

    private static DateTimeOffset? Wall(ulong us) => us == 0 ? null : DateTimeOffset.UnixEpoch.AddTicks((long)us * 10);
}

/// <summary>On which side each hash of an inclusion proof stands (RFC 9162 §2.1.3.2).</summary>
internal static class ProofSides
{
    public static IEnumerable<(char Side, byte[] Hash)> Of(long index, long size, IReadOnlyList<byte[]> proof)
    {
        var (node, last) = (index, size - 1);
        foreach (var hash in proof)
        {
            if ((node & 1) == 1 || node == last)
            {
                yield return ('L', hash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                yield return ('R', hash);
            }

            (node, last) = (node >> 1, last >> 1);
        }
    }
}
