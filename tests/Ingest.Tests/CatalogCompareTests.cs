using BodyCam.Bench.Load;
using BodyCam.TestKit;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest.Tests;

/// <summary>A catalog that nobody has open is compared without locks; whoever begins to write meanwhile makes it no false one.</summary>
public sealed class CatalogCompareTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_starts_while_the_catalog_is_compared_gives_no_difference(bool endsAgain)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 20; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        Assert.False(File.Exists(Path.Combine(station.Folder, "catalog.db-wal")));
        var differences = CatalogCheck.Differences(station.Folder, mayLag: true, () => Work().GetAwaiter().GetResult());
        Assert.Empty(differences);

        // What is checkpointed into the file meanwhile shows through its pages.
        async Task Work()
        {
            station.Open();
            for (uint number = 21; number <= 200; number++)
                await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
            await station.SettleAsync();
            if (endsAgain)
                await station.CloseAsync();
        }
    }

    [Fact]
    public async Task A_read_that_fails_beside_a_gateway_is_repeated()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        Assert.True(File.Exists(Path.Combine(station.Folder, "catalog.db-wal")));
        Assert.Empty(CatalogCheck.Differences(station.Folder, mayLag: true, static () => throw new IOException("its write-ahead log was taken away")));
    }

    [Fact]
    public async Task A_difference_that_is_one_stays_one_though_a_gateway_starts_meanwhile()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        using (var db = new SqliteConnection($"Data Source={Path.Combine(station.Folder, "catalog.db")};Pooling=False"))
        {
            db.Open();
            using var set = db.CreateCommand();
            set.CommandText = "UPDATE segment SET length_bytes = length_bytes + 1";
            set.ExecuteNonQuery();
        }

        Assert.NotEmpty(CatalogCheck.Differences(station.Folder, mayLag: true, () => station.Open()));
    }
}
