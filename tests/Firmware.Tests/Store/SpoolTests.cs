using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class SpoolTests
{
    [Fact]
    public void Everything_sent_parses_on_the_gateways_side_and_gives_the_segments_back_whole()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(20);
            bench.Store.Journal.Stop(bench.Now());
            peer.Drain();
            Assert.True(bench.Store.Spool.UnreceiptedCount > 0);
            Assert.All(peer.Sealed, pair => Assert.True(peer.IsComplete(pair.Key), pair.Key.ToString()));
            Assert.Equal(Core.SegmentKind.Announcement, peer.Order[0]);
            foreach (SegmentKey key in peer.Sealed.Keys.ToArray())
                Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(key), bench.Now()));
            Assert.Equal(0, bench.Store.Spool.UnreceiptedCount);
            Assert.Equal(0, bench.Store.Spool.UnsafeSeconds);
            peer.Drain();
        });
        Assert.True(peer.FirstOfferSeen);
        byte[] file = File.ReadAllBytes(bench.SegmentPath(1, 1));
        Assert.Equal(file, peer.Bytes(new SegmentKey(bench.Device, 1, 1, 1)));
    }

    [Fact]
    public void What_is_older_than_the_connection_is_offered_and_only_what_is_missing_is_sent()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        var key = new SegmentKey(bench.Device, 1, 1, 1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(10);
            bench.Store.Journal.Stop(bench.Now());
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            peer.Drain();
            Assert.Equal(0, peer.ChunkCount);
            Assert.Contains(key, peer.Sealed.Keys);
            byte[] missing = DownMessages.Missing(key, peer.Sealed[key].SealDigest, [new ChunkRange(2, 3), new ChunkRange(9, 1)], 1000, bench.Ring.CommandKey(bench.Device, 1));
            Assert.Equal(Wire.DownOutcome.Ok, bench.Store.Spool.OnMissing(missing, bench.Now()));
            peer.Drain();
            Assert.Equal([2u, 3u, 4u, 9u], peer.ChunksOf(key));
            Assert.Equal(Wire.DownOutcome.Replayed, bench.Store.Spool.OnMissing(missing, bench.Now()));
        });
    }

    [Fact]
    public void A_failed_message_is_sent_again()
    {
        using var bench = new Bench();
        var peer = new Peer(bench) { FailEvery = 3 };
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            bench.Store.Journal.Stop(bench.Now());
            peer.Drain();
        });
        Assert.NotEmpty(peer.Sealed);
        Assert.All(peer.Sealed, pair => Assert.True(peer.IsComplete(pair.Key), pair.Key.ToString()));
    }

    [Fact]
    public void Wrong_foreign_replayed_and_older_receipts_change_nothing_on_the_card()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            bench.Record(10);
            bench.Store.Journal.Stop(bench.Now());
            peer.Drain();
            Spool spool = bench.Store.Spool;
            var first = new SegmentKey(bench.Device, 1, 1, 1);
            var second = new SegmentKey(bench.Device, 1, 2, 1);
            int waiting = spool.UnreceiptedCount;

            byte[] good = peer.ReceiptFor(first, size: 50);
            byte[] flipped = [.. good];
            flipped[150] ^= 1;
            Assert.Equal(ReceiptOutcome.BadMac, spool.OnReceipt(flipped, bench.Now()));
            Assert.Equal(ReceiptOutcome.Malformed, spool.OnReceipt(good[..^1], bench.Now()));
            Assert.Equal(ReceiptOutcome.WrongDevice, spool.OnReceipt(peer.ReceiptFor(first, device: DeviceId.Parse("rec-0008")), bench.Now()));
            Assert.Equal(ReceiptOutcome.WrongKeyEpoch, spool.OnReceipt(peer.ReceiptFor(first, keyEpoch: 2), bench.Now()));
            Assert.Equal(ReceiptOutcome.WrongDigest, spool.OnReceipt(peer.ReceiptFor(first, digestOf: second), bench.Now()));
            Assert.Equal(ReceiptOutcome.UnknownSegment, spool.OnReceipt(peer.ReceiptFor(new SegmentKey(bench.Device, 1, 77, 1), digestOf: first), bench.Now()));
            Assert.Equal(waiting, spool.UnreceiptedCount);

            Assert.Equal(ReceiptOutcome.Accepted, spool.OnReceipt(good, bench.Now()));
            Assert.Equal(ReceiptOutcome.Accepted, spool.OnReceipt(good, bench.Now()));
            Assert.Equal(waiting - 1, spool.UnreceiptedCount);
            Assert.Equal(ReceiptOutcome.CheckpointOlder, spool.OnReceipt(peer.ReceiptFor(second, size: 49), bench.Now()));
            Assert.Equal(ReceiptOutcome.CheckpointOlder, spool.OnReceipt(peer.ReceiptFor(second, size: 50, root: 9), bench.Now()));
            Assert.Equal(waiting - 1, spool.UnreceiptedCount);
            bench.Store.Ledger.MakeRoom(long.MaxValue, 100);
        });
        Assert.False(File.Exists(bench.SegmentPath(1, 1)));
        Assert.True(File.Exists(bench.SegmentPath(2, 1)));
    }

    [Fact]
    public void After_the_return_the_card_is_emptied_once_everything_has_its_receipt_and_not_before()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            Spool spool = bench.Store.Spool;
            spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            Assert.Equal(StoreResult.Ok, bench.Store.Manifests.Write(bench.Now()));
            bench.Store.Journal.Rotate(bench.Now());
            peer.Drain();
            SegmentKey[] sealed_ = [.. peer.Sealed.Keys];
            foreach (SegmentKey key in sealed_[..^1]) Assert.Equal(ReceiptOutcome.Accepted, spool.OnReceipt(peer.ReceiptFor(key, ReceiptState.Stored), bench.Now()));
            Ticks(bench);
            Assert.True(File.Exists(bench.SegmentPath(1, 1)));
            Assert.Equal(ReceiptOutcome.Accepted, spool.OnReceipt(peer.ReceiptFor(sealed_[^1], ReceiptState.Damaged), bench.Now()));
            Ticks(bench);
            Assert.False(File.Exists(bench.SegmentPath(1, 1)));
            Assert.Equal(0, spool.UnreceiptedCount);
        });
    }

    private static void Ticks(Bench bench)
    {
        for (int i = 0; i < 10; i++) bench.Store.Tick(bench.Now());
    }

    [Fact]
    public void A_segment_whose_bytes_are_gone_is_reported_lost_by_its_seal()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        var key = new SegmentKey(bench.Device, 1, 1, 1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            File.Delete(bench.SegmentPath(1, 1));
            peer.Drain();
            Assert.Contains(key, peer.Lost);
            Assert.Equal(ReceiptOutcome.Accepted, bench.Store.Spool.OnReceipt(peer.ReceiptFor(key, ReceiptState.Damaged), bench.Now()));
            Assert.Equal(0, bench.Store.Spool.UnsafeSeconds);
            bench.Store.Tick(bench.Now());
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Single(JournalTests.Lines(bench), line => line.Text("event") == "segmentLost" && line.Number("recording") == 1);
    }

    [Fact]
    public void Reads_that_fail_within_a_moment_lose_nothing_and_hold_up_nothing_else()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            bench.Record(10);
            bench.Board.Card.FailReads(2, Path.Combine("r1", "1."));
            peer.Drain();
            Assert.True(peer.IsComplete(new SegmentKey(bench.Device, 1, 2, 1)));
            for (int minute = 0; minute < 3; minute++)
            {
                bench.Board.Scheduler.Sleep(61_000);
                peer.Drain();
            }
        });
        Assert.Empty(peer.Lost);
        Assert.True(peer.IsComplete(new SegmentKey(bench.Device, 1, 1, 1)));
    }

    [Fact]
    public void The_open_segment_goes_out_live_within_its_share_and_not_twice()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        var key = new SegmentKey(bench.Device, 1, 1, 1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Store.Spool.LiveWanted(true, 100);
            bench.Record(10, end: false);
            peer.Drain();
            Assert.True(peer.OpenChunkCount > 0);
            bench.Store.Recordings.End(bench.Now(), StopReasons.ActivityEnded);
            peer.Drain();
            Assert.True(peer.IsComplete(key));
            Assert.Equal(peer.ChunksOf(key).Length, peer.ChunksOf(key).Distinct().Count());
        });
    }

    [Fact]
    public void A_later_refusal_pauses_and_a_final_one_ends_the_talk_without_erasing()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        var key = new SegmentKey(bench.Device, 1, 1, 1);
        byte[] commandKey = bench.Ring.CommandKey(bench.Device, 1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            Assert.Equal(Wire.DownOutcome.Ok, bench.Store.Spool.OnRefusal(DownMessages.Refusal(RefusalReason.StorageFull, key, 0, 5, commandKey), bench.Now()));
            peer.Drain();
            Assert.Equal(0, peer.MessageCount);
            bench.Board.Scheduler.Sleep(30_000);
            peer.Drain();
            Assert.True(peer.MessageCount > 0);
            Assert.Equal(Wire.DownOutcome.Ok, bench.Store.Spool.OnRefusal(DownMessages.Refusal(RefusalReason.Conflict, key, 0, 6, commandKey), bench.Now()));
            int before = peer.MessageCount;
            bench.Board.Scheduler.Sleep(61_000);
            peer.Drain();
            Assert.DoesNotContain(key, peer.OfferedAfter(before));
        });
        Assert.True(File.Exists(bench.SegmentPath(1, 1)));
    }

    [Fact]
    public void A_command_is_taken_once_also_after_a_reboot()
    {
        using var bench = new Bench();
        byte[] commandKey = bench.Ring.CommandKey(bench.Device, 1);
        byte[] command = DownMessages.Command("locate", [new("seconds", "12")], 77, commandKey);
        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(Wire.DownOutcome.Ok, bench.Store.Spool.OnCommand(command, bench.Now(), out Wire.Command read));
            Assert.Equal("locate", read.Name);
            Assert.Equal(12, read.GetInt("seconds", 1, 60, 0));
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(Wire.DownOutcome.Replayed, bench.Store.Spool.OnCommand(command, bench.Now(), out _));
            byte[] forged = DownMessages.Command("return", [], 99, new byte[32]);
            Assert.Equal(Wire.DownOutcome.BadMac, bench.Store.Spool.OnCommand(forged, bench.Now(), out _));
        });
    }
}

/// <summary>The gateway's end of the link: parses what comes with the gateway's own code and writes receipts.</summary>
internal sealed class Peer(Bench bench)
{
    // The uplink asks again and again; a chunk that cannot be read is given up at the third try.
    private const int IdlePolls = 5;

    private readonly Dictionary<(SegmentKey Key, uint Index), byte[]> _chunks = [];
    private readonly List<(SegmentKey Key, uint Index)> _arrived = [];
    private readonly List<(int At, SegmentKey Key)> _offered = [];

    internal int FailEvery { get; init; }

    internal int MessageCount { get; private set; }

    internal int ChunkCount => _arrived.Count;

    internal int OpenChunkCount { get; private set; }

    internal bool FirstOfferSeen { get; private set; }

    internal Dictionary<SegmentKey, Seal> Sealed { get; } = [];

    internal HashSet<SegmentKey> Lost { get; } = [];

    internal List<Core.SegmentKind> Order { get; } = [];

    internal void Drain()
    {
        byte[] buffer = new byte[Spool.BufferBytes];
        int idle = 0;
        for (int i = 0; i < 5000 && idle < IdlePolls; i++)
        {
            if (!bench.Store.Spool.NextMessage(buffer, bench.Now().MonotonicUs, out int length, out SpoolItem item))
            {
                idle++;
                continue;
            }
            idle = 0;
            MessageCount++;
            if (FailEvery > 0 && MessageCount % FailEvery == 0)
            {
                bench.Store.Spool.Failed(item);
                continue;
            }
            Take(buffer[..length]);
            bench.Store.Spool.Acknowledged(item);
        }
    }

    internal uint[] ChunksOf(SegmentKey key) => [.. _arrived.Where(a => a.Key == key).Select(a => a.Index)];

    internal IEnumerable<SegmentKey> OfferedAfter(int message) => _offered.Where(o => o.At > message).Select(o => o.Key);

    internal byte[] Bytes(SegmentKey key) => [.. Enumerable.Range(0, (int)Sealed[key].ChunkCount).SelectMany(i => _chunks[(key, (uint)i)])];

    internal bool IsComplete(SegmentKey key)
    {
        Seal seal = Sealed[key];
        return Enumerable.Range(0, (int)seal.ChunkCount).All(i => _chunks.ContainsKey((key, (uint)i)))
            && seal.Covers(SegmentTests.DigestsOf(Bytes(key), (int)seal.ChunkBytes));
    }

    internal byte[] ReceiptFor(SegmentKey key, ReceiptState state = ReceiptState.Stored, ulong size = 10, byte root = 1, DeviceId? device = null, uint keyEpoch = 1, SegmentKey? digestOf = null)
    {
        byte[] digest = Sealed[digestOf ?? key].SealDigest.ToArray();
        byte[] rootBytes = [.. Enumerable.Repeat(root, 32)];
        var receipt = new Receipt(state, device ?? key.Device, key.Epoch, keyEpoch, 1_790_000_000_000_000, size, rootBytes, bench.Gateway.Id, [new ReceiptEntry(key.Recording, key.Segment, digest)]);
        return receipt.Write(bench.Ring.ReceiptKey(bench.Device, keyEpoch), bench.Gateway);
    }

    private void Take(byte[] message)
    {
        Assert.Equal(RefusalReason.None, MessageStart.ReadUp(message, out MessageType type));
        if (type == MessageType.Chunk)
        {
            Assert.Equal(RefusalReason.None, ChunkMessage.TryParse(message, out ChunkMessage chunk));
            Assert.True(chunk.DigestMatches());
            var key = new SegmentKey(bench.Device, chunk.Epoch, chunk.Recording, chunk.Segment);
            _chunks[(key, chunk.Index)] = chunk.Payload.ToArray();
            _arrived.Add((key, chunk.Index));
            OpenChunkCount += chunk.IsOpen ? 1 : 0;
        }
        else if (type == MessageType.Seal)
        {
            Assert.Equal(RefusalReason.None, SealMessage.TryParse(message, out OfferedSeal offered));
            Keep(offered);
            Order.Add(offered.Seal.Kind);
        }
        else
        {
            Assert.Equal(RefusalReason.None, OfferMessage.TryParse(message, out OfferMessage? offer));
            FirstOfferSeen |= offer!.IsFirst;
            foreach (OfferedSeal offered in offer.Seals)
            {
                _offered.Add((MessageCount, offered.Seal.Key));
                Keep(offered);
            }
        }
    }

    private void Keep(OfferedSeal offered)
    {
        Assert.True(bench.Ring.Authenticates(offered.Seal));
        Sealed[offered.Seal.Key] = offered.Seal;
        if (offered.IsLost) Lost.Add(offered.Seal.Key);
    }
}
