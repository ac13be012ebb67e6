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
    private const string CatalogFile = "catalog.db";

    /// <summary>Whether records that were committed stand behind an older checkpoint: whoever opens the log cuts them. Looks, and writes nothing.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <returns>For people, ending with the next action; null when nothing tells of it.</returns>
    public static string? WhyNotCut(string dataFolder)
    {
        // Few starts have any: only then the databases are looked into.
        if (SizeOf(dataFolder, out var hasMore) is not { } size || !hasMore)
            return null;
        string? blind = null;
        foreach (var (file, name) in new[] { (CatalogFile, "log_size"), (SqliteCustodyStore.FileName, "next_sequence") })
        {
            var (followed, why) = Followed(Path.Combine(dataFolder, file), name, size);
            if (followed > size)
                return string.Create(CultureInfo.InvariantCulture, $"log/checkpoint in {dataFolder} covers {size} records, {file} follows {(followed == long.MaxValue ? "more" : followed)}, and records stand behind it: it is an older one, and a start would cut them. Nothing was changed. Put the newest log/checkpoint that you have in its place (a copy of /checkpoint kept outside the station, a backup's, the archive's). Where none covers all of them, keep a copy of {dataFolder}, move catalog.db and custody.db away with their -wal and -shm, and start the gateway: it cuts them and goes on as operations.md (A log that parted) says.");
            blind ??= why;
        }

        return blind is null ? null
            : $"Records stand behind log/checkpoint in {dataFolder}, as a power cut or an older checkpoint leaves them, and {blind}. Nothing was changed. Set TMPDIR to a folder with room, and start again.";
    }

    /// <summary>Whether acts that people did are in no record of this log. Looks, and writes nothing.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <returns>For people, ending with the next action; null when nothing tells of it.</returns>
    public static string? WhyNotServed(string dataFolder)
    {
        var path = Path.Combine(dataFolder, SqliteCustodyStore.FileName);
        // Its length alone tells too little here.
        if (SizeOf(dataFolder, out _) is not { } size || Followed(path, "next_sequence", size).Size is var custody && (custody <= size || custody == long.MaxValue))
            return null;
        return string.Create(CultureInfo.InvariantCulture, $"{path} follows {custody} records of the log, which has {size}: the log is an older one. Nothing was changed. Restore the newest log/, from the archive or a backup. Where this is the newest there is, keep a copy of {dataFolder}, move custody.db, custody.db-wal and custody.db-shm away, and start the gateway: it makes custody.db anew, and what people did since is to be done again (operations.md, A log that parted).");
    }

    // Null for a checkpoint that is gone or cannot be read: that is told when the log is opened.
    private static long? SizeOf(string dataFolder, out bool hasMore)
    {
        hasMore = false;
        try
        {
            var log = new LogReader(Path.Combine(dataFolder, "log"));
            var size = log.ReadCheckpoint()?.Checkpoint.Size;
            hasMore = size is { } end && log.ReadBeyond(end).Any();
            return size;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    // 0 of one that is not there or is damaged: its own opening tells of it. One that is longer than any of this log tells of a longer one.
    private static (long Size, string? WhyBlind) Followed(string path, string name, long leaves)
    {
        if (!File.Exists(path))
            return (0, null);
        try
        {
            using var copies = new CopyFolder();
            using var opened = SqliteSnapshot.OpenAsItLies(path, schema: null, isTaken: false) ?? SqliteSnapshot.OpenCopy(path, copies, leaves);
            return (opened.ExecuteScalar("SELECT value FROM meta WHERE name = @name", new { name }) is long followed ? followed : 0, null);
        }
        catch (SnapshotTooLongException)
        {
            return (long.MaxValue, null);
        }
        catch (CopyFailedException failure)
        {
            return (0, $"{path} cannot be asked how many it follows ({failure.Message.TrimEnd('.')})");
        }
        catch (Exception unreadable) when (unreadable is SqliteException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return (0, null);
        }
    }
}
