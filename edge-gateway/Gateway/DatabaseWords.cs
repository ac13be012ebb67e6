using Microsoft.Data.Sqlite;

namespace BodyCam.Gateway;

/// <summary>What people are told of a database that SQLite cannot use: which file, and what to do with it.</summary>
public static class DatabaseWords
{
    // SQLite result codes (sqlite3.h): the file's content is not what it should be.
    private const int SqliteError = 1;
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    /// <summary>Derived from files and log.</summary>
    public const string Catalog = "remove catalog.db, catalog.db-wal and catalog.db-shm; the gateway makes it anew.";

    /// <summary>Derived from the log.</summary>
    public const string Custody = "remove custody.db, custody.db-wal and custody.db-shm; the gateway makes it anew from the log.";

    /// <summary>The only copy.</summary>
    public const string Accounts = "remove accounts.db-journal if it is there, and restore accounts.db from the backup of the keys folder. Without one, remove accounts.db too: the gateway begins again with no accounts and a new set-up code.";

    /// <summary>A sentence that names the file and ends with what to do.</summary>
    /// <param name="path">The file.</param>
    /// <param name="failure">What SQLite says.</param>
    /// <param name="whenDamaged">What to do when the file itself is the matter.</param>
    public static string Of(string path, SqliteException failure, string whenDamaged)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var said = failure.Message.TrimEnd('.');
        return failure.SqliteErrorCode is SqliteError or SqliteCorrupt or SqliteNotADatabase
            ? $"{path} is damaged ({said}): {whenDamaged}"
            : $"{path} cannot be used ({said}): look at the disk, at who may write there, and whether another program holds it.";
    }
}
