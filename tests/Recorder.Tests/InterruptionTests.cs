using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public void A_low_battery_interrupts_and_the_next_press_records_at_once_and_opens_the_window_for_the_spoken_reason()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 12);
        bench.Board.Battery.SetPercent(2);
        bench.Run(8);
        bench.Board.Battery.SetPercent(95);
        bench.Run(5);
        bench.Board.RecordButton.Press();
        bench.Run(1);
        bench.Board.Microphone.Say(Footage.NoteLowBattery);
        bench.Run(10);
        bench.Board.NoteButton.Press();
        bench.Run(6);
        bench.Stop();

        var footage = bench.SegmentsOf(SegmentKind.Footage);
        Assert.Equal([1u, 2u], footage.Select(static segment => segment.Seal.Key.Recording).Distinct());
        Assert.Single(footage.Select(static segment => segment.Seal.Activity).Distinct());
        Assert.Equal(StopReason.LowBattery, footage.Last(static segment => segment.Seal.Key.Recording == 1).Seal.StopReason);
        Assert.Equal(StopReason.ActivityEnded, footage[^1].Seal.StopReason);
        Assert.Equal((long)StopReason.LowBattery, bench.Line("interrupted").Number("reason"));
        Assert.Equal((long)StopReason.LowBattery, bench.Line("noteStarted").Number("reason"));
        Assert.Equal("press", bench.Line("noteEnded").Text("by"));
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_note_window_that_nobody_closes_ends_after_thirty_seconds()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 5);
        bench.Board.RecordButton.Double();
        bench.Run(5);
        bench.Board.RecordButton.Press();
        bench.Run(35);
        bench.Stop();

        Assert.Equal((long)StopReason.OtherObjective, bench.Line("interrupted").Number("reason"));
        Assert.Equal("time", bench.Line("noteEnded").Text("by"));
        var open = bench.Line("noteEnded").Number("us") - bench.Line("noteStarted").Number("us");
        Assert.InRange(open / 1e6, 29.5, 31);
    }

    [Fact]
    public void After_a_power_cut_the_recorder_records_at_once_seals_what_was_open_and_says_why()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 17);
        bench.Recorder.CutPower();
        var delivered = bench.Board.Camera.DeliveredCount;
        bench.Recorder.PowerOn();
        bench.Run(40);
        bench.Stop();

        var footage = bench.SegmentsOf(SegmentKind.Footage);
        var recovered = Assert.Single(footage, static segment => segment.Seal.Flags.HasFlag(SealFlags.Recovered));
        Assert.Equal(1u, recovered.Seal.Key.Recording);
        Assert.Equal(StopReason.PowerLost, footage.Last(static segment => segment.Seal.Key.Recording == 1).Seal.StopReason);
        Assert.Equal((long)StopReason.PowerLost, bench.Line("interrupted").Number("reason"));
        Assert.Contains(footage, static segment => segment.Seal.Key.Recording == 2 && segment.Seal.IsFinal);
        var before = footage.Where(static segment => segment.Seal.Key.Recording == 1).Sum(static segment => segment.Content.PictureCount);
        // The check's test frame is not recorded; one write block and the frame in progress may be lost.
        Assert.InRange(before, delivered - 4, delivered - 1);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_power_cut_in_the_note_window_of_another_interruption_is_an_interruption_of_its_own()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert();
        bench.Run(10);
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(15);
        bench.Stop();

        var reasons = bench.Journal().Where(static line => line.Text("event") == "interrupted").Select(static line => (StopReason)line.Number("reason"));
        Assert.Equal([StopReason.CardFault, StopReason.PowerLost], reasons);
        var asked = bench.Journal().Where(static line => line.Text("event") == "noteStarted").Select(static line => (StopReason)line.Number("reason"));
        Assert.Equal([StopReason.CardFault, StopReason.PowerLost], asked);
        Assert.Equal([StopReason.CardFault, StopReason.PowerLost, StopReason.ActivityEnded], bench.SegmentsOf(SegmentKind.Footage).Where(static segment => segment.Seal.IsFinal).Select(static segment => segment.Seal.StopReason));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_recording_that_a_card_fault_ended_keeps_that_reason_when_the_power_goes_before_it_is_sealed()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 9);
        bench.Board.Card.Remove();
        bench.Run(8);
        bench.Board.Card.Insert();
        var pressed = bench.Board.Now + TimeSpan.FromSeconds(8);
        while (bench.Events().Count(static name => name == "card") < 2)
        {
            Assert.True(bench.Board.Now < pressed, "the card was not opened again");
            bench.Run(0.1);
        }

        bench.Board.RecordButton.Press();
        bench.Run(2.5);
        Assert.Empty(bench.SegmentsOf(SegmentKind.Footage));
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(40);
        bench.Stop();

        Assert.Equal([StopReason.CardFault, StopReason.PowerLost, StopReason.ActivityEnded], bench.SegmentsOf(SegmentKind.Footage).Where(static segment => segment.Seal.IsFinal).Select(static segment => segment.Seal.StopReason));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void Two_presses_on_note_mark_an_obstruction_as_stop_reason_interruption_reason_and_preservation_at_once()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Board.NoteButton.Double();
        bench.Run(4);
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(8);

        var line = bench.Line("obstruction");
        Assert.Equal((long)StopReason.Obstruction, line.Number("stopReason"));
        Assert.Equal((long)StopReason.Obstruction, line.Number("interruptionReason"));
        Assert.True(line.GetProperty("preserve").GetBoolean());
        Assert.Equal(StopReason.Obstruction, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_camera_that_dies_interrupts_and_the_reason_is_spoken_into_a_segment_of_sound()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 8);
        bench.Board.Camera.Fault = CameraFault.Dead;
        bench.Run(15);
        bench.Board.RecordButton.Press();
        bench.Run(12);
        bench.Board.NoteButton.Press();
        bench.Run(8);

        Assert.Equal((long)StopReason.CameraFault, bench.Line("interrupted").Number("reason"));
        Assert.Equal(StopReason.CameraFault, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        var note = bench.SegmentsOf(SegmentKind.SpokenNote)[0];
        Assert.Equal(0u, note.Seal.FrameCount);
        Assert.Contains(note.Content.Blocks, static block => block.Track == SegmentContent.SoundTrack);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_camera_that_was_dead_from_the_start_is_warned_of_and_a_second_press_records_sound()
    {
        using var bench = new Bench();
        bench.Board.Camera.Fault = CameraFault.Dead;
        bench.Recorder.PowerOn();
        bench.Run(6);
        bench.Board.RecordButton.Press();
        bench.Run(3);
        Assert.DoesNotContain("activityStarted", bench.Events());
        bench.Board.RecordButton.Press();
        bench.Run(14);
        bench.Board.NoteButton.Press();
        bench.Run(8);

        Assert.Contains(bench.Journal(), static line => line.Text("event") == "check" && line.Text("item") == "camera" && line.Number("grade") == 2);
        Assert.Equal((long)StopReason.CameraFault, bench.Line("interrupted").Number("reason"));
        Assert.NotEmpty(bench.SegmentsOf(SegmentKind.SpokenNote));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_card_that_runs_low_stops_the_recording_with_room_left_for_journal_and_notes()
    {
        var values = new Core.Keys.ProvisioningValues { CardBytes = 64 << 20, StorageStopBytes = 50 << 20 };
        using var bench = new Bench(static options => options with { CardBytes = 64 << 20 }, values);
        bench.StartRecording(seconds: 300);

        Assert.Equal((long)StopReason.LowStorage, bench.Line("interrupted").Number("reason"));
        Assert.Equal(StopReason.LowStorage, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        Assert.True((64 << 20) - bench.Board.Card.UsedBytes > 16 << 20, $"{bench.Board.Card.UsedBytes} bytes used");
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_card_torn_out_is_a_card_fault_and_what_it_held_is_sealed_when_it_is_back()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 15);
        bench.Board.Card.Remove();
        bench.Run(10);
        bench.Board.Card.Insert();
        bench.Run(20);
        bench.Board.RecordButton.Press();
        bench.Run(10);
        bench.Stop();

        Assert.Contains(bench.Journal(), static line => line.Text("event") == "interrupted" && line.Number("reason") == (long)StopReason.CardFault);
        var footage = bench.SegmentsOf(SegmentKind.Footage);
        Assert.Equal(StopReason.CardFault, footage.Last(static segment => segment.Seal.Key.Recording == 1).Seal.StopReason);
        Assert.Contains(footage, static segment => segment.Seal.Key.Recording == 2 && segment.Seal.IsFinal);
        bench.AssertEverySegmentHolds();
    }
}
