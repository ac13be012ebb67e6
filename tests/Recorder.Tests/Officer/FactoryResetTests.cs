using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Recorder.Tests;

/// <summary>Both buttons held for 10 s from power-up on, and nothing less, empties I:; the card stays as it is.</summary>
public sealed class FactoryResetTests
{
    [Fact]
    public void With_everything_receipted_one_hold_empties_the_flash_says_so_on_the_card_and_leaves_the_recorder_unprovisioned()
    {
        using var bench = new Bench();
        using var station = Receipted(bench);
        Plant(bench);
        var footage = Footage(bench);
        Assert.NotEmpty(footage);
        HoldAtPowerUp(bench, 11);
        bench.Run(25);
        AssertEmpty(bench);
        var line = bench.Line("factoryReset");
        Assert.Equal(0, line.Number("unreceipted"));
        Assert.False(line.GetProperty("insisted").GetBoolean());
        Assert.Equal(footage, Footage(bench));
        Assert.Equal(LightPattern.Fast, LightPattern.Of(bench, "status led"));
        bench.Board.RecordButton.Press();
        bench.Run(5);
        Assert.Equal(footage, Footage(bench));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Theory]
    [InlineData(true, true, 9.2)]
    [InlineData(true, false, 15)]
    [InlineData(false, true, 15)]
    public void One_button_or_a_shorter_hold_changes_nothing_and_the_recorder_starts(bool record, bool note, double seconds)
    {
        using var bench = new Bench();
        using var station = Receipted(bench);
        HoldAtPowerUp(bench, seconds, record, note);
        bench.Run(10);
        Assert.DoesNotContain("factoryReset", bench.Events());
        Assert.True(File.Exists(Path.Combine(bench.Board.FlashFolder, "bodycam.cfg")));
        Assert.Equal(2, bench.Events().Count(static name => name == "checkDone"));
    }

    [Fact]
    public void With_footage_that_has_no_receipt_one_hold_is_refused_and_the_recorder_starts_as_if_nothing_had_been()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Stop();
        bench.Recorder.CutPower();
        HoldAtPowerUp(bench, 11);
        bench.Run(50);
        var line = bench.Line("factoryReset");
        Assert.True(line.GetProperty("refused").GetBoolean());
        Assert.True(line.Number("unreceipted") > 0);
        bench.Board.RecordButton.Press();
        bench.Run(8);
        bench.Stop();
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Recording);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_second_hold_insists_and_what_lies_on_the_card_stays_there_under_seals_that_hold()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Stop();
        bench.Recorder.CutPower();
        var footage = Footage(bench);
        HoldAtPowerUp(bench, 11);
        bench.Run(4);
        Hold(bench, 11);
        bench.Run(20);
        AssertEmpty(bench);
        Assert.True(bench.Line("factoryReset").GetProperty("insisted").GetBoolean());
        Assert.Equal(footage, Footage(bench));
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
    }

    [Fact]
    public void Buttons_that_were_never_let_go_do_not_insist()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 6);
        bench.Stop();
        bench.Recorder.CutPower();
        HoldAtPowerUp(bench, 55);
        bench.Run(10);
        Assert.True(bench.Line("factoryReset").GetProperty("refused").GetBoolean());
        Assert.True(File.Exists(Path.Combine(bench.Board.FlashFolder, "bodycam.cfg")));
    }

    [Fact]
    public void Without_a_card_nobody_knows_what_is_owed_so_the_second_hold_is_asked_for()
    {
        using var bench = new Bench();
        using var station = Receipted(bench);
        bench.Board.Card.Remove();
        HoldAtPowerUp(bench, 11);
        bench.Run(45);
        Assert.True(File.Exists(Path.Combine(bench.Board.FlashFolder, "bodycam.cfg")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(11)]
    public void A_power_cut_in_the_middle_is_made_good_at_the_next_start(int change)
    {
        using var bench = new Bench();
        using var station = Receipted(bench);
        Plant(bench);
        bench.Board.RecordButton.Down();
        bench.Board.NoteButton.Down();
        bench.Recorder.PowerOn();
        Assert.True(bench.Board.WaitUntil(() => File.Exists(Path.Combine(bench.Board.FlashFolder, "reset.go")), TimeSpan.FromSeconds(20)));
        bench.Board.CutPowerAtWrite(change, 'I');
        Assert.True(bench.Board.WaitUntil(() => !bench.Board.IsPowered, TimeSpan.FromSeconds(20)));
        bench.Board.RecordButton.Up();
        bench.Board.NoteButton.Up();
        bench.Run(1);
        if (!bench.Board.IsPowered)
            bench.Recorder.PowerOn();
        bench.Run(15);
        AssertEmpty(bench);
    }

    [Fact]
    public void With_a_new_epoch_the_recorder_records_again_on_the_same_card()
    {
        using var bench = new Bench();
        using var station = Receipted(bench);
        HoldAtPowerUp(bench, 11);
        bench.Run(25);
        bench.Recorder.CutPower();
        bench.Recorder.Provision(bench.Text(2));
        bench.StartRecording(seconds: 6);
        bench.Stop();
        Assert.Equal(2u, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.Key.Epoch);
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
    }

    // Records, uploads everything and cuts the power with nothing owed.
    private static FakeStation Receipted(Bench bench)
    {
        var station = new FakeStation(bench);
        bench.StartRecording(seconds: 6);
        bench.Stop();
        station.AwaitFootage(bench);
        Assert.True(bench.Board.WaitUntil(() => station.Statuses.Count > 0 && station.Status.Number("unreceipted") == 0, TimeSpan.FromSeconds(120)), "something has no receipt");
        bench.Recorder.CutPower();
        return station;
    }

    private static void Plant(Bench bench)
    {
        foreach (var name in (string[])["ca.pem", "client.pem", "client.key"])
            bench.WriteFlash(name, new string('s', 1500));
    }

    private static void HoldAtPowerUp(Bench bench, double seconds, bool record = true, bool note = true)
    {
        if (record)
            bench.Board.RecordButton.Down();
        if (note)
            bench.Board.NoteButton.Down();
        bench.Recorder.PowerOn();
        bench.Run(seconds);
        bench.Board.RecordButton.Up();
        bench.Board.NoteButton.Up();
    }

    private static void Hold(Bench bench, double seconds)
    {
        bench.Board.RecordButton.Down();
        bench.Board.NoteButton.Down();
        bench.Run(seconds);
        bench.Board.RecordButton.Up();
        bench.Board.NoteButton.Up();
    }

    private static List<string> Footage(Bench bench) =>
        [.. bench.SegmentsOf(SegmentKind.Footage).Select(static segment => segment.Path + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(segment.Bytes)))];

    // What the empty recorder writes anew at its next start holds no key.
    private static void AssertEmpty(Bench bench)
    {
        var left = Directory.EnumerateFiles(bench.Board.FlashFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.All(left, static name => Assert.Contains(name, (string[])["state.bin", "journal.ring", "clock.bin"]));
        var state = File.ReadAllBytes(Path.Combine(bench.Board.FlashFolder, "state.bin"));
        for (var slot = 0; slot < state.Length; slot += 512)
        {
            Assert.All(state[(slot + 176)..(slot + 208)], static one => Assert.Equal(0, one));
            Assert.All(state[(slot + 416)..(slot + 448)], static one => Assert.Equal(0, one));
        }
    }
}
