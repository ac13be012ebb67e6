using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Log;
using BodyCam.Storage;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest;

/// <summary>Rebuilds the catalog in memory from files, records and log, and compares the one in the folder with it.</summary>
public static class CatalogCheck
{
    private const int ShownMax = 50;

    /// <summary>Differences for people; empty when equal or when the folder has no catalog (an archive). A log that cannot be read is one: what is wrong with it is for the audit to tell.</summary>
    /// <exception cref="UnauthorizedAccessException">The catalog or the log may not be read by this user, and nothing was compared; a seal that may not is as missing.</exception>
    public static IReadOnlyList<StoreDifference> Differences(string folder) => Differences(folder, mayLag: false);

    /// <summary>The same of a folder whose gateway was killed: a catalog that the log continues is compared as far as it goes, and the next start brings it up to the log.</summary>
    public static IReadOnlyList<StoreDifference> DifferencesAfterKill(string folder) => Differences(folder, mayLag: true);

    /// <summary>The same; <paramref name="opened"/> is called when the catalog is open and the log not yet read.</summary>
    internal static List<StoreDifference> Differences(string folder, bool mayLag, Action? opened = null)
    {
        var path = Path.Combine(folder, "catalog.db");
        if (!File.Exists(path))
            return [];
        var before = SqliteSnapshot.Standing(path);
        var said = Compared(folder, path, mayLag, isTaken: false, opened, out var hasFailed);
        // One that nobody has open is read without locks, for minutes: a gateway that begins meanwhile writes under the reader. One that ends takes its files away from whoever is about to open them.
        if (!hasFailed && (before.HasLog || SqliteSnapshot.Standing(path) == before))
            return said;
        var again = Compared(folder, path, mayLag, isTaken: true, null, out _);
        // No room for a copy takes nothing back of a file that nobody wrote.
        return again is [{ Kind: DifferenceKind.NotCompared }] && SqliteSnapshot.Standing(path) == before ? said : again;
    }

    private static List<StoreDifference> Compared(string folder, string path, bool mayLag, bool isTaken, Action? opened, out bool hasFailed)
    {
        hasFailed = false;
        using var copies = new CopyFolder();
        using var rebuilt = SqliteCatalog.Open(":memory:");
        try
        {
            var reader = new LogReader(Path.Combine(folder, "log"));
            // The catalog first: a running gateway's log is never behind it.
            using var standing = SqliteCatalog.OpenToCompare(path, copies, reader.ReadUnsignedCheckpoint()?.Size ?? 0, isTaken);
            opened?.Invoke();
            var size = reader.ReadCheckpoint()?.Checkpoint.Size ?? 0;
            if (mayLag && standing.LogSize < size && (standing.LogRoot is [] || reader.RootAt(standing.LogSize).AsSpan().SequenceEqual(standing.LogRoot)))
                size = standing.LogSize;
            CatalogReplay.Run(rebuilt, reader, size, new PosixDisk(folder));
            return Compare(standing, rebuilt, size);
        }
        catch (InvalidDataException torn)
        {
            return [new StoreDifference($"it cannot be compared before the log is whole ({torn.Message.TrimEnd('.')})", DifferenceKind.LogNotWhole)];
        }
        catch (Exception failure) when (copies.IsAtFault(failure))
        {
            return [CopyFolder.NotCompared(failure)];
        }
        catch (Exception failure) when (failure is not (UnauthorizedAccessException or OutOfMemoryException))
        {
            // Rot shows as whatever its reader stumbles over.
            hasFailed = true;
            return [new StoreDifference($"it cannot be compared ({failure.Message})", failure is SnapshotTooLongException ? DifferenceKind.AheadOfLog : DifferenceKind.OfStore)];
        }
    }

    private static List<StoreDifference> Compare(SqliteCatalog standing, SqliteCatalog rebuilt, long size)
    {
        var differences = new List<StoreDifference>();
        if (standing.LogSize != size)
            differences.Add(new StoreDifference($"it holds {standing.LogSize} of {size} leaves", standing.LogSize > size ? DifferenceKind.AheadOfLog : DifferenceKind.OfStore));
        // Its own tables are read in the order of their keys; others would be sorted, in temporary files of any length.
        if (standing.OtherThanOwn() is { } foreign)
            return [.. differences, new StoreDifference($"{foreign} in it is none of a catalog's")];
        if (!standing.Certificates().SequenceEqual(rebuilt.Certificates()))
            differences.Add(new StoreDifference("its certificates differ"));
        if (!standing.Revocations().SequenceEqual(rebuilt.Revocations()))
            differences.Add(new StoreDifference("its revocations differ"));
        var epochs = standing.Epochs().Select(static row => (row.Device, row.Epoch)).Union(rebuilt.Epochs().Select(static row => (row.Device, row.Epoch))).ToList();
        foreach (var (device, epoch) in epochs)
        {
            var have = standing.Segments(device, epoch).ToDictionary(static row => row.Key);
            foreach (var row in rebuilt.Segments(device, epoch))
            {
                if (!have.Remove(row.Key, out var other))
                    differences.Add(new StoreDifference($"{row.Key} is not in it", Segment: row.Key));
                else if (!Same(row, other))
                    differences.Add(new StoreDifference($"{row.Key} differs", Segment: row.Key));
            }

            differences.AddRange(have.Keys.Select(static key => new StoreDifference($"{key} is only in it", DifferenceKind.AheadOfLog, key)));
        }

        // What to do goes by those that are shown: the ones that keep the catalog are among them.
        return [.. differences.OrderBy(static difference => difference.Kind != DifferenceKind.AheadOfLog).Take(ShownMax)];
    }

    private static bool Same(SegmentRow one, SegmentRow other) =>
        one.SealDigest.AsSpan().SequenceEqual(other.SealDigest) && one.PreviousDigest.AsSpan().SequenceEqual(other.PreviousDigest) && one.Sha256.AsSpan().SequenceEqual(other.Sha256)
        && one with { SealDigest = [], PreviousDigest = [], Sha256 = [] } == other with { SealDigest = [], PreviousDigest = [], Sha256 = [] };
}
