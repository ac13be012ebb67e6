using System.Text;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;
using BodyCam.Ingest;
using BodyCam.Log;
using static BodyCam.Simulation.Tests.Must;

namespace BodyCam.Simulation.Tests;

/// <summary>Everything that must hold after each reboot and at the end, looked at whole.</summary>
internal sealed class WholeCheck(SimGateway gateway, SimRecorder recorder, Truth truth, Tally tally)
{
    private int logChecks;
    private bool isOver;
    private Dictionary<SegmentKey, ReceiptState> lacking = [];

    /// <summary>What has a receipt is there, whole, in the catalog and once in the log; the log is one that continues every promise; sums are exact.</summary>
    public void OfGateway()
    {
        var counts = truth.RecordsOfSeals(gateway.Ingest.Checkpoint.Checkpoint);
        var rows = truth.Segments.Keys.Select(static key => key.Epoch).Distinct().SelectMany(epoch => gateway.Ingest.Catalog.Segments(SimGateway.Device, epoch)).ToDictionary(static row => row.Key);
        lacking = gateway.Ingest.Catalog.Lacking().ToDictionary(static row => row.Key, static row => row.State);
        foreach (var (key, segment) in truth.Segments)
        {
            var row = rows.GetValueOrDefault(key);
            var count = counts.GetValueOrDefault(segment.SealText);
            Require(count == (row is null && !IsLacking(key, segment) ? 0 : 1), $"{key} stands {count} times in the log and {(row is null ? "not" : "once")} in the catalog.");
            if (segment.Issued.Count == 0)
                continue;
            Require(row is not null && row.SealDigest.AsSpan().SequenceEqual(segment.Seal.SealDigest), $"{key} has a receipt and no row.");
            if (!segment.IsRotten)
                truth.CheckOnDevice(key, segment, row!.State);
        }

        CheckSums(rows);
        CheckLinks(rows);
        CheckLog();
    }

    // In the log, and its row waits for the seal, as the one that stands has a rotten byte: no receipt was given for it.
    private bool IsLacking(SegmentKey key, Sealed segment)
    {
        if (!lacking.TryGetValue(key, out var state))
            return false;
        var path = $"{(state == ReceiptState.Damaged ? "damaged" : "segments")}/{key.RelativePath}.seal";
        Require(segment.Issued.Count == 0 && gateway.Verbs.Exists(path) && !gateway.Verbs.ReadWhole(path).AsSpan().SequenceEqual(segment.Seal.Raw), $"{key} lacks its seal, which is there.");
        return true;
    }

    /// <summary>What has arrived of open segments is on the device after the upkeep of every 5 s, with its notes.</summary>
    public void OfArriving()
    {
        foreach (var path in gateway.Verbs.Files("parts").Where(static path => path.EndsWith(".chunks", StringComparison.Ordinal)))
        {
            var notes = gateway.Disk.Find($"{gateway.Folder}/{path}")!.File!;
            var name = Path.ChangeExtension(path, ".part");
            if (gateway.Disk.Find($"{gateway.Folder}/{name}")?.File is not { } part)
                continue;
            for (var at = 0; at + 40 <= notes.Length; at += 40)
            {
                var note = notes.Seen.Slice(at, 40);
                var from = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(note) * 4096;
                var to = from + System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(note[4..]);
                if (from < 0 || to <= from || to > part.Length || !Core.Seals.Digests.ChunkMatches(part.Seen[from..to], note[8..]))
                    continue; // spoiled meanwhile, and asked for again
                Require(OnDevice(path) is { } kept && Holds(kept.OnDevice, note), $"{path} is 5 s old and not on the device.");
                Require(OnDevice(name) is { } there && there.OnDevice.Length >= to && there.OnDevice[from..to].SequenceEqual(part.Seen[from..to]), $"{name} has arrived up to {to}, 5 s are over, and it is not on the device.");
            }
        }
    }

    // At its place, or again behind it: after a sync that found no room it is noted once more.
    private static bool Holds(ReadOnlySpan<byte> notes, ReadOnlySpan<byte> note)
    {
        for (var at = 0; at + note.Length <= notes.Length; at += note.Length)
        {
            if (notes.Slice(at, note.Length).SequenceEqual(note))
                return true;
        }

        return false;
    }

    private SimFile? OnDevice(string path) => gateway.Disk.Find($"{gateway.Folder}/{path}", onDevice: true)?.File;

    /// <summary>What has no receipt is still on the card; what the card let go of has one.</summary>
    public void OfRecorder()
    {
        foreach (var (key, segment) in truth.Segments)
        {
            var state = recorder.StateOf(key);
            if (state is SegmentStates.Receipted or SegmentStates.Archived or SegmentStates.Erased)
                Require(segment.Issued.Count > 0, $"{key} is receipted on the card and got no receipt.");
            if (state == SegmentStates.Erased)
                tally.State("freed on the card");
            if (segment.Issued.Count == 0 && !segment.IsSpoiled && state != SegmentStates.None)
                Require(recorder.Card.Read(PathOf(key)) is { } bytes && bytes.AsSpan(0, Math.Min(bytes.Length, segment.Bytes.Length)).SequenceEqual(segment.Bytes), $"{key} has no receipt and is gone from the card.");
        }
    }

    /// <summary>At the end: the catalog is what its rebuild gives, nothing is left in parts, every picture is where it was put.</summary>
    public void AtTheEnd()
    {
        isOver = true;
        OfGateway();
        OfRecorder();
        foreach (var (key, segment) in truth.Segments)
        {
            Require(segment.Issued.Count > 0, $"{key} never got a receipt.");
            Require(!gateway.Verbs.Exists($"parts/{key.PartPath}.part") && !gateway.Verbs.Exists($"parts/{key.PartPath}.seal"), $"{key} is stored and still stands in parts.");
        }

        var manifests = gateway.Ingest.Catalog.Manifests(SimGateway.Device).Select(static row => new SegmentKey(row.Device, row.Epoch, 0, row.Segment)).ToHashSet();
        foreach (var (key, segment) in truth.Segments.Where(static pair => pair.Value.Seal.Kind == SegmentKind.Manifest))
            Require(manifests.Contains(key) || gateway.Ingest.Catalog.Find(key)!.State == ReceiptState.Damaged, $"{key} is a shift manifest, and was never read.");
        CheckAside();
        using var rebuilt = SqliteCatalog.Open(":memory:");
        CatalogReplay.Run(rebuilt, gateway.Reader, gateway.Ingest.Checkpoint.Checkpoint.Size, gateway.Verbs);
        foreach (var catalog in new[] { rebuilt, gateway.Ingest.Catalog })
            Require(catalog.Lacking().Count == 0, $"The catalog lacks the seals of {string.Join(", ", catalog.Lacking().Select(static row => row.Key))}.");
        foreach (var epoch in rebuilt.Epochs())
        {
            var (standing, made) = (gateway.Ingest.Catalog.Segments(epoch.Device, epoch.Epoch), rebuilt.Segments(epoch.Device, epoch.Epoch));
            Require(standing.Select(Text).SequenceEqual(made.Select(Text)), $"The catalog of epoch {epoch.Epoch} is not what its rebuild gives.");
        }

        foreach (var epoch in gateway.Ingest.Catalog.Epochs().GroupBy(static row => (row.Device, row.Epoch)))
            Require(epoch.Count() == 1, $"Epoch {epoch.Key.Epoch} was given twice.");
        CheckPictures();
    }

    // Nothing is believed that the recorder did not seal; each tail in the log is kept as it was.
    private void CheckAside()
    {
        foreach (var path in gateway.Verbs.Files("parts").Where(static path => path.EndsWith(".seal", StringComparison.Ordinal)))
            Require(SegmentKey.TryParsePath(path["parts/".Length..], out var key) && truth.Segments.ContainsKey(key), $"{path} is kept, and the recorder never made such a seal.");
        var tails = gateway.Verbs.Files("orphans").Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal)).Select(path => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(gateway.Verbs.ReadWhole(path)))).ToHashSet(StringComparer.Ordinal);
        foreach (var record in gateway.Reader.ReadRecords(0, gateway.Ingest.Checkpoint.Checkpoint.Size).Where(static record => record.Type == "orphan"))
        {
            using var json = System.Text.Json.JsonDocument.Parse(record.Utf8Json!);
            Require(tails.Contains(json.RootElement.GetProperty("sha256").GetString()!), $"The tail of record {record.Sequence} is not kept as it was: {json.RootElement}");
        }
    }

    private static string Text(SegmentRow row) => $"{row.Key} {row.State} {Convert.ToHexString(row.SealDigest)} {Convert.ToHexString(row.PreviousDigest)} {Convert.ToHexString(row.Sha256)} {row.Bytes} {row.Flags} {row.StopReason} {row.FrameCount} {row.StartUs} {row.EndUs} {row.StoredAtUs} {row.LogSequence}";

    private static string PathOf(SegmentKey key) => $"D:\\bodycam\\e{key.Epoch}\\r{key.Recording}\\{key.Segment}.mkv";

    // Seconds, frames and bytes of each recording are exactly those that the recorder sealed and the gateway has.
    private void CheckSums(Dictionary<SegmentKey, SegmentRow> segments)
    {
        var rows = gateway.Ingest.Catalog.Recordings(SimGateway.Device).ToDictionary(static row => ((uint)row.Epoch, (uint)row.Recording));
        var sums = new Dictionary<(uint Epoch, uint Recording), (long Us, long Frames, long Stored, long Damaged)>();
        foreach (var (key, segment) in truth.Segments.Where(static pair => pair.Key.Recording > 0))
        {
            if (!segments.TryGetValue(key, out var row))
                continue;
            var damaged = row.State == ReceiptState.Damaged;
            var sum = sums.GetValueOrDefault((key.Epoch, key.Recording));
            sums[(key.Epoch, key.Recording)] = (sum.Us + (long)(segment.Seal.EndMonotonicUs - segment.Seal.StartMonotonicUs), sum.Frames + segment.Seal.FrameCount, sum.Stored + (damaged ? 0 : 1), sum.Damaged + (damaged ? 1 : 0));
        }

        Require(rows.Count == sums.Count, $"The catalog knows {rows.Count} recordings, the recorder {sums.Count}.");
        foreach (var (place, sum) in sums)
        {
            var said = rows[place];
            Require(said.RecordedUs == sum.Us && said.Frames == sum.Frames && said.Segments == sum.Stored && said.Damaged == sum.Damaged, $"Epoch {place.Epoch} recording {place.Recording}: the gateway sums {said.RecordedUs} µs, {said.Frames} frames, {said.Segments} segments; the recorder {sum.Us} µs, {sum.Frames} frames, {sum.Stored} segments.");
        }
    }

    // A link is pending exactly when its predecessor is not here.
    private void CheckLinks(Dictionary<SegmentKey, SegmentRow> segments)
    {
        var here = truth.Segments.Where(pair => segments.ContainsKey(pair.Key)).ToList();
        var digests = here.Select(static pair => (pair.Key.Epoch, pair.Value.SealText)).ToHashSet();
        var expected = here.Where(pair => pair.Value.PreviousText is { } previous && !digests.Contains((pair.Key.Epoch, previous))).Select(static pair => pair.Key).Order().ToList();
        var said = gateway.Ingest.Catalog.PendingLinks(1000).Select(static row => row.Key).Order().ToList();
        Require(said.SequenceEqual(expected), $"Pending links: the gateway says {string.Join(", ", said)}; it is {string.Join(", ", expected)}.");
        if (expected.Count > 0)
            tally.State("pending link");
        else if (here.Count > 1)
            tally.State("link completed");
    }

    // Each second time: the tree of the receipts looks at every leaf as it comes.
    private void CheckLog()
    {
        if (++logChecks % 2 == 0 && !isOver)
            return;
        var audit = LogAudit.Run(gateway.Folder + "/log", LogPublicKey.From(gateway.Key.Ecdsa), [.. truth.Promised.TakeLast(8)], gateway.LogFiles);
        Require(audit.Faults.Count == 0, $"The log: {string.Join("; ", audit.Faults.Take(3).Select(static fault => $"{fault.Path} {fault.What}"))}");
        if (audit.Signed!.Checkpoint.Size >= 256)
            tally.State("full bundle of the log");
    }

    // Each picture that the writer took stands where it was put, in order, as it was, and no other; the seal counts them.
    // A recovered segment ends where the cut came, and may differ in one thing: a write that the card had not confirmed when the power went, in the part for which its seal vouches by no authenticator.
    private void CheckPictures()
    {
        foreach (var (place, given) in recorder.Given)
        {
            Require(truth.Segments.TryGetValue(place, out var segment) || !given.Exists(static picture => picture.IsWhole), $"{place} holds pictures and was never sealed.");
            if (segment is null || segment.IsSpoiled)
                continue;
            var blocks = SegmentReader.Read(segment.Bytes).Blocks.Where(static block => block.Track == SegmentContent.PictureTrack).ToList();
            Require(blocks.Count == segment.Seal.FrameCount, $"The seal of {place} counts {segment.Seal.FrameCount} pictures; there are {blocks.Count}.");
            var isRecovered = segment.Seal.Flags.HasFlag(Core.Seals.SealFlags.Recovered);
            var expected = isRecovered ? given : given.Where(static picture => picture.IsWhole).ToList();
            Require(isRecovered ? blocks.Count <= expected.Count : blocks.Count == expected.Count, $"{place} was given {expected.Count} pictures and holds {blocks.Count}.");
            for (var index = 0; index < blocks.Count; index++)
            {
                var (offset, length) = (blocks[index].Offset, blocks[index].Length);
                Require(expected[index].Digest == Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(segment.Bytes.AsSpan(offset, length))) || segment.CanBeTorn(offset, offset + length), $"{place} holds a picture that was not given, or out of order.");
            }
        }
    }
}
