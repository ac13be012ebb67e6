using BodyCam.Core.Keys;
using BodyCam.Firmware.Storage;
using static BodyCam.Firmware.Tests.Store.ForgedLedger;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>Which numbers of a ledger are believed: whoever has the card can write any.</summary>
public sealed class LedgerReachTests
{
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
}
