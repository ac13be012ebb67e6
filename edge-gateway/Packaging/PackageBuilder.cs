using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Log;
using BodyCam.Packaging.Forms;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging;

/// <summary>Makes an evidence package from a gateway's data folder: originals, seals, receipts, log proofs, forms, in one ZIP that can be checked without us (DESIGN §7).</summary>
/// <remarks>Stored, not compressed; names in ordinal order and one time for all, so that the same content makes the same bytes but for the signature. ZIP64 when it is large.</remarks>
public static class PackageBuilder
{
    /// <summary>Writes the package.</summary>
    /// <param name="dataFolder">The gateway's data folder, or an archive.</param>
    /// <param name="request">What goes in.</param>
    /// <param name="policy">The agency's rules: which forms; null for none.</param>
    /// <param name="key">The gateway's key.</param>
    /// <param name="to">Seekable; left open.</param>
    /// <exception cref="InvalidOperationException">Something that was asked for is not there; the message says what to do.</exception>
    public static PackageManifest Build(string dataFolder, PackageRequest request, PolicySet? policy, GatewayKey key, Stream to)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(key);
        if (request.Id.Length is 0 or > 64 || request.Id.Any(static c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            throw new InvalidOperationException($"'{request.Id}' is no package id: use 1 to 64 of a-z, 0-9 and '-'.");
        if (request.Recordings.Count == 0)
            throw new InvalidOperationException("A package holds at least one recording: name it.");
        var reader = new LogReader(Path.Combine(dataFolder, "log"));
        var signed = reader.ReadCheckpoint() ?? throw new InvalidOperationException($"{dataFolder} has no log/checkpoint: name a gateway's data folder or an archive.");
        var content = new PackageContent(dataFolder, reader, signed.Checkpoint.Size);
        content.Take(request.Recordings);
        var manifest = new PackageManifest(1, request.Id, request.Title, request.ExtractedAt, key.Id.ToString("x16", CultureInfo.InvariantCulture), signed.Checkpoint.Size, content.Recordings) { Label = DiscLabels.Of(policy, new FormValues(request, content.Facts)) };

        var files = new SortedDictionary<string, Func<Stream>>(StringComparer.Ordinal);
        foreach (var segment in content.Segments)
        {
            foreach (var ending in PackageNames.SegmentEndings.Where(ending => File.Exists(Path.Combine(dataFolder, "segments", segment.RelativePath + ending))))
                files[$"segments/{segment.RelativePath}{ending}"] = () => File.OpenRead(Path.Combine(dataFolder, "segments", segment.RelativePath + ending));
        }

        foreach (var (segment, digests) in content.LeftOut)
        {
            files[$"segments/{segment.RelativePath}.seal"] = () => File.OpenRead(Path.Combine(dataFolder, "segments", segment.RelativePath + ".seal"));
            files[$"segments/{segment.RelativePath}{PackageNames.Digests}"] = () => new MemoryStream(digests);
        }

        foreach (var (name, bytes) in content.Leaves)
            files[PackageNames.Leaves + name] = () => new MemoryStream(bytes);
        // From the log and not from the folder: no other file that is called like a key can come along.
        foreach (var former in KeyHistory.Read(reader, signed.Checkpoint).Changes.Select(static change => change.Old))
            files[$"gateway-{KeyChange.IdOf(former)}.pem"] = () => new MemoryStream(Encoding.ASCII.GetBytes(former.ToPem()));
        foreach (var older in request.OlderCheckpoints)
            AddConsistency(files, reader, signed.Checkpoint, older);
        AddStamps(files, dataFolder, reader, signed.Checkpoint, content.NewestSegmentLeaf);
        if (signed.Checkpoint.Size <= PackageNames.LeafHashesMax)
            files[PackageNames.LeafHashes] = () => new MemoryStream(content.LeafHashes());
        void Text(string name, string text) => files[name] = () => new MemoryStream(Encoding.UTF8.GetBytes(text));
        files[PackageNames.Checkpoint] = () => new MemoryStream(signed.Note);
        Text(PackageNames.Manifest, JsonSerializer.Serialize(manifest, PackageManifest.Json) + "\n");
        Text(PackageNames.Key, key.PublicKeyPem.TrimEnd() + "\n");
        Text(PackageNames.Script, PackageTexts.Script);
        Text(PackageNames.Verify, PackageTexts.Guide);
        Text("custody.json", JsonSerializer.Serialize(request.Custody, PackageManifest.Json) + "\n");
        foreach (var (name, html) in FormSet.Of(request, content.Facts, policy))
            Text("forms/" + name, html);
        foreach (var (name, json) in request.Sidecars)
            Text("sidecar/" + SafeSidecar(name), json);
        var work = request.WithDerivatives ? Directory.CreateTempSubdirectory("bodycam-derivative").FullName : null;
        try
        {
            if (work is not null)
                AddDerivatives(files, dataFolder, content, work);
            Write(files, key, request.ExtractedAt, to);
        }
        finally
        {
            if (work is not null)
                Directory.Delete(work, recursive: true);
        }

        return manifest;
    }

    // The earliest stamp that covers all segments bounds their time best; the newest bounds the rest of the log.
    private static void AddStamps(SortedDictionary<string, Func<Stream>> files, string dataFolder, LogReader reader, Checkpoint newest, long newestLeaf)
    {
        var covering = CheckpointStamps.Read(dataFolder).Where(stamp => stamp.Checkpoint.Size > newestLeaf && stamp.Checkpoint.Size <= newest.Size).ToList();
        foreach (var (checkpoint, note, response) in covering.Take(1).Concat(covering.TakeLast(1)).DistinctBy(static stamp => stamp.Checkpoint.Size))
        {
            var stem = PackageNames.Stamps + CheckpointStamps.Stem(checkpoint.Size);
            files[stem + ".note"] = () => new MemoryStream(note);
            files[stem + ".tsr"] = () => new MemoryStream(response);
            AddConsistency(files, reader, newest, note);
        }
    }

    private static void AddDerivatives(SortedDictionary<string, Func<Stream>> files, string dataFolder, PackageContent content, string work)
    {
        var list = new List<object>();
        foreach (var recording in content.Segments.Where(static key => key.Recording > 0).GroupBy(static key => (Device: key.Device.Text, key.Epoch, key.Recording)))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{recording.Key.Device}-{recording.Key.Epoch}-{recording.Key.Recording}.DERIVATIVE");
            var path = Path.Combine(work, id + ".mp4");
            Derivatives.Make([.. recording.Select(key => Path.Combine(dataFolder, "segments", key.RelativePath + ".mkv"))], string.Create(CultureInfo.InvariantCulture, $"{recording.Key.Device} epoch {recording.Key.Epoch} recording {recording.Key.Recording}"), path);
            files[$"{Derivatives.Folder}{id}.mp4"] = () => File.OpenRead(path);
            list.Add(new { id, isOriginal = false, mark = Derivatives.Mark, of = recording.Select(static key => $"segments/{key.RelativePath}.mkv") });
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(list, PackageManifest.Json);
        files[Derivatives.Folder + "derivatives.json"] = () => new MemoryStream(json);
    }

    private static void AddConsistency(SortedDictionary<string, Func<Stream>> files, LogReader reader, Checkpoint newest, byte[] note)
    {
        if (CheckpointNote.Parse(note) is not { } older || older.Size > newest.Size || !string.Equals(older.Origin, newest.Origin, StringComparison.Ordinal))
            throw new InvalidOperationException("A checkpoint that was given is none of this log, or newer than it: look at the file, and run 'bodycam verify' with it on the data folder.");
        if (older.Size == 0 || older.Size == newest.Size)
            return;
        var proof = reader.ConsistencyProof(older.Size, newest.Size);
        if (!MerkleProof.VerifyConsistency(older.Size, newest.Size, older.Root, newest.Root, proof))
            throw new InvalidOperationException($"The log does not continue the checkpoint of {older.Size} leaves that was given: make no package before 'bodycam verify' with that checkpoint has told why.");
        files[PackageNames.ConsistencyOf(older.Size)] = () => new MemoryStream(ProofText.Write(proof));
    }

    private static void Write(SortedDictionary<string, Func<Stream>> files, GatewayKey key, DateTimeOffset at, Stream to)
    {
        using var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
        var sums = new StringBuilder();
        foreach (var (name, open) in files)
        {
            using var from = open();
            using var entry = NewEntry(zip, name, at).Open();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[128 * 1024];
            for (int read; (read = from.Read(block)) > 0;)
            {
                hash.AppendData(block, 0, read);
                entry.Write(block, 0, read);
            }

            sums.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(hash.GetHashAndReset())}  {name}\n");
        }

        var list = Encoding.UTF8.GetBytes(sums.ToString());
        using (var entry = NewEntry(zip, PackageNames.Sums, at).Open())
            entry.Write(list);
        using (var entry = NewEntry(zip, PackageNames.Signature, at).Open())
            entry.Write(key.SignDer(list));
    }

    // DOS time has no zone: the entries carry China's.
    private static ZipArchiveEntry NewEntry(ZipArchive zip, string name, DateTimeOffset at)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = at.ToOffset(TimeSpan.FromHours(8)) is { Year: >= 1980 } local ? local : new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.FromHours(8));
        return entry;
    }

    private static string SafeSidecar(string name) =>
        name.EndsWith(".json", StringComparison.Ordinal) && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            ? name
            : throw new InvalidOperationException($"'{name}' is no sidecar name: use a-z, 0-9, '-' and the ending .json.");
}
