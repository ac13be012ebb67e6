using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>A card that refuses a write or a read for a moment, and bytes that changed while the power was off: nothing that is on the card is given up or taken for good.</summary>
public sealed class CardTroubleTests
{
    [Fact]
    public void A_seal_that_could_not_be_written_is_written_later_and_its_key_is_kept_until_then()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(10, end: false);
            bench.Board.Card.SyncFails = true;
            Assert.NotEqual(StoreResult.Ok, bench.Store.Recordings.End(bench.Now(), StopReasons.ActivityEnded));
            bench.Board.Card.SyncFails = false;
            bench.Record(10);
            bench.Record(10);
            Settle(bench);
        });
        Seal[] seals = [SegmentTests.ReadSeal(bench, 1, 1), SegmentTests.ReadSeal(bench, 2, 1), SegmentTests.ReadSeal(bench, 3, 1)];
        Assert.All(seals, seal => Assert.True(bench.Ring.Authenticates(seal)));
        Assert.All(seals, static seal => Assert.True(seal.IsFinal));
        Assert.True(seals[0].FrameCount >= 9, $"{seals[0].FrameCount} frames");
    }

    [Fact]
    public void A_recording_whose_last_write_failed_is_sealed_even_when_nothing_is_recorded_afterwards()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(10, end: false);
            bench.Board.Card.SyncFails = true;
            bench.Store.Recordings.End(bench.Now(), StopReasons.ActivityEnded);
            bench.Board.Card.SyncFails = false;
            Settle(bench);
        });
        Assert.True(SegmentTests.ReadSeal(bench, 1, 1).IsFinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_read_that_fails_a_few_times_during_recovery_loses_nothing(int failures)
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Board.Card.FailReads(failures, Path.Combine("r1", "1.mkv"));
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        Assert.Equal(before, File.ReadAllBytes(bench.SegmentPath(1, 1)));
        Assert.Equal((ulong)SegmentReader.Read(before).CompleteBytes, SegmentTests.ReadSeal(bench, 1, 1).CoveredBytes);
    }

    [Fact]
    public void A_file_that_cannot_be_read_at_all_is_never_truncated()
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Board.Card.FailReads(1000, Path.Combine("r1", "1.mkv"));
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal(before, File.ReadAllBytes(bench.SegmentPath(1, 1)));
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        Assert.Equal(0ul, seal.CoveredBytes);
        Assert.Equal((ulong)before.Length, seal.BytesBeyond);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_card_whose_id_cannot_be_read_for_a_moment_is_not_taken_for_another(int failures)
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(Directory.GetFiles(bench.Board.Card.Folder, "card.id", SearchOption.AllDirectories)[0]);
        bench.Board.Card.FailReads(failures, "card.id");
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal(CardChange.Same, bench.Store.Change);
        Assert.Equal(before, File.ReadAllBytes(Directory.GetFiles(bench.Board.Card.Folder, "card.id", SearchOption.AllDirectories)[0]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1L)]
    [InlineData(0L)]
    public void A_length_that_the_card_does_not_tell_at_once_is_asked_for_again_and_nothing_is_written_over(long? answer)
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Board.Card.FailLengths(1, Path.Combine("r1", "1.mkv"), answer);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal(before, File.ReadAllBytes(bench.SegmentPath(1, 1)));
        Assert.Equal((ulong)SegmentReader.Read(before).CompleteBytes, SegmentTests.ReadSeal(bench, 1, 1).CoveredBytes);
        Assert.False(Recovered(bench, 1).GetProperty("lost").GetBoolean());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1L)]
    [InlineData(0L)]
    public void A_file_whose_length_is_never_told_is_left_alone_and_said_so_and_later_seals_do_not_wait_for_it(long? answer)
    {
        using var bench = Cut();
        var peer = new Peer(bench);
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Board.Card.FailLengths(1000, Path.Combine("r1", "1.mkv"), answer);
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.RunRecovery();
            Assert.False(bench.Store.Recovery.IsPending);
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            peer.Drain();
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now()));
            bench.Store.Ledger.MakeRoom(long.MaxValue, 10);
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal(before, File.ReadAllBytes(bench.SegmentPath(1, 1)));
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        Assert.Equal((0ul, true), (seal.CoveredBytes, seal.IsFinal));
        Assert.True(SegmentTests.ReadSeal(bench, 2, 1).PreviousSealDigest.SequenceEqual(seal.SealDigest));
        System.Text.Json.JsonElement line = Recovered(bench, 1);
        Assert.Equal((true, false), (line.GetProperty("unreadable").GetBoolean(), line.GetProperty("lost").GetBoolean()));
    }

    [Fact]
    public void A_seal_found_on_the_card_counts_the_length_it_covers_while_the_card_does_not_tell_the_files()
    {
        using var bench = new Bench();
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin"), state = Path.Combine(bench.Flash, "state.bin");
        byte[] ledgerBefore = [], stateBefore = [];
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(10, end: false);
            (ledgerBefore, stateBefore) = (File.ReadAllBytes(ledger), File.ReadAllBytes(state));
            bench.Store.Recordings.End(bench.Now(), StopReasons.ActivityEnded);
        });
        bench.PowerCycle();
        File.WriteAllBytes(ledger, ledgerBefore);
        File.WriteAllBytes(state, stateBefore);
        bench.Board.Card.FailLengths(1000, Path.Combine("r1", "1.mkv"));
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            LedgerRecording row = bench.Store.Ledger.Find(1, 1);
            Assert.Equal(SegmentStates.Sealed, row.State(1));
            Assert.Equal(new FileInfo(bench.SegmentPath(1, 1)).Length, row.SizeBytes(1));
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void A_ledger_that_is_longer_than_the_card_tells_is_not_written_over_and_the_card_is_opened_at_the_next_try(long answer)
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        bench.PowerCycle();
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] before = File.ReadAllBytes(ledger);
        bench.Board.Card.FailLengths(1, "ledger.bin", answer);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.ReadFailed, bench.Start());
            Assert.Equal(before, File.ReadAllBytes(ledger));
            Assert.Equal(StoreResult.Ok, bench.Store.Open(bench.Now()));
            Assert.Equal(CardChange.Same, bench.Store.Change);
            Assert.Equal(before, File.ReadAllBytes(ledger)[..before.Length]);
            bench.Record(5);
        });
    }

    [Fact]
    public void A_rotten_first_byte_of_a_journal_erases_none_of_its_lines_and_is_reported()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            for (int i = 0; i < 5; i++) bench.Store.Journal.Write(new JournalLine().Start("press").Add("i", i), bench.Now(), true);
        });
        string journal = Directory.GetFiles(Path.Combine(bench.Card, "bodycam", "e1", "r0"), "*.mkv").Single();
        bench.PowerCycle();
        bench.Board.Card.RotByte(@"D:\bodycam\e1\r0\1.mkv", 0);
        byte[] before = File.ReadAllBytes(journal);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal(before, File.ReadAllBytes(journal));
        Assert.True(SegmentTests.ReadSeal(bench, 0, 1).Flags.HasFlag(SealFlags.AuthenticatorMismatch));
        Assert.Contains("tamperSuspected", Events(bench));
    }

    [Fact]
    public void Authenticators_that_were_renamed_are_reported()
    {
        using var bench = Cut();
        Change(bench, static file =>
        {
            for (int i = 1; i + 4 < file.Length; i++)
            {
                if (file[i - 1] == 0xA8 && file.AsSpan(i, 4).SequenceEqual("BCA1"u8)) file[i] = (byte)'X';
            }
        });
        AssertReported(bench);
    }

    [Fact]
    public void A_picture_whose_size_was_changed_to_hide_all_behind_it_is_reported()
    {
        using var bench = Cut();
        Change(bench, static file =>
        {
            SegmentBlock picture = SegmentReader.Read(file).Blocks.Where(static block => block.Track == SegmentContent.PictureTrack).ElementAt(1);
            int head = picture.Offset - 9;
            int size = file.Length - (head + 5);
            file[head + 1] = (byte)(0x10 | (size >> 24));
            file[head + 2] = (byte)(size >> 16);
            file[head + 3] = (byte)(size >> 8);
            file[head + 4] = (byte)size;
            for (int i = head + 100; i < file.Length; i++) file[i] ^= 0x5A;
        });
        AssertReported(bench);
    }

    [Fact]
    public void A_journal_whose_sync_failed_once_goes_on_on_the_card_and_takes_the_ring_along()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Board.Card.SyncFails = true;
            bench.Store.Journal.Write(new JournalLine().Start("press").Add("i", -1), bench.Now(), true);
            bench.Board.Card.SyncFails = false;
            for (int i = 0; i < 300; i++)
            {
                bench.Store.Journal.Write(new JournalLine().Start("press").Add("i", i), bench.Now(), true);
                bench.Board.Scheduler.Sleep(100);
                bench.Store.Tick(bench.Now());
            }

            Settle(bench);
            bench.Store.Journal.Stop(bench.Now());
        });
        long[] presses = [.. JournalTests.Lines(bench).Where(static line => line.TryGetProperty("i", out _)).Select(static line => line.Number("i")).Distinct().Order()];
        Assert.Equal(Enumerable.Range(-1, 301).Select(static number => (long)number), presses);
    }

    [Fact]
    public void A_card_whose_reserve_is_used_up_can_still_be_opened_and_emptied()
    {
        using var bench = new Bench(static values => values with { CardBytes = 200L << 20 });
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.False(bench.Store.Ledger.HasRoomForJournal);
            Assert.True(bench.Store.IsOpen);
            Assert.True(bench.Store.Journal.OnRing);
        });
    }

    private static void Settle(Bench bench)
    {
        for (int i = 0; i < 100 && bench.Store.Recovery.IsPending; i++)
        {
            bench.Board.Scheduler.Sleep(1000);
            bench.RunRecovery();
        }

        Assert.False(bench.Store.Recovery.IsPending);
    }

    private static Bench Cut()
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

    private static void Change(Bench bench, Action<byte[]> change)
    {
        byte[] file = File.ReadAllBytes(bench.SegmentPath(1, 1));
        change(file);
        File.WriteAllBytes(bench.SegmentPath(1, 1), file);
    }

    private static void AssertReported(Bench bench)
    {
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.True(SegmentTests.ReadSeal(bench, 1, 1).Flags.HasFlag(SealFlags.AuthenticatorMismatch));
        Assert.Contains("tamperSuspected", Events(bench));
    }

    private static System.Text.Json.JsonElement Recovered(Bench bench, int recording) =>
        JournalTests.Lines(bench).Single(line => line.TryGetProperty("event", out _) && line.Text("event") == "recovered" && line.Number("recording") == recording);

    private static IEnumerable<string> Events(Bench bench) => JournalTests.Lines(bench).Where(static line => line.TryGetProperty("event", out _)).Select(static line => line.Text("event"));
}
