using System.Text;

namespace Log.Tests;

public sealed class PurgeTests
{
    [Fact]
    public void A_purged_record_is_gone_and_its_leaf_proof_and_neighbours_stay()
    {
        using var folder = new TemporaryFolder();
        using var writer = LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider());
        var secret = Encoding.UTF8.GetBytes("{\"type\":\"act\",\"name\":\"a name to be forgotten\"}");
        var batch = writer.AppendBatch([Samples.Record(0), new LogRecord("act", secret), Samples.Record(2)]);
        var reader = new LogReader(folder.Path);
        var before = reader.ReadRecord(1)!;
        Assert.Equal(secret, before.Utf8Json);

        Assert.Equal(1, writer.Purge([1]));
        Assert.Equal(0, writer.Purge([1]));

        var after = reader.ReadRecord(1)!;
        Assert.True(after.IsPurged);
        Assert.Equal((before.Type, before.TimeUs), (after.Type, after.TimeUs));
        Assert.Equal(batch.Records[1].LeafHash, after.ToEntry().LeafHash());
        Assert.True(MerkleProof.VerifyInclusion(1, 3, batch.Records[1].LeafHash, reader.InclusionProof(1, 3), batch.Signed.Checkpoint.Root));
        Assert.Equal(Samples.Record(2).Utf8Json, reader.ReadRecord(2)!.Utf8Json);
        foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("lock", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain(Convert.ToBase64String(secret), text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(before.Salt!), text, StringComparison.Ordinal);
        }
        Assert.Empty(LogAudit.Run(folder.Path, Samples.PublicKey).Faults);
    }

    [Fact]
    public void A_log_grows_and_reopens_after_a_purge_in_its_unfinished_bundle()
    {
        var files = new MemoryFiles();
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
        {
            writer.AppendBatch(Samples.Records(0, 260));
            Assert.Equal(3, writer.Purge([3, 256, 259]));
            writer.AppendBatch(Samples.Records(260, 2));
        }
        var disk = files.AfterPowerCut(new Random(5));
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), disk))
            Assert.Equal(262, writer.AppendBatch(Samples.Records(262, 1)).Records[0].Sequence);
        var report = LogAudit.Run("", Samples.PublicKey, [], disk);
        Assert.Empty(report.Faults);
        Assert.Equal(3, report.Purged);
    }

    [Fact]
    public void A_stop_during_a_purge_leaves_the_record_whole_or_purged()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var files = new MemoryFiles();
            using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
            {
                writer.AppendBatch(Samples.Records(0, 9));
                files.StopAt = files.Verbs + 1;
                Assert.Throws<LogBrokenException>(() => writer.Purge([4]));
            }
            var disk = files.AfterPowerCut(new Random(seed));
            LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), disk).Dispose();
            Assert.Empty(LogAudit.Run("", Samples.PublicKey, [], disk).Faults);
        }
    }
}
