using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>The officer's stop holds, whatever else ends the recording at the same time.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData(2.02, 1)]
    [InlineData(2.2, 1)]
    [InlineData(2.05, 3)]
    [InlineData(2.4, 3)]
    public void A_hold_of_two_seconds_stops_however_busy_the_card_is(double holdSeconds, double slow)
    {
        for (var offset = 0; offset < 3; offset++)
        {
            using var bench = new Bench();
            bench.StartRecording(8 + offset * 0.137);
            bench.Board.Card.SlowFactor = slow;
            bench.Run(3 + offset * 0.071);
            bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(holdSeconds));
            bench.Run(15);
            Assert.Contains("activityEnded", bench.Events());
            Assert.Equal(StopReason.ActivityEnded, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        }
    }

    [Fact]
    public void A_stop_while_a_dead_camera_is_waited_for_ends_the_activity()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.Camera.Fault = CameraFault.Stalled;
        bench.Run(4.6);
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(12);

        AssertEnded(bench, StopReason.ActivityEnded);
        Assert.Equal((long)StopReason.CameraFault, bench.Line("recordingStopped").Number("fault"));
        Assert.DoesNotContain("interrupted", bench.Events());
    }

    [Fact]
    public void A_stop_right_behind_a_battery_interruption_ends_the_activity()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.Card.SlowFactor = 4;
        bench.Run(2);
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(1.1);
        bench.Board.Battery.SetPercent(2);
        bench.Run(20);

        Assert.Single(bench.Events(), "activityEnded");
        Assert.Equal("ready", StateAfterReboot(bench));
    }

    [Fact]
    public void A_stop_while_the_card_is_torn_out_ends_the_activity()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(1.95);
        bench.Board.Card.Remove();
        bench.Run(10);
        bench.Board.Card.Insert();
        bench.Run(20);

        Assert.Single(bench.Events(), "activityEnded");
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "fault" && line.Text("where") == "card");
        Assert.Equal("ready", StateAfterReboot(bench));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void An_interruption_is_written_once_while_its_recording_ends_slowly()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.Card.SlowFactor = 6;
        bench.Run(2);
        bench.Board.Battery.SetPercent(3);
        bench.Run(25);
        Assert.Single(bench.Events(), "interrupted");
    }

    [Fact]
    public void A_recording_that_ends_within_the_notice_window_says_that_the_notice_was_not_marked()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 20);
        bench.Stop();
        bench.Run(70);
        Assert.Equal(1, bench.Line("noticeNotMarked").Number("recording"));
        Assert.Single(bench.Events(), "noticeNotMarked");
    }

    [Fact]
    public void A_notice_given_is_not_called_unmarked_when_the_recording_ends()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Board.NoteButton.Press();
        bench.Run(4);
        bench.Stop();
        Assert.Contains("noticeGiven", bench.Events());
        Assert.DoesNotContain("noticeNotMarked", bench.Events());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_recording_that_the_power_broke_off_goes_on_with_the_first_card_of_the_boot(bool another)
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Recorder.CutPower();
        bench.Board.Card.Remove();
        bench.Recorder.PowerOn();
        bench.Run(8);
        bench.Board.Card.Insert(another ? Path.Combine(bench.Folder, "other-card") : null);
        bench.Run(30);
        bench.Stop();

        var line = bench.Line("interrupted");
        Assert.Equal((long)StopReason.PowerLost, line.Number("reason"));
        Assert.True(line.GetProperty("inferred").GetBoolean());
        Assert.Equal((long)StopReason.PowerLost, bench.Line("noteStarted").Number("reason"));
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Recording);
        Assert.Equal(StopReason.ActivityEnded, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
    }

    private static void AssertEnded(Bench bench, StopReason reason)
    {
        Assert.Single(bench.Events(), "activityEnded");
        Assert.Equal(reason, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        Assert.Equal("ready", StateAfterReboot(bench));
    }

    private static string StateAfterReboot(Bench bench)
    {
        bench.Recorder.CutPower();
        bench.Board.Battery.SetPercent(95);
        bench.Board.Camera.Fault = CameraFault.None;
        bench.Board.Card.SlowFactor = 1;
        bench.Recorder.PowerOn();
        bench.Run(15);
        return bench.Journal().Last(static line => line.Text("event") == "boot").GetProperty("activityOpen").GetBoolean() ? "interrupted" : "ready";
    }
}
