using BodyCam.Archive;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>What is new of the log goes to the archive only when it fits the signed root: the one there and the one that is to be put there.</summary>
public sealed class LogFitTests : LogScene
{
    [Theory]
    [InlineData("log/records/000.jsonl", 100)]
    [InlineData("log/tile/entries/000", 100)]
    [InlineData("log/tile/0/000", 100)]
    [InlineData("log/tile/1/000.p/1", 100)]
    [InlineData("log/records/000.jsonl", 0)]
    [InlineData("log/tile/entries/000", 0)]
    [InlineData("log/tile/0/000", 0)]
    [InlineData("log/tile/1/000.p/1", 0)]
    [InlineData("log/tile/entries/001.p/44", 256)]
    [InlineData("log/tile/0/001.p/44", 256)]
    public async Task Rot_here_in_what_is_new_is_told_and_not_committed_and_brought_once_it_is_put_right(string name, int before)
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        if (before > 0)
            Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, before), default));
        var durable = Append(log, 300 - before);
        var path = Path.Combine(Data, name);
        var good = File.ReadAllBytes(path);
        var at = name.Contains("/1/", StringComparison.Ordinal) ? 5 : good.Length - 60;
        File.WriteAllBytes(path, [.. good[..at], (byte)(good[at] ^ 1), .. good[(at + 1)..]]);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Contains(name, archive.Refusal, StringComparison.Ordinal);
        Assert.Contains("bodycam verify", archive.Refusal, StringComparison.Ordinal);
        Assert.Equal(before, Size());
        // Another start finds the same.
        Assert.NotEqual(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(durable, default));
        Assert.Equal(before, Size());

        File.WriteAllBytes(path, good);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 300), default));
        Assert.Empty(Faults());
        Assert.False(Directory.Exists(Path.Combine(There, "kept")), "rot was kept");
    }

    [Fact]
    public async Task Files_that_agree_with_each_other_and_not_with_the_root_are_not_committed()
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 100), default));
        var durable = Append(log, 200);
        // Another log of the same beginning, whole in itself.
        var good = Path.Combine(Root, "good");
        FolderTree.Copy(Path.Combine(Data, "log"), good, but: "lock");
        using (var other = LogWriter.Open(Path.Combine(Root, "other"), Key, "bodycam/gateway/0123456789abcdef", TimeProvider.System))
        {
            Append(other, 300);
            foreach (var name in new[] { "records/001.jsonl", "tile/entries/001.p/44", "tile/0/001.p/44" })
                File.Copy(Path.Combine(Root, "other", name), Path.Combine(Data, "log", name), overwrite: true);
        }

        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.NotNull(archive.Refusal);
        Assert.Equal(100, Size());
        foreach (var name in new[] { "records/001.jsonl", "tile/entries/001.p/44", "tile/0/001.p/44" })
            File.Copy(Path.Combine(good, name), Path.Combine(Data, "log", name), overwrite: true);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Empty(Faults());
    }

    [Fact]
    public async Task A_round_over_the_edge_of_a_level_holds_the_tiles_above_against_the_leaves()
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 65_000), default));
        var durable = Append(log, 1000);
        foreach (var name in new[] { "log/tile/1/000", "log/tile/1/001.p/1", "log/tile/2/000.p/1" })
        {
            var path = Path.Combine(Data, name);
            var good = File.ReadAllBytes(path);
            File.WriteAllBytes(path, [.. good[..^1], (byte)(good[^1] ^ 1)]);
            Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
            Assert.Contains(name, archive.Refusal, StringComparison.Ordinal);
            Assert.Equal(65_000, Size());
            File.WriteAllBytes(path, good);
        }

        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Empty(Faults());
    }

    // What is there was held against its root when it came; what is covered here is looked at by verify.
    [Fact]
    public async Task A_round_reads_nothing_of_the_bundles_that_the_last_one_finished()
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 5000), default));
        var durable = Append(log, 300);
        foreach (var folder in new[] { Data, There })
        {
            foreach (var name in new[] { "records/018.jsonl", "tile/entries/018", "tile/0/018" })
                File.WriteAllBytes(Path.Combine(folder, "log", name), []);
        }

        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Equal(5300, Size());
    }

    [Fact]
    public async Task A_file_of_the_log_that_cannot_be_read_here_at_the_start_is_told_by_its_path_here()
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 44), default));
        var path = Path.Combine(Data, "log/tile/0/000.p/44");
        File.Delete(path);
        Directory.CreateDirectory(path);
        var archive = new FolderArchive(Data, There);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 1), default));
        Assert.Contains(path, archive.Refusal, StringComparison.Ordinal);
        Assert.Contains("bodycam verify", archive.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_public_key_that_cannot_be_read_here_is_told_by_its_path_and_hides_nothing(bool isLogRotten)
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 300), default));
        var path = Path.Combine(Data, "gateway-0123.pem");
        File.CreateSymbolicLink(path, "/nowhere");
        using (var other = BodyCam.Core.Keys.GatewayKey.Create())
            File.WriteAllText(Path.Combine(Data, "gateway-4567.pem"), other.PublicKeyPem);
        var durable = Append(log, 1);
        if (isLogRotten)
            File.WriteAllBytes(Path.Combine(Data, "log/tile/0/001.p/45"), []);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Contains(isLogRotten ? "log/tile/0/001.p/45" : path, archive.Refusal, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(There, "gateway-4567.pem")));
        Assert.Equal(300, Size());
    }

    private long Size() => File.Exists(Path.Combine(There, "log/checkpoint")) ? CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(There, "log/checkpoint")))!.Size : 0;
}
