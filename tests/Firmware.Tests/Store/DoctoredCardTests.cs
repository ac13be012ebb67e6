using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>Files that somebody changed while he had the card, or that lost what was written last: the recorder starts, records on, and writes over nothing that waits for its receipt.</summary>
public sealed class DoctoredCardTests
{
    [Theory]
    [InlineData(1, 100_000, 1)]
    [InlineData(1, int.MaxValue, 1)]
    [InlineData(1, -3, 1)]
    [InlineData(1, 0, 1 << 30)]
    [InlineData(9, -1, 1)]
    public void A_record_about_a_place_far_ahead_uses_up_no_numbers_and_is_counted(int epoch, int recording, int segment)
    {
        using var bench = Recorded(end: true);
        string ledger = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] records = File.ReadAllBytes(ledger);
        File.WriteAllBytes(ledger, [.. Record(epoch, recording, segment), .. records]);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(1, bench.Store.Ledger.BadRecordCount);
            bench.RunRecovery();
            bench.Record(5);
            Assert.Equal(2, bench.State.Recording);
            Assert.InRange(bench.State.JournalSegment, 1, 20);
            Assert.Equal(2, bench.Store.Ledger.HighestRecording(1));
            Assert.Equal(StoreResult.Ok, bench.Store.Journal.Stop(bench.Now()));
        });
    }

    [Fact]
    public void A_recording_of_another_epoch_far_ahead_does_not_hold_up_the_start()
    {
        using var bench = Recorded(end: false);
        using (var file = File.OpenWrite(Path.Combine(bench.Card, "bodycam", "ledger.bin")))
        {
            file.Seek(0, SeekOrigin.End);
            file.Write(Record(1, int.MaxValue, 1, SegmentStates.Opened));
        }

        bench.Provision(2, new() { ChunkBytes = 4096, CardBytes = 4L << 30, ClusterBytes = 32768, StorageStopBytes = 0 });
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            while (bench.Store.StepRecovery(bench.Now()))
            {
            }

            Assert.False(bench.Store.PreviousRecovery.IsPending);
            Assert.True(File.Exists(bench.SealPath(1, 1)));
        });
    }

    [Fact]
    public void A_card_without_its_ledger_keeps_every_journal_segment_as_it_is()
    {
        using var bench = Recorded(end: false);
        string folder = Path.Combine(bench.Card, "bodycam", "e1", "r0");
        var before = Directory.GetFiles(folder).Where(static path => new FileInfo(path).Length > 0).ToDictionary(static path => path, File.ReadAllBytes);
        Assert.Equal(3, before.Count);
        File.Delete(Path.Combine(bench.Card, "bodycam", "ledger.bin"));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            bench.RunRecovery();
            bench.Record(5);
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.All(before, static pair => Assert.Equal(pair.Value, File.ReadAllBytes(pair.Key)));
        Assert.True(Directory.GetFiles(folder, "*.sea").Length >= 4);
    }

    [Fact]
    public void An_open_segment_whose_folder_is_gone_is_sealed_as_lost_and_later_ones_do_not_wait_for_it()
    {
        using var bench = Recorded(end: false);
        Directory.Delete(Path.Combine(bench.Card, "bodycam", "e1", "r1"), recursive: true);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            bench.Record(5);
            bench.RunRecovery();
            Assert.False(bench.Store.Recovery.IsPending);
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.True(SegmentTests.ReadSeal(bench, 2, 1).PreviousSealDigest.SequenceEqual(SegmentTests.ReadSeal(bench, 1, 1).SealDigest));
        Assert.Contains(JournalTests.Lines(bench), static line => line.Text("event") == "recovered" && line.Number("recording") == 1 && line.GetProperty("lost").GetBoolean());
    }

    [Fact]
    public void A_file_longer_than_any_segment_is_sealed_as_far_as_it_is_proven()
    {
        using var bench = Recorded(end: false);
        long before = new FileInfo(bench.SegmentPath(1, 1)).Length;
        using (var file = File.OpenWrite(bench.SegmentPath(1, 1)))
            file.SetLength(3L << 30);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            bench.RunRecovery();
            Assert.False(bench.Store.Recovery.IsPending);
            bench.Store.Journal.Stop(bench.Now());
        });
        Seal seal = SegmentTests.ReadSeal(bench, 1, 1);
        Assert.True(seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch));
        Assert.InRange((long)seal.CoveredBytes, before / 2, before);
    }

    [Theory]
    [InlineData(56, -1)]
    [InlineData(56, int.MaxValue)]
    [InlineData(56, 0)]
    [InlineData(60, int.MaxValue)]
    [InlineData(68, -1)]
    public void A_seal_whose_lengths_were_changed_is_not_sent_and_holds_up_nothing_else(int offset, int value)
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            bench.Record(10);
            byte[] seal = File.ReadAllBytes(bench.SealPath(1, 1));
            BitConverter.TryWriteBytes(seal.AsSpan(offset), value);
            File.WriteAllBytes(bench.SealPath(1, 1), seal);
            for (int minute = 0; minute < 4; minute++)
            {
                peer.Drain();
                bench.Board.Scheduler.Sleep(61_000);
            }
        });
        Assert.DoesNotContain(new SegmentKey(bench.Device, 1, 1, 1), peer.Sealed.Keys);
        Assert.True(peer.IsComplete(new SegmentKey(bench.Device, 1, 2, 1)));
        Assert.True(File.Exists(bench.SegmentPath(1, 1)));
    }

    [Fact]
    public void A_seal_that_covers_more_than_its_file_has_makes_nothing_lost_and_the_right_one_is_sent_later()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        byte[] right = [];
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            bench.Record(10);
            right = File.ReadAllBytes(bench.SealPath(1, 1));
            byte[] seal = [.. right];
            int chunks = BitConverter.ToInt32(seal, 60) + 10;
            BitConverter.TryWriteBytes(seal.AsSpan(60), chunks);
            BitConverter.TryWriteBytes(seal.AsSpan(64), chunks * 4096L);
            File.WriteAllBytes(bench.SealPath(1, 1), seal);
            for (int minute = 0; minute < 4; minute++)
            {
                peer.Drain();
                bench.Board.Scheduler.Sleep(61_000);
            }

            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(1));
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Empty(peer.Lost);
        Assert.True(peer.IsComplete(new SegmentKey(bench.Device, 1, 2, 1)));
        bench.PowerCycle();
        File.WriteAllBytes(bench.SealPath(1, 1), right);
        var later = new Peer(bench);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            later.Drain();
        });
        Assert.Contains(new SegmentKey(bench.Device, 1, 1, 1), later.OfferedAfter(0));
    }

    [Fact]
    public void A_line_number_that_no_recorder_comes_to_is_not_counted_on_from()
    {
        using var bench = Recorded(end: true);
        string newest = Directory.GetFiles(Path.Combine(bench.Card, "bodycam", "e1", "r0"), "*.mkv").MaxBy(static path => int.Parse(Path.GetFileNameWithoutExtension(path)))!;
        File.AppendAllText(newest, "{\"n\":2147483647,\"us\":1}");
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.InRange(bench.State.JournalLine, 1, 5000);
        });
    }

    [Fact]
    public void A_refused_chunk_that_the_segment_does_not_have_makes_nothing_lost()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        var key = new SegmentKey(bench.Device, 1, 1, 1);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(10);
            peer.Drain();
            for (ulong counter = 5; counter < 8; counter++)
            {
                Assert.Equal(Wire.DownOutcome.Ok, bench.Store.Spool.OnRefusal(DownMessages.Refusal(RefusalReason.ChunkDigest, key, uint.MaxValue, counter, bench.Ring.CommandKey(bench.Device, 1)), bench.Now()));
                bench.Board.Scheduler.Sleep(61_000);
                peer.Drain();
            }

            Assert.Equal(SegmentStates.Sealed, bench.Store.Ledger.Find(1, 1).State(1));
        });
        Assert.Empty(peer.Lost);
    }

    [Fact]
    public void A_line_of_the_ring_that_is_longer_than_its_slot_is_left_out_and_the_others_move()
    {
        using var bench = Recorded(end: true);
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Close();
            for (int i = 0; i < 5; i++) bench.Store.Journal.Write(new JournalLine().Start("press").Add("i", i), bench.Now(), true);
        });
        bench.PowerCycle();
        string ring = Path.Combine(bench.Flash, "journal.ring");
        byte[] slots = File.ReadAllBytes(ring);
        var third = slots.AsSpan(3 * 512, 512);
        (third[4], third[5]) = (0xFF, 0xFF);
        HMACSHA256.HashData("bodycam/v1/ring"u8, third[..504]).AsSpan(0, 8).CopyTo(third[504..]);
        File.WriteAllBytes(ring, slots);
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            bench.RunRecovery();
            bench.Store.Journal.Stop(bench.Now());
        });
        Assert.Equal([0, 1, 3, 4], JournalTests.Lines(bench).Where(static line => line.TryGetProperty("i", out _)).Select(static line => line.Number("i")).Order());
        Assert.False(File.Exists(ring));
    }

    [Fact]
    public void A_device_id_that_finds_no_room_in_a_segment_is_named()
    {
        using var bench = new Bench();
        string path = Path.Combine(bench.Flash, "bodycam.cfg");
        File.AppendAllText(path, $"device={new string('a', 3000)}\n");
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Unprovisioned, bench.Start());
            Assert.Equal("device", bench.Provisioning.MissingKey);
        });
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("2147483647")]
    public void A_provisioning_file_that_counts_recordings_from_a_number_that_none_has_is_named(string number)
    {
        using var bench = new Bench();
        string path = Path.Combine(bench.Flash, "bodycam.cfg");
        File.WriteAllText(path, File.ReadAllText(path).Replace("recordingNumber=1\n", $"recordingNumber={number}\n", StringComparison.Ordinal), new UTF8Encoding(false));
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Unprovisioned, bench.Start());
            Assert.Equal("recordingNumber", bench.Provisioning.MissingKey);
        });
    }

    // A shift with one recording, and the power gone; the card is in other hands.
    private static Bench Recorded(bool end)
    {
        var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(25, end: end);
            if (end) bench.Store.Journal.Stop(bench.Now());
        });
        bench.PowerCycle();
        return bench;
    }

    private static byte[] Record(int epoch, int recording, int segment, int state = SegmentStates.Sealed)
    {
        byte[] record = new byte[64];
        record[0] = (byte)'L';
        record[1] = (byte)state;
        record[2] = Kinds.Footage;
        BitConverter.TryWriteBytes(record.AsSpan(4), epoch);
        BitConverter.TryWriteBytes(record.AsSpan(8), recording);
        BitConverter.TryWriteBytes(record.AsSpan(12), segment);
        BitConverter.TryWriteBytes(record.AsSpan(24), 1);
        HMACSHA256.HashData("bodycam/v1/ledger"u8, record.AsSpan(0, 60)).AsSpan(0, 4).CopyTo(record.AsSpan(60));
        return record;
    }
}
