using BodyCam.Catalog;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest.Tests;

/// <summary>A copy of a database that somebody writes meanwhile is of one state, or there is none.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-snapshot-").FullName;
    private readonly SqliteConnection writer;

    public SnapshotTests()
    {
        SqliteLibrary.Load();
        writer = new SqliteConnection($"Data Source={Database};Pooling=False");
        writer.Open();
        writer.Execute("PRAGMA journal_mode=WAL; CREATE TABLE note (number INTEGER NOT NULL); INSERT INTO note VALUES (1)");
    }

    private string Database => Path.Combine(folder, "notes.db");

    public void Dispose()
    {
        writer.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void It_is_copied_again_when_its_write_ahead_log_was_begun_anew()
    {
        using var copies = new CopyFolder();
        var round = 0;
        using var copy = SqliteSnapshot.OpenCopy(Database, copies, 0, () =>
        {
            if (round++ == 0)
                BeginLogAnew();
        });
        Assert.Equal(2, round);
        Assert.Equal([1L, 2L, 3L], copy.Query<long>("SELECT number FROM note ORDER BY number"));
    }

    [Fact]
    public void One_whose_write_ahead_log_is_begun_anew_each_time_is_not_copied()
    {
        using var copies = new CopyFolder();
        Assert.True(copies.IsAtFault(Assert.Throws<CopyFailedException>(() => SqliteSnapshot.OpenCopy(Database, copies, 0, BeginLogAnew).Dispose())));
    }

    [Fact]
    public void Copies_are_gone_with_their_folder()
    {
        string made;
        using (var copies = new CopyFolder())
        {
            SqliteSnapshot.OpenCopy(Database, copies, 0).Dispose();
            made = copies.Make();
            Assert.Single(Directory.GetFiles(made, "notes.db", SearchOption.AllDirectories));
        }

        Assert.False(Directory.Exists(made));
    }

    [Theory]
    [InlineData(SQLitePCL.raw.SQLITE_FULL)]
    [InlineData(SQLitePCL.raw.SQLITE_IOERR)]
    public void A_failure_of_SQLite_is_of_the_copies_only_when_one_was_made(int code)
    {
        using var copies = new CopyFolder();
        Assert.False(copies.IsAtFault(new SqliteException("as it lies", code)));
        SqliteSnapshot.OpenCopy(Database, copies, 0).Dispose();
        Assert.True(copies.IsAtFault(new SqliteException("of a copy", code)));
        Assert.False(copies.IsAtFault(new SqliteException("of what was copied", SQLitePCL.raw.SQLITE_CORRUPT)));
    }

    [Fact]
    public void A_folder_of_copies_that_cannot_be_removed_ends_nothing()
    {
        string made;
        using (var copies = new CopyFolder())
        {
            // A file in its place, for root too.
            made = copies.Make();
            Directory.Delete(made);
            File.WriteAllBytes(made, []);
        }

        Assert.True(File.Exists(made));
        File.Delete(made);
    }

    private void BeginLogAnew() => writer.Execute("INSERT INTO note VALUES (2); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO note VALUES (3)");
}
