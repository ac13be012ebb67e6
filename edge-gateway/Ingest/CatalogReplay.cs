using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>Brings a catalog up to the log: makes its rows from records and seals. From an empty catalog it is the whole rebuild.</summary>
public static class CatalogReplay
{
    private const int BatchMax = 1000;

    /// <summary>Replays the leaves from <see cref="ICatalog.LogSize"/> to <paramref name="logSize"/>.</summary>
    /// <param name="catalog">To be filled.</param>
    /// <param name="reader">The log.</param>
    /// <param name="logSize">Leaves of its checkpoint.</param>
    /// <param name="disk">The data folder, for the seals.</param>
    /// <returns>Records whose seal file is missing or unreadable, by name.</returns>
    /// <exception cref="InvalidOperationException">A record is missing or is not its leaf.</exception>
    public static IReadOnlyList<string> Run(ICatalog catalog, LogReader reader, long logSize, IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(disk);
        var lacking = new List<string>();
        for (var from = catalog.LogSize; from < logSize; from += BatchMax)
        {
            var to = Math.Min(logSize, from + BatchMax);
            var batch = new CatalogBatch { LogSize = to, LogRoot = reader.RootAt(to) };
            var next = from;
            foreach (var record in reader.ReadRecords(from, to))
            {
                RequireLeaf(reader, record, next++, logSize);
                if (record.Utf8Json is { } bytes)
                    Add(batch, JsonDocument.Parse(bytes).RootElement, record.Sequence, disk, lacking);
            }

            if (next < to)
                throw Damaged(next);
            catalog.Apply(batch);
        }

        return lacking;
    }

    // What the catalog is made from is what the log's tree holds: a rotten record would become a row.
    private static void RequireLeaf(LogReader reader, StoredRecord record, long sequence, long logSize)
    {
        if (record.Sequence != sequence || !record.ToEntry().LeafHash().AsSpan().SequenceEqual(reader.ReadLeafHash(sequence, logSize)))
            throw Damaged(sequence);
    }

    private static InvalidOperationException Damaged(long sequence) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Record {sequence} of the log is missing or is not its leaf: no catalog is made from it. Run 'bodycam verify', restore the file of the log from the archive and start the gateway again."));

    /// <summary>Opens the catalog of a data folder and brings it up to the log; one that the log does not continue is made anew.</summary>
    /// <returns>The catalog, and the segments whose seal file is missing or unreadable.</returns>
    internal static (SqliteCatalog Catalog, IReadOnlyList<string> Lacking) Open(string path, LogReader reader, long logSize, IDisk disk)
    {
        var catalog = SqliteCatalog.Open(path);
        if (catalog.LogSize > 0 && (catalog.LogSize > logSize || !reader.RootAt(catalog.LogSize).AsSpan().SequenceEqual(catalog.LogRoot)))
        {
            catalog.Dispose();
            foreach (var ending in new[] { "", "-wal", "-shm" })
                File.Delete(path + ending);
            catalog = SqliteCatalog.Open(path);
        }

        return (catalog, Run(catalog, reader, logSize, disk));
    }

    /// <summary>The key that a record names; absent numbers are 0. Null when it names no recorder, or cannot be read: that is for the audit to tell.</summary>
    internal static SegmentKey? KeyOf(ReadOnlyMemory<byte> record)
    {
        try
        {
            using var json = JsonDocument.Parse(record);
            return KeyOf(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SegmentKey? KeyOf(JsonElement record) =>
        DeviceId.TryParse(record.Text("device"), out var device)
            ? new SegmentKey(device, (uint)record.Number("epoch"), (uint)Math.Max(0, record.Number("recording")), (uint)Math.Max(0, record.Number("segment")))
            : null;

    private static void Add(CatalogBatch batch, JsonElement record, long sequence, IDisk disk, List<string> lacking)
    {
        if (KeyOf(record) is not { } key)
            return;
        var (device, epoch) = (key.Device, key.Epoch);
        switch (record.Text("type"))
        {
            case "epoch":
                batch.Epochs.Add(new EpochRow(device, epoch, record.Text("reason"), sequence));
                break;
            case "certificate":
                batch.Certificates.Add(new CertificateRow(device, epoch, record.Text("serial"), record.Text("sha256"), record.Text("authority"), record.Number("notAfterUs"), sequence));
                break;
            case "revoked":
                batch.Revocations.Add(new RevocationRow(device, epoch, record.Text("reason"), record.Number("atUs"), sequence));
                break;
            case "announced":
                batch.Announcements.Add(new AnnouncementRow(device, epoch, key.Recording, record.Number("activity"), sequence));
                break;
            case "archived":
                batch.Archived.Add(key);
                break;
            case "purge":
                foreach (var purged in record.GetProperty("segments").EnumerateArray())
                    batch.Purges.Add((key with { Segment = (uint)purged.Number("segment") }, sequence));
                break;
            case "manifest":
                batch.Manifests.Add(new ManifestRow(device, epoch, key.Segment, (uint)record.Number("firstRecording"), (uint)record.Number("lastRecording"), record.GetProperty("complete").GetBoolean(), record.Text("lacks"), sequence));
                break;
            case "segment":
                var damaged = record.Text("state") == "damaged";
                var path = damaged ? $"damaged/{key.RelativePath}.seal" : SegmentStore.SealPath(key);
                if (disk.Exists(path) && Seal.TryParse(disk.ReadWhole(path), out var seal) == RefusalReason.None && seal!.Key == key)
                    batch.Segments.Add(SegmentRow.Of(seal, damaged ? ReceiptState.Damaged : ReceiptState.Stored, Convert.FromHexString(record.Text("sha256")), record.Number("bytes"), record.Number("storedAtUs"), sequence));
                else
                    lacking.Add(key.ToString());
                break;
        }
    }
}
