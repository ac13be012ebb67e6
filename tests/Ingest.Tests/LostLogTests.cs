using BodyCam.Bench.Load;
using BodyCam.Core.Keys;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>A data folder whose log is gone gets no second one under the same name and key.</summary>
public sealed class LostLogTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bodycam-lost-log").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("log")]
    [InlineData("log/checkpoint")]
    [InlineData("log", "catalog.db", "catalog.db-wal", "catalog.db-shm", "gateway.pem")]
    [InlineData("log", "segments", "damaged", "orphans", "gateway.pem")]
    [InlineData("log", "segments", "damaged", "orphans", "catalog.db", "catalog.db-wal", "catalog.db-shm")]
    [InlineData("log", "segments", "orphans", "gateway.pem", "catalog.db", "catalog.db-wal", "catalog.db-shm")]
    [InlineData("log", "segments", "damaged", "gateway.pem", "catalog.db", "catalog.db-wal", "catalog.db-shm")]
    public async Task Without_its_log_a_folder_that_had_one_is_refused_and_left_as_it_is(params string[] gone)
    {
        var station = await LivedAsync();
        foreach (var path in gone.Select(name => Path.Combine(station.Folder, name)))
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }

        var before = Content(station.Folder);
        var refused = Assert.Throws<InvalidOperationException>(station.Open);
        Assert.Contains("log/checkpoint", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Restore log/", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Content(station.Folder));
    }

    [Fact]
    public async Task With_its_log_restored_it_starts()
    {
        var station = await LivedAsync();
        Directory.Move(Path.Combine(station.Folder, "log"), Path.Combine(root, "log"));
        Assert.Throws<InvalidOperationException>(station.Open);
        Directory.Move(Path.Combine(root, "log"), Path.Combine(station.Folder, "log"));
        station.Open();
        Assert.Equal(2, station.Ingest.Catalog.CountByState().Values.Sum());
        await station.Ingest.DisposeAsync();
    }

    [Fact]
    public async Task A_new_data_folder_starts_beside_older_keys_also_when_its_first_start_was_cut_before_the_checkpoint()
    {
        EpochMarks.Open(root).Raise(Station.Device, 3);
        var station = Make("new");
        Directory.CreateDirectory(Path.Combine(station.Folder, "log", "tmp"));
        Directory.CreateDirectory(Path.Combine(station.Folder, "segments"));
        File.WriteAllText(Path.Combine(station.Folder, "log", "lock"), "");
        Directory.CreateDirectory(Path.Combine(station.Folder, "lost+found"));
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "log_older_than_keys");
        await station.Ingest.DisposeAsync();
    }

    private Station Make(string name) => new(Path.Combine(root, name), options => options with { EpochMarks = EpochMarks.Open(root) });

    // One segment stored, one damaged, one orphaned tail.
    private async Task<Station> LivedAsync()
    {
        var station = Make("data");
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        var damaged = recorder.Footage(2, 1, final: true, frames: 4);
        await station.UpAsync(FakeRecorder.ChunkMessage(damaged, 0));
        await station.UpAsync(FakeRecorder.SealMessage(damaged, lost: true));
        await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(3, 1, final: true, frames: 4), 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.SettleAsync();
        await station.Ingest.DisposeAsync();
        return station;
    }

    private static string[] Content(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => File.Exists(path) ? $"{path} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}" : path)];
}
