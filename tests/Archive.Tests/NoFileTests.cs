using System.Diagnostics;
using BodyCam.Archive;
using BodyCam.Log;

namespace BodyCam.Archive.Tests;

/// <summary>What is no file, or far longer than any of its kind, in the place of a small one: a round waits for nothing, takes no memory for it, and tells it by name or mends it.</summary>
public sealed class NoFileTests : LogScene
{
    private const long FarTooLong = 3L << 30;

    private static readonly TimeSpan endMax = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_marker_in_its_place_is_told_by_name(bool isPipe)
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(new FolderArchive(Data, There), Append(log, 3)));
        var path = Path.Combine(There, "archive.json");
        Spoil(path, isPipe);
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Unavailable, await RoundAsync(archive, Append(log, 1)));
        Assert.StartsWith($"{path} is no marker of an archive.", archive.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_key_in_its_place_there_gives_way_to_it(bool isPipe)
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        var pem = LogPublicKey.From(Key).ToPem();
        File.WriteAllText(Path.Combine(Data, "gateway.pem"), pem);
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(archive, Append(log, 3)));
        var path = Path.Combine(There, "gateway.pem");
        Spoil(path, isPipe);
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(archive, Append(log, 1)));
        Assert.Equal(pem, File.ReadAllText(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_key_in_its_place_here_is_told_by_name(bool isPipe)
    {
        using var log = Log();
        var durable = Append(log, 3);
        var path = Path.Combine(Data, "gateway-0123.pem");
        Spoil(path, isPipe);
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Unavailable, await RoundAsync(archive, durable));
        Assert.StartsWith($"{path} cannot be read", archive.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_there_that_was_lengthened_gives_way_as_one_that_rotted()
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(new FolderArchive(Data, There), Append(log, 3)));
        var path = Path.Combine(There, "log/checkpoint");
        Spoil(path, isPipe: false);
        var durable = Append(log, 1);
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(new FolderArchive(Data, There), durable));
        Assert.Equal(durable.Note, File.ReadAllBytes(path));
        Assert.Empty(Faults());
    }

    [Fact]
    public async Task A_file_of_the_log_there_that_was_lengthened_is_told_by_name_and_brought_again_once_it_is_moved_away()
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(archive, Append(log, 3)));
        var path = Path.Combine(There, "log/records/000.jsonl");
        Spoil(path, isPipe: false);
        var durable = Append(log, 1);
        Assert.Equal(ArchiveOutcome.Unavailable, await RoundAsync(archive, durable));
        Assert.StartsWith($"log/records/000.jsonl in {There} is longer than any file of a log.", archive.Refusal, StringComparison.Ordinal);
        Assert.Equal(FarTooLong, new FileInfo(path).Length);
        File.Delete(path);
        Assert.Equal(ArchiveOutcome.Archived, await RoundAsync(archive, durable));
        Assert.Empty(Faults());
    }

    // On a thread of its own: opening a pipe waits for whoever writes to it.
    private static Task<ArchiveOutcome> RoundAsync(FolderArchive archive, SignedCheckpoint durable) =>
        Task.Run(async () => await archive.ForwardLogAsync(durable, default)).WaitAsync(endMax, TestContext.Current.CancellationToken);

    private static void Spoil(string path, bool isPipe)
    {
        if (isPipe)
        {
            File.Delete(path);
            using var make = Process.Start("mkfifo", [path]);
            make.WaitForExit();
            return;
        }

        // Holes take no room on the disk.
        using var file = new FileStream(path, FileMode.OpenOrCreate);
        file.SetLength(FarTooLong);
    }
}
