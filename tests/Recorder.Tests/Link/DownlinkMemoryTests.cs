using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Wire;

namespace BodyCam.Recorder.Tests;

/// <summary>What the recorder remembers of what came down: counters, checkpoints, receipts given twice, and that it needs a new epoch.</summary>
public sealed class DownlinkMemoryTests
{
    private const ulong LaterCounter = 1_900_000_000_000_000;
    private const int OfferType = 3, FirstFlag = 2, NewEpochFlag = 1;

    [Fact]
    public void A_final_refusal_tapped_and_played_back_after_a_power_cut_silences_nothing()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var held = station.Footage[0];
        var refusal = DownMessages.Refusal(RefusalReason.Conflict, held.Key, 0, LaterCounter, station.Keys.CommandKey(station.Device, 1));
        station.Send(refusal);
        bench.Run(3);
        Assert.Single(bench.Events(), "refused");
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(8);
        station.Send(refusal);
        bench.Run(5);
        Assert.Single(bench.Events(), "refused");
        Assert.Contains("counterReplayed", bench.Events());
        station.Send(station.Written(station.Honest(held.Seal!)));
        bench.Run(5);
        Assert.Equal(CardLedger.Receipted, CardLedger.Footage(bench)[held.Key]);
    }

    [Fact]
    public void A_checkpoint_is_kept_over_a_power_cut_and_at_most_one_save_a_minute_is_spent_on_it()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var first = station.Honest(station.Footage[0].Seal!);
        station.Send(station.Written(first));
        bench.Run(2);
        var saves = Generation(bench);
        for (var round = 0; round < 20; round++)
        {
            station.Send(station.Written(station.Honest(station.Footage[0].Seal!)));
            bench.Run(1);
        }

        Assert.InRange((int)(Generation(bench) - saves), 0, 1);
        bench.Run(60);
        var newest = station.CheckpointSize;
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(8);
        station.Send(station.Written(station.Honest(station.Footage[1].Seal!) with { CheckpointSize = newest - 1, CheckpointRoot = new byte[32] }));
        bench.Run(3);
        Assert.Contains("checkpointOlder", bench.Events());
    }

    [Fact]
    public void An_older_checkpoint_is_an_alarm_that_is_heard()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        station.Send(station.Written(station.Honest(station.Footage[0].Seal!)));
        bench.Run(5);
        var begin = bench.Board.Now;
        station.Send(station.Written(station.Honest(station.Footage[1].Seal!) with { CheckpointSize = 0 }));
        bench.Run(5);
        Assert.Contains("checkpointOlder", bench.Events());
        Assert.Contains(bench.Board.Timeline.Entries, entry => entry.Part == "buzzer" && entry.At > begin);
    }

    [Fact]
    public void A_receipt_delivered_again_after_later_ones_is_taken_without_a_word()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var receipt = station.Written(station.Honest(station.Footage[0].Seal!));
        station.Send(receipt);
        station.Send(station.Written(station.Honest(station.Footage[1].Seal!)));
        bench.Run(3);
        var before = CardLedger.Footage(bench);
        station.Send(receipt);
        bench.Run(3);
        Assert.Equal(before, CardLedger.Footage(bench));
        Assert.DoesNotContain(bench.Events(), static name => name is "checkpointOlder" or "receiptRefused");

        // It moved the checkpoint nowhere: one between the two is still older.
        station.Send(station.Written(station.Honest(station.Footage[0].Seal!, ReceiptState.Archived) with { CheckpointSize = station.CheckpointSize - 1 }));
        bench.Run(3);
        Assert.Contains("checkpointOlder", bench.Events());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_recorder_that_lost_its_state_asks_for_a_new_epoch_with_an_empty_card_and_without_one(bool card)
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 5);
        bench.Stop();
        bench.Recorder.CutPower();
        File.Delete(Path.Combine(bench.Board.FlashFolder, "state.bin"));
        bench.Board.Card.Remove();
        if (card)
            bench.Board.Card.Insert(Path.Combine(bench.Folder, "empty-card"));
        using var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        bench.Run(15);
        Assert.Contains(station.Up, static one => one.Message[1] == OfferType && (one.Message[8] & NewEpochFlag) != 0 && (one.Message[8] & FirstFlag) != 0);

        station.Send(station.Command("configure", [.. Core.Keys.ProvisioningFile.Lines(Bench.Keys, Bench.Device, 2, 0, bench.Values).Select(static pair => (pair.Key, pair.Value))]));
        bench.Run(3);
        station.Epoch = 2;
        if (!card)
            bench.Board.Card.Insert();
        bench.Run(15);
        Assert.Equal(2, station.Status.Number("epoch"));
        Assert.Equal(FirstFlag, station.Up.Last(static one => one.Message[1] == OfferType && (one.Message[8] & FirstFlag) != 0).Message[8]);
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Epoch);
    }

    [Fact]
    public void Sound_that_the_driver_overran_is_on_record()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.Card.SlowFactor = 12;
        bench.Run(20);
        bench.Board.Card.SlowFactor = 1;
        bench.Run(5);
        bench.Stop();
        Assert.True(bench.Board.Microphone.OverrunCount > 0);
        var gaps = bench.Journal().Where(static line => line.Text("event") == "fault" && line.Text("where") == "sound").ToList();
        Assert.NotEmpty(gaps);
        // The driver also counts what it lost before the recording, and overruns of less than a millisecond.
        Assert.InRange(gaps.Sum(static line => line.Number("gaps")), bench.Board.Microphone.OverrunCount / 2, bench.Board.Microphone.OverrunCount);
        Assert.All(gaps, static line => Assert.True(line.Number("gapUs") > 0));
    }

    private static uint Generation(Bench bench)
    {
        var state = File.ReadAllBytes(Path.Combine(bench.Board.FlashFolder, "state.bin"));
        return Math.Max(BitConverter.ToUInt32(state, 4), BitConverter.ToUInt32(state, 516));
    }

    private static FakeStation Uploaded(Bench bench)
    {
        var station = new FakeStation(bench) { GivesReceipts = false };
        bench.StartRecording(seconds: 13);
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(11);
        return station;
    }
}
