using BodyCam.Firmware.Storage;
using static BodyCam.Firmware.Tests.Store.ForgedLedger;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>The compacted copy that start-up writes: what it keeps, and when the ledger stays as it is.</summary>
public sealed class CompactionTests
{
    [Fact]
    public void Compaction_keeps_states_heads_and_sequence()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Shift(bench);
            Outgrow(ledger);
            int sequence = ledger.Sequence;
            int unreceipted = ledger.UnreceiptedCount;
            byte[] head = [.. ledger.FootageHead];
            int activity = ledger.Find(1, 1).Activity;
            Reopen(ledger);
            Assert.Equal(sequence, ledger.Sequence);
            Assert.Equal(unreceipted, ledger.UnreceiptedCount);
            Assert.Equal(head, ledger.FootageHead);
            Assert.Equal(activity, ledger.Find(1, 1).Activity);
            Assert.Equal(1, ledger.LastBoot);
        }, 6000);
        Assert.InRange(LedgerBytes(bench), 64, 64 * 40);
    }

    [Fact]
    public void Compaction_drops_what_is_erased_and_of_an_assignment_that_is_over()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Shift(bench, recordings: 3);
            foreach (int recording in new[] { 1, 2 })
            {
                LedgerRecording row = ledger.Find(1, recording);
                for (int segment = 1; segment <= row.LastSegment; segment++) Assert.Equal(StoreResult.Ok, ledger.AppendState(row, segment, SegmentStates.Archived, false));
            }

            Assert.Equal(2, ledger.MakeRoom(0, 100));
            Outgrow(ledger);
            ledger.Close();
            ledger.KeepFrom = 2;
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Null(ledger.Find(1, 1));
            Assert.NotNull(ledger.Find(1, 2));
            Assert.Equal(3, ledger.HighestRecording(1));
        }, 6000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compaction_makes_nothing_of_journal_segments_that_another_card_has(bool erased)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Shift(bench);
            LedgerRecording row = ledger.Find(1, 0);
            int last = row.LastSegment;
            for (int segment = 1; erased && segment <= last; segment++) Assert.Equal(StoreResult.Ok, ledger.AppendState(row, segment, SegmentStates.Archived, false));
            if (erased) Assert.Equal(last, ledger.MakeRoom(0, 100));
            bench.State.JournalSegment += 5;
            bench.Record(3);
            bench.Store.Journal.Stop(bench.Now());
            int newest = ledger.Find(1, 0).LastSegment;
            Outgrow(ledger);
            Reopen(ledger);
            Assert.Equal(0, ledger.OpenCount);
            Assert.All(Enumerable.Range(last + 1, 5), segment => Assert.Equal(SegmentStates.None, State(bench, segment)));
            Assert.All(Enumerable.Range(last + 6, newest - last - 5), segment => Assert.Equal(SegmentStates.Sealed, State(bench, segment)));
            Assert.Equal(erased ? SegmentStates.None : SegmentStates.Sealed, State(bench, last));
        }, 6000);
    }

    [Theory]
    [InlineData(SegmentStates.Sealed)]
    [InlineData(9)]
    public void Compaction_keeps_records_that_were_refused(int state)
    {
        using var bench = new Bench();
        bench.Run(() => Shift(bench));
        int recording = bench.State.Recording + 65_537;
        Forge(bench, state, (recording, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            byte[] head = [.. ledger.FootageHead];
            Outgrow(ledger);
            Reopen(ledger);
            Assert.InRange(LedgerBytes(bench), 64, 64 * 40);
            Assert.Equal(1, ledger.BadRecordCount);
            Assert.Null(ledger.Find(1, recording));
            ledger.Close();

            // Within reach when I: has come that far: the record counts, and the chain goes on from its own head.
            ledger.Expect(1, recording, bench.State.JournalSegment, 1);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(state == SegmentStates.Sealed ? 0 : 1, ledger.BadRecordCount);
            Assert.Equal(state == SegmentStates.Sealed, ledger.Find(1, recording) != null);
            Assert.Equal(head, ledger.FootageHead);
        }, 6000);
    }

    [Fact]
    public void More_refused_records_than_are_kept_in_memory_leave_the_ledger_as_it_is()
    {
        using var bench = new Bench();
        bench.Run(() => Shift(bench));
        Forge(bench, 9, [.. Enumerable.Range(1, 300).Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            Outgrow(ledger);
            Reopen(ledger);
            Assert.Equal(300, ledger.BadRecordCount);
            bench.Record(5);
        }, 6000);
    }

    [Fact]
    public void Compaction_of_many_rows_does_not_hold_the_start()
    {
        using var bench = new Bench();
        bench.Run(() => Shift(bench));
        Forge(bench, [.. Enumerable.Range(2, 1300).Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            Outgrow(ledger, records: 3000);
            ledger.Close();
            long before = bench.Now().MonotonicUs;
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.InRange(bench.Now().MonotonicUs - before, 0, 6_000_000);
            Assert.InRange(LedgerBytes(bench), 64 * 2600, 64 * 2640);
            Assert.Equal(1301, ledger.HighestRecording(1));
            Assert.Equal(0, ledger.BadRecordCount);
        }, 6000);
    }

    [Fact]
    public void A_compaction_that_fails_once_is_done_at_the_next_try()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Shift(bench);
            Outgrow(ledger);
            ledger.Close();
            bench.Board.Card.SyncFails = true;
            Assert.Equal(StoreResult.Ok, ledger.Open());
            bench.Board.Card.SyncFails = false;
            ledger.Close();
            Assert.InRange(LedgerBytes(bench), 4200 * 64, 4300 * 64);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.InRange(LedgerBytes(bench), 64, 40 * 64);
        }, 6000);
    }

    [Fact]
    public void A_ledger_that_can_never_be_compacted_is_gone_on_with()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Outgrow(Shift(bench));
        }, 6000);
        string copy = Path.Combine(bench.Card, "bodycam", "ledger.bin.tmp");
        Directory.CreateDirectory(copy);
        for (int recording = 2; recording <= 3; recording++)
        {
            bench.PowerCycle();
            bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                bench.RunRecovery();
                bench.Record(5);
                bench.Store.Journal.Stop(bench.Now());
            });
            Assert.InRange(LedgerBytes(bench), 4200 * 64, 4300 * 64);
        }

        bench.PowerCycle();
        Directory.Delete(copy);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Same, bench.Store.Change);
            Assert.All(Enumerable.Range(1, 3), recording => Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, recording).State(1)));
        });
        Assert.InRange(LedgerBytes(bench), 64, 80 * 64);
    }

    [Fact]
    public void Records_that_were_read_wrongly_once_are_not_compacted_away()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Outgrow(Shift(bench, recordings: 3));
        }, 6000);
        bench.PowerCycle();
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] right = File.ReadAllBytes(ledger);
        byte[] wrong = [.. right];
        for (int i = 0; i < 4096; i++) wrong[i] ^= 0x55;
        File.WriteAllBytes(ledger, wrong);
        bench.Run(() => bench.Start());
        bench.PowerCycle();

        // The card reads well again: what it has of the old block is there.
        byte[] now = File.ReadAllBytes(ledger);
        if (now.Length >= 4096 && now.AsSpan(0, 4096).SequenceEqual(wrong.AsSpan(0, 4096)))
        {
            right.AsSpan(0, 4096).CopyTo(now);
            File.WriteAllBytes(ledger, now);
        }

        bench.Run(() =>
        {
            bench.Start();
            for (int recording = 1; recording <= 3; recording++)
                Assert.NotNull(bench.Store.Ledger.Find(1, recording));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    public void Records_that_are_read_wrongly_once_are_read_again_and_count(int records)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Grown(bench, out int unreceipted, out long first);
            bench.Board.Card.Misread(1, "ledger.bin", first, records * 64);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(0, ledger.BadRecordCount);
            Assert.Equal(unreceipted, ledger.UnreceiptedCount);
            Assert.Equal(1, ledger.Find(1, 1).Activity);
            Assert.InRange(LedgerBytes(bench), 64, 60 * 64);
        }, 6000);
    }

    [Fact]
    public void A_record_that_reads_otherwise_each_time_is_not_compacted_away()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Grown(bench, out int unreceipted, out long first);
            bench.Board.Card.Misread(1000, "ledger.bin", first, 7 * 64);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(7, ledger.BadRecordCount);
            Assert.InRange(LedgerBytes(bench), 4200 * 64, 4300 * 64);
            ledger.Close();
            bench.Board.Card.Misread(0, "", 0, 0);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(unreceipted, ledger.UnreceiptedCount);
            Assert.All(Enumerable.Range(1, 3), recording => Assert.Equal(SegmentStates.Sealed, ledger.Find(1, recording).State(1)));
            Assert.InRange(LedgerBytes(bench), 64, 60 * 64);
        }, 6000);
    }

    [Fact]
    public void A_ledger_with_fewer_bad_records_than_a_sector_has_is_compacted_when_they_are_the_same_twice()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Grown(bench, out int _, out long first);
            for (int i = 0; i < 3; i++) bench.Board.Card.RotByte(@"D:\bodycam\ledger.bin", first + (i * 64) + 30);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.InRange(LedgerBytes(bench), 64, 60 * 64);
        }, 6000);
    }

    [Fact]
    public void What_is_recorded_while_the_card_does_not_tell_of_the_new_ledger_is_not_dropped()
    {
        using var bench = new Bench();
        bench.Run(() => Shift(bench));
        bench.PowerCycle();
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        File.Copy(ledger, ledger + ".new");
        bench.Board.Card.FailLengths(1, "ledger.bin.new", -1);
        bench.Run(() => Shift(bench));
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            Assert.NotNull(bench.Store.Ledger.Find(1, 2));
        });
    }

    /// <summary>A start, recordings of 5 s, and a journal that is sealed.</summary>
    private static Ledger Shift(Bench bench, int recordings = 1)
    {
        bench.Start();
        for (int i = 0; i < recordings; i++) bench.Record(5);
        bench.Store.Journal.Stop(bench.Now());
        return bench.Store.Ledger;
    }

    /// <summary>So many records that the next start compacts.</summary>
    private static void Outgrow(Ledger ledger, int records = 4200)
    {
        for (int i = 0; i < records; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
    }

    private static void Reopen(Ledger ledger)
    {
        ledger.Close();
        Assert.Equal(StoreResult.Ok, ledger.Open());
    }

    /// <summary>A closed ledger that is compacted when it is opened, and where its first record about recording 1 stands.</summary>
    private static Ledger Grown(Bench bench, out int unreceipted, out long first)
    {
        Ledger ledger = Shift(bench, recordings: 3);
        unreceipted = ledger.UnreceiptedCount;
        Outgrow(ledger);
        ledger.Close();
        byte[] records = File.ReadAllBytes(Path.Combine(bench.Card, "bodycam", "ledger.bin"));
        first = Enumerable.Range(0, records.Length / 64).First(index => records[index * 64 + 1] == SegmentStates.Opened && BitConverter.ToInt32(records, (index * 64) + 8) == 1) * 64L;
        return ledger;
    }

    private static long LedgerBytes(Bench bench) => new FileInfo(Path.Combine(bench.Card, "bodycam", "ledger.bin")).Length;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_second_read_that_fails_once_costs_a_try_and_takes_no_head_and_no_card_back(bool isLastOfAll)
    {
        using var bench = new Bench();
        byte[] head = [];
        bench.Run(() =>
        {
            bench.Start();
            for (int i = 0; i < 2; i++) bench.Record(10);
            bench.Board.Scheduler.Sleep(2000);
            bench.Store.Tick(bench.Now());
            bench.RunRecovery();
            head = (byte[])bench.State.FootageHead.Clone();
            if (!isLastOfAll) bench.Store.Journal.Stop(bench.Now());
            bench.RunRecovery();
            bench.Store.SaveState();
        });
        bench.PowerCycle();
        byte[] records = File.ReadAllBytes(Path.Combine(bench.Card, "bodycam", "ledger.bin"));
        int at = records.Length / 64 - 1;
        while (!isLastOfAll && (records[at * 64 + 1] != SegmentStates.Sealed || BitConverter.ToInt32(records, at * 64 + 8) != 2)) at--;
        bench.Board.Card.Misread(1, "ledger.bin", at * 64, 64);
        bench.Board.Card.FailReads(1, "ledger.bin", spared: 1);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.OpenFailed, bench.Start());
            Assert.Equal(StoreResult.Ok, bench.Store.Open(bench.Now()));
            Assert.Equal((CardChange.Same, false), (bench.Store.Change, bench.State.NewEpochWanted));
            Assert.Equal(head, bench.State.FootageHead);
        });
    }
}
