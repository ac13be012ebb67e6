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

    /// <summary>Stands while a catalog is made anew and what stands without a record has not been looked for to the end: the next start goes on.</summary>
    internal const string AnewPath = "catalog.anew";

    private const int CoveredMax = LogWriter.BatchRecordsMax;

    /// <summary>Replays the leaves from <see cref="ICatalog.LogSize"/> to <paramref name="logSize"/>; what lacked its seal is looked at again.</summary>
    /// <param name="catalog">To be filled.</param>
    /// <param name="reader">The log.</param>
    /// <param name="logSize">Leaves of its checkpoint.</param>
    /// <param name="disk">The data folder, for the seals.</param>
    /// <param name="store">Reads the original of each seal, to see that it is of it; null: what the seal says is believed.</param>
    /// <exception cref="InvalidOperationException">A record is missing or is not its leaf.</exception>
    public static void Run(ICatalog catalog, LogReader reader, long logSize, IDisk disk, SegmentStore? store = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(disk);
        EnterFound(catalog, disk, store);
        for (var from = catalog.LogSize; from < logSize; from += BatchMax)
        {
            var to = Math.Min(logSize, from + BatchMax);
            var batch = new CatalogBatch { LogSize = to, LogRoot = reader.RootAt(to) };
            var next = from;
            foreach (var record in reader.ReadRecords(from, to))
            {
                RequireLeaf(reader, record, next++, logSize);
                if (record.Utf8Json is { } bytes)
                    Add(batch, JsonDocument.Parse(bytes).RootElement, record.Sequence, disk, store);
            }

            if (next < to)
                throw Damaged(next);
            catalog.Apply(batch);
        }
    }

    // A seal that was put back since.
    private static void EnterFound(ICatalog catalog, IDisk disk, SegmentStore? store)
    {
        var found = new CatalogBatch { LogSize = catalog.LogSize, LogRoot = catalog.LogRoot };
        foreach (var row in catalog.Lacking())
        {
            if (SealOf(row, disk, store) is { } seal)
                found.Segments.Add(row.With(seal));
        }

        if (found.Segments.Count > 0)
            catalog.Apply(found);
    }

    // Null when it is missing, unreadable, or not the one that the record speaks of.
    private static Seal? SealOf(LackingRow row, IDisk disk, SegmentStore? store)
    {
        var isDamaged = row.State == ReceiptState.Damaged;
        var path = isDamaged ? $"damaged/{row.Key.RelativePath}.seal" : SegmentStore.SealPath(row.Key);
        try
        {
            return disk.Exists(path) && Seal.TryParse(disk.ReadWhole(path), out var seal) == RefusalReason.None && seal!.Key == row.Key && seal.SealDigest.SequenceEqual(row.SealDigest)
                && (isDamaged || store is null || store.CanBeItsSeal(seal, row.Sha256)) ? seal : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // a bad sector, or rights: it waits, and the alarm says so
        }
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
    /// <remarks>What a crash leaves between log and catalog is held against its bytes: a seal that came a moment before may have rotted with them. Of a whole rebuild `verify` tells.</remarks>
    /// <returns>The catalog, and whether it was made from nothing, now or at a start that was broken off: it was gone, or of another log.</returns>
    internal static (SqliteCatalog Catalog, bool IsNew) Open(string path, LogReader reader, long logSize, IDisk disk, SegmentStore store)
    {
        var catalog = SqliteCatalog.Open(path);
        if (catalog.LogSize > 0 && (catalog.LogSize > logSize || !reader.RootAt(catalog.LogSize).AsSpan().SequenceEqual(catalog.LogRoot)))
        {
            catalog.Dispose();
            foreach (var ending in new[] { "", "-wal", "-shm" })
                File.Delete(path + ending);
            catalog = SqliteCatalog.Open(path);
        }

        if (catalog.LogSize == 0 && logSize > 0)
            disk.WriteWhole(AnewPath, "What stands without a record is looked for at the gateway's next start.\n"u8);
        var isNew = disk.Exists(AnewPath);
        Run(catalog, reader, logSize, disk, logSize - catalog.LogSize <= CoveredMax ? store : null);
        return (catalog, isNew);
    }

    /// <summary>Notes that everything without a record was looked for.</summary>
    internal static void NoteWhole(IDisk disk) => disk.Delete(AnewPath);

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

    private static void Add(CatalogBatch batch, JsonElement record, long sequence, IDisk disk, SegmentStore? store)
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
                var row = new LackingRow(
                    key, record.Text("state") == "damaged" ? ReceiptState.Damaged : ReceiptState.Stored, Convert.FromHexString(record.Text("sealDigest")), Convert.FromHexString(record.Text("sha256")),
                    record.Number("bytes"), record.Number("storedAtUs"), sequence);
                if (SealOf(row, disk, store) is { } seal)
                    batch.Segments.Add(row.With(seal));
                else
                    batch.Lacking.Add(row);
                break;
        }
    }
}
