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
}
