namespace Log.Tests;

public sealed class TamperTests
{
    private static readonly MemoryFiles Sound = Grow();

    [Fact]
    public void An_untouched_log_has_no_fault()
    {
        var report = LogAudit.Run("", Samples.PublicKey, [], Sound);
        Assert.Empty(report.Faults);
        Assert.True(report.SignerEstablished);
        Assert.Equal(1, report.Purged);
        Assert.Equal(0, report.BeyondCheckpoint);
        Assert.Equal(259, report.Signed!.Checkpoint.Size);
    }

    [Fact]
    public void A_flip_of_any_bit_of_any_file_of_a_small_log_is_reported()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        writer.AppendBatch(Samples.Records(0, 3));
        writer.AppendBatch(Samples.Records(3, 2));
        writer.Purge([1]);
        foreach (var (path, content) in files.Seen)
        {
            for (var bit = 0; bit < 8 * content.Length; bit++)
                CheckFlip(files, path, bit / 8, (byte)(1 << (bit % 8)));
        }
    }

    [Fact]
    public void A_flip_in_a_log_that_crosses_a_bundle_is_reported()
    {
        // Every byte of the short files and of both ends of the long ones; every 61st in between.
        foreach (var (path, content) in Sound.Seen)
        {
            for (var i = 0; i < content.Length; i++)
            {
                if (i < 512 || i >= content.Length - 512 || i % 61 == 0)
                    CheckFlip(Sound, path, i, 0x01);
            }
        }
    }

    [Fact]
    public void A_file_that_is_dropped_or_cut_or_lengthened_is_reported()
    {
        var current = new HashSet<string> { "checkpoint", "records/000.jsonl", "records/001.jsonl", "tile/entries/000", "tile/0/000", "tile/entries/001.p/3", "tile/0/001.p/3", "tile/1/000.p/1" };
        Assert.Subset(Sound.Seen.Keys.ToHashSet(), current);
        foreach (var (path, content) in Sound.Seen)
        {
            foreach (var altered in new[] { null, content[..^1], content[..(content.Length / 2)], [], [.. content, (byte)'x'] })
            {
                if (altered is null && !current.Contains(path))
                    continue;
                var files = Sound.Clone();
                files.Put(path, altered, durable: true);
                var report = LogAudit.Run("", Samples.PublicKey, [], files);
                // Bytes after the last record of an unfinished file are a batch under way, told apart from a fault.
                if (path == "records/001.jsonl" && altered?.Length > content.Length)
                    Assert.Equal(1, report.BeyondCheckpoint);
                else
                    Assert.Contains(report.Faults, fault => fault.Path == path);
            }
        }
    }

    [Fact]
    public void A_file_that_no_log_has_is_reported()
    {
        var files = Sound.Clone();
        files.Put("tile/0/0", [1], durable: true);
        files.Put("records/notes.txt", [1], durable: true);
        Assert.Equal(2, LogAudit.Run("", null, [], files).Faults.Count(fault => fault.Kind == LogFaultKind.Unexpected));
    }

    [Fact]
    public void A_log_that_was_rebuilt_with_the_key_is_found_by_an_anchor_that_somebody_else_kept()
    {
        var anchor = LogAudit.Run("", null, [], Sound).Signed!.Checkpoint;
        var forged = Grow();
        var report = LogAudit.Run("", Samples.PublicKey, [anchor], forged);
        Assert.Equal(LogFaultKind.Anchor, Assert.Single(report.Faults).Kind);
        Assert.Equal(1, LogAudit.Run("", Samples.PublicKey, [anchor], Sound).AnchorsHeld);
    }

    [Fact]
    public void An_older_checkpoint_put_back_is_found_by_an_anchor()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var old = writer.AppendBatch(Samples.Records(0, 5)).Signed;
        var newest = writer.AppendBatch(Samples.Records(5, 5)).Signed;
        files.Put("checkpoint", old.Note, durable: true);
        Assert.Empty(LogAudit.Run("", Samples.PublicKey, [old.Checkpoint], files).Faults);
        Assert.True(LogAudit.Run("", Samples.PublicKey, [], files).BeyondCheckpoint > 0);
        Assert.Equal(LogFaultKind.Anchor, Assert.Single(LogAudit.Run("", Samples.PublicKey, [old.Checkpoint, newest.Checkpoint], files).Faults).Kind);
    }

    [Fact]
    public void Anchors_at_any_older_size_are_held()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var anchors = Enumerable.Range(0, 300).Select(n => writer.AppendBatch(Samples.Records(n, 1)).Signed.Checkpoint).ToList();
        var report = LogAudit.Run("", Samples.PublicKey, anchors, files);
        Assert.Empty(report.Faults);
        Assert.Equal(300, report.AnchorsHeld);
    }

    private static void CheckFlip(MemoryFiles sound, string path, int offset, byte mask)
    {
        var files = sound.Clone();
        var altered = sound.Seen[path].ToArray();
        altered[offset] ^= mask;
        files.Put(path, altered, durable: true);
        var report = LogAudit.Run("", Samples.PublicKey, [], files);
        Assert.True(report.Faults.Any(fault => fault.Path == path), $"{path} byte {offset} mask {mask:x2}: {string.Join("; ", report.Faults)}");
    }

    private static MemoryFiles Grow()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        writer.AppendBatch(Samples.Records(0, 250));
        writer.AppendBatch(Samples.Records(250, 7));
        writer.AppendBatch(Samples.Records(257, 1));
        writer.AppendBatch(Samples.Records(258, 1));
        writer.Purge([100]);
        return files;
    }
}
