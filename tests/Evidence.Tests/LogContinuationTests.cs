using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>What a log got since an audited state is taken as its own only where every record is a leaf of the newer tree.</summary>
public sealed class LogContinuationTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private readonly Checkpoint early = CheckpointNote.Parse(small.EarlyCheckpoint)!;
    private readonly Checkpoint newest = CheckpointNote.Parse(small.Checkpoint)!;

    [Fact]
    public void The_records_between_two_states_are_those_of_the_log()
    {
        using var copy = new FolderCopy(small.Folder);
        var records = LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest, out _);
        Assert.Equal(copy.Records().Skip((int)early.Size).Select(static record => record.Sequence), records!.Select(static record => record.Sequence));
        Assert.Empty(LogContinuation.Read(new DiskLogFiles(copy.At("log")), newest, newest, out _)!);
    }

    [Fact]
    public void Another_tree_a_shorter_one_and_another_log_continue_nothing()
    {
        var files = new DiskLogFiles(Path.Combine(small.Folder, "log"));
        Assert.Null(LogContinuation.Read(files, newest, early, out _));
        Assert.Null(LogContinuation.Read(files, early with { Root = newest.Root }, newest, out _));
        Assert.Null(LogContinuation.Read(files, early, newest with { Root = early.Root }, out _));
        Assert.Null(LogContinuation.Read(files, early, newest with { Origin = newest.Origin + "x" }, out _));
        Assert.Null(LogContinuation.Read(files, early, newest with { Size = long.MaxValue }, out _));
    }

    [Fact]
    public void A_new_record_that_is_gone_or_is_not_its_leaf_is_taken_by_nobody()
    {
        using var copy = new FolderCopy(small.Folder);
        var file = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(file);
        File.WriteAllLines(file, lines[..^1]);
        Assert.Null(LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest, out var isLacking));
        Assert.True(isLacking);
        lines[^1] = lines[^1].Replace("\"timeUs\":", "\"timeUs\":1", StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        Assert.Null(LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest, out isLacking));
        Assert.False(isLacking);
    }

    [Theory]
    [InlineData("a line that is spoilt", "log_not_followed")]
    [InlineData("a checkpoint that is gone", "log_not_followed")]
    [InlineData("a fault that the audit found", "log_not_followed")]
    [InlineData("an older checkpoint", "log_changed")]
    [InlineData("a checkpoint of another key", "log_changed")]
    public void A_log_that_rots_beside_its_gateway_accuses_nobody_and_one_that_is_replaced_does(string what, string code)
    {
        using var copy = new FolderCopy(small.Folder);
        var (records, checkpoint) = (copy.At("log/records/000.jsonl"), copy.At("log/checkpoint"));
        var damaged = File.ReadAllLines(records);
        if (what == "a fault that the audit found")
            File.Delete(copy.At($"log/tile/entries/000.p/{newest.Size}"));
        var isDone = false;
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = small.PublicPem, Keys = small.Keys }, new Told(() =>
        {
            if (isDone)
                return;
            isDone = true;
            if (what != "an older checkpoint")
                copy.AppendRecord(small.Key, "account", "{\"type\":\"account\"}"u8.ToArray());
            switch (what)
            {
                case "a line that is spoilt": File.WriteAllLines(records, [.. damaged, "x"]); break;
                case "a checkpoint that is gone": File.Delete(checkpoint); break;
                case "a fault that the audit found": File.WriteAllLines(records, [.. damaged, File.ReadAllLines(records)[^1].Replace("\"timeUs\":", "\"timeUs\":1", StringComparison.Ordinal)]); break;
                case "an older checkpoint": File.WriteAllBytes(checkpoint, small.EarlyCheckpoint); break;
                default:
                    using (var other = Core.Keys.GatewayKey.Create())
                        File.WriteAllBytes(checkpoint, CheckpointNote.Sign(newest with { Size = newest.Size + 1 }, other.Ecdsa));
                    break;
            }
        }));
        var said = string.Join('\n', report.Findings);
        Assert.True(isDone);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(code == Assert.Single(report.Findings.Select(static finding => finding.Code), static each => each is "log_changed" or "log_not_followed"), said);
    }

    private sealed class Told(Action told) : IProgress<int>
    {
        private readonly Lock gate = new();

        public void Report(int value)
        {
            lock (gate)
                told();
        }
    }
}
