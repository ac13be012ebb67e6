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
        var records = LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest);
        Assert.Equal(copy.Records().Skip((int)early.Size).Select(static record => record.Sequence), records!.Select(static record => record.Sequence));
        Assert.Empty(LogContinuation.Read(new DiskLogFiles(copy.At("log")), newest, newest)!);
    }

    [Fact]
    public void Another_tree_a_shorter_one_and_another_log_continue_nothing()
    {
        var files = new DiskLogFiles(Path.Combine(small.Folder, "log"));
        Assert.Null(LogContinuation.Read(files, newest, early));
        Assert.Null(LogContinuation.Read(files, early with { Root = newest.Root }, newest));
        Assert.Null(LogContinuation.Read(files, early, newest with { Root = early.Root }));
        Assert.Null(LogContinuation.Read(files, early, newest with { Origin = newest.Origin + "x" }));
        Assert.Null(LogContinuation.Read(files, early, newest with { Size = long.MaxValue }));
    }

    [Fact]
    public void A_new_record_that_is_gone_or_is_not_its_leaf_is_taken_by_nobody()
    {
        using var copy = new FolderCopy(small.Folder);
        var file = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(file);
        File.WriteAllLines(file, lines[..^1]);
        Assert.Null(LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest));
        lines[^1] = lines[^1].Replace("\"timeUs\":", "\"timeUs\":1", StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        Assert.Null(LogContinuation.Read(new DiskLogFiles(copy.At("log")), early, newest));
    }
}
