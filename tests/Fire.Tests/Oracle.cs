using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Log;
using Microsoft.Data.Sqlite;

namespace BodyCam.Fire.Tests;

/// <summary>Holds a data folder against the promises: bytes, seal, row, one leaf with its proof. It reads beside a running gateway and knows nothing but the receipts and the public key.</summary>
/// <param name="data">The gateway's data folder.</param>
/// <param name="gatewayKeyPem">The public key, as it was at the first start.</param>
internal sealed class Oracle(string data, string gatewayKeyPem)
{
    private readonly HashSet<SegmentKey> proven = [];

    /// <summary>Checks every promise: file, seal, row and that it stands once; the proof of each that was not proven before, or of all.</summary>
    /// <returns>What is broken; empty when every promise is kept.</returns>
    public List<string> Broken(IReadOnlyCollection<Promise> promises, bool proveAll = false)
    {
        var broken = new List<string>();
        var reader = new LogReader(Path.Combine(data, "log"));
        using var key = ECDsa.Create();
        key.ImportFromPem(gatewayKeyPem);
        // The checkpoint first: whatever is promised by now is below it.
        if (reader.ReadCheckpoint() is not { } signed || CheckpointNote.Verify(signed.Note, LogPublicKey.From(key), out _) != CheckpointVerdict.Valid)
            return ["the log has no checkpoint that the gateway signed"];
        var rows = Rows();
        var records = Records(reader, signed.Checkpoint.Size, broken);
        var roots = new Dictionary<long, bool>();
        foreach (var promise in promises)
        {
            var key1 = promise.Key;
            var path = Path.Combine(data, "segments", key1.RelativePath);
            if (!File.Exists(path + ".mkv") || new FileInfo(path + ".mkv").Length != promise.Bytes)
                broken.Add($"{key1}: the file is not there whole");
            if (!rows.TryGetValue(key1, out var row))
                broken.Add($"{key1}: not in the catalog");
            else if (!row.SealDigest.AsSpan().SequenceEqual(promise.SealDigest) || !row.Sha256.AsSpan().SequenceEqual(promise.Sha256))
                broken.Add($"{key1}: other bytes in the catalog");
            if (!records.TryGetValue(key1, out var record))
                broken.Add($"{key1}: not in the log");
            else if (row.LogSequence != record.Sequence)
                broken.Add($"{key1}: the row names leaf {row.LogSequence}, the log has {record.Sequence}");
            else if (!proveAll && proven.Contains(key1))
                continue;
            else if (Prove(promise, path, record, reader, signed.Checkpoint, roots) is { } fault)
                broken.Add($"{key1}: {fault}");
            else
                proven.Add(key1);
        }

        return broken;
    }

    /// <summary>The whole folder by the verifier; errors and warnings are broken promises here, as nothing was lost on a card and no power went.</summary>
    public List<string> Verified(bool withCatalog = true)
    {
        var report = Verifier.Run(data, new VerifyOptions { GatewayKeyPem = gatewayKeyPem, CatalogComparison = withCatalog ? Ingest.CatalogCheck.Differences : null }, null);
        return [.. report.Findings.Where(static finding => finding.Severity != FindingSeverity.Note).Select(static finding => $"{finding.Severity} {finding.Code}: {finding.Message}"), .. report.Verdict == VerifyVerdict.Verified ? Array.Empty<string>() : [$"the verdict is {report.Verdict}"]];
    }

    private static string? Prove(Promise promise, string path, StoredRecord record, LogReader reader, Checkpoint checkpoint, Dictionary<long, bool> roots)
    {
        if (!SHA256.HashData(File.ReadAllBytes(path + ".mkv")).AsSpan().SequenceEqual(promise.Sha256))
            return "the bytes are others";
        if (!File.Exists(path + ".seal") || !File.ReadAllBytes(path + ".seal").AsSpan(288, 32).SequenceEqual(promise.SealDigest))
            return "the seal is not there";
        using var json = JsonDocument.Parse(record.Utf8Json!);
        if (json.RootElement.GetProperty("sha256").GetString() != Convert.ToHexStringLower(promise.Sha256) || json.RootElement.GetProperty("sealDigest").GetString() != Convert.ToHexStringLower(promise.SealDigest))
            return "its record speaks of other bytes";
        if (record.Sequence >= promise.CheckpointSize)
            return string.Create(CultureInfo.InvariantCulture, $"the receipt's checkpoint has {promise.CheckpointSize} leaves, its own is {record.Sequence}");
        var leaf = record.ToEntry().LeafHash();
        if (!MerkleProof.VerifyInclusion(record.Sequence, checkpoint.Size, leaf, reader.InclusionProof(record.Sequence, checkpoint.Size), checkpoint.Root))
            return "no proof leads from its leaf to the checkpoint";
        if (!roots.TryGetValue(promise.CheckpointSize, out var isPrefix))
        {
            isPrefix = promise.CheckpointSize <= checkpoint.Size
                && MerkleProof.VerifyConsistency(promise.CheckpointSize, checkpoint.Size, promise.CheckpointRoot, checkpoint.Root, reader.ConsistencyProof(promise.CheckpointSize, checkpoint.Size));
            roots[promise.CheckpointSize] = isPrefix;
        }

        return isPrefix ? null : string.Create(CultureInfo.InvariantCulture, $"the log is no continuation of the receipt's checkpoint of {promise.CheckpointSize} leaves");
    }

    private static Dictionary<SegmentKey, StoredRecord> Records(LogReader reader, long size, List<string> broken)
    {
        var records = new Dictionary<SegmentKey, StoredRecord>();
        foreach (var record in reader.ReadRecords(0, size).Where(static record => record.Type == "segment"))
        {
            using var json = JsonDocument.Parse(record.Utf8Json!);
            uint U32(string name) => json.RootElement.GetProperty(name).GetUInt32();
            var key = new SegmentKey(DeviceId.Parse(json.RootElement.GetProperty("device").GetString()!), U32("epoch"), U32("recording"), U32("segment"));
            if (!records.TryAdd(key, record))
                broken.Add($"{key}: twice in the log, leaves {records[key].Sequence} and {record.Sequence}");
        }

        return records;
    }

    private Dictionary<SegmentKey, (byte[] SealDigest, byte[] Sha256, long LogSequence)> Rows()
    {
        SqliteLibrary.Load();
        var rows = new Dictionary<SegmentKey, (byte[], byte[], long)>();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, "catalog.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT device, epoch, recording, segment, seal_digest, sha256, log_sequence FROM segment";
        using var found = command.ExecuteReader();
        while (found.Read())
            rows[new SegmentKey(DeviceId.Parse(found.GetString(0)), (uint)found.GetInt64(1), (uint)found.GetInt64(2), (uint)found.GetInt64(3))] = ((byte[])found[4], (byte[])found[5], found.GetInt64(6));
        return rows;
    }
}
