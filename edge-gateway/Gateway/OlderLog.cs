using System.Globalization;
using BodyCam.Catalog;
using BodyCam.Custody.Store;
using BodyCam.Log;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Gateway;

/// <summary>A log that is older than what was made from it. Each record is durable under the checkpoint before <c>catalog.db</c> and <c>custody.db</c> follow it, so one of them that went further tells that a checkpoint, or the whole log, was put back.</summary>
internal static class OlderLog
{
    /// <summary>Whether records that were committed stand behind an older checkpoint: whoever opens the log cuts them. Looks, and writes nothing.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <returns>For people, ending with the next action; null when nothing tells of it.</returns>
    public static string? WhyNotCut(string dataFolder)
    {
        var (size, catalog, custody) = Look(dataFolder);
        var followed = Math.Max(catalog, custody);
        return followed <= size || !Log(dataFolder).ReadBeyond(size).Any() ? null
            : string.Create(CultureInfo.InvariantCulture, $"log/checkpoint in {dataFolder} covers {size} records, {(catalog > size ? "catalog.db" : SqliteCustodyStore.FileName)} follows {followed}, and records stand behind it: it is an older one, and a start would cut them. Nothing was changed. Put the newest log/checkpoint that you have in its place (a copy of /checkpoint kept outside the station, a backup's, the archive's). Where none covers all of them, keep a copy of {dataFolder}, move catalog.db and custody.db away with their -wal and -shm, and start the gateway: it cuts them and goes on as operations.md (A log that parted) says.");
    }

    /// <summary>Whether acts that people did are in no record of this log. Looks, and writes nothing.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <returns>For people, ending with the next action; null when nothing tells of it.</returns>
    public static string? WhyNotServed(string dataFolder)
    {
        var (size, _, custody) = Look(dataFolder);
        return custody <= size ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(dataFolder, SqliteCustodyStore.FileName)} follows {custody} records of the log, which has {size}: the log is an older one. Nothing was changed. Restore the newest log/, from the archive or a backup. Where this is the newest there is, keep a copy of {dataFolder}, move custody.db, custody.db-wal and custody.db-shm away, and start the gateway: it makes custody.db anew, and what people did since is to be done again (operations.md, A log that parted).");
    }

    private static LogReader Log(string dataFolder) => new(Path.Combine(dataFolder, "log"));

    // A checkpoint that is gone or cannot be read is told when the log is opened.
    private static (long Size, long Catalog, long Custody) Look(string dataFolder)
    {
        try
        {
            return Log(dataFolder).ReadCheckpoint() is { } signed
                ? (signed.Checkpoint.Size, Followed(Path.Combine(dataFolder, "catalog.db"), "log_size", signed.Checkpoint.Size), Followed(Path.Combine(dataFolder, SqliteCustodyStore.FileName), "next_sequence", signed.Checkpoint.Size))
                : (long.MaxValue, 0, 0);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return (long.MaxValue, 0, 0);
        }
    }

    // 0 of one that is not there or cannot be read: its own opening tells of it.
    private static long Followed(string path, string name, long leaves)
    {
        if (!File.Exists(path))
            return 0;
        try
        {
            using var copies = new CopyFolder();
            using var opened = SqliteSnapshot.OpenAsItLies(path, schema: null, isTaken: false) ?? SqliteSnapshot.OpenCopy(path, copies, leaves);
            return opened.ExecuteScalar("SELECT value FROM meta WHERE name = @name", new { name }) is long followed ? followed : 0;
        }
        catch (Exception unreadable) when (unreadable is SqliteException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
