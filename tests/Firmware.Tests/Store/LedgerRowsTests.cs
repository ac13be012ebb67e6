using BodyCam.Firmware.Storage;
using static BodyCam.Firmware.Tests.Store.ForgedLedger;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>How many rows a ledger makes in memory, and how long the start takes over them.</summary>
public sealed class LedgerRowsTests
{
    [Fact]
    public void Rows_between_segments_are_bounded_over_all_records_and_no_journal_record_within_reach_is_skipped()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, [.. Enumerable.Range(1, 60).Select(static number => (0, number * 1000))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.InRange(Rows(bench, Enumerable.Range(1, 60).Select(static number => number * 1000)), 10_000, 17_000);
            Assert.Equal(0, bench.Store.Ledger.BadRecordCount);
            Assert.All(Enumerable.Range(1, 60), number => Assert.NotEqual(SegmentStates.None, State(bench, number * 1000)));
            Assert.Equal(SegmentStates.None, State(bench, 20_500));
        });
    }

    [Fact]
    public void What_other_cards_have_of_the_journal_is_no_bound_to_what_this_one_gets()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.State.JournalSegment += 50_000;
            bench.Record(5);
            bench.State.JournalSegment += 50_000;
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        int unreceipted = bench.Store.Ledger.UnreceiptedCount;
        int newest = bench.Store.Ledger.Find(1, 0).LastSegment;
        bench.PowerCycle();
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(0, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(newest + 1, bench.Store.Journal.OpenSegment);
            Assert.Equal(unreceipted, bench.Store.Ledger.UnreceiptedCount);
            Assert.InRange(Rows(bench, Enumerable.Range(1, newest)), 5, 17_000);
        });
        Assert.InRange(newest, 100_000, 100_020);
    }

    [Fact]
    public void What_other_cards_have_of_the_journal_takes_no_room_from_gaps_in_a_recording()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.State.JournalSegment += 16_380;
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, (1, 200));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(0, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(200));
        });
    }

    [Fact]
    public void Gaps_in_recordings_are_bounded_over_all_of_them()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, (1, 3000), (2, 3000), (2, 900));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(3000));
            Assert.Equal(900, bench.Store.Ledger.Find(1, 2).LastSegment);
        });
    }

    [Fact]
    public void Journal_segments_in_falling_order_make_no_rows_without_end()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        int last = bench.Store.Ledger.Find(1, 0).LastSegment;
        int[] falling = [.. Enumerable.Range(0, 1500).Select(static index => 200_000 - (index * 3))];
        Forge(bench, [.. falling.Select(static segment => (0, segment))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.InRange(falling.Select(segment => bench.Store.Ledger.Find(1, 0, segment)).OfType<LedgerRecording>().Distinct().Count(), 1, 512);
            Assert.InRange(bench.Store.Ledger.BadRecordCount, 1500 - 512, 1500);
            Assert.All(Enumerable.Range(1, last), segment => Assert.Equal(SegmentStates.Sealed, State(bench, segment)));
            bench.Record(5);
            Assert.False(bench.Store.Journal.OnRing);
        });
    }

    [Theory]
    [InlineData(SegmentStates.Closed)]
    [InlineData(SegmentStates.Sealed)]
    [InlineData(SegmentStates.Opened)]
    public void A_ledger_full_of_recordings_without_an_end_does_not_hold_the_start(int state)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, state, [.. Enumerable.Range(2, 2000).Reverse().Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            long before = bench.Now().MonotonicUs;
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.InRange(bench.Now().MonotonicUs - before, 0, 10_000_000);
        });
    }

    [Fact]
    public void Recordings_beyond_what_memory_has_room_for_make_no_rows_and_are_counted()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, [.. Enumerable.Range(2, 4500).Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(4501 - 4096, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(1));
            bench.Record(5);
        });
    }
}
