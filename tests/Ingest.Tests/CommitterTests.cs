using BodyCam.Catalog;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

public sealed class CommitterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-committer").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Work_with_more_records_than_a_batch_holds_is_refused_at_once_and_the_next_one_is_committed()
    {
        using var key = GatewayKey.Create();
        using var catalog = SqliteCatalog.Open(":memory:");
        var time = new ManualTimeProvider();
        LogWriter Open() => LogWriter.Open(folder, key.Ecdsa, "bodycam/test", time);
        var turns = 0;
        await using var committer = new GroupCommitter(Open(), Open, catalog, time, () => ++turns <= 4 ? Task.CompletedTask : Task.FromException(new InvalidOperationException("It turns and commits nothing.")));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => committer.CommitAsync(Work(LogWriter.BatchRecordsMax + 1)).AsTask());
        Assert.ThrowsAny<ArgumentException>(() => committer.TryEnqueue(Work(LogWriter.BatchRecordsMax + 1)));
        await committer.CommitAsync(Work(LogWriter.BatchRecordsMax));
        Assert.Equal(LogWriter.BatchRecordsMax, committer.Current.Checkpoint.Size);
    }

    private static CommitWork Work(int records) => new([.. Enumerable.Repeat(new LogRecord("custody", "{}"u8.ToArray()), records)], static (_, _) => { }, static _ => { });
}
