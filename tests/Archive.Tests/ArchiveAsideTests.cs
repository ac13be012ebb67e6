using System.Security.Cryptography;
using BodyCam.Bench.Load;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>Damaged, orphaned and linked files on their way to the archive: what does not get there is told by name.</summary>
public sealed class ArchiveAsideTests : IAsyncLifetime
{
    private readonly Station station = new();
    private ArchiveForwarder forwarder = null!;
    private string damaged = "";

    private string Folder => station.Folder + "-archive";

    private string Here => Path.Combine(station.Folder, damaged);

    private string There => Path.Combine(Folder, damaged);

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        forwarder = new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, Folder, () => station.Ingest.HasArchived), NullLogger<ArchiveForwarder>.Instance);
        await station.UploadAsync(recorder.Footage(2, 1, final: true));
        var segment = recorder.Footage(1, 1, final: true, frames: 4);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
        await station.SettleAsync();
        damaged = Path.GetRelativePath(station.Folder, Directory.GetFiles(Path.Combine(station.Folder, "damaged"), "*.mkv", SearchOption.AllDirectories).Single());
    }

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    [Fact]
    public async Task Other_bytes_there_are_told_until_they_are_gone()
    {
        Put(There, [1, 2, 3]);
        await RoundsAsync();
        Assert.Equal([("archive_differs", damaged)], Differs());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(There));
        File.Delete(There);
        await RoundsAsync();
        Assert.Empty(Differs());
        Assert.Equal(File.ReadAllBytes(Here), File.ReadAllBytes(There));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_here_is_told_until_it_can()
    {
        File.Move(Here, Here + ".off");
        File.CreateSymbolicLink(Here, "/nowhere");
        await RoundsAsync();
        Assert.Equal([("original_differs", damaged)], Differs());
        File.Delete(Here);
        File.Move(Here + ".off", Here);
        await RoundsAsync();
        Assert.Empty(Differs());
        Assert.True(File.Exists(There));
    }

    [Theory]
    [InlineData("cut there", "archive_differs")]
    [InlineData("rotten here", "original_differs")]
    public async Task A_linked_source_that_does_not_get_there_is_told_until_it_is_mended(string how, string code)
    {
        var bytes = "a linked source"u8.ToArray();
        var name = "sources/" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        var isHere = code == "original_differs";
        Put(Path.Combine(station.Folder, name), isHere ? "a linked sourcf"u8.ToArray() : bytes);
        if (!isHere)
            Put(Path.Combine(Folder, name), bytes[..3]);
        await RoundsAsync();
        Assert.True(Differs().SequenceEqual([(code, name)]), how);
        Put(Path.Combine(isHere ? station.Folder : Folder, name), bytes);
        File.SetLastWriteTimeUtc(Path.Combine(isHere ? station.Folder : Folder, name), DateTime.UtcNow.AddMinutes(1));
        await RoundsAsync();
        Assert.Empty(Differs());
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(Folder, name)));
    }

    [Fact]
    public async Task The_checkpoint_there_waits_for_a_file_that_the_archive_cannot_take()
    {
        Put(Path.Combine(Folder, "damaged", "unit-7"), "a file in the folder's place"u8.ToArray());
        Put(Path.Combine(Folder, "orphans", "x.mkv"), [1]);
        Put(Path.Combine(station.Folder, "orphans", "x.mkv"), [2]); // a later outcome
        await RoundsAsync();
        Assert.False(File.Exists(Path.Combine(Folder, "log/checkpoint")));
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
        File.Delete(Path.Combine(Folder, "damaged", "unit-7"));
        await RoundsAsync();
        Assert.True(File.Exists(Path.Combine(Folder, "log/checkpoint")));
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
    }

    private async Task RoundsAsync()
    {
        for (var i = 0; i < 3; i++)
            await forwarder.RunOnceAsync(default);
    }

    private IEnumerable<(string Code, string Subject)> Differs() =>
        station.Ingest.Status().Alerts.Where(static alert => alert.Code is "archive_differs" or "original_differs").Select(static alert => (alert.Code, alert.Subject));

    private static void Put(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
