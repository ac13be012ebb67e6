using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

public sealed class OfficerTests
{
    [Fact]
    public void The_check_says_each_item_with_its_figure_before_anything_is_recorded()
    {
        using var bench = new Bench();
        bench.Recorder.PowerOn();
        bench.Run(6);

        var items = bench.Journal().Where(static line => line.Text("event") == "check").ToDictionary(static line => line.Text("item"), static line => line.Number("grade"));
        Assert.Equal(["battery", "camera", "card", "clock", "link", "microphone", "storage"], items.Keys.Order());
        Assert.Equal(0, items["camera"]);
        Assert.Equal(0, items["battery"]);
        // No link in this bench, and the clock was never synchronised: warned, not failed.
        Assert.Equal(1, items["link"]);
        Assert.Equal(1, items["clock"]);
        Assert.Equal(1, bench.Line("checkDone").Number("grade"));
    }

    [Fact]
    public void A_short_press_on_note_within_the_window_is_the_notice_and_later_ones_are_markers()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 10);
        bench.Board.NoteButton.Press();
        bench.Run(5);
        bench.Board.NoteButton.Press();
        bench.Run(5);
        bench.Board.NoteButton.Triple();
        bench.Run(5);
        bench.Stop();

        var events = bench.Events();
        Assert.Single(events, "noticeGiven");
        Assert.Single(events, "keyShot");
        Assert.Single(events, "warned");
        Assert.DoesNotContain("noticeNotMarked", events);
    }

    [Fact]
    public void A_notice_that_nobody_marked_is_journalled_after_sixty_seconds()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 66);
        bench.Stop();

        var open = bench.Line("noticeNotMarked").Number("us") - bench.Line("noticeOpened").Number("us");
        Assert.InRange(open / 1e6, 59.5, 61);
        bench.AssertEveryFrameIsThere();
    }

    [Fact]
    public void Holding_note_while_recording_opens_a_spoken_note_without_stopping_the_picture()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Board.NoteButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(10);
        bench.Board.NoteButton.Press();
        bench.Run(4);
        bench.Stop();

        Assert.Equal("officer", bench.Line("noteStarted").Text("by"));
        Assert.Equal("press", bench.Line("noteEnded").Text("by"));
        Assert.Single(bench.SegmentsOf(SegmentKind.Footage).Select(static segment => segment.Seal.Key.Recording).Distinct());
        bench.AssertEveryFrameIsThere();
    }

    [Fact]
    public void The_announcement_is_sealed_before_the_first_frame()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 5);

        var announced = Assert.Single(bench.SegmentsOf(SegmentKind.Announcement));
        Assert.True(announced.Holds());
        bench.Stop();
        Assert.True(announced.Seal.EndMonotonicUs <= bench.SegmentsOf(SegmentKind.Footage)[0].Seal.StartMonotonicUs);
    }

    [Fact]
    public void The_record_light_burns_while_recording_and_goes_out_after_it()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 5);
        var pin = bench.Board.Timeline.Entries.Select(static entry => entry.Part).Distinct().ToList();
        Assert.Equal("on", bench.Board.Timeline.Last("record led"));
        bench.Stop();
        Assert.True(bench.Board.Timeline.Last("record led") == "off", string.Join(' ', pin));
    }
}
