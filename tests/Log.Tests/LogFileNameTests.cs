namespace Log.Tests;

public sealed class LogFileNameTests
{
    [Fact]
    public void What_is_named_between_two_trees_makes_a_copy_whole_that_had_the_first()
    {
        // At bundles' and tiles' edges, within them, and over the edge of the second level.
        long[] sizes = [1, 2, 255, 256, 257, 511, 700, 1024, 5000, 65_535, 65_536, 65_537, 66_000];
        var files = new MemoryFiles();
        var copy = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var copied = 0L;
        foreach (var size in sizes)
        {
            for (var at = writer.Current.Checkpoint.Size; at < size; at = writer.Current.Checkpoint.Size)
                writer.AppendBatch(Samples.Records(at, (int)Math.Min(LogWriter.BatchRecordsMax, size - at)));
            foreach (var file in LogFileName.Between(copied, size))
            {
                Assert.True(files.Read(file.Path) is not null, $"{file.Path} at {size}");
                Assert.True(file.First < size && (file.End > copied || file.Path != file.Full), $"{file} between {copied} and {size}");
                copy.WriteDurable(file.Path, files.Read(file.Path));
            }

            copy.WriteDurable("checkpoint", files.Read("checkpoint"));
            Assert.Empty(LogAudit.Run("", Samples.PublicKey, files: copy).Faults);
            copied = size;
        }
    }

    [Fact]
    public void A_file_keeps_its_bytes_from_the_size_on_at_which_it_is_finished()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var finished = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var count in new[] { 100, 155, 1, 1, 255, 200, 400 })
        {
            var size = writer.AppendBatch(Samples.Records(writer.Current.Checkpoint.Size, count)).Signed.Checkpoint.Size;
            foreach (var file in LogFileName.Between(0, size).Where(file => file.End <= size))
                finished.TryAdd(file.Path, files.Read(file.Path)!);
            Assert.All(finished, one => Assert.True(files.Read(one.Key) is not { } now || now.AsSpan().SequenceEqual(one.Value), one.Key));
        }

        Assert.Contains("records/003.jsonl", finished.Keys);
        Assert.Contains("tile/1/000.p/4", finished.Keys);
    }
}
