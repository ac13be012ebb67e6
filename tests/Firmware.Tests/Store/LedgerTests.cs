using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class LedgerTests
{
    [Fact]
    public void The_ledger_is_the_same_after_a_reboot()
    {
        using var bench = new Bench();
        int unreceipted = 0;
        int seconds = 0;
        long free = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(30);
            bench.Store.Journal.Stop(bench.Now());
            unreceipted = bench.Store.Ledger.UnreceiptedCount;
            seconds = bench.Store.Ledger.UnsafeSeconds;
            free = bench.Store.Ledger.FreeBytes;
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            Ledger ledger = new(bench.Provisioning, new CardReader());
            bench.Board.Storage.MountCard();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(unreceipted, ledger.UnreceiptedCount);
            Assert.Equal(seconds, ledger.UnsafeSeconds);
            Assert.Equal(free, ledger.FreeBytes);
            Assert.Equal(0, ledger.BadRecordCount);
            ledger.Close();
        });
        Assert.True(seconds > 5);
    }

    [Fact]
    public void Room_counts_whole_clusters_and_never_more_than_the_card_has()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(60);
            bench.Store.Journal.Stop(bench.Now());
            long truly = (4L << 30) - bench.Board.Card.UsedBytes;
            Assert.InRange(bench.Store.Ledger.FreeBytes, truly - ((4L << 30) / 45), truly);
        });
    }

    [Fact]
    public void At_the_hard_stop_footage_ends_and_the_journal_goes_on()
    {
        const long cardBytes = 300L << 20;
        using var bench = new Bench(values => values with { CardBytes = cardBytes, StorageStopBytes = 285L << 20 });
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.BeginActivity();
            StoreResult result = bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
            for (int i = 0; i < 40 && result == StoreResult.Ok; i++)
            {
                result = bench.Store.Recordings.OpenSegment(bench.Now());
                for (int frame = 0; result == StoreResult.Ok && frame < 60; frame++)
                    Bench.WriteFrame(bench.Store.Recordings.Writer, Scene.Frame(frame), bench.Now().MonotonicUs);
                if (result == StoreResult.Ok) Assert.Equal(StoreResult.Ok, bench.Store.Recordings.CloseSegment(bench.Now(), false, 0));
            }
            Assert.Equal(StoreResult.CardFull, result);
            Assert.True(bench.Store.Ledger.HasRoomForJournal);
            bench.Store.Recordings.End(bench.Now(), StopReasons.LowStorage);
            Assert.Equal(StoreResult.CardFull, bench.Store.Recordings.Begin(Kinds.Footage, bench.Now()));
            Assert.Equal(StoreResult.Ok, bench.Store.Recordings.Begin(Kinds.SpokenNote, bench.Now()));
            Assert.Equal(StoreResult.Ok, bench.Store.Journal.Write(new JournalLine().Start(Events.Storage), bench.Now(), true));
            Assert.False(bench.Store.Journal.OnRing);
            Assert.Equal(0, bench.Store.Ledger.MakeRoom(long.MaxValue, 1000));
        }, 6000);
    }

    [Fact]
    public void A_torn_or_changed_record_is_skipped_and_counted()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        string path = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        bytes[64 + 20] ^= 1;
        File.WriteAllBytes(path, [.. bytes, .. new byte[17]]);
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            bench.RunRecovery();
        });
        Assert.Equal(0, new FileInfo(path).Length % 64);
    }

    /// <summary>The check of a record is made with a published constant: whoever has the card can write any number.</summary>
    [Theory]
    [InlineData(1, 5_000_000)]
    [InlineData(1, int.MaxValue)]
    [InlineData(1, -7)]
    [InlineData(0, 5_000_000)]
    [InlineData(9, int.MaxValue)]
    public void A_record_whose_segment_is_far_from_every_other_makes_no_rows_and_is_counted(int recording, int segment)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, (recording, segment));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            Assert.InRange(bench.Store.Ledger.Find(1, 0).Count, 1, 10);
            Assert.InRange(bench.Store.Ledger.Find(1, 1).Count, 1, 10);
            Assert.Null(bench.Store.Ledger.Find(1, 9));
            bench.RunRecovery();
            bench.Record(5);
            Assert.Equal(2, bench.Store.Ledger.HighestRecording(1));
        });
    }

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

    [Theory]
    [InlineData(16_385)]
    [InlineData(1 << 20)]
    public void After_a_record_far_ahead_in_the_journal_the_recorder_goes_on_recording(int ahead)
    {
        using var bench = new Bench();
        int last = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            last = bench.Store.Ledger.Find(1, 0).LastSegment;
        });
        Forge(bench, (0, last + ahead));
        for (int round = 1; round <= 2; round++)
        {
            bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                Assert.Equal(0, bench.Store.Ledger.BadRecordCount);
                bench.State.JournalSegment += 3; // what another card got
                bench.Record(5);
                Assert.False(bench.Store.Journal.OnRing);
                bench.Store.Journal.Stop(bench.Now());
                bench.RunRecovery();
            });
            bench.PowerCycle();
        }

        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(0, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(3, bench.Store.Ledger.HighestRecording(1));
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
    public void A_card_whose_journal_starts_out_of_reach_does_not_move_the_recorders_own_numbers()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Journal.Stop(bench.Now());
        });
        File.WriteAllBytes(Path.Combine(bench.Card, "bodycam", "ledger.bin"), []);
        Forge(bench, (0, 1 << 30));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            bench.Record(5);
            bench.Record(5);
            Assert.InRange(bench.State.JournalSegment, 2, 20);
        });
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1 << 30)]
    [InlineData(-1)]
    public void A_recording_out_of_reach_does_not_move_the_recorders_own_numbers(int recording)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, (recording, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            bench.Record(5);
            Assert.Equal(2, bench.State.Recording);
        });
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_recording_is_believed_up_to_the_edge_of_its_reach_and_the_next_one_is_recorded(int beyond, bool believed)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal((1, 1), (bench.State.Recording, bench.State.RecordingKeyNumber));
        Forge(bench, (1 + 65_536 + beyond, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(believed ? 0 : 1, bench.Store.Ledger.BadRecordCount);
            bench.Record(5);
            bench.RunRecovery();
            Assert.Equal(believed ? 65_538 : 2, bench.State.Recording);
            Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, bench.State.Recording, 1)));
        });
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_journal_segment_is_believed_up_to_the_edge_of_its_reach(int beyond, bool believed)
    {
        using var bench = new Bench();
        int known = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            known = bench.State.JournalSegment;
        });
        Forge(bench, (0, known + (1 << 20) + beyond));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(believed ? 0 : 1, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(believed ? known + (1 << 20) + 1 : known + 1, bench.Store.Journal.OpenSegment);
        });
    }

    [Fact]
    public void No_card_puts_the_next_recording_out_of_reach_of_its_key_while_an_older_one_waits_for_its_seal()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5, end: false);
        });
        for (int round = 1; round <= 4; round++)
        {
            Forge(bench, (bench.State.Recording + 65_536, 1), ((round + 1) * 65_536, 1), (65_537, 1));
            bench.Run(() =>
            {
                Assert.Equal(StoreResult.Ok, bench.Start());
                bench.Record(5);
                Assert.Equal(1, bench.State.RecordingKeyNumber);
                Assert.InRange(bench.State.Recording, 2, 65_600);
            });
        }

        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, 1, 1)));
        Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, bench.State.Recording, 1)));
    }

    [Fact]
    public void Keys_asked_for_in_falling_order_are_not_each_climbed_to_from_the_first()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            RecordingKeys rising = new(bench.State);
            byte[][] expected = [.. Enumerable.Range(0, 60).Select(index => rising.For(30_000 + index))];
            RecordingKeys keys = new(bench.State);
            for (int index = 59; index >= 0; index--) Assert.Equal(expected[index], keys.For(30_000 + index));
            Assert.InRange(keys.StepCount, 30_000, 30_060 + (60 * 512));
            Assert.Equal(bench.Ring.RecordingKey(bench.Device, 1, 30_000), keys.For(30_000));
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

    [Theory]
    [InlineData(SegmentStates.Sealed)]
    [InlineData(9)]
    public void Compaction_keeps_records_that_were_refused(int state)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        int recording = bench.State.Recording + 65_537;
        Forge(bench, state, (recording, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            byte[] head = [.. ledger.FootageHead];
            for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            ledger.Close();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.InRange(new FileInfo(Path.Combine(bench.Card, "bodycam", "ledger.bin")).Length, 64, 64 * 40);
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
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, 9, [.. Enumerable.Range(1, 300).Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            ledger.Close();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(300, ledger.BadRecordCount);
            bench.Record(5);
        }, 6000);
    }

    [Fact]
    public void Compaction_of_many_rows_does_not_hold_the_start()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Forge(bench, [.. Enumerable.Range(2, 1300).Select(static recording => (recording, 1))]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Ledger ledger = bench.Store.Ledger;
            for (int i = 0; i < 3000; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            ledger.Close();
            long before = bench.Now().MonotonicUs;
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.InRange(bench.Now().MonotonicUs - before, 0, 6_000_000);
            Assert.InRange(new FileInfo(Path.Combine(bench.Card, "bodycam", "ledger.bin")).Length, 64 * 2600, 64 * 2640);
            Assert.Equal(1301, ledger.HighestRecording(1));
            Assert.Equal(0, ledger.BadRecordCount);
        }, 6000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_cut_between_the_save_of_an_announcements_number_and_its_record_gives_no_number_twice(int change)
    {
        using var bench = new Bench();
        int reserved = 0;
        bool ended = bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            bench.Store.Recordings.BeginActivity();
            reserved = bench.State.JournalSegment + 1;

            // From the save on: three folders, the ledger's record, the file.
            bench.Board.CutPowerAtWrite(change);
            bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
        });
        Assert.False(ended);
        bench.PowerCycle();
        string[] before = Directory.GetFiles(Path.Combine(bench.Card, "bodycam", "e1", "r0"));
        Assert.True(change == 5 || !before.Any(path => Path.GetFileName(path).StartsWith($"{reserved}.", StringComparison.Ordinal)));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Same, bench.Store.Change);
            Assert.Equal(2, bench.State.Recording);
            Assert.Equal(reserved + 1, bench.Store.Journal.OpenSegment);
            bench.RunRecovery();
            bench.Record(5);
            Assert.Equal(3, bench.State.Recording);
            bench.Store.Journal.Stop(bench.Now());
            bench.RunRecovery();
            Assert.Equal(0, bench.Store.Ledger.OpenCount);
        });
        Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, 3, 1)));
        Assert.True(SegmentTests.ReadSeal(bench, 3, 1).PreviousSealDigest.SequenceEqual(SegmentTests.ReadSeal(bench, 1, 1).SealDigest));
        long[] numbers = [.. JournalTests.Lines(bench).Where(static line => line.TryGetProperty("n", out _)).Select(static line => line.Number("n"))];
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_recording_that_is_open_far_ahead_does_not_hold_the_start(int epoch)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5, end: false);
        });
        bench.PowerCycle();
        // In epoch 2 the forged record is of the epoch before, whose key is kept as its footage is open.
        if (epoch == 2) bench.Provision(2, new ProvisioningValues { ChunkBytes = 4096, CardBytes = 4L << 30, ClusterBytes = 32768, StorageStopBytes = 0 });
        Forge(bench, SegmentStates.Opened, (1 << 30, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            while (bench.Store.StepRecovery(bench.Now()))
            {
            }

            bench.Record(5);
        });
        Assert.True(File.Exists(bench.SealPath(1, 1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(255)]
    public void A_record_whose_state_is_unknown_changes_nothing_and_is_counted(int state)
    {
        using var bench = new Bench();
        int unreceipted = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            unreceipted = bench.Store.Ledger.UnreceiptedCount;
        });
        Forge(bench, state, (1, 1));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            Assert.Equal(unreceipted, bench.Store.Ledger.UnreceiptedCount);
            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(1));
        });
    }

    [Fact]
    public void A_journal_number_that_the_card_refuses_is_tried_again_and_leaves_no_rows()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            int before = bench.State.JournalSegment;
            bench.Board.Card.SyncFails = true;
            bench.Store.Journal.Write(new JournalLine().Start(Events.Press), bench.Now(), true);
            for (int i = 0; i < 100; i++)
            {
                bench.Board.Scheduler.Sleep(5000);
                bench.Store.Tick(bench.Now());
            }

            bench.Board.Card.SyncFails = false;
            Assert.InRange(bench.State.JournalSegment, before, before + 1);
            bench.Board.Scheduler.Sleep(5000);
            bench.Store.Tick(bench.Now());
            bench.RunRecovery();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            LedgerRecording row = bench.Store.Ledger.Find(1, 0);
            Assert.All(Enumerable.Range(1, row.LastSegment), segment => Assert.Equal(SegmentStates.Sealed, row.State(segment)));
        }, 6000);
    }

    [Fact]
    public void A_journal_number_that_one_card_refused_is_not_given_to_another()
    {
        using var bench = new Bench();
        int refused = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            int before = bench.State.JournalSegment;
            bench.Board.Card.SyncFails = true;
            bench.Store.Journal.Write(new JournalLine().Start(Events.Press), bench.Now(), true);
            bench.Board.Scheduler.Sleep(5000);
            bench.Store.Tick(bench.Now());
            bench.Board.Card.SyncFails = false;
            refused = bench.State.JournalSegment;
            Assert.Equal(before + 1, refused);
            // The record may be on the card all the same.
            bench.Store.Close();
        });
        bench.PowerCycle();
        Directory.Delete(Path.Combine(bench.Card, "bodycam"), recursive: true);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Swapped, bench.Store.Change);
            Assert.Equal(refused + 1, bench.Store.Journal.OpenSegment);
        });
    }

    [Fact]
    public void The_number_of_an_announcement_is_on_the_flash_before_the_card_has_it()
    {
        using var bench = new Bench();
        int announced = 0;
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.BeginActivity();
            Assert.Equal(StoreResult.Ok, bench.Store.Recordings.Begin(Kinds.Footage, bench.Now()));
            announced = bench.Store.Ledger.Find(1, 0).LastSegment;
        });
        bench.PowerCycle();
        Directory.Delete(Path.Combine(bench.Card, "bodycam"), recursive: true);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(announced + 1, bench.Store.Journal.OpenSegment);
        });
    }

    [Fact]
    public void A_journal_file_that_cannot_be_made_uses_one_number_and_keeps_room_for_one()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            string folder = Path.Combine(bench.Card, "bodycam", "e1", "r0");
            bench.Board.Card.SyncFails = true;
            bench.Store.Journal.Write(new JournalLine().Start(Events.Press), bench.Now(), true);
            bench.Board.Card.SyncFails = false;
            Directory.Move(folder, folder + "x");
            for (int i = 0; i < 50; i++)
            {
                bench.Board.Scheduler.Sleep(5000);
                bench.Store.Tick(bench.Now());
            }

            Assert.True(bench.Store.Journal.OnRing);
            Assert.Equal(2, bench.Store.Ledger.OpenCount);
            Directory.Move(folder + "x", folder);
            bench.Board.Scheduler.Sleep(5000);
            bench.Store.Tick(bench.Now());
            Assert.Equal(2, bench.Store.Journal.OpenSegment);
            bench.RunRecovery();
            Assert.Equal(1, bench.Store.Ledger.OpenCount);
        });
    }

    [Fact]
    public void A_record_that_the_card_refused_does_not_make_the_card_look_older()
    {
        using var bench = new Bench();
        string path = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] before = [];
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            before = File.ReadAllBytes(path);
            bench.Board.Card.SyncFails = true;
            for (int i = 0; i < 3; i++) Assert.NotEqual(StoreResult.Ok, bench.Store.Ledger.AppendBoot(1));
            bench.Board.Card.SyncFails = false;
            Assert.Equal(StoreResult.Ok, bench.Store.SaveState());
        });
        bench.PowerCycle();
        File.WriteAllBytes(path, before);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Same, bench.Store.Change);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compaction_makes_nothing_of_journal_segments_that_another_card_has(bool erased)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(3);
            bench.Store.Journal.Stop(bench.Now());
            Ledger ledger = bench.Store.Ledger;
            LedgerRecording row = ledger.Find(1, 0);
            int last = row.LastSegment;
            for (int segment = 1; erased && segment <= last; segment++) Assert.Equal(StoreResult.Ok, ledger.AppendState(row, segment, SegmentStates.Archived, false));
            if (erased) Assert.Equal(last, ledger.MakeRoom(0, 100));
            bench.State.JournalSegment += 5;
            bench.Record(3);
            bench.Store.Journal.Stop(bench.Now());
            int newest = ledger.Find(1, 0).LastSegment;
            for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            ledger.Close();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(0, ledger.OpenCount);
            Assert.All(Enumerable.Range(last + 1, 5), segment => Assert.Equal(SegmentStates.None, State(bench, segment)));
            Assert.All(Enumerable.Range(last + 6, newest - last - 5), segment => Assert.Equal(SegmentStates.Sealed, State(bench, segment)));
            Assert.Equal(erased ? SegmentStates.None : SegmentStates.Sealed, State(bench, last));
        }, 6000);
    }

    private static int Rows(Bench bench, IEnumerable<int> segments) =>
        segments.Select(segment => bench.Store.Ledger.Find(1, 0, segment)).OfType<LedgerRecording>().Distinct().Sum(static row => row.Count);

    private static int State(Bench bench, int segment)
    {
        LedgerRecording? row = bench.Store.Ledger.Find(1, 0, segment);
        return row == null ? SegmentStates.None : row.State(segment);
    }

    private static void Forge(Bench bench, params (int Recording, int Segment)[] places) => Forge(bench, SegmentStates.Sealed, places);

    private static void Forge(Bench bench, int state, params (int Recording, int Segment)[] places)
    {
        string path = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        foreach ((int recording, int segment) in places)
        {
            byte[] record = new byte[64];
            record[0] = (byte)'L';
            record[1] = (byte)state;
            record[2] = Kinds.Footage;
            BitConverter.TryWriteBytes(record.AsSpan(4), 1);
            BitConverter.TryWriteBytes(record.AsSpan(8), recording);
            BitConverter.TryWriteBytes(record.AsSpan(12), segment);
            BitConverter.TryWriteBytes(record.AsSpan(24), 1);
            System.Security.Cryptography.HMACSHA256.HashData("bodycam/v1/ledger"u8, record.AsSpan(0, 60)).AsSpan(0, 4).CopyTo(record.AsSpan(60));
            bytes = [.. bytes, .. record];
        }

        File.WriteAllBytes(path, bytes);
        bench.Board.PowerOn();
    }

    [Fact]
    public void The_manifest_names_every_recording_its_count_and_last_seal_and_what_was_erased()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        byte[] footageHead = [];
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(5);
            bench.Record(5, StopReasons.Weather);
            peer.Drain();
            bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now());
            bench.Store.Ledger.MakeRoom(long.MaxValue, 10);
            footageHead = [.. bench.State.FootageHead];
            Assert.Equal(StoreResult.Ok, bench.Store.Manifests.Write(bench.Now()));
        });
        int segment = bench.Store.Manifests.ManifestSegment;
        System.Text.Json.JsonElement[] lines = [.. JournalReader.Lines(File.ReadAllBytes(bench.SegmentPath(0, segment)))];
        Assert.Equal(1, lines[0].Number("manifest"));
        Assert.Equal(2, lines[0].Number("lastRecording"));
        Assert.Equal(Convert.ToHexStringLower(footageHead), lines[0].Text("footageHead"));
        Assert.Equal(1, lines[1].Number("recording"));
        Assert.Equal(1, lines[2].Number("erased"));
        Assert.Equal(5, lines[3].Number("stopReason"));
        Assert.Equal(Convert.ToHexStringLower(SegmentTests.ReadSeal(bench, 2, 1).SealDigest), lines[3].Text("lastSeal"));
        Assert.Equal(lines.Length, lines[^1].Number("lines"));
        Assert.Equal(Core.SegmentKind.Manifest, SegmentTests.ReadSeal(bench, 0, segment).Kind);
    }

    [Fact]
    public void Compaction_drops_what_is_erased_and_of_an_assignment_that_is_over()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            for (int recording = 0; recording < 3; recording++) bench.Record(3);
            bench.Store.Journal.Stop(bench.Now());
            Ledger ledger = bench.Store.Ledger;
            foreach (int recording in new[] { 1, 2 })
            {
                LedgerRecording row = ledger.Find(1, recording);
                for (int segment = 1; segment <= row.LastSegment; segment++) Assert.Equal(StoreResult.Ok, ledger.AppendState(row, segment, SegmentStates.Archived, false));
            }

            Assert.Equal(2, ledger.MakeRoom(0, 100));
            for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            ledger.Close();
            ledger.KeepFrom = 2;
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Null(ledger.Find(1, 1));
            Assert.NotNull(ledger.Find(1, 2));
            Assert.Equal(3, ledger.HighestRecording(1));
        }, 6000);
    }

    [Fact]
    public void Compaction_keeps_states_heads_and_sequence()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            Ledger ledger = bench.Store.Ledger;
            for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
            int sequence = ledger.Sequence;
            int unreceipted = ledger.UnreceiptedCount;
            byte[] head = [.. ledger.FootageHead];
            int activity = ledger.Find(1, 1).Activity;
            ledger.Close();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(sequence, ledger.Sequence);
            Assert.Equal(unreceipted, ledger.UnreceiptedCount);
            Assert.Equal(head, ledger.FootageHead);
            Assert.Equal(activity, ledger.Find(1, 1).Activity);
            Assert.Equal(1, ledger.LastBoot);
        }, 6000);
        Assert.InRange(new FileInfo(Path.Combine(bench.Card, "bodycam", "ledger.bin")).Length, 64, 64 * 40);
    }
}
