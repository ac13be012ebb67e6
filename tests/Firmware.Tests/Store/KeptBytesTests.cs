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
