using BodyCam.Archive;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>Records that stand only in the archive had receipts: none of them is written over, whatever the checkpoint there says.</summary>
public sealed class LogKeptTests : LogScene
{
    [Theory]
    [InlineData(256, 50)]
    [InlineData(300, 300)]
    [InlineData(100, 50)]
    public async Task A_longer_log_there_without_a_readable_checkpoint_is_not_written_over_wherever_the_station_stands(int kept, int lost)
    {
        var log = Log();
        Append(log, kept);
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, lost), default));
        var before = Records();
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), [.. File.ReadAllBytes(Path.Combine(There, "log/checkpoint"))[..30]]);
        log.Dispose();
        PutBack();
        using var again = Log();
        var archive = new FolderArchive(Data, There);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(again.Current, default));
        Assert.Contains("no checkpoint that can be read", archive.Refusal, StringComparison.Ordinal);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(again, 1), default));
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(again, 700), default));
        Assert.Equal(before, Records());

        // What the message says where no copy of the archive has a checkpoint.
        Assert.Contains($"move log/ out of {There}", archive.Refusal, StringComparison.Ordinal);
        Directory.Move(Path.Combine(There, "log"), Path.Combine(Root, "elsewhere"));
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(again.Current, default));
        Assert.Empty(Faults());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lines_there_that_this_log_does_not_have_are_kept_and_named_and_it_goes_on(bool byAdvice)
    {
        var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 290), default));
        var older = File.ReadAllBytes(Path.Combine(There, "log/checkpoint"));
        Append(log, 10);
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 20), default));
        var before = File.ReadAllBytes(Path.Combine(There, "log/records/001.jsonl"));
        log.Dispose();
        PutBack();
        using var again = Log();
        var durable = Append(again, 1);
        if (byAdvice)
        {
            File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), older[..30]);
            var first = new FolderArchive(Data, There);
            Assert.NotEqual(ArchiveOutcome.Archived, await first.ForwardLogAsync(durable, default));
            Assert.Contains("a copy of the archive has log/checkpoint", first.Refusal, StringComparison.Ordinal);
        }

        // By the advice: from a copy of the archive. Or: the last round was broken off before its checkpoint.
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), older);
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(again, 400), default));
        Assert.Empty(Faults());
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(There, "kept"), "*", SearchOption.AllDirectories));
        Assert.Equal(before, File.ReadAllBytes(kept));
        Assert.Contains(Verifier.Run(There, new VerifyOptions { GatewayKeyPem = Key.ExportSubjectPublicKeyInfoPem() }, null).Findings, finding => finding is { Code: "log_kept", Severity: FindingSeverity.Warning } && finding.Path == Path.GetRelativePath(There, kept));
    }

    private Dictionary<string, string> Records() => Directory.EnumerateFiles(Path.Combine(There, "log/records")).ToDictionary(static path => path, File.ReadAllText);

    private void PutBack()
    {
        Directory.Delete(Data, recursive: true);
        Directory.Move(Data + "-backup", Data);
    }
}
