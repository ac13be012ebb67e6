using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>What a verification of a package came to.</summary>
/// <param name="Verdict">What may be claimed.</param>
/// <param name="Findings">Everything found, in the order of the checks: the first error is the first broken thing.</param>
/// <param name="Manifest">What the package says of itself; null when that cannot be read.</param>
/// <param name="SegmentCount">Segments checked.</param>
/// <param name="LeafCount">Leaves proved.</param>
/// <param name="AnchorSize">Newest checkpoint from outside that the log in the package continues; 0 = none.</param>
public sealed record PackageReport(VerifyVerdict Verdict, IReadOnlyList<Finding> Findings, PackageManifest? Manifest, int SegmentCount, int LeafCount, long AnchorSize);

/// <summary>Checks an evidence package offline: names and sums, signature, originals and seals, what the log has of them, chain and completeness, anchors from outside.</summary>
public sealed class PackageVerifier
{
    private readonly PackageFiles files;
    private readonly VerifyOptions options;
    private readonly List<Finding> findings = [];
    private readonly Dictionary<SegmentKey, JsonElement> records = [];
    private readonly List<ECDsa> formerKeys = [];
    private ECDsa? key;

    private PackageVerifier(PackageFiles files, VerifyOptions options) => (this.files, this.options) = (files, options);

    /// <summary>Verifies a ZIP, or the folder that it was unpacked into; reads only.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static PackageReport Run(string path, VerifyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var files = PackageFiles.Open(path);
        return new PackageVerifier(files, options).Run();
    }

    /// <summary>True when a path looks like a package: a file, or a folder with a manifest and sums.</summary>
    public static bool IsPackage(string path) => File.Exists(path) || (File.Exists(Path.Combine(path, PackageNames.Sums)) && File.Exists(Path.Combine(path, PackageNames.Manifest)));

    private PackageReport Run()
    {
        try
        {
            CheckSums();
            var manifest = ReadManifest();
            var given = ReadKeys();
            CheckSignature();
            var (checkpoint, anchorSize, isVouched) = CheckLog();
            var leaves = CheckLeaves(checkpoint);
            var segments = CheckSegments();
            CheckChains(segments);
            CheckManifest(manifest, segments, checkpoint);
            var failed = findings.Exists(static finding => finding.Severity == FindingSeverity.Error);
            var verdict = failed ? VerifyVerdict.Failed : given || isVouched ? VerifyVerdict.Verified : VerifyVerdict.ConsistentSignerNotEstablished;
            return new PackageReport(verdict, findings, manifest, segments.Count, leaves, anchorSize);
        }
        finally
        {
            key?.Dispose();
            formerKeys.ForEach(static former => former.Dispose());
        }
    }

    private void Error(string code, string? path, string message, SegmentKey? segment = null) => findings.Add(new Finding(code, FindingSeverity.Error, segment, path, null, message));

    private void Warn(string code, string? path, string message, SegmentKey? segment = null) => findings.Add(new Finding(code, FindingSeverity.Warning, segment, path, null, message));

    private void CheckSums()
    {
        foreach (var name in files.BadNames)
            Error("bad_name", name, $"'{name}' stands twice or leads out of the package. Do not unpack it; ask for another copy.");
        if (files.Read(PackageNames.Sums) is not { } sums)
        {
            Error("file_missing", PackageNames.Sums, "SHA256SUMS is missing: nothing says what belongs to the package.");
            return;
        }

        var listed = new HashSet<string>([PackageNames.Sums, PackageNames.Signature], StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(sums).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 67 || line[64..66] != "  " || !listed.Add(line[66..]))
            {
                Error("sums_unreadable", PackageNames.Sums, $"SHA256SUMS has a line that is none: {line[..Math.Min(line.Length, 80)]}");
                continue;
            }

            var name = line[66..];
            if (files.Read(name) is not { } bytes)
                Error("file_missing", name, $"{name} is listed and is not there or cannot be read. Look for it on the other disc.");
            else if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(bytes)), line[..64], StringComparison.Ordinal))
                Error("file_changed", name, $"{name} is not what SHA256SUMS says: it was changed or damaged. Look at the other disc.");
        }

        foreach (var name in files.Names.Where(name => !listed.Contains(name)).Order(StringComparer.Ordinal))
            Error("file_unlisted", name, $"{name} is not listed: it was put here.");
    }

    private PackageManifest? ReadManifest()
    {
        try
        {
            if (files.Read(PackageNames.Manifest) is { } bytes && JsonSerializer.Deserialize<PackageManifest>(bytes, PackageManifest.Json) is { Recordings: not null } manifest)
                return manifest;
        }
        catch (JsonException)
        {
            // Said below.
        }

        Error("manifest_unreadable", PackageNames.Manifest, "manifest.json is missing or cannot be read.");
        return null;
    }

    // Returns true when the key came from outside and is the package's.
    private bool ReadKeys()
    {
        key = files.Read(PackageNames.Key) is { } own ? KeyOf(Encoding.UTF8.GetString(own)) : null;
        if (key is null)
            Error("file_missing", PackageNames.Key, "gateway.pem is missing or no P-256 key.");
        foreach (var name in files.Names.Where(static name => name.StartsWith("gateway-", StringComparison.Ordinal) && name.EndsWith(".pem", StringComparison.Ordinal)))
        {
            if (KeyOf(Encoding.UTF8.GetString(files.Read(name) ?? [])) is { } former)
                formerKeys.Add(former);
        }

        if (options.GatewayKeyPem is null)
            return false;
        using var given = KeyOf(options.GatewayKeyPem);
        if (given is null)
            Error("anchor_unreadable", null, "The gateway key that was given is no P-256 key in PEM. Give gateway.pem as it was kept elsewhere.");
        else if (key is null || !given.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            Error("key_differs", PackageNames.Key, "The package was signed by another key than the one that was given.");
        else
            return true;
        return false;
    }

    private void CheckSignature()
    {
        if (key is null || files.Read(PackageNames.Sums) is not { } sums)
            return;
        if (files.Read(PackageNames.Signature) is not { } signature || !key.VerifyData(sums, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
            Error("signature", PackageNames.Signature, "The signature over SHA256SUMS does not hold under the package's key.");
    }

    private (Checkpoint? Checkpoint, long AnchorSize, bool IsVouched) CheckLog()
    {
        var note = files.Read(PackageNames.Checkpoint);
        if (note is null || key is null || CheckpointNote.Verify(note, LogPublicKey.From(key), out var checkpoint) != CheckpointVerdict.Valid || checkpoint is null)
        {
            Error("checkpoint", PackageNames.Checkpoint, "The log's checkpoint is missing or not signed by the package's key.");
            return (null, 0, false);
        }

        var anchors = new PackageAnchors(files.Read(PackageNames.LeafHashes), checkpoint, key);
        anchors.Check(options, findings);
        return (checkpoint, anchors.NewestSize, anchors.IsVouched);
    }

    // Each leaf: the record is what the entry commits to, and the entry stands in the tree.
    private int CheckLeaves(Checkpoint? checkpoint)
    {
        var count = 0;
        foreach (var entryName in files.Names.Where(static name => name.StartsWith(PackageNames.Leaves, StringComparison.Ordinal) && name.EndsWith(".entry", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var stem = entryName[..^".entry".Length];
            var entry = files.Read(entryName) is { } bytes ? LogEntry.Parse(bytes) : null;
            var (record, salt, proof) = (files.Read(stem + ".record"), files.Read(stem + ".salt"), ReadProof(stem + ".proof"));
            if (entry is null || record is null || salt is null || proof is null)
                Error("leaf_unreadable", stem, $"{stem}: entry, record, salt or proof is missing or cannot be read.");
            else if (!LogEntry.Commit(salt, record).AsSpan().SequenceEqual(entry.Commitment))
                Error("record_changed", stem + ".record", $"{stem}.record is not what its leaf commits to.");
            else if (checkpoint is null || entry.Sequence >= checkpoint.Size || !MerkleProof.VerifyInclusion(entry.Sequence, checkpoint.Size, entry.LeafHash(), proof, checkpoint.Root))
                Error("leaf_not_in_log", stem + ".proof", $"Leaf {entry.Sequence} is not proved to stand in the log of the checkpoint.");
            else if (!Enter(entry, record))
                Error("record_unreadable", stem + ".record", $"{stem}.record does not say what a record of type '{entry.Type}' says.");
            else
                count++;
        }

        return count;
    }

    private bool Enter(LogEntry entry, byte[] record)
    {
        try
        {
            var root = JsonDocument.Parse(record).RootElement;
            if (root.Text("type") != entry.Type)
                return false;
            if (entry.Type == "segment" && DeviceId.TryParse(root.Text("device"), out var device))
                records.TryAdd(new SegmentKey(device, (uint)root.Number("epoch"), (uint)root.Number("recording"), (uint)root.Number("segment")), root);
            return true;
        }
        catch (JsonException)
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

    private SortedDictionary<SegmentKey, Seal> CheckSegments()
    {
        var seals = new SortedDictionary<SegmentKey, Seal>();
        var names = files.Names.Where(static name => name.StartsWith("segments/", StringComparison.Ordinal)).Select(static name => name["segments/".Length..]);
        foreach (var key in names.Where(static name => name.EndsWith(".mkv", StringComparison.Ordinal) || name.EndsWith(".seal", StringComparison.Ordinal)).Select(static name => (IsKey: SegmentKey.TryParsePath(name, out var key), Key: key)).Where(static row => row.IsKey).Select(static row => row.Key).Distinct().Order())
        {
            if (CheckSegment(key) is { } seal)
                seals[key] = seal;
        }

        foreach (var missing in records.Where(pair => !seals.ContainsKey(pair.Key) && pair.Value.Text("state") != "damaged" && !findings.Exists(finding => finding.Segment == pair.Key)).Select(static pair => pair.Key).Order())
            Error("segment_missing", $"segments/{missing.RelativePath}.mkv", $"{missing}: the log has it and the package has not.", missing);
        return seals;
    }

    private Seal? CheckSegment(SegmentKey segment)
    {
        var stem = "segments/" + segment.RelativePath;
        if (files.Read(stem + ".mkv") is not { } bytes || files.Read(stem + ".seal") is not { } raw || Seal.TryParse(raw, out var seal) != RefusalReason.None || seal!.Key != segment)
        {
            Error("segment_unreadable", stem, $"{segment}: original or seal is missing, or the seal is of something else.", segment);
            return null;
        }

        if (!records.TryGetValue(segment, out var record))
            Error("not_in_log", stem, $"{segment}: no leaf of the package speaks of it.", segment);
        else if (!string.Equals(record.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(bytes)), StringComparison.Ordinal))
            Error("bytes_differ", stem + ".mkv", $"{segment}: the original is not the one in the log.", segment);
        else if (!string.Equals(record.Text("sealDigest"), Convert.ToHexStringLower(seal.SealDigest), StringComparison.Ordinal))
            Error("seal_differs", stem + ".seal", $"{segment}: the seal is not the one in the log.", segment);
        else if (!SignedByGateway(record))
            Error("record_signature", stem, $"{segment}: the gateway's signature in the log record does not hold.", segment);
        if (!Covered(seal, bytes))
            Error("seal_mismatch", stem + ".seal", $"{segment}: the seal's digest does not cover these bytes.", segment);
        var tags = SegmentReader.Read(bytes).Tags;
        if (Contradicts(tags, "BODYCAM_DEVICE", segment.Device.Text) || Contradicts(tags, "BODYCAM_EPOCH", segment.Epoch.ToString(CultureInfo.InvariantCulture)) || Contradicts(tags, "BODYCAM_RECORDING", segment.Recording.ToString(CultureInfo.InvariantCulture)))
            Error("spliced", stem + ".mkv", $"{segment}: the file's own tags name another recorder, epoch or recording.", segment);
        return seal;
    }

    private static bool Contradicts(IReadOnlyDictionary<string, string> tags, string name, string expected) => tags.TryGetValue(name, out var said) && !string.Equals(said, expected, StringComparison.Ordinal);

    private static bool Covered(Seal seal, byte[] bytes)
    {
        if ((ulong)bytes.LongLength != seal.CoveredBytes)
            return false;
        var digests = new byte[seal.ChunkCount * Digests.Bytes];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * Digests.Bytes, Digests.Bytes));
        return seal.Covers(digests);
    }

    private bool SignedByGateway(JsonElement record)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{record.Text("sealDigest")}\n{record.Text("sha256")}\n{record.Text("state")}\n{record.Number("storedAtUs")}\n"));
        return record.TryGetProperty("signature", out var given) && given.TryGetBytesFromBase64(out var signature)
            && formerKeys.Prepend(key).OfType<ECDsa>().Any(each => each.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private void CheckChains(SortedDictionary<SegmentKey, Seal> seals)
    {
        foreach (var recording in seals.Values.Where(static seal => seal.Key.Recording > 0).GroupBy(static seal => (seal.Key.Device, seal.Key.Epoch, seal.Key.Recording)))
        {
            Seal? before = null;
            foreach (var seal in recording)
            {
                if (seal.Key.Segment != (before?.Key.Segment ?? 0) + 1)
                    Error("gap", $"segments/{seal.Key.RelativePath}.seal", $"{seal.Key}: a segment before it is missing.", seal.Key);
                else if (before is not null && !seal.PreviousSealDigest.SequenceEqual(before.SealDigest))
                    Error("chain", $"segments/{seal.Key.RelativePath}.seal", $"{seal.Key}: it does not name the seal before it.", seal.Key);
                before = seal;
            }

            if (before is { IsFinal: true } final && final.SegmentCount != recording.Count())
                Error("gap", null, $"{recording.Key.Device} epoch {recording.Key.Epoch} recording {recording.Key.Recording}: its final seal counts {final.SegmentCount} segments, the package has {recording.Count()}.", before.Key);
            else if (before is { IsFinal: false })
                Warn("completeness", null, $"{recording.Key.Device} epoch {recording.Key.Epoch} recording {recording.Key.Recording}: completeness not yet shown, there is no final seal.", before.Key);
        }
    }

    // What the package says of itself against what is in it, and against the recorders' shift manifests: a recording of the same activity that is left out is named.
    private void CheckManifest(PackageManifest? manifest, SortedDictionary<SegmentKey, Seal> seals, Checkpoint? checkpoint)
    {
        if (manifest is null)
            return;
        if (checkpoint is not null && manifest.LogSize != checkpoint.Size)
            Error("manifest_differs", PackageNames.Manifest, "manifest.json names another size of the log than the checkpoint.");
        var here = seals.Keys.Where(static segment => segment.Recording > 0).GroupBy(static segment => (segment.Device.Text, segment.Epoch, segment.Recording)).ToDictionary(static group => group.Key, static group => group.Count());
        foreach (var recording in manifest.Recordings)
        {
            if (!here.Remove((recording.Device, recording.Epoch, recording.Recording), out var count) || count != recording.Segments)
                Error("manifest_differs", PackageNames.Manifest, $"manifest.json names {recording.Segments} segments of {recording.Device} epoch {recording.Epoch} recording {recording.Recording}; the package has {count}.");
        }

        foreach (var extra in here.Keys)
            Error("manifest_differs", PackageNames.Manifest, $"{extra.Text} epoch {extra.Epoch} recording {extra.Recording} is in the package and not in manifest.json.");
        var spoken = new HashSet<(string Device, uint Epoch, long Recording)>();
        foreach (var line in seals.Values.Where(static seal => seal.Kind == SegmentKind.Manifest).SelectMany(ManifestLines))
        {
            spoken.Add((line.Device, line.Epoch, line.Recording));
            var isOfActivity = manifest.Recordings.Any(recording => recording.Device == line.Device && recording.Epoch == line.Epoch && recording.Activity == line.Activity);
            if (isOfActivity && !manifest.Recordings.Any(recording => recording.Device == line.Device && recording.Epoch == line.Epoch && recording.Recording == line.Recording))
                Error("recording_left_out", null, $"{line.Device} epoch {line.Epoch} recording {line.Recording} belongs to the same activity by the recorder's shift manifest and is not in the package.");
        }

        foreach (var recording in manifest.Recordings.Where(recording => !spoken.Contains((recording.Device, recording.Epoch, recording.Recording))))
            Warn("completeness", null, $"{recording.Device} epoch {recording.Epoch} recording {recording.Recording}: completeness not yet shown, no shift manifest in the package speaks of it.");
    }

    private IEnumerable<(string Device, uint Epoch, long Recording, long Activity)> ManifestLines(Seal seal) =>
        files.Read($"segments/{seal.Key.RelativePath}.mkv") is { } bytes
            ? JournalReader.Lines(bytes).Where(static line => line.Number("recording") > 0).Select(line => (seal.Key.Device.Text, seal.Key.Epoch, line.Number("recording"), line.Number("activity"))).ToList()
            : [];

    internal static ECDsa? KeyOf(string pem)
    {
        var made = ECDsa.Create();
        try
        {
            made.ImportFromPem(pem);
            if (made.KeySize == 256)
                return made;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            // No key.
        }

        made.Dispose();
        return null;
    }
}
