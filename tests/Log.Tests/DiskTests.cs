namespace Log.Tests;

public sealed class DiskTests
{
    [Fact]
    public void A_log_on_a_real_disk_grows_reopens_and_is_sound()
    {
        using var folder = new TemporaryFolder();
        long size = 0;
        foreach (var batch in new[] { 1, 255, 1, 700, 3 })
        {
            using var writer = LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider());
            Assert.Equal(size, writer.AppendBatch(Samples.Records(size, batch)).Records[0].Sequence);
            size += batch;
            Assert.Empty(LogAudit.Run(folder.Path, Samples.PublicKey).Faults);
        }
        Assert.Equal(Samples.Record(500).Utf8Json, new LogReader(folder.Path).ReadRecord(500)!.Utf8Json);
        Assert.Equal(500, new LogReader(folder.Path).ReadEntry(500, size)!.Sequence);
    }

    [Fact]
    public void A_second_writer_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var writer = LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider());
        Assert.Throws<IOException>(() => LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider()));
    }

    [Fact]
    public void A_batch_inside_one_bundle_costs_three_syncs()
    {
        using var folder = new TemporaryFolder();
        var files = new DiskLogFiles(folder.Path);
        using var writer = LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        writer.AppendBatch(Samples.Records(0, 1));
        foreach (var batch in new[] { 1, 5, 200 })
        {
            var before = files.FsyncCount;
            writer.AppendBatch(Samples.Records(0, batch));
            Assert.Equal(3, files.FsyncCount - before);
        }
    }

    [Fact]
    public void Records_survive_byte_for_byte_whatever_they_hold()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        byte[][] contents = [[], [0, 255, 10, 34], "{\"名\":\"值\",\"n\":1.0}"u8.ToArray(), new byte[LogWriter.RecordBytesMax]];
        writer.AppendBatch([.. contents.Select(content => new LogRecord("act", content))]);
        Assert.Equal(contents, new LogReader("", files).ReadRecords(0, 4).Select(record => record.Utf8Json!));
        Assert.Throws<ArgumentException>(() => writer.AppendBatch([new LogRecord("act", new byte[LogWriter.RecordBytesMax + 1])]));
        Assert.Throws<ArgumentException>(() => writer.AppendBatch([new LogRecord("Not a type", [])]));
        Assert.Throws<ArgumentException>(() => writer.AppendBatch([]));
        Assert.Equal(4, writer.Current.Checkpoint.Size);
    }
}
