using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class RecoveryTests
{
    [Fact]
    public void After_a_cut_at_any_card_write_the_open_segment_is_sealed_and_nothing_complete_is_lost()
    {
        const int seed = 20260302;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 25; round++)
        {
            using var bench = new Bench(seed: random.Next());
            int cutAt = random.Next(1, 300);
            bool ended = bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                bench.Board.CutPowerAtWrite(cutAt);
                bench.Record(80, end: false);
            });
            Assert.False(ended, $"round {round}: write {cutAt} was never reached");
            bench.Board.ReleaseParkedThreads();
            bench.Board.PowerOn();
            bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                bench.RunRecovery();
                Assert.False(bench.Store.Recovery.IsPending);
            });
            AssertEverySegmentSealed(bench, $"round {round}, cut at {cutAt}");
        }
    }

    [Fact]
    public void A_cut_at_any_write_between_two_segments_leaves_the_recording_with_a_final_seal()
    {
        var segments = new HashSet<int>();
        for (int write = 1; write <= 12; write++)
        {
            using var bench = new Bench();
            bool ended = bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                bench.Record(10, end: false);
                bench.Board.CutPowerAtWrite(write);
                bench.Store.Recordings.Cut(bench.Now());
            });
            bench.Board.CutPowerAtWrite(0);
            bench.PowerCycle();
            bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                Assert.Equal(StopReasons.PowerLost, bench.State.PendingReason);
                bench.RunRecovery();
                bench.Store.Journal.Stop(bench.Now());
            });
            AssertEverySegmentSealed(bench, $"cut at write {write}");
            int last = Enumerable.Range(1, 3).Last(segment => File.Exists(bench.SealPath(1, segment)));
            Seal seal = SegmentTests.ReadSeal(bench, 1, last);
            Assert.True(seal.IsFinal, $"cut at write {write}: segment {last} is the last one and not final");
            Assert.Equal(Core.StopReason.PowerLost, seal.StopReason);
            if (last > 1) Assert.True(seal.StartMonotonicUs >= SegmentTests.ReadSeal(bench, 1, last - 1).EndMonotonicUs);
            segments.Add(last);
            if (ended) break;
        }
        Assert.Equal([1, 2], segments.Order());
    }

    [Fact]
    public void A_recovered_segment_says_so_with_its_reason_and_its_bytes()
    {
        using var bench = CutWhileRecording();
        bench.Run(() =>
        {
            bench.Start();
            Assert.True(bench.Store.Recovery.FootagePending);
            Assert.Equal(StopReasons.PowerLost, bench.State.PendingReason);
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        byte[] file = File.ReadAllBytes(bench.SegmentPath(1, 1));
        SegmentContent content = SegmentReader.Read(file);
        Assert.Equal(SealFlags.Recovered | SealFlags.Final, seal.Flags);
        Assert.Equal(Core.StopReason.PowerLost, seal.StopReason);
        Assert.Equal((ulong)content.CompleteBytes, seal.CoveredBytes);
        Assert.Equal((uint)content.PictureCount, seal.FrameCount);
        RunningAuthenticator last = content.Authenticators[^1];
        Assert.Equal((ulong)last.ChunkCount * 4096, seal.AuthenticatedBytes);
        SegmentTests.AssertCovers(bench, seal, 1, 1);
        Assert.Contains("recovered", JournalEvents(bench));
    }

    [Fact]
    public void A_byte_changed_on_the_card_is_found_and_the_covered_length_ends_before_it()
    {
        using var bench = CutWhileRecording();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        SegmentContent content = SegmentReader.Read(before);
        SegmentBlock picture = content.Blocks.Last(block => block.Track == SegmentContent.PictureTrack && block.Offset < 5 * 4096);
        int changedAt = picture.Offset + (picture.Length / 2);
        bench.Board.Card.RotByte(@"D:\bodycam\e1\r1\1.mkv", changedAt);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        Assert.True(seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch));
        Assert.True(seal.CoveredBytes <= (ulong)(changedAt / 4096 * 4096));
        Assert.Equal(seal.CoveredBytes, seal.AuthenticatedBytes);
        SegmentTests.AssertCovers(bench, seal, 1, 1);
        Assert.Contains("tamperSuspected", JournalEvents(bench));
    }

    [Fact]
    public void A_broken_element_head_long_before_the_tail_is_tampering_too()
    {
        using var bench = CutWhileRecording();
        SegmentContent content = SegmentReader.Read(File.ReadAllBytes(bench.SegmentPath(1, 1)));
        SegmentBlock picture = content.Blocks.Last(block => block.Track == SegmentContent.PictureTrack && block.Offset < 8 * 4096);
        bench.Board.Card.RotByte(@"D:\bodycam\e1\r1\1.mkv", picture.Offset - 9);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        Assert.True(SegmentTests.ReadSeal(bench, 1, 1).Flags.HasFlag(SealFlags.AuthenticatorMismatch));
    }

    [Fact]
    public void Recording_starts_at_once_and_its_seals_wait_for_the_recovered_one()
    {
        using var bench = CutWhileRecording();
        bench.Run(() =>
        {
            bench.Start();
            while (bench.Store.JournalRecoveriesLeft > 0) bench.Store.Recovery.Step(bench.Now());
            bench.Record(10);
            Assert.False(File.Exists(bench.SealPath(2, 1)));
            bench.RunRecovery();
        });
        Seal recovered = SegmentTests.ReadSeal(bench, 1, 1);
        Seal later = SegmentTests.ReadSeal(bench, 2, 1);
        Assert.True(later.PreviousSealDigest.SequenceEqual(recovered.SealDigest));
        Assert.True(bench.Ring.Authenticates(recovered));
        Assert.True(bench.Ring.Authenticates(later));
        Assert.False(later.Flags.HasFlag(SealFlags.Recovered));
    }

    [Fact]
    public void A_second_cut_before_recovery_is_through_loses_neither_key_nor_order()
    {
        using var bench = CutWhileRecording();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(10);
            bench.Record(10, end: false);
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        Seal[] seals = [SegmentTests.ReadSeal(bench, 1, 1), SegmentTests.ReadSeal(bench, 2, 1), SegmentTests.ReadSeal(bench, 3, 1)];
        for (int i = 0; i < seals.Length; i++)
        {
            Assert.True(bench.Ring.Authenticates(seals[i]));
            Assert.True(seals[i].IsFinal);
            Assert.True(i == 0 || seals[i].PreviousSealDigest.SequenceEqual(seals[i - 1].SealDigest));
        }
        Assert.Equal(Core.StopReason.ActivityEnded, seals[1].StopReason);
        Assert.Equal(Core.StopReason.PowerLost, seals[2].StopReason);
    }

    [Fact]
    public void Journal_lines_go_on_counting_after_a_cut()
    {
        using var bench = CutWhileRecording();
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        long[] numbers = [.. JournalTests.Lines(bench).Where(line => line.TryGetProperty("n", out _)).Select(line => line.Number("n")).Order()];
        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(n => (long)n), numbers);
    }

    private static Bench CutWhileRecording()
    {
        var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(25, end: false);
        });
        bench.PowerCycle();
        return bench;
    }

    private static IEnumerable<string> JournalEvents(Bench bench) =>
        JournalTests.Lines(bench).Where(line => line.TryGetProperty("event", out _)).Select(line => line.Text("event"));

    private static void AssertEverySegmentSealed(Bench bench, string round)
    {
        string folder = Path.Combine(bench.Card, "bodycam", "e1", "r1");
        byte[] previous = new byte[32];
        for (int segment = 1; File.Exists(bench.SegmentPath(1, segment)); segment++)
        {
            Assert.True(File.Exists(bench.SealPath(1, segment)), $"{round}: segment {segment} has no seal");
            Seal seal = SegmentTests.ReadSeal(bench, 1, segment);
            byte[] file = File.ReadAllBytes(bench.SegmentPath(1, segment));
            SegmentContent content = SegmentReader.Read(file.AsSpan(0, (int)seal.CoveredBytes));
            Assert.True(content.IsWhole, $"{round}: covered length ends inside an element");
            Assert.False(seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch), $"{round}: false alarm");
            Assert.Equal((uint)content.PictureCount, seal.FrameCount);
            Assert.Equal(SegmentReader.Read(file).PictureCount, content.PictureCount);
            SegmentTests.AssertCovers(bench, seal, 1, segment);
            Assert.True(seal.PreviousSealDigest.SequenceEqual(previous), $"{round}: chain broken at {segment}");
            previous = seal.SealDigest.ToArray();
        }
        Assert.True(!Directory.Exists(folder) || Directory.GetFiles(folder, "*.sea").All(path => new FileInfo(path).Length == 352), round);
    }
}
