using System.Text;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

public sealed class CustodyRecordTests
{
    [Fact]
    public async Task A_custody_record_is_durable_in_the_log_and_the_catalog_still_matches()
    {
        await using var station = new Station();
        station.Open();
        var first = await station.Ingest.AppendAsync([Record("custody", "{\"type\":\"custody\",\"n\":1}"), Record("custody", "{\"type\":\"custody\",\"n\":2}")], TestContext.Current.CancellationToken);
        var reader = new LogReader(Path.Combine(station.Folder, "log"));
        Assert.Equal("{\"type\":\"custody\",\"n\":2}", Encoding.UTF8.GetString(reader.ReadRecord(first + 1)!.Utf8Json!));
        Assert.Equal(first + 2, station.Ingest.Checkpoint.Checkpoint.Size);
        Assert.Equal(first + 2, station.Ingest.Catalog.LogSize);
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Theory]
    [InlineData("segment")]
    [InlineData("epoch")]
    [InlineData("key")]
    [InlineData("purge")]
    public async Task Nobody_else_appends_records_of_a_type_that_is_ingests_own(string type)
    {
        await using var station = new Station();
        station.Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await station.Ingest.AppendAsync([Record(type, "{}")], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(async () => await station.Ingest.AppendAsync([], TestContext.Current.CancellationToken));
    }

    private static LogRecord Record(string type, string json) => new(type, Encoding.UTF8.GetBytes(json));
}
