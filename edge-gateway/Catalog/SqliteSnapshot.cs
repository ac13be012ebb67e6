using System.Globalization;
using System.Text.RegularExpressions;
using BodyCam.Core;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BodyCam.Catalog;

/// <summary>A database is longer than any that is made from a log of this length, and was not copied to be read.</summary>
public sealed class SnapshotTooLongException(string message) : InvalidOperationException(message);

/// <summary>One state of a database that a gateway may be writing, for who only compares: nothing is written or made beside the file.</summary>
public static partial class SqliteSnapshot
{
    // A segment takes some 210 bytes of the file. The write-ahead log is begun anew every 1,000 pages, unless somebody reads one state for long: it then keeps the length that it once had.
    private const long CopiedBytesMin = 256 << 20;
    private const long CopiedBytesPerLeaf = 4096;

    // Above the longest row: a record of the log has 64 KiB, the words of a manifest come from one of 1 MiB.
    private const int ValueBytesMax = 16 << 20;

    private const int CopiesMax = 5;
    private const int BlockBytes = 1 << 20;

    // SQLite's file format, section 4.1: each time that the log is begun anew its header has other salts.
    private const int LogHeaderBytes = 32;

    /// <summary>How the file stands; another value afterwards tells that somebody wrote meanwhile.</summary>
    public static (bool HasLog, long Bytes, DateTime WrittenAt) Standing(string path)
    {
        var file = new FileInfo(path);
        return (File.Exists(path + "-wal"), file.Exists ? file.Length : -1, file.LastWriteTimeUtc);
    }

    /// <summary>Opens the file as it lies, in a transaction that never ends: what is read is as of now.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The only <c>user_version</c> that is read so; null for any.</param>
    /// <param name="isTaken">True where a gateway may begin to write meanwhile: then it is read under SQLite's locks or not at all.</param>
    /// <returns>Null where only a copy can be read: another schema, or a write-ahead log that cannot be read as it lies.</returns>
    /// <exception cref="IOException">A pipe, socket or device stands in the place of the file or of one beside it.</exception>
    /// <exception cref="InvalidOperationException">It has something else than tables of what is stored.</exception>
    public static SqliteConnection? OpenAsItLies(string path, long? schema, bool isTaken)
    {
        SqliteLibrary.Load();
        foreach (var ending in new[] { "", "-wal", "-shm" })
            RegularFile.Require(path + ending);
        // A write-ahead log without its index would get one.
        var hasLog = File.Exists(path + "-wal");
        if (hasLog ? !File.Exists(path + "-shm") : isTaken)
            return null;
        // One in WAL mode that nobody has open would get its files, of this user.
        var source = hasLog ? path : $"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1";
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            OpenBounded(opened, "BEGIN DEFERRED");
            if (schema is null || opened.ExecuteScalar<long>("PRAGMA user_version") == schema)
                return opened;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_IOERR)
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

    /// <summary>Copies the file with its write-ahead log, and opens the copy.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="leaves">Leaves of the log: what is made from so many has at most 256 MiB and 4 KiB for each, the write-ahead log included.</param>
    /// <exception cref="SnapshotTooLongException">It is longer.</exception>
    /// <exception cref="CopyFailedException">The copy could not be written, or somebody began the write-ahead log anew each time.</exception>
    /// <exception cref="InvalidOperationException">It has something else than tables of what is stored.</exception>
    public static SqliteConnection OpenCopy(string path, CopyFolder folder, long leaves) => OpenCopy(path, folder, leaves, copied: null);

    /// <summary>The same; <paramref name="copied"/> is called each time when the file is copied and its write-ahead log not yet.</summary>
    internal static SqliteConnection OpenCopy(string path, CopyFolder folder, long leaves, Action? copied)
    {
        ArgumentNullException.ThrowIfNull(folder);
        SqliteLibrary.Load();
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Copy(path, folder, leaves, copied), Pooling = false }.ToString());
        try
        {
            OpenBounded(opened);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>What each table, index and trigger is made by, without comments and white space; but for what ANALYZE leaves.</summary>
    public static IReadOnlyDictionary<string, string> Schema(SqliteConnection opened) =>
        opened.Query<(string Name, string? Sql)>("SELECT type || ' ' || name, sql FROM sqlite_master WHERE type <> 'table' OR name NOT IN ('sqlite_stat1', 'sqlite_stat4')")
            .ToDictionary(static row => row.Name, static row => Unsaid().Replace(row.Sql ?? "", ""), StringComparer.Ordinal);

    /// <summary>Lets no value be read that is longer than any row.</summary>
    internal static void Bound(SqliteConnection opened) => _ = raw.sqlite3_limit(opened.Handle, raw.SQLITE_LIMIT_LENGTH, ValueBytesMax);

    private static string Copy(string path, CopyFolder folder, long leaves, Action? copied)
    {
        var (bytes, bytesMax) = (LengthOf(path) + LengthOf(path + "-wal"), CopiedBytesMin + (CopiedBytesPerLeaf * Math.Clamp(leaves, 0, long.MaxValue / (2 * CopiedBytesPerLeaf))));
        if (bytes > bytesMax)
            throw new SnapshotTooLongException(string.Create(CultureInfo.InvariantCulture, $"with its write-ahead log it has {bytes} bytes, more than what {leaves} leaves give, and was not copied to be read"));
        for (var copy = 1; copy <= CopiesMax; copy++)
        {
            var to = Path.Combine(CopyFolder.Written(() => Directory.CreateDirectory(Path.Combine(folder.Make(), copy.ToString(CultureInfo.InvariantCulture)))).FullName, Path.GetFileName(path));
            var header = LogHeader(path);
            CopyFile(path, to);
            copied?.Invoke();
            if (File.Exists(path + "-wal"))
                CopyFile(path + "-wal", to + "-wal");
            // What a gateway brought into the file meanwhile stands in this log too; what it brought before another log was begun need not stand in either copy.
            if (LogHeader(path).AsSpan().SequenceEqual(header))
                return to;
        }

        throw new CopyFailedException("a gateway wrote into it each time that it was copied");
    }

    private static void CopyFile(string path, string copy)
    {
        using var from = RegularFile.OpenRead(path);
        // Without a buffer of its own, whose end would be written when it is closed.
        using var to = CopyFolder.Written(() => new FileStream(copy, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
        var block = new byte[BlockBytes];
        while (from.Read(block) is var length and > 0)
        {
            CopyFolder.Written(() =>
            {
                to.Write(block, 0, length);
                return length;
            });
        }
    }

    private static byte[] LogHeader(string path)
    {
        if (!File.Exists(path + "-wal"))
            return [];
        using var log = RegularFile.OpenRead(path + "-wal");
        var header = new byte[LogHeaderBytes];
        return header[..log.ReadAtLeast(header, LogHeaderBytes, throwOnEndOfStream: false)];
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    // Nothing longer than a row is held, and no CHECK is evaluated.
    private static void OpenBounded(SqliteConnection opened, string begin = "")
    {
        opened.Open();
        Bound(opened);
        opened.Execute("PRAGMA ignore_check_constraints=ON; " + begin);
        RequireTables(opened);
    }

    // A view, a table that a module makes up, or a generated column is computed while it is read, and may have no end.
    private static void RequireTables(SqliteConnection opened)
    {
        if (opened.ExecuteScalar<string>("SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND sql NOT LIKE 'CREATE TABLE %' AND sql NOT LIKE 'CREATE INDEX %' AND sql NOT LIKE 'CREATE UNIQUE INDEX %' AND sql NOT LIKE 'CREATE TRIGGER %' LIMIT 1") is { } other)
            throw new InvalidOperationException($"{other} in it is no table");
        if (opened.ExecuteScalar<string>("SELECT made.name FROM sqlite_master made, pragma_table_xinfo(made.name) col WHERE made.type = 'table' AND col.hidden > 1 LIMIT 1") is { } computed)
            throw new InvalidOperationException($"{computed} in it has a column that is computed");
    }

    // No quote stands in what a gateway makes its tables by: two dashes begin a comment.
    [GeneratedRegex(@"--[^\n]*|\s+", RegexOptions.None, 1000)]
    private static partial Regex Unsaid();
}
