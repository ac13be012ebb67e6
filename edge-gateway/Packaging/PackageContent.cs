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

/// <summary>Gathers what belongs to the recordings: their segments, the journal of the same epochs, and the leaves that speak of them.</summary>
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

    /// <summary>Takes them in; every segment that the log has of a recording must be here.</summary>
    public void Take(IReadOnlyList<PackagedRecording> wanted)
    {
        var recordings = wanted.Distinct().ToList();
        var epochs = recordings.Select(static recording => (recording.Device, recording.Epoch)).ToHashSet();
        var found = new Dictionary<SegmentKey, long>();
        var manifests = new List<SegmentKey>();
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

            if (!DeviceId.TryParse(record.Text("device"), out var device))
                continue;
            var key = new SegmentKey(device, (uint)record.Number("epoch"), (uint)record.Number("recording"), (uint)record.Number("segment"));
            var isWanted = recordings.Contains(new PackagedRecording(device, key.Epoch, key.Recording));
            var isJournal = key.Recording == 0 && epochs.Contains((device, key.Epoch));
            if (!isWanted && !isJournal && !(stored.Type == "epoch" && epochs.Contains((device, key.Epoch))))
                continue;
            AddLeaf(stored);
            if (stored.Type == "segment" && record.Text("state") != "damaged")
                found.TryAdd(key, stored.Sequence);
            if (stored.Type == "manifest" && record.TryGetProperty("complete", out var complete) && complete.GetBoolean())
                manifests.Add(key);
        }

        foreach (var key in found.Keys)
            TakeSegment(key);
        NewestSegmentLeaf = found.Values.DefaultIfEmpty(0).Max();
        var lines = manifests.SelectMany(ManifestLines).ToHashSet();
        foreach (var recording in recordings)
            Recordings.Add(Describe(recording, lines));
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

    private void TakeSegment(SegmentKey key)
    {
        var stem = Path.Combine(dataFolder, "segments", key.RelativePath);
        if (!File.Exists(stem + ".mkv") || !File.Exists(stem + ".seal") || Seal.TryParse(File.ReadAllBytes(stem + ".seal"), out var seal) != RefusalReason.None)
        {
            throw new InvalidOperationException(File.Exists(stem + ".purged")
                ? $"{key} was purged by certificate: a package of it cannot be made any more."
                : $"{key} is in the log and its original or seal is not here: run 'bodycam verify', restore it from the archive, and try again.");
        }

        Segments.Add(key);
        seals[key] = seal!;
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

    private ManifestRecording Describe(PackagedRecording recording, HashSet<(DeviceId Device, uint Epoch, long Recording)> inManifest)
    {
        var own = seals.Where(pair => pair.Key.Device == recording.Device && pair.Key.Epoch == recording.Epoch && pair.Key.Recording == recording.Recording).OrderBy(static pair => pair.Key.Segment).Select(static pair => pair.Value).ToList();
        if (own.Count == 0)
            throw new InvalidOperationException($"{recording.Device} epoch {recording.Epoch} has no recording {recording.Recording} in this folder: look at its numbers with 'bodycam timeline' or /status.");
        var final = own.FirstOrDefault(static seal => seal.Flags.HasFlag(SealFlags.Final));
        var isWhole = final is not null && final.SegmentCount == own.Count;
        var completeness = isWhole && inManifest.Contains((recording.Device, recording.Epoch, recording.Recording)) ? "shown" : isWhole ? "final_seal_only" : "not_yet_shown";
        return new ManifestRecording(recording.Device.Text, recording.Epoch, recording.Recording, (uint)own[0].Activity, own.Count, final?.SegmentCount ?? 0, completeness);
    }

    private IEnumerable<(DeviceId Device, uint Epoch, long Recording)> ManifestLines(SegmentKey key)
    {
        var path = Path.Combine(dataFolder, "segments", key.RelativePath + ".mkv");
        return File.Exists(path) ? JournalReader.Lines(File.ReadAllBytes(path)).Where(static line => line.Number("recording") > 0).Select(line => (key.Device, key.Epoch, line.Number("recording"))).ToList() : [];
    }

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
