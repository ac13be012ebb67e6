using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class StateTests
{
    [Fact]
    public void A_save_torn_at_any_write_leaves_the_one_before_or_the_new_one()
    {
        const int seed = 11;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 20; round++)
        {
            using var bench = new Bench(seed: random.Next());
            int reached = 0;
            bench.Run(() =>
            {
                bench.Start();
                bench.Board.CutPowerAtWrite(random.Next(1, 12), 'I');
                for (int i = 1; i <= 20; i++)
                {
                    bench.State.Activity = i;
                    Assert.Equal(StoreResult.Ok, bench.State.Save());
                    reached = i;
                }
            });
            Assert.InRange(reached, 0, 19);
            bench.Board.ReleaseParkedThreads();
            bench.Board.PowerOn();
            bench.Run(() =>
            {
                bench.Start();
                Assert.False(bench.State.WasLost);
                Assert.InRange(bench.State.Activity, reached, reached + 1);
            });
        }
    }

    [Fact]
    public void Numbers_go_on_over_a_reboot_and_the_earlier_keys_are_gone_from_flash()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(3);
            bench.Record(3);
        });
        bench.PowerCycle();
        bench.Run(() =>
        {
            bench.Start();
            bench.RunRecovery();
            Assert.Equal(2, bench.State.Boot);
            bench.Record(3);
        });
        Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, 3, 1)));
        byte[] state = File.ReadAllBytes(Path.Combine(bench.Flash, "state.bin"));
        string cfg = File.ReadAllText(Path.Combine(bench.Flash, "bodycam.cfg"));
        byte[] first = bench.Ring.RecordingKey(bench.Device, 1, 1);
        Assert.Equal(-1, state.AsSpan().IndexOf(first));
        Assert.DoesNotContain(Convert.ToHexStringLower(first), cfg);
        Assert.True(state.AsSpan().IndexOf(bench.Ring.RecordingKey(bench.Device, 1, 3)) > 0);
    }

    [Fact]
    public void The_gateway_can_push_the_next_recording_number_up()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.GatewayRecording = 9;
            bench.Record(2);
        });
        Assert.True(bench.Ring.Authenticates(SegmentTests.ReadSeal(bench, 10, 1)));
    }

    [Fact]
    public void Another_card_is_found_and_a_new_epoch_is_asked_for()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(CardChange.New, bench.Store.Change);
            bench.Record(3);
        });
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        string other = Directory.CreateTempSubdirectory("other-card").FullName;
        bench.Board.Card.Remove();
        bench.Board.Card.Insert(other);
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Swapped, bench.Store.Change);
            Assert.True(bench.State.NewEpochWanted);
            bench.Record(3);
        });
        Seal seal = SegmentTests.ReadSeal(bench, 2, 1);
        Assert.True(seal.Flags.HasFlag(SealFlags.ChainRestarted));
        Assert.True(bench.Ring.Authenticates(seal));
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public void A_segment_that_a_card_refused_to_open_is_owed_when_the_card_is_swapped_as_it_may_stand_there_all_the_same()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.BeginActivity();
            Assert.Equal(StoreResult.Ok, bench.Store.Recordings.Begin(Kinds.Footage, bench.Now()));
            bench.Board.Card.SyncFails = true;
            Assert.NotEqual(StoreResult.Ok, bench.Store.Recordings.OpenSegment(bench.Now()));
            bench.Store.Recordings.Abandon(bench.Now(), StopReasons.CardFault);
            bench.Store.SaveState();
            // The button is pressed once more before the card takes anything.
            bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
            bench.Store.Recordings.Abandon(bench.Now(), StopReasons.CardFault);
            bench.Store.SaveState();
            bench.Board.Card.SyncFails = false;
        });
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        string other = Directory.CreateTempSubdirectory("other-card").FullName;
        bench.Board.Card.Remove();
        bench.Board.Card.Insert(other);
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            Assert.Equal(CardChange.Swapped, bench.Store.Change);
            bench.Record(3);
            Assert.Equal(1, bench.State.OwedRecording);
        });
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public void An_older_copy_of_the_card_is_found()
    {
        using var bench = new Bench();
        string copy = Directory.CreateTempSubdirectory("card-copy").FullName;
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(3);
        });
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        bench.Board.Card.Snapshot(copy);
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(CardChange.Same, bench.Store.Change);
            bench.RunRecovery();
            bench.Record(3);
        });
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        bench.Board.Card.Restore(copy);
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            bench.Start();
            Assert.Equal(CardChange.Older, bench.Store.Change);
            Assert.True(bench.State.NewEpochWanted);
            bench.RunRecovery();
            bench.Record(3);
        });
        Assert.True(File.Exists(bench.SealPath(3, 1)));
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public void A_new_epoch_starts_its_numbers_afresh_and_keeps_the_old_segments()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(3);
            bench.Store.Journal.Stop(bench.Now());
        });
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        bench.Provision(2, new ProvisioningValues { ChunkBytes = 4096, CardBytes = 4L << 30, StorageStopBytes = 0 });
        bench.Board.PowerOn();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(3);
            Assert.True(bench.Store.Spool.UnreceiptedCount >= 4);
        });
        Assert.Equal(Core.RefusalReason.None, Seal.TryParse(File.ReadAllBytes(bench.SealPath(1, 1, 2)), out Seal? seal));
        Assert.Equal(2u, seal!.Key.Epoch);
        Assert.True(seal.PreviousSealDigest.IndexOfAnyExcept((byte)0) < 0);
        Assert.True(bench.Ring.Authenticates(seal));
        Assert.True(File.Exists(bench.SegmentPath(1, 1, 1)));
    }
}
