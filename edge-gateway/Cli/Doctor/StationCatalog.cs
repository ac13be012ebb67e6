using BodyCam.Catalog;
using BodyCam.Core;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Cli.Doctor;

/// <summary>Questions to a catalog that are asked beside a running gateway: opened for reading only, and nothing is made beside it.</summary>
internal sealed class StationCatalog
{
    private const long LargeBytes = 512L << 20;
    private const string MakeAnew = "Stop the gateway, remove catalog.db, catalog.db-wal and catalog.db-shm, start it again: it makes the catalog anew.";

    private readonly SqliteConnection connection;

    private StationCatalog(SqliteConnection connection) => this.connection = connection;

    /// <summary>Checks that ask the catalog, or one that says why it cannot be asked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="leaves">Leaves of the log, which bound a copy.</param>
    /// <param name="ask">The checks.</param>
    public static IReadOnlyList<DoctorCheck> Look(string path, long leaves, Func<StationCatalog, IEnumerable<DoctorCheck>> ask)
    {
        using var copies = new CopyFolder();
        try
        {
            if (!File.Exists(path))
                return [DoctorCheck.Failed("catalog", Directory.Exists(path) ? $"{path} is a folder" : $"there is no {path}", MakeAnew)];
            RegularFile.Require(path);
            // SQLite says of one that may not be read what it says of one that is damaged.
            File.OpenHandle(path).Dispose();
            using var opened = SqliteSnapshot.OpenAsItLies(path, schema: null, isTaken: false) ?? SqliteSnapshot.OpenCopy(path, copies, leaves);
            var catalog = new StationCatalog(opened);
            return [catalog.Fault() is { } fault ? DoctorCheck.Failed("catalog", fault, MakeAnew) : DoctorCheck.Passed("catalog", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{catalog.SegmentCount:N0} segments, {catalog.LogSize:N0} leaves taken in")), .. ask(catalog)];
        }
        catch (Exception failure) when (copies.IsAtFault(failure))
        {
            return [DoctorCheck.Warned("catalog", $"{path} was not looked at: {CopyFolder.NotCompared(failure).What}", StoreDifference.WhenNotCompared)];
        }
        catch (SnapshotTooLongException tooLong)
        {
            return [DoctorCheck.Failed("catalog", $"{path}: {tooLong.Message}", "Run 'bodycam verify' on the data folder.")];
        }
        catch (Exception broken) when (broken is SqliteException or InvalidOperationException)
        {
            return [DoctorCheck.Failed("catalog", broken.Message.TrimEnd('.'), MakeAnew)];
        }
        catch (IOException refusal) when (RegularFile.IsRefusal(refusal))
        {
            return [DoctorCheck.Failed("catalog", $"{path}, or its -wal or -shm: {refusal.Message}", MakeAnew)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [DoctorCheck.Failed("catalog", unreadable.Message.TrimEnd('.'), StationChecks.AsGatewaysUser)];
        }
    }

    private long SegmentCount => connection.ExecuteScalar<long>("SELECT IFNULL(SUM(segments), 0) FROM state_count");

    /// <summary>Segments that stand in the archive, purged ones too.</summary>
    public long ArchivedCount => connection.ExecuteScalar<long>("SELECT IFNULL(SUM(segments), 0) FROM state_count WHERE state = 2");

    private long LogSize => connection.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'log_size'");

    // What SQLite finds wrong with the file; null for nothing. In a catalog above 512 MB the pages of the segments are left out: reading them takes minutes, and verify compares each row.
    private string? Fault()
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

    private static long Microseconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset? Time(long? us) => us is { } value ? DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond) : null;
}
