using System.Data;
using System.Globalization;
using System.Reflection;
using BodyCam.Core;
using BodyCam.Core.Seals;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>The catalog in one SQLite file: write-ahead log, full sync. Thread-safe by one lock around one connection.</summary>
public sealed class SqliteCatalog : ICatalog
{
    private const string SegmentColumns = "device, epoch, recording, segment, kind, state, seal_digest, previous_digest, sha256, length_bytes, flags, stop_reason, activity, frame_count, segment_count, start_us, end_us, start_wall_us, stored_at_us, log_sequence";

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    private SqliteCatalog(SqliteConnection connection) => this.connection = connection;

    /// <inheritdoc/>
    public long LogSize { get; private set; }

    /// <inheritdoc/>
    public byte[] LogRoot { get; private set; } = [];

    /// <summary>Opens the file, making it and bringing it to the newest schema.</summary>
    /// <param name="path">The file; <c>:memory:</c> for a catalog that is not kept.</param>
    /// <exception cref="InvalidOperationException">SQLite is missing, or the file is newer than this program; the message says what to do.</exception>
    public static SqliteCatalog Open(string path)
    {
        SqliteLibrary.Load();
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        opened.Open();
        opened.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
        var catalog = new SqliteCatalog(opened);
        catalog.Migrate();
        catalog.LogRoot = opened.ExecuteScalar("SELECT value FROM meta WHERE name = 'log_root'") as byte[] ?? [];
        catalog.LogSize = opened.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'log_size'");
        return catalog;
    }

    /// <inheritdoc/>
    public void Apply(CatalogBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (gate)
        {
            using var transaction = connection.BeginTransaction();
            foreach (var row in batch.Epochs)
                Execute("INSERT OR REPLACE INTO epoch VALUES (@device, @epoch, @reason, @sequence)", transaction, new { device = row.Device.Text, epoch = row.Epoch, reason = row.Reason, sequence = row.LogSequence });
            foreach (var row in batch.Certificates)
                Execute("INSERT OR IGNORE INTO certificate VALUES (@device, @epoch, @serial, @sha256, @authority, @notAfter, @sequence)", transaction, new { device = row.Device.Text, epoch = row.Epoch, serial = row.Serial, sha256 = row.Sha256, authority = row.Authority, notAfter = row.NotAfterUs, sequence = row.LogSequence });
            foreach (var row in batch.Revocations)
                Execute("INSERT OR IGNORE INTO revocation VALUES (@device, @epoch, @reason, @at, @sequence)", transaction, new { device = row.Device.Text, epoch = row.Epoch, reason = row.Reason, at = row.AtUs, sequence = row.LogSequence });
            foreach (var row in batch.Segments)
                Insert(row, transaction);
            foreach (var row in batch.Announcements)
                Execute("INSERT OR IGNORE INTO announcement VALUES (@device, @epoch, @recording, @activity, @sequence)", transaction, new { device = row.Device.Text, epoch = row.Epoch, recording = row.Recording, activity = row.Activity, sequence = row.LogSequence });
            foreach (var row in batch.Manifests)
            {
                Execute("INSERT OR REPLACE INTO manifest VALUES (@device, @epoch, @segment, @first, @last, @complete, @lacks, @sequence)", transaction, new
                {
                    device = row.Device.Text, epoch = row.Epoch, segment = row.Segment, first = row.FirstRecording, last = row.LastRecording, complete = row.Complete, lacks = row.Lacks, sequence = row.LogSequence,
                });
            }

            foreach (var key in batch.Archived)
                Execute("UPDATE segment SET state = 2 WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment AND state = 1", transaction, Names(key));
            foreach (var (key, sequence) in batch.Purges)
                Execute("INSERT OR IGNORE INTO purge VALUES (@device, @epoch, @recording, @segment, @sequence, 1)", transaction, new { device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment, sequence });
            Execute("UPDATE meta SET value = @size WHERE name = 'log_size'", transaction, new { size = batch.LogSize });
            Execute("UPDATE meta SET value = @root WHERE name = 'log_root'", transaction, new { root = batch.LogRoot });
            transaction.Commit();
            LogSize = batch.LogSize;
            LogRoot = batch.LogRoot;
        }
    }

    /// <inheritdoc/>
    public SegmentRow? Find(SegmentKey key) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", Names(key)).FirstOrDefault();

    /// <inheritdoc/>
    public bool HasDigest(DeviceId device, uint epoch, ReadOnlySpan<byte> sealDigest)
    {
        var digest = sealDigest.ToArray();
        lock (gate)
            return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM segment WHERE seal_digest = @digest AND device = @device AND epoch = @epoch", new { digest, device = device.Text, epoch }) > 0;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch ORDER BY recording, segment", new { device = device.Text, epoch });

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> Segments(DeviceId device, uint epoch, uint recording) =>
        Query($"SELECT {SegmentColumns} FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording ORDER BY segment", new { device = device.Text, epoch, recording });

    /// <inheritdoc/>
    public IReadOnlyList<EpochRow> Epochs()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT device, epoch, reason, log_sequence FROM epoch ORDER BY device, epoch");
            var rows = new List<EpochRow>();
            while (reader.Read())
                rows.Add(new EpochRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<CertificateRow> Certificates()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT device, epoch, serial, sha256, authority, not_after_us, log_sequence FROM certificate ORDER BY device, epoch");
            var rows = new List<CertificateRow>();
            while (reader.Read())
                rows.Add(new CertificateRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5), reader.GetInt64(6)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<RevocationRow> Revocations()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT device, epoch, reason, at_us, log_sequence FROM revocation ORDER BY device, epoch");
            var rows = new List<RevocationRow>();
            while (reader.Read())
                rows.Add(new RevocationRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public (uint Recording, uint Segment) Highest(DeviceId device, uint epoch)
    {
        lock (gate)
        {
            var values = new { device = device.Text, epoch };
            var recording = connection.ExecuteScalar<long?>("SELECT MAX(recording) FROM (SELECT MAX(recording) AS recording FROM segment WHERE device = @device AND epoch = @epoch UNION ALL SELECT MAX(recording) FROM announcement WHERE device = @device AND epoch = @epoch)", values) ?? 0;
            var segment = connection.ExecuteScalar<long?>("SELECT MAX(segment) FROM segment WHERE device = @device AND epoch = @epoch AND recording = @recording", new { device = device.Text, epoch, recording }) ?? 0;
            return ((uint)recording, (uint)segment);
        }
    }

    /// <inheritdoc/>
    public byte[]? Head(DeviceId device, uint epoch, bool journal)
    {
        lock (gate)
        {
            var order = journal ? "recording = 0" : "recording > 0";
            return connection.ExecuteScalar<byte[]?>($"SELECT seal_digest FROM segment WHERE device = @device AND epoch = @epoch AND {order} ORDER BY recording DESC, segment DESC LIMIT 1", new { device = device.Text, epoch });
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> NotArchived(long afterSequence, int countMax) =>
        Query($"SELECT {SegmentColumns} FROM segment s WHERE state = 1 AND log_sequence > @afterSequence AND NOT EXISTS (SELECT 1 FROM purge p WHERE p.device = s.device AND p.epoch = s.epoch AND p.recording = s.recording AND p.segment = s.segment) ORDER BY log_sequence LIMIT @countMax", new { afterSequence, countMax });

    /// <inheritdoc/>
    public PurgeRow? FindPurge(SegmentKey key) => QueryPurges("WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", Names(key)).FirstOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<PurgeRow> Purges(PurgeState upTo, int countMax) => QueryPurges("WHERE state <= @upTo ORDER BY log_sequence, recording, segment LIMIT @countMax", new { upTo = (int)upTo, countMax });

    /// <inheritdoc/>
    public void MarkPurge(SegmentKey key, PurgeState state)
    {
        lock (gate)
            connection.Execute("UPDATE purge SET state = @state WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment", new { state = (int)state, device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment });
    }

    /// <inheritdoc/>
    public IReadOnlyList<RecordingRow> Recordings(DeviceId? device)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader(
                """
                SELECT device AS Device, epoch AS Epoch, recording AS Recording, MAX(activity) AS Activity, SUM(state < 3) AS Segments, SUM(state = 3) AS Damaged, MAX(segment_count) AS SegmentCount,
                       MAX(stop_reason) AS StopReason, SUM(frame_count) AS Frames, SUM(end_us - start_us) AS RecordedUs, SUM(length_bytes) AS Bytes
                FROM segment WHERE recording > 0 AND (@device IS NULL OR device = @device) GROUP BY device, epoch, recording ORDER BY device, epoch, recording
                """,
                new { device = device?.Text });
            var rows = new List<RecordingRow>();
            while (reader.Read())
            {
                rows.Add(new RecordingRow(
                    reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10)));
            }

            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<AnnouncementRow> AnnouncedMissing()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader(
                """
                SELECT a.device, a.epoch, a.recording, a.activity, a.log_sequence FROM announcement a
                WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE s.device = a.device AND s.epoch = a.epoch AND s.recording = a.recording) ORDER BY 1, 2, 3
                """);
            var rows = new List<AnnouncementRow>();
            while (reader.Read())
                rows.Add(new AnnouncementRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SegmentRow> PendingLinks(int countMax) =>
        Query(
            $"""
            SELECT {SegmentColumns} FROM segment s WHERE previous_digest <> zeroblob(32)
            AND NOT EXISTS (SELECT 1 FROM segment p WHERE p.seal_digest = s.previous_digest AND p.device = s.device AND p.epoch = s.epoch) ORDER BY log_sequence LIMIT @countMax
            """,
            new { countMax });

    /// <inheritdoc/>
    public IReadOnlyList<ManifestRow> Manifests(DeviceId? device)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT device, epoch, segment, first_recording, last_recording, complete, lacks, log_sequence FROM manifest WHERE @device IS NULL OR device = @device ORDER BY log_sequence", new { device = device?.Text });
            var rows = new List<ManifestRow>();
            while (reader.Read())
                rows.Add(new ManifestRow(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), (uint)reader.GetInt64(3), (uint)reader.GetInt64(4), reader.GetInt64(5) == 1, reader.GetString(6), reader.GetInt64(7)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<ReceiptState, long> CountByState()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT state, COUNT(*) FROM segment GROUP BY state");
            var counts = new Dictionary<ReceiptState, long>();
            while (reader.Read())
                counts[(ReceiptState)reader.GetInt64(0)] = reader.GetInt64(1);
            return counts;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static object Names(SegmentKey key) => new { device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment };

    private void Execute(string sql, IDbTransaction transaction, object values) => connection.Execute(sql, values, transaction);

    private void Insert(SegmentRow row, IDbTransaction transaction) =>
        Execute(
            $"INSERT OR REPLACE INTO segment ({SegmentColumns}) VALUES (@device, @epoch, @recording, @segment, @kind, @state, @SealDigest, @PreviousDigest, @Sha256, @Bytes, @flags, @stop, @Activity, @FrameCount, @SegmentCount, @StartUs, @EndUs, @StartDeviceWallUs, @StoredAtUs, @LogSequence)",
            transaction,
            new
            {
                device = row.Key.Device.Text, epoch = row.Key.Epoch, recording = row.Key.Recording, segment = row.Key.Segment, kind = (int)row.Kind, state = (int)row.State, row.SealDigest, row.PreviousDigest, row.Sha256, row.Bytes,
                flags = (int)row.Flags, stop = (int)row.StopReason, row.Activity, row.FrameCount, row.SegmentCount, row.StartUs, row.EndUs, row.StartDeviceWallUs, row.StoredAtUs, row.LogSequence,
            });

    private List<SegmentRow> Query(string sql, object values)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader(sql, values);
            var rows = new List<SegmentRow>();
            while (reader.Read())
            {
                rows.Add(new SegmentRow(
                    new SegmentKey(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), (uint)reader.GetInt64(3)),
                    (SegmentKind)reader.GetInt64(4), (ReceiptState)reader.GetInt64(5), (byte[])reader.GetValue(6), (byte[])reader.GetValue(7), (byte[])reader.GetValue(8), reader.GetInt64(9), (SealFlags)reader.GetInt64(10),
                    (StopReason)reader.GetInt64(11), reader.GetInt64(12), reader.GetInt64(13), reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16), reader.GetInt64(17), reader.GetInt64(18), reader.GetInt64(19)));
            }

            return rows;
        }
    }

    private List<PurgeRow> QueryPurges(string where, object values)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT device, epoch, recording, segment, log_sequence, state FROM purge " + where, values);
            var rows = new List<PurgeRow>();
            while (reader.Read())
                rows.Add(new PurgeRow(new SegmentKey(DeviceId.Parse(reader.GetString(0)), (uint)reader.GetInt64(1), (uint)reader.GetInt64(2), (uint)reader.GetInt64(3)), reader.GetInt64(4), (PurgeState)reader.GetInt64(5)));
            return rows;
        }
    }

    private void Migrate()
    {
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        var assembly = Assembly.GetExecutingAssembly();
        var scripts = assembly.GetManifestResourceNames().Where(static name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        if (version > scripts.Length)
            throw new InvalidOperationException("The catalog was made by a newer version: run that version, or remove catalog.db and it is made anew.");
        for (; version < scripts.Length; version++)
        {
            using var stream = new StreamReader(assembly.GetManifestResourceStream(scripts[version])!);
            using var transaction = connection.BeginTransaction();
            connection.Execute(stream.ReadToEnd(), transaction: transaction);
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"), transaction: transaction);
            transaction.Commit();
        }
    }
}
