using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>The self-test of the shipped firmware: one JSON line an item on the console and to the gateway, whatever is broken.</summary>
public sealed class SelfTestTests
{
    private const int Passed = 0, Warned = 1, Failed = 2;
    private const string Mode = "mode=selfTest\n";
    private static readonly string[] items =
        ["camera", "cardWrite", "cardRead", "gauge", "recordButton", "noteButton", "recordLed", "statusLed", "buzzer", "wifi", "gateway", "clock", "heap", "psram", "microphone", "end"];

    [Fact]
    public void With_a_technician_every_item_passes_and_both_console_and_gateway_have_every_line()
    {
        using var bench = new Bench(more: Mode);
        using var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        Answer(bench, "recordButton", board => board.RecordButton.Press());
        Answer(bench, "noteButton", board => board.NoteButton.Press());
        foreach (var item in (string[])["recordLed", "statusLed", "buzzer"])
            Answer(bench, item, board => board.RecordButton.Press());
        var lines = Finish(bench);
        Assert.Equal(items, lines.Select(static line => line.Text("item")));
        Assert.All(lines, static line => Assert.True(line.Number("grade") == Passed && line.Number("selfTest") == 1, line.ToString()));
        Assert.Equal((items.Length - 1, "items"), ((int)lines[^1].Number("figure"), lines[^1].Text("unit")));
        Assert.InRange(Item(lines, "camera").Number("figure"), 2_000, 60_000);
        Assert.Equal("640x480", Item(lines, "camera").Text("text"));
        Assert.InRange(Item(lines, "cardWrite").Number("figure"), 100, 250);
        Assert.Equal(-58, Item(lines, "wifi").Number("figure"));
        bench.Run(10);
        Assert.Equal(lines.Select(static line => line.ToString()), station.Happened.Where(static one => one.TryGetProperty("selfTest", out _)).Select(static one => one.ToString()));
        Assert.Equal("selfTest", station.Status.Text("state"));
        Assert.False(File.Exists(Path.Combine(bench.Recorder.CardFolder, "selftest.tmp")));
        Assert.Empty(bench.SegmentsOf(SegmentKind.Footage));
        Assert.Equal(LightPattern.Steady, LightPattern.Of(bench, "status led"));
        Assert.Equal(items, bench.Journal().Where(static line => line.Text("event") == "selfTest").Select(static line => line.Text("item")));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void Without_anybody_and_without_a_gateway_it_ends_by_itself_and_the_lines_still_come()
    {
        using var bench = new Bench(more: Mode);
        bench.Recorder.PowerOn();
        var lines = Finish(bench, secondsMax: 150);
        foreach (var item in (string[])["recordButton", "noteButton", "recordLed", "statusLed", "buzzer"])
            Assert.Equal((Warned, "not confirmed"), (Item(lines, item).Number("grade"), Item(lines, item).Text("text")));
        Assert.Equal(Failed, Item(lines, "wifi").Number("grade"));
        Assert.Equal((Failed, "no network in reach"), (Item(lines, "gateway").Number("grade"), Item(lines, "gateway").Text("text")));
        Assert.Equal(Failed, lines[^1].Number("grade"));
        Assert.Equal(LightPattern.Fast, LightPattern.Of(bench, "status led"));
    }

    [Theory]
    [InlineData("camera", "camera")]
    [InlineData("card", "cardWrite")]
    [InlineData("card", "cardRead")]
    [InlineData("gauge", "gauge")]
    [InlineData("clock", "clock")]
    [InlineData("microphone", "microphone")]
    [InlineData("button", "noteButton")]
    public void A_part_that_is_broken_fails_its_own_item_and_no_other_waits_for_it(string part, string item)
    {
        using var bench = new Bench(more: Mode);
        using var station = new FakeStation(bench);
        switch (part)
        {
            case "camera": bench.Board.Camera.Fault = CameraFault.Dead; break;
            case "card": bench.Board.Card.Remove(); break;
            case "gauge": bench.Board.SetI2cSilent(0x36, true); bench.Board.Battery.SetPercent(1); break;
            case "clock": bench.Board.SetI2cSilent(0x68, true); break;
            case "microphone": bench.Board.Microphone.Silent = true; break;
            default: bench.Board.NoteButton.Down(); break;
        }

        bench.Recorder.PowerOn();
        var lines = Finish(bench, secondsMax: 150);
        Assert.True(Item(lines, item).Number("grade") == Failed, string.Join('\n', lines));
        Assert.Equal(items, lines.Select(static line => line.Text("item")));
        var failed = lines.Where(static line => line.Number("grade") == Failed).Select(static line => line.Text("item")).Except(["end"]);
        Assert.Equal(part == "card" ? ["cardWrite", "cardRead"] : [item], failed);
    }

    [Fact]
    public void A_microphone_that_holds_the_chip_comes_last_and_the_next_start_is_without_it_until_a_test_has_passed()
    {
        using var bench = new Bench(more: Mode);
        using var station = new FakeStation(bench);
        bench.Board.Microphone.Dead = true;
        bench.Recorder.PowerOn();
        bench.Run(120);
        Assert.Equal(items[..^2], Lines(bench).Select(static line => line.Text("item")));
        bench.Recorder.CutPower();

        bench.Recorder.Provision(bench.Text(1).Replace(Mode, "", StringComparison.Ordinal));
        bench.StartRecording(seconds: 1);
        bench.Board.RecordButton.Press();
        bench.Run(12);
        bench.Stop();
        Assert.NotEmpty(bench.SegmentsOf(SegmentKind.Footage));
        Assert.Equal(Failed, bench.Journal().Last(static line => line.Text("event") == "check" && line.Text("item") == "microphone").Number("grade"));

        bench.Board.Microphone.Dead = false;
        station.Send(station.Command("selfTest", ("full", "1")));
        var lines = Finish(bench, run: 1, secondsMax: 150, after: items.Length - 2);
        Assert.Equal((Passed, "held the chip before, works now"), (Item(lines, "microphone").Number("grade"), Item(lines, "microphone").Text("text")));
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(5);
        Assert.Equal(Passed, bench.Journal().Last(static line => line.Text("event") == "check" && line.Text("item") == "microphone").Number("grade"));
    }

    [Fact]
    public void The_command_runs_it_too_with_a_number_of_its_own_but_not_while_something_is_recorded_or_an_activity_is_open()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 6);
        station.Send(station.Command("selfTest", ("full", "1")));
        bench.Run(5);
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "command" && line.TryGetProperty("refused", out _));
        bench.Board.RecordButton.Double();
        bench.Run(4);
        station.Send(station.Command("selfTest", ("full", "1")));
        bench.Run(5);
        Assert.Empty(Lines(bench));
        bench.Stop();
        for (var run = 1; run <= 2; run++)
        {
            station.Send(station.Command("selfTest", ("full", "1")));
            Assert.Equal(run, Finish(bench, run, secondsMax: 150)[^1].Number("selfTest"));
            bench.Run(5);
        }

        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Recording);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void With_an_activity_open_on_the_card_self_test_mode_seals_it_and_no_gesture_leaves_the_mode()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 14);
        bench.Recorder.CutPower();
        bench.Recorder.Provision(bench.Text(1) + Mode);
        bench.Recorder.PowerOn();
        Finish(bench, secondsMax: 150);
        bench.Stop();
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Board.RecordButton.Double();
        Assert.NotEmpty(Finish(bench, run: 2, secondsMax: 150));
        Assert.Equal("selfTest", station.Status.Text("state"));
        Assert.All(bench.SegmentsOf(SegmentKind.Footage), static segment => Assert.Equal(1u, segment.Seal.Key.Recording));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_bus_that_fails_with_an_exception_fails_its_item_and_the_recorder_records_afterwards()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        bench.Run(5);
        (bench.Board.Camera.Fault, bench.Board.Microphone.ReadFails) = (CameraFault.BusError, true);
        station.Send(station.Command("selfTest", ("full", "1")));
        var lines = Finish(bench, secondsMax: 150);
        Assert.Equal(items, lines.Select(static line => line.Text("item")));
        Assert.Equal(["camera", "microphone"], lines.Where(static line => line.Number("grade") == Failed).Select(static line => line.Text("item")).Except(["end"]));
        (bench.Board.Camera.Fault, bench.Board.Microphone.ReadFails) = (CameraFault.None, false);
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.NotEmpty(bench.SegmentsOf(SegmentKind.Footage));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void Lines_that_the_link_lost_are_sent_again_and_each_is_there()
    {
        using var bench = new Bench(more: Mode);
        using var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        bench.Run(8);
        bench.Board.Network.SetLink(false);
        bench.Run(20);
        bench.Board.Network.SetLink(true);
        Finish(bench, secondsMax: 200);
        bench.Run(20);
        Assert.Equal(items, station.Happened.Where(static one => one.TryGetProperty("selfTest", out _)).Select(static one => one.Text("item")).Distinct());
    }

    private static void Answer(Bench bench, string item, Action<Board> press)
    {
        var before = items[items.ToList().IndexOf(item) - 1];
        Assert.True(bench.Board.WaitUntil(() => bench.Board.ConsoleLines.Any(line => line.Contains($"\"{before}\"", StringComparison.Ordinal)), TimeSpan.FromSeconds(40)), $"no line of {before}");
        bench.Run(0.5);
        press(bench.Board);
    }

    private static List<JsonElement> Finish(Bench bench, int run = 1, double secondsMax = 60, int after = 0)
    {
        Assert.True(bench.Board.WaitUntil(() => bench.Board.ConsoleLines.Skip(after).Any(line => line.StartsWith($"{{\"selfTest\":{run},\"item\":\"end\"", StringComparison.Ordinal)), TimeSpan.FromSeconds(secondsMax)), string.Join('\n', bench.Board.ConsoleLines));
        bench.Run(4);
        return [.. Lines(bench).Skip(after).Where(line => line.Number("selfTest") == run)];
    }

    private static List<JsonElement> Lines(Bench bench) =>
        [.. bench.Board.ConsoleLines.Where(static line => line.StartsWith("{\"selfTest\"", StringComparison.Ordinal)).Select(static line => JsonDocument.Parse(line).RootElement)];

    private static JsonElement Item(List<JsonElement> lines, string item) => Assert.Single(lines, line => line.Text("item") == item);
}
