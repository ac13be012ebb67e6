using System.Data;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Custody.Acts;
using BodyCam.Log;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Custody.Store;

/// <summary>The store in one SQLite file. Not synced at each act, as the log is: what a power cut takes is applied again from it.</summary>
public sealed class SqliteCustodyStore : ICustodyStore
{
    /// <summary>File of the store in a data folder.</summary>
    public const string FileName = "custody.db";

    /// <summary>The newest <c>user_version</c>.</summary>
    internal const int SchemaVersion = 1;

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    private SqliteCustodyStore(SqliteConnection connection) => this.connection = connection;

    /// <inheritdoc/>
    public long NextSequence { get; private set; }

    /// <summary>The database itself, for comparing.</summary>
    internal SqliteConnection Connection => connection;

    /// <summary>The database itself, for measuring.</summary>
    internal SQLitePCL.sqlite3 Handle => connection.Handle!;

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <param name="path">The file; <c>:memory:</c> for one that is not kept.</param>
    /// <exception cref="InvalidOperationException">SQLite is missing or the file is of a newer program; the message says what to do.</exception>
    public static SqliteCustodyStore Open(string path)
    {
        SqliteLibrary.Load();
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            opened.Open();
            opened.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
            var store = new SqliteCustodyStore(opened);
            store.Migrate();
            store.NextSequence = opened.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'next_sequence'");
            return store;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public T? Find<T>(string id)
        where T : class, IEntity
    {
        lock (gate)
        {
            var body = connection.ExecuteScalar<string?>("SELECT body FROM entity WHERE kind = @kind AND id = @id", new { kind = T.Kind, id });
            return body is null ? null : JsonSerializer.Deserialize<T>(body, ActJson.Options);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> List<T>(EntityQuery query)
        where T : class, IEntity
    {
        ArgumentNullException.ThrowIfNull(query);
        var values = new { kind = T.Kind, name = query.Key, value = query.Value, after = query.After ?? "", countMax = Math.Clamp(query.CountMax, 1, EntityQuery.CountMost) };
        var sql = query.Key is null
            ? "SELECT body FROM entity WHERE kind = @kind AND id > @after ORDER BY id LIMIT @countMax"
            : "SELECT e.body FROM entity_key k JOIN entity e ON e.kind = k.kind AND e.id = k.id WHERE k.kind = @kind AND k.name = @name AND k.value = @value AND k.id > @after ORDER BY k.id LIMIT @countMax";
        lock (gate)
            return [.. connection.Query<string>(sql, values).Select(static body => JsonSerializer.Deserialize<T>(body, ActJson.Options)!)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<LoggedAct> Acts(string thing, long afterSequence = -1, int countMax = 1000)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader(
                "SELECT a.sequence, a.body FROM act_thing t JOIN act a ON a.sequence = t.sequence WHERE t.thing = @thing AND t.sequence > @afterSequence ORDER BY t.sequence LIMIT @countMax",
                new { thing, afterSequence, countMax = Math.Clamp(countMax, 1, EntityQuery.CountMost) });
            var acts = new List<LoggedAct>();
            while (reader.Read())
                acts.Add(new LoggedAct(reader.GetInt64(0), JsonSerializer.Deserialize<Act>(reader.GetString(1), ActJson.Options)!));
            return acts;
        }
    }

    /// <summary>True when the log has the root that was noted and its newest act is what the log has in that place, or nobody can tell: false of a store that followed another log.</summary>
    /// <param name="log">The log that stands.</param>
    /// <param name="checkpoint">What covers it.</param>
    public bool Follows(LogReader log, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(checkpoint);
        lock (gate)
        {
            try
            {
                return FollowsRootNeedsLock(log, checkpoint) && FollowsActNeedsLock(log, checkpoint.Size);
            }
            catch (Exception unreadable) when (unreadable is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                return true; // a tile is missing, or cannot be read
            }
        }
    }

    /// <summary>Notes the root of all that is applied, for <see cref="Follows"/> at the next start: also a store without an act of its own since then is told from one of another log. Where there is no room, or a tile is missing, the earlier one stays.</summary>
    /// <param name="log">The log that it follows.</param>
    public void NoteRoot(LogReader log)
    {
        ArgumentNullException.ThrowIfNull(log);
        lock (gate)
        {
            if (RootNeedsLock() is var (size, _) && size == NextSequence)
                return;
            try
            {
                connection.Execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('root_size', @NextSequence), ('root', @root)", new { NextSequence, root = log.RootAt(NextSequence) });
            }
            catch (Exception failure) when (failure is SqliteException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                // The next start notes it.
            }
        }
    }

    private (long Size, byte[] Root)? RootNeedsLock() =>
        connection.ExecuteScalar("SELECT value FROM meta WHERE name = 'root_size'") is long size && connection.ExecuteScalar("SELECT value FROM meta WHERE name = 'root'") is byte[] root ? (size, root) : null;

    // Further than the log is told by itself. Of another root only what the checkpoint vouches for is believed: a hash that rotted in a tile is for the audit to tell.
    private bool FollowsRootNeedsLock(LogReader log, Checkpoint checkpoint)
    {
        if (RootNeedsLock() is not var (size, root) || size < 0 || size > checkpoint.Size)
            return true;
        var had = log.RootAt(size);
        return had.AsSpan().SequenceEqual(root) || !MerkleProof.VerifyConsistency(size, checkpoint.Size, had, checkpoint.Root, log.ConsistencyProof(size, checkpoint.Size));
    }

    private bool FollowsActNeedsLock(LogReader log, long logSize)
    {
        using var reader = connection.ExecuteReader("SELECT sequence, body FROM act ORDER BY sequence DESC LIMIT 1");
        if (!reader.Read() || reader.GetInt64(0) is var sequence && sequence >= logSize)
            return true;
        // A rotten line is for the audit to tell.
        return log.ReadRecord(sequence) is not { } stored || !stored.ToEntry().LeafHash().AsSpan().SequenceEqual(log.ReadLeafHash(sequence, logSize))
            || (stored.Type == ActJson.RecordType && (stored.Utf8Json is not { } bytes || ActJson.FromRecord(bytes) is not { } act || IsSame(reader.GetString(1), act)));
    }

    private static bool IsSame(string body, Act act)
    {
        try
        {
            return JsonSerializer.Serialize(JsonSerializer.Deserialize<Act>(body, ActJson.Options), ActJson.Options) == JsonSerializer.Serialize(act, ActJson.Options);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<LoggedAct> acts, long nextSequence)
    {
        ArgumentNullException.ThrowIfNull(acts);
        lock (gate)
        {
            using var work = SqliteWork.Begin(connection);
            var transaction = work.Transaction;
            foreach (var (sequence, act) in acts)
                ApplyNeedsLock(sequence, act, transaction);
            connection.Execute("UPDATE meta SET value = @nextSequence WHERE name = 'next_sequence'", new { nextSequence }, transaction);
            work.Commit();
            NextSequence = nextSequence;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private void ApplyNeedsLock(long sequence, Act act, IDbTransaction transaction)
    {
        connection.Execute("INSERT OR REPLACE INTO act VALUES (@sequence, @body)", new { sequence, body = JsonSerializer.Serialize(act, ActJson.Options) }, transaction);
        foreach (var thing in act.Things())
            connection.Execute("INSERT OR IGNORE INTO act_thing VALUES (@thing, @sequence)", new { thing, sequence }, transaction);
        foreach (var change in act.Changes)
        {
            connection.Execute("INSERT OR REPLACE INTO entity VALUES (@Kind, @Id, @body, @sequence)", new { change.Kind, change.Id, body = change.Body.GetRawText(), sequence }, transaction);
            connection.Execute("DELETE FROM entity_key WHERE kind = @Kind AND id = @Id", new { change.Kind, change.Id }, transaction);
            foreach (var key in change.Keys.Distinct())
                connection.Execute("INSERT INTO entity_key VALUES (@Kind, @Name, @Value, @Id)", new { change.Kind, key.Name, key.Value, change.Id }, transaction);
        }
    }

    private void Migrate()
    {
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version > SchemaVersion)
            throw new InvalidOperationException($"{connection.DataSource} was written by a newer program (schema {version}): run that program, or remove the file; it is made anew from the log.");
        if (version == SchemaVersion)
            return;
        using var stream = typeof(SqliteCustodyStore).Assembly.GetManifestResourceStream("BodyCam.Custody.Store.Migrations.001.sql")!;
        using var text = new StreamReader(stream);
        using var transaction = connection.BeginTransaction();
        connection.Execute(text.ReadToEnd(), transaction: transaction);
        connection.Execute($"PRAGMA user_version = {SchemaVersion}", transaction: transaction);
        transaction.Commit();
    }
}
