namespace Log.Tests;

public sealed class CrashTests
{
    // Crosses two bundle boundaries, with small batches, one that fills a bundle exactly and one that spans three.
    private static readonly int[] Batches = [1, 3, 200, 52, 1, 1, 600, 5];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stop_at_any_verb_loses_no_acknowledged_record_and_reopens_on_a_checkpoint(bool powerCut)
    {
        var verbs = RunUntil(new MemoryFiles(), []);
        Assert.InRange(verbs, 30, 500);
        for (var stop = 1; stop <= verbs; stop++)
        {
            for (var seed = 0; seed < 12; seed++)
            {
                var files = new MemoryFiles { StopAt = stop };
                var acknowledged = new List<byte[]>();
                RunUntil(files, acknowledged);
                var dice = new Random(HashCode.Combine(seed, 17) & 0xFFFF);
                var disk = powerCut ? files.AfterPowerCut(dice) : files.AfterKill(dice);
                CheckReopened(disk, acknowledged, $"stop {stop}, seed {seed}");
            }
        }
    }

    [Fact]
    public void A_second_stop_while_the_log_is_being_reopened_loses_nothing_either()
    {
        var verbs = RunUntil(new MemoryFiles(), []);
        for (var stop = 1; stop <= verbs; stop++)
        {
            for (var second = 1; second <= 6; second++)
            {
                var dice = new Random(stop);
                var files = new MemoryFiles { StopAt = stop };
                var acknowledged = new List<byte[]>();
                RunUntil(files, acknowledged);
                var disk = files.AfterPowerCut(dice);
                disk.StopAt = second;
                try
                {
                    LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), disk).Dispose();
                }
                catch (IOException)
                {
                    disk = disk.AfterPowerCut(dice);
                }
                disk.StopAt = 0;
                CheckReopened(disk.Clone(), acknowledged, $"stop {stop}, second stop {second}");
            }
        }
    }

    [Fact]
    public void After_a_failed_write_nothing_is_appended_until_the_log_is_opened_again()
    {
        var files = new MemoryFiles();
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
        {
            writer.AppendBatch(Samples.Records(0, 2));
            files.StopAt = files.Verbs + 1;
            Assert.Throws<LogBrokenException>(() => writer.AppendBatch(Samples.Records(2, 1)));
            Assert.Throws<LogBrokenException>(() => writer.AppendBatch(Samples.Records(2, 1)));
            Assert.Throws<LogBrokenException>(() => writer.Purge([0]));
        }
        using var reopened = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files.Clone());
        Assert.Equal(2, reopened.Current.Checkpoint.Size);
        Assert.Equal(2, reopened.AppendBatch(Samples.Records(2, 1)).Records[0].Sequence);
    }

    /// <summary>Writes all batches; returns the number of verbs. Stops silently where the files fail.</summary>
    private static int RunUntil(MemoryFiles files, List<byte[]> acknowledged)
    {
        try
        {
            using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
            foreach (var batch in Batches)
            {
                var records = Samples.Records(acknowledged.Count, batch);
                writer.AppendBatch(records);
                acknowledged.AddRange(records.Select(record => record.Utf8Json));
            }
        }
        catch (Exception e) when (e is LogBrokenException or IOException)
        {
            Assert.NotEqual(0, files.StopAt);
        }
        return files.Verbs;
    }

    private static void CheckReopened(MemoryFiles disk, List<byte[]> acknowledged, string what)
    {
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), disk))
        {
            Assert.True(writer.Current.Checkpoint.Size >= acknowledged.Count, what);
            writer.AppendBatch(Samples.Records(writer.Current.Checkpoint.Size, 2));
        }
        var report = LogAudit.Run("", Samples.PublicKey, [], disk);
        Assert.True(report.IsSound && report.BeyondCheckpoint == 0, $"{what}: {report.BeyondCheckpoint} beyond; {string.Join("; ", report.Faults)}");
        var reader = new LogReader("", disk);
        var size = reader.ReadCheckpoint()!.Checkpoint.Size;
        var records = reader.ReadRecords(0, size).ToList();
        Assert.True(records.Count == size, what);
        Assert.True(acknowledged.Zip(records).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second.Utf8Json)), what);
    }

    [Fact]
    public void A_log_opens_after_a_power_cut_in_the_batch_that_fills_a_tile_of_the_second_level()
    {
        var files = new MemoryFiles();
        byte[] checkpoint;
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
        {
            for (var at = 0; at < 65_535; at = (int)writer.Current.Checkpoint.Size)
                writer.AppendBatch(Samples.Records(at, Math.Min(LogWriter.BatchRecordsMax, 65_535 - at)));
            checkpoint = files.Read("checkpoint")!;
            writer.AppendBatch(Samples.Records(65_535, 1));
        }

        // All of the batch came to the disk but its checkpoint.
        files.WriteDurable("checkpoint", checkpoint);
        // A start that nothing follows leaves it as whole.
        using (var once = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
            Assert.Equal(65_535, once.Current.Checkpoint.Size);
        Assert.Empty(LogAudit.Run("", Samples.PublicKey, files: files).Faults);
        using (var again = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
        {
            Assert.Equal(65_535, again.Current.Checkpoint.Size);
            again.AppendBatch(Samples.Records(65_535, 300));
        }

        Assert.Empty(LogAudit.Run("", Samples.PublicKey, files: files).Faults);
    }
}
