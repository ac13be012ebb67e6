using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>Answers of the card that are wrong for a moment, and bytes that no receipt is about: found by a review.</summary>
public sealed class KeptBytesTests
{
    [Theory]
    [InlineData(4096L, 1)]
    [InlineData(20000L, 2)]
    public void A_length_told_too_short_once_loses_nothing_of_a_cut_segment(long answer, int asks)
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        Assert.True(before.Length > 40000, $"{before.Length}");
        bench.Board.Card.FailLengths(asks, Path.Combine("r1", "1.mkv"), answer);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        Assert.Equal((ulong)SegmentReader.Read(before).CompleteBytes, SegmentTests.ReadSeal(bench, 1, 1).CoveredBytes);
    }

    [Fact]
    public void A_read_that_fails_once_while_the_seal_is_made_is_not_sealed_as_zeros()
    {
        using var bench = Cut();
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Run(() =>
        {
            bench.Start();
            while (bench.Store.JournalRecoveriesLeft > 0)
                bench.Store.Recovery.Step(bench.Now());

            // The job is made, and each chunk is read once; the step that is left reads for the last digest.
            bench.Store.Recovery.Step(bench.Now());
            for (int offset = 0; offset < before.Length; offset += 4096)
                bench.Store.Recovery.Step(bench.Now());
            Assert.Equal(SegmentStates.Opened, bench.Store.Ledger.Find(1, 1).State(1));
            bench.Board.Card.FailReads(1, Path.Combine("r1", "1.mkv"));
            bench.Store.Recovery.Step(bench.Now());
            for (int i = 0; i < 4; i++)
            {
                bench.RunRecovery();
                bench.Board.Scheduler.Sleep(31_000);
            }
        });
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        int covered = (int)seal.CoveredBytes;
        Assert.Equal(SegmentReader.Read(before).CompleteBytes, covered);
        Assert.True(Covers(seal, before[..covered]), "the seal's last chunk digest is not that of the bytes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_of_a_segment_whose_length_was_never_told_are_not_erased(bool atReturn)
    {
        using var bench = Cut();
        var peer = new Peer(bench);
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        bench.Board.Card.FailLengths(1000, Path.Combine("r1", "1.mkv"));
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Board.Card.FailLengths(0, "");
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            peer.Drain();
            Ledger ledger = bench.Store.Ledger;
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now()));
            if (atReturn)
            {
                ledger.FreeAllReceipted(100);
            }
            else
            {
                ledger.AppendState(ledger.Find(1, 1), 1, SegmentStates.Archived, false);
                ledger.MakeRoom(0, 10);
            }
        });
        Assert.True(File.Exists(bench.SegmentPath(1, 1)), "bytes of which none was sent were erased");
    }

    [Fact]
    public void Bytes_behind_a_chunk_that_could_not_be_read_are_not_freed_to_make_room()
    {
        using var bench = Cut();
        var peer = new Peer(bench);
        bench.Board.Card.FailReads(1000, Path.Combine("r1", "1.mkv"));
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Board.Card.FailReads(0);
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            peer.Drain();
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now()));
            bench.Store.Ledger.MakeRoom(long.MaxValue, 10);
        });
        Assert.True(File.Exists(bench.SegmentPath(1, 1)), "bytes of which none was sent were erased");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Bytes_behind_one_that_was_changed_are_not_erased_with_the_receipt_for_those_before_it(bool cutBehindTheSeal, bool atReturn)
    {
        using var bench = Cut();
        var peer = new Peer(bench);
        bench.Board.Card.RotByte(@"D:\bodycam\e1\r1\1.mkv", 20_000);
        byte[] before = File.ReadAllBytes(bench.SegmentPath(1, 1));
        if (cutBehindTheSeal) LeaveTheSealOnly(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            peer.Drain();
            Ledger ledger = bench.Store.Ledger;
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now()));
            if (atReturn)
            {
                ledger.FreeAllReceipted(100);
            }
            else
            {
                ledger.MakeRoom(long.MaxValue, 10);
                ledger.AppendState(ledger.Find(1, 1), 1, SegmentStates.Archived, false);
                ledger.MakeRoom(0, 10);
            }
        });
        Assert.InRange((long)SegmentTests.ReadSeal(bench, 1, 1).CoveredBytes, 1, 20_000);
        Assert.True(File.Exists(bench.SegmentPath(1, 1)), "bytes of which none was sent were erased");
        Assert.Equal(before, File.ReadAllBytes(bench.SegmentPath(1, 1)));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 3)]
    public void A_segment_that_the_card_denied_for_a_moment_is_not_erased_with_the_receipt_for_a_lost_one(int denials, int readFailures)
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            if (denials > 0)
                bench.Board.Card.FailLengths(denials, Path.Combine("r1", "1.mkv"), -1);
            else
                bench.Board.Card.FailReads(readFailures, Path.Combine("r1", "1.mkv"));
            for (int minute = 0; minute < 5; minute++)
            {
                peer.Drain();
                bench.Board.Scheduler.Sleep(61_000);
            }

            bench.Board.Card.FailLengths(0, "");
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1), peer.Lost.Count > 0 ? BodyCam.Core.ReceiptState.Damaged : BodyCam.Core.ReceiptState.Stored), bench.Now()));
            bench.Store.Ledger.FreeAllReceipted(100);
        });
        Assert.True(peer.Lost.Count == 0 || File.Exists(bench.SegmentPath(1, 1)), "a segment that is on the card was called lost, and erased");
    }

    [Fact]
    public void A_compaction_that_fails_once_is_done_at_the_next_try()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            Ledger ledger = bench.Store.Ledger;
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
            bench.Start();
            bench.Record(5);
            Outgrow(bench.Store.Ledger);
            bench.Store.Journal.Stop(bench.Now());
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
            bench.Start();
            for (int i = 0; i < 3; i++) bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
            Outgrow(bench.Store.Ledger);
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
    public void A_record_whose_second_read_fails_holds_up_nothing_and_is_not_compacted_away()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Ledger ledger = Grown(bench, out int unreceipted, out long first);
            bench.Board.Card.Misread(1, "ledger.bin", first, 7 * 64);
            bench.Board.Card.FailReads(7, "ledger.bin", spared: 1);
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(7, ledger.BadRecordCount);
            Assert.InRange(LedgerBytes(bench), 4200 * 64, 4300 * 64);
            ledger.Close();
            Assert.Equal(StoreResult.Ok, ledger.Open());
            Assert.Equal(0, ledger.BadRecordCount);
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
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        bench.PowerCycle();
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        File.Copy(ledger, ledger + ".new");
        bench.Board.Card.FailLengths(1, "ledger.bin.new", -1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            Assert.NotNull(bench.Store.Ledger.Find(1, 2));
        });
    }

    [Fact]
    public void A_lost_segment_that_the_card_has_nothing_of_is_erased_in_the_ledger_at_return()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            File.Delete(bench.SegmentPath(1, 1));
            for (int minute = 0; minute < 5; minute++)
            {
                peer.Drain();
                bench.Board.Scheduler.Sleep(61_000);
            }

            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1), BodyCam.Core.ReceiptState.Damaged), bench.Now()));
            bench.Store.Ledger.FreeAllReceipted(100);
            Assert.Equal(SegmentStates.Erased, bench.Store.Ledger.Find(1, 1).State(1));
        });
    }

    /// <summary>A closed ledger that is compacted when it is opened, and where its first record about recording 1 stands.</summary>
    private static Ledger Grown(Bench bench, out int unreceipted, out long first)
    {
        bench.Start();
        for (int i = 0; i < 3; i++) bench.Record(5);
        bench.Store.Journal.Stop(bench.Now());
        Ledger ledger = bench.Store.Ledger;
        unreceipted = ledger.UnreceiptedCount;
        Outgrow(ledger);
        ledger.Close();
        byte[] records = File.ReadAllBytes(Path.Combine(bench.Card, "bodycam", "ledger.bin"));
        first = Enumerable.Range(0, records.Length / 64).First(index => records[index * 64 + 1] == SegmentStates.Opened && BitConverter.ToInt32(records, (index * 64) + 8) == 1) * 64L;
        return ledger;
    }

    // So many records that the next start compacts.
    private static void Outgrow(Ledger ledger)
    {
        for (int i = 0; i < 4200; i++) Assert.Equal(StoreResult.Ok, ledger.AppendBoot(1));
    }

    private static long LedgerBytes(Bench bench) => new FileInfo(Path.Combine(bench.Card, "bodycam", "ledger.bin")).Length;

    /// <summary>Recovery seals the segment, and the power goes before anything else of it is on card and flash.</summary>
    private static void LeaveTheSealOnly(Bench bench)
    {
        string card = bench.Card + "-before", state = Path.Combine(bench.Flash, "state.bin");
        bench.Board.Card.Snapshot(card);
        byte[] stateBefore = File.ReadAllBytes(state);
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
        });
        byte[] seal = File.ReadAllBytes(bench.SealPath(1, 1));
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        bench.Board.Card.Restore(card);
        bench.Board.PowerOn();
        File.WriteAllBytes(state, stateBefore);
        File.WriteAllBytes(bench.SealPath(1, 1), seal);
    }

    private static bool Covers(Seal seal, byte[] bytes)
    {
        byte[][] chunks = [.. bytes.Chunk((int)seal.ChunkBytes)];
        byte[] digests = new byte[chunks.Length * 32];
        for (int i = 0; i < chunks.Length; i++)
            Digests.Chunk(chunks[i], digests.AsSpan(i * 32, 32));
        return seal.Covers(digests);
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
}
