using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Log;
using Dapper;

namespace BodyCam.Custody.Store;

/// <summary>Makes the store anew in memory from the acts of the log, and compares the one in the folder with it (I11).</summary>
public static class CustodyCheck
{
    private const string TableCount = "SELECT COUNT(*) FROM sqlite_master";

    /// <summary>Differences for people; empty when equal, when the folder has no store (an archive), or when the store is only behind the log: the gateway's next start applies the rest.</summary>
    /// <param name="folder">Data folder; a gateway may run meanwhile.</param>
    /// <exception cref="UnauthorizedAccessException">The store or the log may not be read by this user, and nothing was compared.</exception>
    public static IReadOnlyList<StoreDifference> Differences(string folder) => Differences(folder, null);

    /// <summary>The same; <paramref name="opened"/> is called when the store is open and the log not yet read.</summary>
    internal static IReadOnlyList<StoreDifference> Differences(string folder, Action? opened)
    {
        var path = Path.Combine(folder, SqliteCustodyStore.FileName);
        if (!File.Exists(path))
            return [];
        var before = SqliteSnapshot.Standing(path);
        var said = Compared(folder, path, isTaken: false, opened, out var hasFailed);
        // One that nobody has open is read without locks: a gateway that begins meanwhile writes under the reader. One that ends takes its files away from whoever is about to open them.
        if (!hasFailed && (before.HasLog || SqliteSnapshot.Standing(path) == before))
            return said;
        var again = Compared(folder, path, isTaken: true, null, out _);
        // No room for a copy takes nothing back of a file that nobody wrote.
        return again is [{ Kind: DifferenceKind.NotCompared }] && SqliteSnapshot.Standing(path) == before ? said : again;
    }

    private static IReadOnlyList<StoreDifference> Compared(string folder, string path, bool isTaken, Action? opened, out bool hasFailed)
    {
        hasFailed = false;
        using var copies = new CopyFolder();
        try
        {
            // The store first: a running gateway's log is never behind it.
            var log = new LogReader(Path.Combine(folder, "log"));
            using var standing = SqliteSnapshot.OpenAsItLies(path, SqliteCustodyStore.SchemaVersion, isTaken) ?? SqliteSnapshot.OpenCopy(path, copies, log.ReadCheckpoint()?.Checkpoint.Size ?? 0);
            if (standing.ExecuteScalar<long>(TableCount) == 0)
                return []; // as it stands before its first start
            if (standing.ExecuteScalar("SELECT value FROM meta WHERE name = 'next_sequence'") is not long mark || mark < 0)
                return [new StoreDifference("how far it follows the log is no number")];
            opened?.Invoke();
            var size = log.ReadCheckpoint()?.Checkpoint.Size ?? 0;
            if (mark > size)
                return [new StoreDifference(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it follows {mark} leaves, more than the log has ({size})"), DifferenceKind.AheadOfLog)];
            using var rebuilt = Rebuilt(log, mark);
            return [.. CustodyTables.Differences(standing, rebuilt.Connection).Select(static what => new StoreDifference(what))];
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
            return [new StoreDifference($"it cannot be compared ({failure.Message.TrimEnd('.')})")];
        }
    }

    // All of the log is read, as only its end has a root; what the store does not follow yet is left out.
    private static SqliteCustodyStore Rebuilt(LogReader log, long mark)
    {
        var store = SqliteCustodyStore.Open(":memory:");
        try
        {
            if (log.ReadCheckpoint() is { } signed)
                CustodyReplay.Run(store, LoggedActs.Read(log, 0, signed.Checkpoint).Where(act => act.Sequence < mark), mark);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
