using System.Text.Json;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class JournalTests
{
    [Fact]
    public void A_critical_line_is_on_the_card_when_the_call_returns_and_others_within_a_second()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            var line = new JournalLine();
            bench.Store.Journal.Write(line.Start(Events.Press).Add("button", "record").Add("gesture", "short"), bench.Now(), true);
            Assert.Contains("\"event\":\"press\",\"button\":\"record\"", OpenJournalText(bench));
            bench.Store.Journal.Write(line.Start(Events.Battery).Add("percent", 81), bench.Now(), false);
            Assert.DoesNotContain("battery", OpenJournalText(bench));
            bench.Board.Scheduler.Sleep(1000);
            bench.Store.Tick(bench.Now());
            Assert.Contains("battery", OpenJournalText(bench));
        });
    }

    [Fact]
    public void The_journal_is_rotated_every_ten_minutes_and_each_segment_is_sealed_in_its_own_chain()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            var line = new JournalLine();
            for (int i = 0; i < 22; i++)
            {
                bench.Store.Journal.Write(line.Start(Events.Battery).Add("percent", 100 - i), bench.Now(), false);
                bench.Board.Scheduler.Sleep(60_000);
                bench.Store.Tick(bench.Now());
            }
            bench.Store.Journal.Stop(bench.Now());
        }, 3000);
        Seal first = SegmentTests.ReadSeal(bench, 0, 1);
        Seal second = SegmentTests.ReadSeal(bench, 0, 2);
        Seal third = SegmentTests.ReadSeal(bench, 0, 3);
        Assert.True(second.PreviousSealDigest.SequenceEqual(first.SealDigest));
        Assert.True(third.PreviousSealDigest.SequenceEqual(second.SealDigest));
        SegmentTests.AssertCovers(bench, second, 0, 2);
        Assert.All(Lines(bench), line => Assert.InRange(line.Number("us"), 1, long.MaxValue));
    }

    [Fact]
    public void Footage_carries_a_copy_of_the_lines_of_its_time()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
            bench.Store.Recordings.OpenSegment(bench.Now());
            bench.Store.Journal.Write(new JournalLine().Start(Events.KeyShot).Add("text", "标记\"1\""), bench.Now(), true);
            bench.Store.Journal.CopyPendingInto(bench.Store.Recordings.Writer, bench.Now().MonotonicUs);
            bench.Store.Recordings.End(bench.Now(), StopReasons.ActivityEnded);
        });
        JsonElement copy = JournalReader.Lines(File.ReadAllBytes(bench.SegmentPath(1, 1))).Single(line => line.Text("event") == "keyShot");
        Assert.Equal("标记\"1\"", copy.Text("text"));
        Assert.Contains(Lines(bench), line => line.Number("n") == copy.Number("n"));
    }

    [Fact]
    public void Without_a_card_lines_go_to_the_ring_and_move_into_the_card_journal_later()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Journal.Write(new JournalLine().Start(Events.Press), bench.Now(), true);
            bench.Store.Close();
            for (int i = 0; i < 20; i++)
                Assert.Equal(StoreResult.Ok, bench.Store.Journal.Write(new JournalLine().Start(Events.Fault).Add("i", i), bench.Now(), true));
            Assert.True(bench.Store.Journal.OnRing);
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        JsonElement[] lines = [.. Lines(bench)];
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), lines.Where(line => line.Text("event") == "fault").Select(line => line.Number("i")));
        Assert.Equal(lines.Length, lines.Select(line => line.Number("n")).Distinct().Count());
        Assert.False(File.Exists(Path.Combine(bench.Flash, "journal.ring")));
    }

    [Fact]
    public void A_full_ring_drops_the_oldest_and_says_how_many()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Close();
            for (int i = 0; i < 140; i++)
                Assert.Equal(StoreResult.Ok, bench.Store.Journal.Write(new JournalLine().Start(Events.Fault).Add("i", i), bench.Now(), true));
            Assert.Equal(StoreResult.Ok, bench.Store.Open(bench.Now()));
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        }, 3000);
        JsonElement moved = Lines(bench).Single(line => line.Text("event") == "ringMoved");
        Assert.Equal(128, moved.Number("lines"));
        Assert.Equal(12, moved.Number("lost"));
        Assert.Equal(128, Lines(bench).Count(line => line.Text("event") == "fault"));
    }

    [Fact]
    public void A_line_that_is_too_long_loses_the_field_that_does_not_fit_and_stays_valid()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            var line = new JournalLine();
            line.Start(Events.Fault).Add("text", new string('x', 600)).Add("code", 7);
            bench.Store.Journal.Write(line, bench.Now(), true);
            bench.Store.Journal.Stop(bench.Now());
        });
        JsonElement cut = Lines(bench).Single(line => line.Text("event") == "fault");
        Assert.Equal(1, cut.Number("cut"));
        Assert.Equal(7, cut.Number("code"));
    }

    /// <summary>Lines of every journal-chain segment, in order of their numbers.</summary>
    internal static IEnumerable<JsonElement> Lines(Bench bench)
    {
        for (int segment = 1; File.Exists(bench.SegmentPath(0, segment)); segment++)
        {
            foreach (JsonElement line in JournalReader.Lines(File.ReadAllBytes(bench.SegmentPath(0, segment)))) yield return line;
        }
    }

    private static string OpenJournalText(Bench bench)
    {
        using var stream = new FileStream(bench.SegmentPath(0, bench.Store.Journal.OpenSegment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }
}
