using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Recorder.Tests;

/// <summary>What the epoch before still owes when a new one begins.</summary>
public sealed class EpochTests
{
    [Fact]
    public void A_new_epoch_waits_until_what_a_power_cut_left_is_sealed()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 17);
        bench.Board.Card.SlowFactor = 3;
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(12);
        station.Send(NewEpoch(bench, station, 2));
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(60);
        station.Epoch = 2;
        bench.Run(20);

        Assert.Equal(3, bench.Board.BootCount);
        var journal = bench.Journal().Where(static line => line.Text("event") is "recovered" or "command").ToList();
        Assert.True(journal.FindLastIndex(static line => line.Text("event") == "recovered") < journal.FindIndex(static line => line.Text("name") == "configured"), string.Join('\n', journal));
        Assert.Contains(bench.SegmentsOf(SegmentKind.Footage), static segment => segment.Seal.Flags.HasFlag(SealFlags.Recovered));
        AssertNothingIsOpen(bench, epoch: 1);
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void Footage_that_is_open_when_the_file_with_a_new_epoch_is_put_in_is_sealed_under_the_old_keys_which_are_gone_afterwards()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 17);
        bench.Recorder.CutPower();
        bench.Recorder.Provision(bench.Text(2));
        bench.Recorder.PowerOn();
        bench.Run(1);
        Assert.True(State(bench).IndexOf(Bench.Keys.RecordingKey(Bench.Device, 1, 1)) > 0);
        bench.Run(60);
        bench.Stop();

        AssertNothingIsOpen(bench, epoch: 1);
        var footage = bench.SegmentsOf(SegmentKind.Footage);
        Assert.Equal(SealFlags.Recovered | SealFlags.Final, footage.Last(static segment => segment.Seal.Key.Epoch == 1).Seal.Flags);
        Assert.Equal(2u, footage[^1].Seal.Key.Epoch);
        AssertOneChain(bench, 1);
        AssertOneChain(bench, 2);
        Assert.Equal(1, bench.Line("epochClosed").Number("epoch"));
        Assert.Equal(-1, State(bench).IndexOf(Bench.Keys.RecordingKey(Bench.Device, 1, 1)));
        Assert.Equal(-1, State(bench).IndexOf(Bench.Keys.RecordingKey(Bench.Device, 1, 0)));
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_power_cut_while_the_old_epoch_is_being_sealed_leaves_its_chain_whole()
    {
        for (var write = 4; write < 60; write += 8)
        {
            using var bench = new Bench();
            bench.StartRecording(seconds: 17);
            bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
            bench.Run(2.7);
            bench.Recorder.CutPower();
            bench.Recorder.Provision(bench.Text(2));
            bench.Recorder.PowerOn();
            bench.Run(1);
            bench.Board.CutPowerAtWrite(write);
            bench.Board.WaitUntil(() => !bench.Board.IsPowered, TimeSpan.FromMinutes(1));
            bench.Board.CutPowerAtWrite(0);
            if (!bench.Board.IsPowered)
                bench.Recorder.PowerOn();
            bench.Run(60);
            AssertNothingIsOpen(bench, epoch: 1);
            AssertOneChain(bench, 1);
            Assert.Equal(1, bench.Line("epochClosed").Number("epoch"));
            Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        }
    }

    [Fact]
    public void A_card_pulled_while_recording_is_sealed_when_it_comes_back_in_the_next_epoch()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 15);
        var first = bench.Board.Card.Folder;
        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert(Path.Combine(bench.Folder, "other-card"));
        bench.Run(10);
        bench.Board.RecordButton.Press();
        bench.Run(12);
        bench.Stop();
        station.Send(NewEpoch(bench, station, 2));
        bench.Run(5);
        station.Epoch = 2;
        bench.Run(20);
        Assert.Equal(2, station.Status.Number("epoch"));
        Assert.DoesNotContain("epochClosed", bench.Events());

        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert(first);
        bench.Run(60);
        Assert.Equal(1, bench.Line("epochClosed").Number("epoch"));
        AssertNothingIsOpen(bench, epoch: 1);
        Assert.Equal(1u, Assert.Single(bench.SegmentsOf(SegmentKind.Footage), static segment => segment.Seal.Flags.HasFlag(SealFlags.Recovered)).Seal.Key.Recording);
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_card_pulled_while_recording_is_sealed_when_it_comes_back_after_recordings_on_another()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 15);
        var first = bench.Board.Card.Folder;
        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert(Path.Combine(bench.Folder, "other-card"));
        bench.Run(10);
        for (var round = 0; round < 2; round++)
        {
            bench.Board.RecordButton.Press();
            bench.Run(8);
            bench.Stop();
        }
        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert(first);
        bench.Run(60);
        Assert.All(CardLedger.Footage(bench).Values, static state => Assert.Equal(CardLedger.Sealed, state));
        Assert.Contains(bench.SegmentsOf(SegmentKind.Footage), static segment => segment.Seal.Flags.HasFlag(SealFlags.Recovered) && segment.Seal.Key.Recording == 1);
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));

        // With the next recording the ratchet goes on.
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.Equal(-1, State(bench).IndexOf(Bench.Keys.RecordingKey(Bench.Device, 1, 1)));
    }

    [Fact]
    public void An_open_activity_and_its_reason_go_on_in_the_new_epoch()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 8);
        bench.Board.RecordButton.Double();
        bench.Run(6);
        station.Send(NewEpoch(bench, station, 2));
        bench.Run(5);
        station.Epoch = 2;
        bench.Run(20);
        Assert.Equal("interrupted", station.Status.Text("state"));
        var changed = bench.Line("epochChanged");
        Assert.Equal((1L, 1L, (long)StopReason.OtherObjective), (changed.Number("from"), changed.Number("activity"), changed.Number("pendingReason")));
        Assert.True(changed.GetProperty("activityOpen").GetBoolean());

        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.Equal((long)StopReason.OtherObjective, bench.Line("noteStarted").Number("reason"));
        Assert.All(bench.SegmentsOf(SegmentKind.Footage), static segment => Assert.Equal(1u, segment.Seal.Activity));
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Epoch);
        Assert.Equal(StopReason.ActivityEnded, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    private static byte[] NewEpoch(Bench bench, FakeStation station, uint epoch) =>
        station.Command("configure", [.. ProvisioningFile.Lines(Bench.Keys, Bench.Device, epoch, 0, bench.Values).Select(static pair => (pair.Key, pair.Value))]);

    private static ReadOnlySpan<byte> State(Bench bench) => File.ReadAllBytes(Path.Combine(bench.Board.FlashFolder, "state.bin"));

    private static void AssertNothingIsOpen(Bench bench, uint epoch) =>
        Assert.DoesNotContain(CardLedger.States(bench), pair => pair.Key.Epoch == epoch && pair.Value < CardLedger.Sealed);

    // Each head is named once as the one before, and only the first names none.
    private static void AssertOneChain(Bench bench, uint epoch)
    {
        foreach (var journal in new[] { true, false })
        {
            var seals = bench.Segments().Select(static segment => segment.Seal).Where(seal => seal.Key.Epoch == epoch && seal.Key.IsJournalChain == journal).ToList();
            var named = seals.Select(static seal => Convert.ToHexString(seal.PreviousSealDigest)).ToList();
            Assert.Equal(named.Count, named.Distinct().Count());
            var heads = seals.Select(static seal => Convert.ToHexString(seal.SealDigest)).Append(new string('0', 64)).ToList();
            Assert.All(named, head => Assert.Contains(head, heads));
        }
    }
}
