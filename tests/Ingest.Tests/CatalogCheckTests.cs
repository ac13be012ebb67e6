using BodyCam.Core;
using BodyCam.TestKit;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest.Tests;

/// <summary>Who verifies changes nothing, and can compare the catalog of a folder that cannot be written.</summary>
public sealed class CatalogCheckTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_catalog_of_an_older_schema_is_compared_and_stays_as_it_is(bool differs)
    {
        await using var station = await StationAsync();
        var path = Path.Combine(station.Folder, "catalog.db");
        Execute(path, $"DROP TRIGGER segment_lacks_no_more; DROP TRIGGER segment_came_late; DROP TABLE lacking; PRAGMA user_version = 6; {(differs ? "DELETE FROM segment" : "")}");
        var before = File.ReadAllBytes(path);
        Assert.Equal(differs, CatalogCheck.Differences(station.Folder).Count > 0);
        Assert.Equal(before, File.ReadAllBytes(path));
        station.Open();
        Assert.Empty(station.Ingest.Catalog.Lacking());
    }

    [Fact]
    public async Task A_trigger_that_is_none_of_a_catalogs_is_not_run_by_the_way_to_the_newest_schema()
    {
        await using var station = await StationAsync();
        Execute(Path.Combine(station.Folder, "catalog.db"), "DROP TRIGGER segment_lacks_no_more; DROP TRIGGER segment_came_late; DROP TABLE lacking; PRAGMA user_version = 6; CREATE TRIGGER later AFTER UPDATE ON meta BEGIN DELETE FROM segment; END");
        Assert.Equal("it cannot be compared (trigger later in it is none of a catalog's)", Assert.Single(CatalogCheck.Differences(station.Folder)).What);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_catalog_beside_which_no_file_can_be_made_is_compared(bool differs)
    {
        await using var station = await StationAsync();
        var path = Path.Combine(station.Folder, "catalog.db");
        if (differs)
            Execute(path, "DELETE FROM segment");
        Directory.CreateDirectory(path + "-wal");
        var differences = CatalogCheck.Differences(station.Folder);
        if (differs)
            Assert.EndsWith("is not in it", Assert.Single(differences).What, StringComparison.Ordinal);
        else
            Assert.Empty(differences);
        Directory.Delete(path + "-wal");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_table_without_its_key_no_row_is_read_which_would_be_sorted_first(bool isAhead)
    {
        await using var station = await StationAsync();
        Execute(Path.Combine(station.Folder, "catalog.db"), $"CREATE TABLE other AS SELECT * FROM revocation; INSERT INTO other VALUES ('bc-09', 1, 'lost', 1, 1); DROP TABLE revocation; ALTER TABLE other RENAME TO revocation; {(isAhead ? "UPDATE meta SET value = 5000 WHERE name = 'log_size'" : "")}");
        var differences = CatalogCheck.Differences(station.Folder);
        Assert.Equal("table revocation in it is none of a catalog's", differences[^1].What);
        // What it knows more than the log is told besides: it is kept.
        Assert.Equal(isAhead ? [DifferenceKind.AheadOfLog, DifferenceKind.OfStore] : [DifferenceKind.OfStore], differences.Select(static difference => difference.Kind));
    }

    [Fact]
    public async Task A_value_longer_than_any_row_is_not_taken_in_memory_from_a_copy()
    {
        await using var station = await StationAsync();
        var path = Path.Combine(station.Folder, "catalog.db");
        Execute(path, "UPDATE segment SET seal_digest = zeroblob(17 << 20)");
        // As one that was killed and copied without the index of its write-ahead log.
        File.WriteAllBytes(path + "-wal", []);
        var what = Assert.Single(CatalogCheck.Differences(station.Folder)).What;
        Assert.True(what.StartsWith("it cannot be compared (", StringComparison.Ordinal) && what.Contains("too big", StringComparison.Ordinal), what);
    }

    [Fact]
    public async Task Of_more_differences_than_are_shown_the_first_is_what_the_catalog_knows_more_than_the_log()
    {
        const int ShownMax = 50;
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= ShownMax + 1; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        Execute(Path.Combine(station.Folder, "catalog.db"), "UPDATE segment SET length_bytes = length_bytes + 1; CREATE TEMP TABLE more AS SELECT * FROM segment LIMIT 1; UPDATE more SET recording = 999; INSERT INTO segment SELECT * FROM more");
        var differences = CatalogCheck.Differences(station.Folder);
        Assert.Equal(ShownMax, differences.Count);
        Assert.True(differences[0] is { Kind: DifferenceKind.AheadOfLog, Segment.Recording: 999 }, differences[0].What);
    }

    private static async Task<Station> StationAsync()
    {
        var station = new Station();
        await station.StoreAndCloseAsync();
        return station;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute(sql);
    }
}
