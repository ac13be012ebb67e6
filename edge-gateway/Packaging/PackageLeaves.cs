using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Proves the leaves of a package: the record is what the entry commits to, and the entry stands in the tree. What is not proved says nothing.</summary>
internal sealed class PackageLeaves(PackageFiles files, List<Finding> findings)
{
    /// <summary>The proved <c>segment</c> records; the first of a segment counts.</summary>
    public Dictionary<SegmentKey, SegmentRecord> Segments { get; } = [];

    /// <summary>The proved <c>key</c> records in the order of the log.</summary>
    public List<StoredRecord> KeyRecords { get; } = [];

    /// <summary>Leaves proved.</summary>
    public int Count { get; private set; }

    public void Prove(Checkpoint checkpoint)
    {
        foreach (var entryName in files.Names.Where(static name => name.StartsWith(PackageNames.Leaves, StringComparison.Ordinal) && name.EndsWith(".entry", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var stem = entryName[..^".entry".Length];
            var entry = files.Read(entryName) is { } bytes ? LogEntry.Parse(bytes) : null;
            var (record, salt, proof) = (files.Read(stem + ".record"), files.Read(stem + ".salt"), ReadProof(stem + ".proof"));
            if (entry is null || record is null || salt is null || proof is null)
                Error("leaf_unreadable", stem, $"{stem}: entry, record, salt or proof is missing or cannot be read.");
            else if (!LogEntry.Commit(salt, record).AsSpan().SequenceEqual(entry.Commitment))
                Error("record_changed", stem + ".record", $"{stem}.record is not what its leaf commits to.");
            else if (entry.Sequence >= checkpoint.Size || !MerkleProof.VerifyInclusion(entry.Sequence, checkpoint.Size, entry.LeafHash(), proof, checkpoint.Root))
                Error("leaf_not_in_log", stem + ".proof", $"Leaf {entry.Sequence} is not proved to stand in the log of the checkpoint.");
            else if (!Enter(new StoredRecord(entry.Sequence, entry.TimeUs, entry.Type, entry.Commitment, salt, record)))
                Error("record_unreadable", stem + ".record", $"{stem}.record does not say what a record of type '{entry.Type}' says.");
            else
                Count++;
        }

        // A leaf of which only a part is here would go unseen by its entry.
        foreach (var lone in files.Names.Where(name => name.StartsWith(PackageNames.Leaves, StringComparison.Ordinal) && !files.Has(Path.ChangeExtension(name, ".entry"))).Order(StringComparer.Ordinal))
            Error("leaf_unreadable", lone, $"{lone}: its entry is missing.");
    }

    private bool Enter(StoredRecord stored)
    {
        try
        {
            // A member that stands twice says two things, to two readers.
            using var document = JsonDocument.Parse(stored.Utf8Json!, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.Text("type") != stored.Type)
                return false;
            if (stored.Type == KeyChange.Type)
                KeyRecords.Add(stored);
            if (stored.Type != "segment")
                return true;
            if (!DeviceId.TryParse(root.Text("device"), out var device) || !root.TryGetProperty("signature", out var given) || !given.TryGetBytesFromBase64(out var signature))
                return false;
            var key = new SegmentKey(device, (uint)root.Number("epoch"), (uint)root.Number("recording"), (uint)root.Number("segment"));
            Segments.TryAdd(key, new SegmentRecord(key, stored.Sequence, root.Text("sealDigest"), root.Text("sha256"), root.Number("bytes"), root.Text("state"), root.Number("storedAtUs"), signature));
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private List<byte[]>? ReadProof(string name)
    {
        try
        {
            return files.Read(name) is { } bytes ? [.. Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Convert.FromBase64String(line[2..]))] : null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private void Error(string code, string path, string message) => findings.Add(new Finding(code, FindingSeverity.Error, null, path, null, message));
}
