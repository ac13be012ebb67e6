using BodyCam.Catalog;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Cli.Doctor;

/// <summary>Questions to a catalog that are asked beside a running gateway: opened for reading only.</summary>
internal sealed class StationCatalog : IDisposable
{
    private const long LargeBytes = 512L << 20;

    private readonly SqliteConnection connection;

    private StationCatalog(SqliteConnection connection) => this.connection = connection;

    public static StationCatalog Open(string path)
    {
        SqliteLibrary.Load();
        var opened = new SqliteConnection(SqliteLibrary.ReadOnly(path));
        opened.Open();
        return new StationCatalog(opened);
    }

    public long SegmentCount => connection.ExecuteScalar<long>("SELECT IFNULL(SUM(segments), 0) FROM state_count");

    /// <summary>Segments that stand in the archive, purged ones too.</summary>
    public long ArchivedCount => connection.ExecuteScalar<long>("SELECT IFNULL(SUM(segments), 0) FROM state_count WHERE state = 2");

    public long LogSize => connection.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'log_size'");

    /// <summary>What SQLite finds wrong with the file; null for nothing. In a catalog above 512 MB the pages of the segments are left out: reading them takes minutes, and verify compares each row.</summary>
    public string? Fault()
    {
        var isLarge = connection.ExecuteScalar<long>("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") > LargeBytes;
        string[] checks = isLarge ? ["PRAGMA quick_check(epoch)", "PRAGMA quick_check(recording)", "PRAGMA quick_check(manifest)", "PRAGMA quick_check(meta)"] : ["PRAGMA quick_check(1)"];
        return checks.Select(check => connection.ExecuteScalar<string>(check)).FirstOrDefault(static said => said != "ok");
    }

    /// <summary>Recorders whose newest, unrevoked certificate ends before that.</summary>
    public IReadOnlyList<string> CertificatesEndingBefore(DateTimeOffset at) =>
        [.. connection.Query<string>(
            """
            SELECT device FROM certificate AS c
            WHERE epoch = (SELECT MAX(epoch) FROM epoch WHERE epoch.device = c.device) AND not_after_us < @at
              AND NOT EXISTS (SELECT 1 FROM revocation AS r WHERE r.device = c.device AND r.epoch >= c.epoch)
            ORDER BY device
            """,
            new { at = Microseconds(at) })];

    /// <summary>Segments that are stored here and not archived, and since when the oldest waits.</summary>
    public (long Count, DateTimeOffset? Oldest) NotArchived()
    {
        var count = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM segment WHERE state = 1 AND purged = 0");
        return (count, Time(connection.ExecuteScalar<long?>("SELECT stored_at_us FROM segment WHERE state = 1 AND purged = 0 ORDER BY log_sequence LIMIT 1")));
    }

    /// <summary>Bytes of recordings of which the first segment was stored since then, and when the first of them was.</summary>
    public (long Bytes, DateTimeOffset? First) StoredSince(DateTimeOffset since)
    {
        var (bytes, first) = connection.QuerySingle<(long?, long?)>("SELECT SUM(length_bytes), MIN(first_stored_us) FROM recording WHERE first_stored_us >= @since", new { since = Microseconds(since) });
        return (bytes ?? 0, Time(first));
    }

    public void Dispose() => connection.Dispose();

    private static long Microseconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset? Time(long? us) => us is { } value ? DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond) : null;
}
