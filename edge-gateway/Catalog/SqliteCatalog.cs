using System.Data;
using System.Globalization;
using System.Reflection;
using BodyCam.Core;
using BodyCam.Core.Seals;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>The catalog in one SQLite file: write-ahead log, full sync. Thread-safe by one lock around the connection that writes and one around the one that is asked: whoever asks does not wait for a commit that the disk holds up.</summary>
public sealed class SqliteCatalog : ICatalog
{
    internal const string SegmentColumns = "device, epoch, recording, segment, kind, state, seal_digest, previous_digest, sha256, length_bytes, flags, stop_reason, activity, frame_count, segment_count, start_us, end_us, start_wall_us, stored_at_us, log_sequence";

    private const string InMemory = ":memory:";

    private const string ManifestColumns = "device, epoch, segment, first_recording, last_recording, complete, lacks, log_sequence";
    private const string RecordingColumns = "device, epoch, recording, activity, segments, damaged, segment_count, stop_reason, frame_count, recorded_us, length_bytes";

    private readonly SqliteConnection connection;
    private readonly SqliteConnection asked;
    private readonly Lock gate = new();
    private readonly Lock askedGate;
    private readonly CatalogWriter writer;
    private readonly SqliteStatement find;
    private readonly SqliteStatement highest;
    private readonly SqliteStatement waitingManifests;

    // One connection for both where the catalog is in memory: a second one would see another.
    private SqliteCatalog(SqliteConnection connection, SqliteConnection asked)
    {
        this.connection = connection;
        this.asked = asked;
        askedGate = asked == connection ? gate : new Lock();
        writer = new CatalogWriter(connection);
        find = new SqliteStatement(asked, $"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", "device", "epoch", "recording", "segment");
        highest = new SqliteStatement(
            asked,
            """
            SELECT IFNULL((SELECT recording FROM segment WHERE device = @device AND epoch = @epoch ORDER BY recording DESC, segment DESC LIMIT 1), 0),
                   IFNULL((SELECT segment FROM segment WHERE device = @device AND epoch = @epoch ORDER BY recording DESC, segment DESC LIMIT 1), 0),
                   MAX(IFNULL((SELECT recording FROM announcement WHERE device = @device AND epoch = @epoch ORDER BY recording DESC LIMIT 1), 0),
                       IFNULL((SELECT recording FROM lacking WHERE device = @device AND epoch = @epoch ORDER BY recording DESC LIMIT 1), 0))
            """,
            "device",
            "epoch");
        waitingManifests = new SqliteStatement(
            asked, $"SELECT {ManifestColumns} FROM manifest WHERE device = @device AND epoch = @epoch AND complete = 0 AND last_recording >= @recording AND first_recording <= @recording ORDER BY segment LIMIT 100", "device", "epoch", "recording");
    }

    /// <inheritdoc/>
    public long LogSize { get; private set; }

    /// <inheritdoc/>
    public byte[] LogRoot { get; private set; } = [];

    /// <summary>The database itself as it is written and as it is asked, for measuring.</summary>
    internal IReadOnlyList<SQLitePCL.sqlite3> Handles => [connection.Handle!, asked.Handle!];

    /// <summary>Opens the file, making it and bringing it to the newest schema.</summary>
    /// <param name="path">The file; <c>:memory:</c> for a catalog that is not kept.</param>
    /// <exception cref="InvalidOperationException">SQLite is missing, or the file is newer than this program; the message says what to do.</exception>
    public static SqliteCatalog Open(string path)
    {
        SqliteLibrary.Load();
        var opened = Connect(path);
        opened.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
        var catalog = new SqliteCatalog(opened, path == InMemory ? opened : Connect(path));
        if (opened.ExecuteScalar<long>("PRAGMA user_version") > Scripts().Length)
            throw new InvalidOperationException("The catalog was made by a newer version: run that version, or remove catalog.db and it is made anew.");
        Migrate(opened, Scripts().Length);
        catalog.ReadState();
        return catalog;
    }

    /// <summary>The same for who only compares: one state of the file, whatever a gateway writes meanwhile, and nothing is written or made beside it. Of an older schema, and where a write-ahead log cannot be read as it lies, a copy is opened.</summary>
    /// <param name="path">The file.</param>
    /// <param name="copies">Where a copy goes when one is needed.</param>
    /// <param name="leaves">Leaves of the log: a catalog of so many has at most 256 MiB and 4 KiB for each, its write-ahead log included, and a longer one is not copied.</param>
    /// <param name="isTaken">True where a gateway may begin to write meanwhile: then it is read under SQLite's locks, or a copy is, never the file as it lies.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="Open"/>; or only a copy can be read, and it is longer than any of this log.</exception>
    public static SqliteCatalog OpenToCompare(string path, CopyFolder copies, long leaves, bool isTaken = false)
    {
        if (SqliteSnapshot.OpenAsItLies(path, Scripts().Length, isTaken) is not { } opened)
        {
            using var copy = SqliteSnapshot.OpenCopy(path, copies, leaves);
            RequireOwnSchema(copy);
            return Open(copy.DataSource);
        }

        try
        {
            var catalog = new SqliteCatalog(opened, opened);
            catalog.ReadState();
            return catalog;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The first table, index or trigger by name that is none of a catalog's, or is made in another way; null for none.</summary>
    public string? OtherThanOwn() => OtherThanOwn(connection, Scripts().Length);

    /// <inheritdoc/>
    public void Apply(CatalogBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (gate)
        {
            writer.Apply(batch);
            LogSize = batch.LogSize;
            LogRoot = batch.LogRoot;
        }
    }

    /// <inheritdoc/>
    public SegmentRow? Find(SegmentKey key)
    {
        lock (askedGate)
            return find.Rows(Segment, key.Device.Text, (long)key.Epoch, (long)key.Recording, (long)key.Segment) is [var row] ? row : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LackingRow> Lacking() => Rows(
        "SELECT device, epoch, recording, segment, state, seal_digest, sha256, length_bytes, stored_at_us, log_sequence FROM lacking ORDER BY device, epoch, recording, segment", null,
        static reader => new LackingRow(
            Key(reader), (ReceiptState)reader.GetInt64(4), (byte[])reader.GetValue(5), (byte[])reader.GetValue(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9)));

    /// <inheritdoc/>
    public SegmentRow? Next(SegmentKey key) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment > @segment ORDER BY segment LIMIT 1", Names(key)).FirstOrDefault();

    /// <inheritdoc/>
    public bool HasDigest(DeviceId device, uint epoch, uint recording, ReadOnlySpan<byte> sealDigest)
    {
        var digest = sealDigest.ToArray();
        lock (askedGate)
            return asked.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording AND seal_digest = @digest)", new { device = device.Text, epoch, recording, digest }) > 0;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch ORDER BY recording, segment", new { device = device.Text, epoch });

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch, uint recording) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording ORDER BY segment", new { device = device.Text, epoch, recording });

    /// <inheritdoc/>
    public IReadOnlyList<EpochRow> Epochs() => Rows(
        "SELECT device, epoch, reason, log_sequence FROM epoch ORDER BY device, epoch", null,
        static reader => new EpochRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3)));

    /// <inheritdoc/>
    public IReadOnlyList<CertificateRow> Certificates() => Rows(
        "SELECT device, epoch, serial, sha256, authority, not_after_us, log_sequence FROM certificate ORDER BY device, epoch", null,
        static reader => new CertificateRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5), reader.GetInt64(6)));

    /// <inheritdoc/>
    public IReadOnlyList<RevocationRow> Revocations() => Rows(
        "SELECT device, epoch, reason, at_us, log_sequence FROM revocation ORDER BY device, epoch", null,
        static reader => new RevocationRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4)));

    /// <inheritdoc/>
    public (uint Recording, uint Segment) Highest(DeviceId device, uint epoch)
    {
        lock (askedGate)
        {
            var (recording, segment, announced) = highest.Rows(static reader => (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)), device.Text, (long)epoch)[0];
            return announced > recording ? ((uint)announced, 0) : ((uint)recording, (uint)segment);
        }
    }

    /// <inheritdoc/>
    public byte[]? Head(DeviceId device, uint epoch, bool journal)
    {
        lock (askedGate)
        {
            var order = journal ? "recording = 0" : "recording > 0";
            return asked.ExecuteScalar<byte[]?>($"SELECT seal_digest FROM segment WHERE device = @device AND epoch = @epoch AND {order} ORDER BY recording DESC, segment DESC LIMIT 1", new { device = device.Text, epoch });
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> NotArchived(long afterSequence, int countMax) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE state = 1 AND purged = 0 AND log_sequence > @afterSequence ORDER BY log_sequence LIMIT @countMax", new { afterSequence, countMax });

    /// <inheritdoc/>
    public PurgeRow? FindPurge(SegmentKey key) => QueryPurges("WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", Names(key)).FirstOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<PurgeRow> PurgesAt(PurgeState state, int countMax, PurgeRow? after = null) =>
        // The state stands in the text: only so is the index of that state used.
        QueryPurges(
            string.Create(CultureInfo.InvariantCulture, $"WHERE state = {(int)state} AND (log_sequence, recording, segment) > (@sequence, @recording, @segment) ORDER BY log_sequence, recording, segment LIMIT @countMax"),
            new { sequence = after?.LogSequence ?? -1, recording = after?.Key.Recording ?? 0, segment = after?.Key.Segment ?? 0, countMax });

    /// <inheritdoc/>
    public void MarkPurge(SegmentKey key, PurgeState state)
    {
        lock (gate)
            connection.Execute("UPDATE purge SET state = @state WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", new { state = (int)state, device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment });
    }

    /// <inheritdoc/>
    public RecordingRow? FindRecording(DeviceId device, uint epoch, uint recording) =>
        QueryRecordings("WHERE device = @device AND epoch = @epoch AND recording = @recording", new { device = device.Text, epoch, recording }).FirstOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<RecordingRow> Recordings(DeviceId device) => QueryRecordings("WHERE device = @device ORDER BY epoch, recording", new { device = device.Text });

    /// <inheritdoc/>
    public IReadOnlyList<RecordingRow> NewestRecordings(int countMax) => QueryRecordings("ORDER BY first_sequence DESC LIMIT @countMax", new { countMax });

    /// <inheritdoc/>
    public IReadOnlyList<AnnouncementRow> AnnouncedMissing(int countMax) => Rows(
        "SELECT device, epoch, recording, activity, log_sequence FROM announcement WHERE arrived = 0 ORDER BY log_sequence LIMIT @countMax", new { countMax },
        static reader => new AnnouncementRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> PendingLinks(int countMax) =>
        Query(
            $"""
            SELECT {string.Join(", ", SegmentColumns.Split(", ").Select(static column => "s." + column))} FROM (SELECT device, epoch, recording, segment FROM open_link ORDER BY log_sequence LIMIT @countMax) o
            JOIN segment s ON s.device = o.device AND s.epoch = o.epoch AND s.recording = o.recording AND s.segment = o.segment ORDER BY s.log_sequence
            """,
            new { countMax });

    /// <inheritdoc/>
    public ManifestRow? FindManifest(SegmentKey key) => QueryManifests("WHERE device = @device AND epoch = @epoch AND segment = @segment", Names(key)).FirstOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<ManifestRow> Manifests(DeviceId device) => QueryManifests("WHERE device = @device ORDER BY log_sequence", new { device = device.Text });

    /// <inheritdoc/>
    public IReadOnlyList<ManifestRow> NewestManifests(int countMax) => QueryManifests("ORDER BY log_sequence DESC LIMIT @countMax", new { countMax });

    /// <inheritdoc/>
    public IReadOnlyList<ManifestRow> IncompleteManifests(int countMax) => QueryManifests("WHERE complete = 0 ORDER BY log_sequence DESC LIMIT @countMax", new { countMax });

    /// <inheritdoc/>
    public IReadOnlyList<ManifestRow> WaitingManifests(DeviceId device, uint epoch, uint recording)
    {
        lock (askedGate)
            return waitingManifests.Rows(Manifest, device.Text, (long)epoch, (long)recording);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<ReceiptState, long> CountByState() => Rows(
        "SELECT state, segments FROM state_count WHERE segments > 0", null, static reader => ((ReceiptState)reader.GetInt64(0), reader.GetInt64(1))).ToDictionary();

    /// <inheritdoc/>
    public void Dispose()
    {
        writer.Dispose();
        foreach (var statement in new[] { find, highest, waitingManifests })
            statement.Dispose();
        asked.Dispose();
        connection.Dispose();
    }

    /// <summary>Syncs nothing from now on: for growing in a benchmark.</summary>
    internal void Hurry() => connection.Execute("PRAGMA synchronous=OFF");

    private static SqliteConnection Connect(string path)
    {
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        opened.Open();
        SqliteSnapshot.Bound(opened);
        return opened;
    }

    private static object Names(SegmentKey key) => new { device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment };

    private static SegmentKey Key(IDataReader reader) => new SegmentKey(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), (uint)reader.GetInt64(3));

    private static SegmentRow Segment(IDataReader reader) => new(
        Key(reader),
        (SegmentKind)reader.GetInt64(4), (ReceiptState)reader.GetInt64(5), (byte[])reader.GetValue(6), (byte[])reader.GetValue(7), (byte[])reader.GetValue(8), reader.GetInt64(9), (SealFlags)reader.GetInt64(10),
        (StopReason)reader.GetInt64(11), reader.GetInt64(12), reader.GetInt64(13), reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16), reader.GetInt64(17), reader.GetInt64(18), reader.GetInt64(19));

    private static ManifestRow Manifest(IDataReader reader) => new(
        DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), (uint)reader.GetInt64(3), (uint)reader.GetInt64(4), reader.GetInt64(5) == 1, reader.GetString(6), reader.GetInt64(7));

    private static RecordingRow Recording(IDataReader reader) => new(
        reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10));

    private static PurgeRow Purge(IDataReader reader) => new(
        Key(reader), reader.GetInt64(4), (PurgeState)reader.GetInt64(5));

    private List<SegmentRow> Query(string sql, object values) => Rows(sql, values, Segment);

    private List<ManifestRow> QueryManifests(string which, object values) => Rows($"SELECT {ManifestColumns} FROM manifest {which}", values, Manifest);

    private List<RecordingRow> QueryRecordings(string which, object values) => Rows($"SELECT {RecordingColumns} FROM recording {which}", values, Recording);

    private List<PurgeRow> QueryPurges(string which, object values) => Rows("SELECT device, epoch, recording, segment, log_sequence, state FROM purge " + which, values, Purge);

    private List<T> Rows<T>(string sql, object? values, Func<IDataReader, T> read)
    {
        lock (askedGate)
        {
            using var reader = asked.ExecuteReader(sql, values);
            var rows = new List<T>();
            while (reader.Read())
                rows.Add(read(reader));
            return rows;
        }
    }

    private static string[] Scripts() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(static name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private void ReadState()
    {
        LogRoot = connection.ExecuteScalar("SELECT value FROM meta WHERE name = 'log_root'") as byte[] ?? [];
        LogSize = connection.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'log_size'");
    }

    private static void Migrate(SqliteConnection opened, long to)
    {
        var scripts = Scripts();
        for (var version = opened.ExecuteScalar<long>("PRAGMA user_version"); version < to; version++)
        {
            using var stream = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(scripts[version])!);
            using var transaction = opened.BeginTransaction();
            opened.Execute(stream.ReadToEnd(), transaction: transaction);
            opened.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"), transaction: transaction);
            transaction.Commit();
        }
    }

    // A trigger or an expression that is none of a catalog's would be run while it is brought to the newest schema, and may have no end.
    private static void RequireOwnSchema(SqliteConnection opened)
    {
        if (opened.ExecuteScalar<long>("PRAGMA user_version") is var version && version < Scripts().Length && OtherThanOwn(opened, version) is { } other)
            throw new InvalidOperationException($"{other} in it is none of a catalog's");
    }

    private static string? OtherThanOwn(SqliteConnection opened, long version)
    {
        using var own = Connect(InMemory);
        Migrate(own, version);
        return SqliteSnapshot.Schema(opened).Except(SqliteSnapshot.Schema(own)).Select(static made => made.Key).Order(StringComparer.Ordinal).FirstOrDefault();
    }
}
