using System.Globalization;
using BodyCam.Core;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>A database is longer than any that is made from a log of this length, and was not copied to be read.</summary>
public sealed class SnapshotTooLongException(string message) : InvalidOperationException(message);

/// <summary>One state of a database that a gateway may be writing, for who only compares: nothing is written or made beside the file.</summary>
public static class SqliteSnapshot
{
    // A segment takes some 210 bytes of the file. The write-ahead log is begun anew every 1,000 pages, unless somebody reads one state for long: it then keeps the length that it once had.
    private const long CopiedBytesMin = 256 << 20;
    private const long CopiedBytesPerLeaf = 4096;

    /// <summary>How the file stands; another value afterwards tells that somebody wrote meanwhile.</summary>
    public static (bool HasLog, long Bytes, DateTime WrittenAt) Standing(string path)
    {
        var file = new FileInfo(path);
        return (File.Exists(path + "-wal"), file.Exists ? file.Length : -1, file.LastWriteTimeUtc);
    }

    /// <summary>Opens the file as it lies, in a transaction that never ends: what is read is as of now.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The only <c>user_version</c> that is read so.</param>
    /// <param name="isTaken">True where a gateway may begin to write meanwhile: then it is read under SQLite's locks or not at all.</param>
    /// <returns>Null where only a copy can be read: another schema, or a write-ahead log that cannot be read as it lies.</returns>
    /// <exception cref="IOException">A pipe, socket or device stands in the place of the file or of one beside it.</exception>
    public static SqliteConnection? OpenAsItLies(string path, long schema, bool isTaken)
    {
        SqliteLibrary.Load();
        foreach (var ending in new[] { "", "-wal", "-shm" })
            RegularFile.Require(path + ending);
        // A write-ahead log without its index would get one.
        if (File.Exists(path + "-wal") ? !File.Exists(path + "-shm") : isTaken)
            return null;
        var opened = new SqliteConnection(SqliteLibrary.ReadOnly(path));
        try
        {
            opened.Open();
            opened.Execute("BEGIN DEFERRED");
            RequireTables(opened);
            if (opened.ExecuteScalar<long>("PRAGMA user_version") == schema)
                return opened;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_IOERR)
        {
            // Its write-ahead log wants files beside it, which cannot be made here.
        }
        catch
        {
            opened.Dispose();
            throw;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Copies the file with its write-ahead log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Where to; made when it is not there, removed by the caller.</param>
    /// <param name="leaves">Leaves of the log: what is made from so many has at most 256 MiB and 4 KiB for each, the write-ahead log included.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="SnapshotTooLongException">It is longer.</exception>
    /// <exception cref="InvalidOperationException">It has something else than tables.</exception>
    public static string Copy(string path, string folder, long leaves)
    {
        var (bytes, bytesMax) = (LengthOf(path) + LengthOf(path + "-wal"), CopiedBytesMin + (CopiedBytesPerLeaf * Math.Clamp(leaves, 0, long.MaxValue / (2 * CopiedBytesPerLeaf))));
        if (bytes > bytesMax)
            throw new SnapshotTooLongException(string.Create(CultureInfo.InvariantCulture, $"with its write-ahead log it has {bytes} bytes, more than what {leaves} leaves give, and was not copied to be read"));
        Directory.CreateDirectory(folder);
        var copy = Path.Combine(folder, Path.GetFileName(path));
        File.Copy(path, copy);
        if (File.Exists(path + "-wal"))
            File.Copy(path + "-wal", copy + "-wal");
        using var copied = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = copy, Pooling = false }.ToString());
        copied.Open();
        RequireTables(copied);
        return copy;
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    // A view, or a table that a module makes up, is computed while it is read, and may have no end.
    private static void RequireTables(SqliteConnection opened)
    {
        if (opened.ExecuteScalar<string>("SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND sql NOT LIKE 'CREATE TABLE %' AND sql NOT LIKE 'CREATE INDEX %' AND sql NOT LIKE 'CREATE UNIQUE INDEX %' AND sql NOT LIKE 'CREATE TRIGGER %' LIMIT 1") is { } other)
            throw new InvalidOperationException($"{other} in it is no table");
    }
}
