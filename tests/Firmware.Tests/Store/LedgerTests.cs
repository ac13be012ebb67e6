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
