using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>Parts that fail in ways of their own: exceptions from a bus, a gauge that is wrong, a power cut at a bad moment, figures that nothing can be recorded with.</summary>
public sealed class HardPartTests
{
    [Fact]
    public void A_camera_whose_bus_fails_with_an_exception_interrupts_like_a_dead_one_and_a_press_records_sound()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 8);
        bench.Board.Camera.Fault = CameraFault.BusError;
        bench.Run(6);
        Assert.Equal((long)StopReason.CameraFault, bench.Line("interrupted").Number("reason"));
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.NotEmpty(bench.SegmentsOf(SegmentKind.SpokenNote));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_microphone_that_fails_with_an_exception_is_told_and_pictures_go_on()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 8);
        var before = bench.Board.Camera.DeliveredCount;
        bench.Board.Microphone.ReadFails = true;
        bench.Run(8);
        Assert.True(bench.Board.Camera.DeliveredCount > before + 15);
        Assert.Equal(LightPattern.Attention, LightPattern.Of(bench, "status led"));
        bench.Stop();
        Assert.DoesNotContain("interrupted", bench.Events());
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "fault" && line.Text("where") == "microphone");
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_microphone_that_fails_at_the_check_does_not_keep_the_next_start_from_trying_it()
    {
        using var bench = new Bench();
        bench.Board.Microphone.ReadFails = true;
        bench.StartRecording(seconds: 1);
        bench.Board.RecordButton.Press();
        bench.Run(6);
        bench.Stop();
        Assert.NotEmpty(bench.SegmentsOf(SegmentKind.Footage));
        bench.Recorder.CutPower();
        bench.Board.Microphone.ReadFails = false;
        bench.Recorder.PowerOn();
        bench.Run(5);
        Assert.Equal(0, MicrophoneGrade(bench));
    }

    [Fact]
    public void A_power_cut_while_the_microphone_is_probed_costs_one_start_without_sound_and_not_all_of_them()
    {
        using var bench = new Bench();
        CutInTheProbe(bench);
        bench.Recorder.PowerOn();
        bench.Run(5);
        Assert.Equal(2, MicrophoneGrade(bench));
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(5);
        Assert.Equal(0, MicrophoneGrade(bench));
        Assert.False(File.Exists(Mark(bench)));
    }

    [Fact]
    public void A_microphone_that_holds_the_chip_never_holds_two_starts_in_a_row_and_is_left_alone_after_the_second()
    {
        using var bench = new Bench();
        bench.Board.Microphone.Dead = true;
        foreach (var holds in (bool[])[true, false, true, false, false])
        {
            bench.Recorder.PowerOn();
            bench.Run(6);
            bench.Board.RecordButton.Press();
            bench.Run(3);
            bench.Board.RecordButton.Press();
            bench.Run(3);
            Assert.Equal(!holds, bench.Board.Timeline.Last("record led") == "on");
            if (!holds)
                bench.Stop();
            bench.Recorder.CutPower();
        }
    }

    [Fact]
    public void Under_load_at_the_voltage_that_the_regulator_needs_the_files_are_closed_whatever_the_gauge_believes()
    {
        using var bench = new Bench();
        bench.Board.Battery.GaugeErrorPercent = 40;
        bench.StartRecording(seconds: 8);
        bench.Board.Battery.SetPercent(3.2);
        bench.Run(8);
        Assert.Equal((long)StopReason.LowBattery, bench.Line("interrupted").Number("reason"));
        Assert.InRange(bench.Line("battery").Number("mv"), 3000, 3400);
        Assert.Equal(StopReason.LowBattery, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
    }

    [Theory]
    [InlineData("framesPerSecondMax=0")]
    [InlineData("framesPerSecondMax=-4")]
    [InlineData("clusterBytes=0")]
    [InlineData("widthPx=0\nheightPx=0")]
    [InlineData("widthPx=100000")]
    [InlineData("batteryStopPercent=100")]
    [InlineData("noteWindowS=-1")]
    public void A_figure_that_nothing_can_be_recorded_with_counts_as_not_given(string lines)
    {
        using var bench = new Bench(more: lines + "\n");
        bench.StartRecording(seconds: 8);
        bench.Stop();
        Assert.DoesNotContain("interrupted", bench.Events());
        Assert.InRange(bench.SegmentsOf(SegmentKind.Footage).Sum(static segment => segment.Pictures().Count()), 20, 80);
        bench.AssertEverySegmentHolds();
    }

    private static string Mark(Bench bench) => Path.Combine(bench.Board.FlashFolder, "mic.try");

    private static long MicrophoneGrade(Bench bench) =>
        bench.Journal().Last(static line => line.Text("event") == "check" && line.Text("item") == "microphone").Number("grade");

    private static void CutInTheProbe(Bench bench)
    {
        bench.Recorder.PowerOn();
        Assert.True(bench.Board.WaitUntil(() => File.Exists(Mark(bench)), TimeSpan.FromSeconds(10)));
        bench.Run(0.3);
        bench.Recorder.CutPower();
    }
}
