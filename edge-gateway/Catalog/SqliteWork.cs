using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BodyCam.Catalog;

/// <summary>A transaction that is undone unless it was committed, also when SQLite has undone it by itself: what is thrown is the failure, and the connection can be used again.</summary>
/// <remarks>A commit without room ends the transaction inside SQLite; the ROLLBACK of <see cref="SqliteTransaction"/> then fails in its turn, hides the first failure and leaves the connection with a transaction that never ends.</remarks>
public sealed class SqliteWork : IDisposable
{
    private readonly SqliteConnection connection;
    private bool isCommitted;

    private SqliteWork(SqliteConnection connection)
    {
        this.connection = connection;
        Transaction = connection.BeginTransaction();
    }

    /// <summary>For the commands in it.</summary>
    public SqliteTransaction Transaction { get; }

    /// <summary>Begins to write; nobody else writes until it is disposed.</summary>
    public static SqliteWork Begin(SqliteConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return new SqliteWork(connection);
    }

    /// <summary>Makes it durable.</summary>
    /// <exception cref="SqliteException">Nothing of it stands; it may be begun anew.</exception>
    public void Commit()
    {
        Transaction.Commit();
        isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Something for the ROLLBACK to undo, where SQLite has nothing left.
        if (!isCommitted && raw.sqlite3_get_autocommit(connection.Handle) != 0)
            _ = raw.sqlite3_exec(connection.Handle, "BEGIN");
        Transaction.Dispose();
        if (!isCommitted && raw.sqlite3_get_autocommit(connection.Handle) == 0)
            _ = raw.sqlite3_exec(connection.Handle, "ROLLBACK");
    }
}
