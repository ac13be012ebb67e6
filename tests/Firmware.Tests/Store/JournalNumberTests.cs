using BodyCam.Core.Matroska;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>Numbers of the journal chain: none is given twice, and none is used up by a card that refuses it.</summary>
public sealed class JournalNumberTests
{
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
}
