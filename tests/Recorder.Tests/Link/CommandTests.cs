using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Recorder.Tests;

/// <summary>Commands over the link to the shipped firmware (protocol §4.4).</summary>
public sealed class CommandTests
{
    private const int BadMac = 2, Replayed = 3;

    [Theory]
    [InlineData("another recorder's command key")]
    [InlineData("the next epoch's command key")]
    [InlineData("this recorder's receipt key")]
    [InlineData("one bit of the name flipped")]
    [InlineData("one bit of the counter flipped")]
    public void A_forged_command_is_not_carried_out_and_is_journalled(string what)
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        var checks = Checks(bench);
        var right = station.Command("selfTest");
        station.Send(what switch
        {
            "another recorder's command key" => station.CommandUnder(station.Keys.CommandKey(DeviceId.Parse("unit-8"), 1), "selfTest"),
            "the next epoch's command key" => station.CommandUnder(station.Keys.CommandKey(station.Device, 2), "selfTest"),
            "this recorder's receipt key" => station.CommandUnder(station.Keys.ReceiptKey(station.Device, 1), "selfTest"),
            "one bit of the name flipped" => Flipped(right, 17),
            "one bit of the counter flipped" => Flipped(right, 8),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        });
        bench.Run(5);
        Assert.Equal(checks, Checks(bench));
        Assert.Equal(BadMac, bench.Line("counterReplayed").Number("outcome"));

        station.Send(right);
        bench.Run(5);
        Assert.Equal(checks + 1, Checks(bench));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_command_sent_again_is_refused_also_after_a_power_cut_and_journalled_once_a_minute()
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        var older = station.Command("selfTest");
        var newer = station.Command("selfTest");
        station.Send(newer);
        bench.Run(5);
        var checks = Checks(bench);
        station.Send(newer, older, newer, older);
        bench.Run(5);
        Assert.Equal(checks, Checks(bench));
        Assert.Equal(Replayed, Assert.Single(Ignored(bench)).Number("outcome"));
        bench.Run(60);
        station.Send(older);
        bench.Run(3);
        Assert.Equal(2, Ignored(bench).Count);

        // The counter is kept on I:, so that what was tapped before cannot be used after a restart. The station's own answer comes later here.
        bench.Recorder.CutPower();
        bench.Recorder.PowerOn();
        bench.Run(10);
        checks = Checks(bench);
        station.Send(older, newer);
        bench.Run(5);
        Assert.Equal(checks, Checks(bench));
        Assert.Equal(3, Ignored(bench).Count);
        station.Send(station.Command("selfTest"));
        bench.Run(5);
        Assert.Equal(checks + 1, Checks(bench));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void Self_test_runs_the_check_and_tells_it()
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        var before = Checks(bench);
        station.Send(station.Command("selfTest"));
        bench.Run(5);
        Assert.Equal(before + 1, Checks(bench));
        var told = station.Happened.Last(static one => one.Text("event") == "check");
        Assert.Equal(bench.Journal().Last(static line => line.Text("event") == "checkDone").Number("grade"), told.Number("grade"));
        Assert.Contains("camera", told.Text("items"), StringComparison.Ordinal);
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "command" && line.Text("name") == "selfTest");
    }

    [Fact]
    public void Self_test_during_a_recording_leaves_the_recording_alone()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 6);
        var before = bench.Board.Camera.DeliveredCount;
        station.Send(station.Command("selfTest"));
        bench.Run(12);
        Assert.True(bench.Board.Camera.DeliveredCount - before >= 20, $"{bench.Board.Camera.DeliveredCount - before} frames in 12 s");
        Assert.Equal("recording", station.Status.Text("state"));
        bench.Stop();
        var footage = bench.SegmentsOf(SegmentKind.Footage);
        Assert.Equal(1u, Assert.Single(footage, static segment => segment.Seal.IsFinal).Seal.Key.Recording);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void Locate_blinks_and_beeps_for_the_seconds_asked_and_no_longer()
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        bench.Run(20);
        var begin = bench.Board.Now;
        station.Send(station.Command("locate", ("seconds", "5")));
        bench.Run(30);
        var beeps = bench.Board.Timeline.Entries.Where(entry => entry.Part == "buzzer" && entry.At > begin).ToList();
        var blinks = bench.Board.Timeline.Entries.Where(entry => entry.Part == "record led" && entry.At > begin).ToList();
        Assert.True(beeps.Count > 20, $"{beeps.Count} changes of the buzzer");
        Assert.InRange(blinks.Count, 20, 30);
        Assert.InRange((blinks[^1].At - blinks[0].At).TotalSeconds, 4.2, 5.3);
        Assert.InRange((beeps[^1].At - begin).TotalSeconds, 4.5, 6);
    }

    [Fact]
    public void Time_asks_the_time_server_again_and_says_whether_it_answered()
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        bench.Board.StepChipClock(TimeSpan.FromSeconds(90));
        bench.Run(3);
        var questions = station.TimeQuestions;
        station.Send(station.Command("time"));
        bench.Run(5);
        Assert.True(station.TimeQuestions > questions);
        Assert.True(bench.Journal().Last(static line => line.Text("event") == "command").GetProperty("answered").GetBoolean());
        Assert.InRange(Math.Abs((bench.Board.ChipUtc - bench.Board.TrueUtc).TotalMilliseconds), 0, 200);
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "clockStep" && line.Number("stepUs") is > 85_000_000 and < 95_000_000);
    }

    [Fact]
    public void The_number_of_the_next_recording_is_above_what_the_gateway_has_seen()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench) { LastRecordingSeen = 41 };
        bench.StartRecording(seconds: 8);
        bench.Stop();
        station.AwaitFootage(bench);
        Assert.All(station.Footage, static segment => Assert.Equal(42u, segment.Key.Recording));
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void Configure_waits_until_nothing_is_recorded_and_restarts_with_the_new_values()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 6);
        station.Send(station.Command("configure", ("framesPerSecondMax", "1")));
        bench.Run(12);
        Assert.Equal(1, bench.Board.BootCount);
        Assert.Contains("framesPerSecondMax=4", Provisioned(bench), StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Journal(), static line => line.Text("name") == "configured");
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(15);

        Assert.Equal(2, bench.Board.BootCount);
        Assert.Contains("framesPerSecondMax=1", Provisioned(bench), StringComparison.Ordinal);
        Assert.Contains($"receiptKey={Convert.ToHexStringLower(station.Keys.ReceiptKey(station.Device, 1))}", Provisioned(bench), StringComparison.Ordinal);
        var journal = bench.Journal();
        Assert.True(journal.FindIndex(static line => line.Text("name") == "configured") > journal.FindIndex(static line => line.Text("event") == "recordingStopped"));
        bench.Board.RecordButton.Press();
        bench.Run(2);
        var before = bench.Board.Camera.DeliveredCount;
        bench.Run(10);
        Assert.InRange(bench.Board.Camera.DeliveredCount - before, 8, 11);
        bench.Stop();
        bench.AssertEverySegmentHolds();
    }

    [Theory]
    [InlineData("epoch", "0")]
    [InlineData("receiptKey", "not hexadecimal")]
    [InlineData("linkKey", "")]
    public void A_configure_that_would_leave_the_recorder_unprovisioned_changes_nothing(string key, string value)
    {
        using var bench = new Bench();
        using var station = Ready(bench);
        var before = Provisioned(bench);
        station.Send(station.Command("configure", (key, value), ("framesPerSecondMax", "1")));
        bench.Run(5);
        Assert.NotEqual(0, bench.Journal().Last(static line => line.Text("name") == "configured").Number("result"));
        Assert.Equal(before, Provisioned(bench));

        // Still the same recorder: it records at the old rate, uploads and takes receipts.
        bench.Board.RecordButton.Press();
        bench.Run(12);
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(10);
        Assert.Equal(1, bench.Board.BootCount);
        Assert.All(CardLedger.Footage(bench).Values, static state => Assert.Equal(CardLedger.Receipted, state));
        Assert.True(bench.SegmentsOf(SegmentKind.Footage).Sum(static segment => segment.Seal.FrameCount) > 20);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void Return_ends_the_assignment_with_a_manifest_that_names_every_recording()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 12);
        bench.Stop();
        bench.Board.RecordButton.Press();
        bench.Run(8);
        station.Send(station.Command("return"));
        bench.Run(10);
        // Only once nothing is recorded.
        Assert.DoesNotContain("manifest", bench.Events());
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(10);

        // What has its receipt is freed after the return: the station has it.
        var journal = station.Sealed.Where(static segment => segment.Seal!.Kind == SegmentKind.Journal && segment.IsComplete).SelectMany(static segment => segment.Lines()).ToList();
        Assert.Equal(0, journal.Single(static line => line.Text("event") == "manifest").Number("result"));
        Assert.False(journal.Last(static line => line.Text("event") == "assignment").GetProperty("open").GetBoolean());
        var manifest = Assert.Single(station.Sealed, static segment => segment.Seal!.Kind == SegmentKind.Manifest);
        Assert.True(manifest.IsComplete);
        var lines = manifest.Lines();
        Assert.Equal((1L, 2L), (lines[0].Number("firstRecording"), lines[0].Number("lastRecording")));
        Assert.Equal(lines.Count, lines[^1].Number("lines"));
        foreach (var number in new[] { 1u, 2u })
        {
            var line = lines.Single(line => line.Number("recording") == number);
            var last = station.Footage.Last(segment => segment.Key.Recording == number).Seal!;
            Assert.Equal(last.Key.Segment, line.Number("segments"));
            Assert.Equal(Convert.ToHexStringLower(last.SealDigest), line.Text("lastSeal"));
            Assert.Equal((long)StopReason.ActivityEnded, line.Number("stopReason"));
        }

        bench.AssertEverySegmentHolds();
    }

    private static FakeStation Ready(Bench bench)
    {
        var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        bench.Run(12);
        Assert.Equal("ready", station.Status.Text("state"));
        return station;
    }

    private static int Checks(Bench bench) => bench.Events().Count(static name => name == "checkDone");

    private static List<JsonElement> Ignored(Bench bench) => [.. bench.Journal().Where(static line => line.Text("event") == "counterReplayed")];

    private static string Provisioned(Bench bench) => File.ReadAllText(Path.Combine(bench.Board.FlashFolder, "bodycam.cfg"));

    private static byte[] Flipped(byte[] message, int at)
    {
        var copy = message.ToArray();
        copy[at] ^= 1;
        return copy;
    }
}
