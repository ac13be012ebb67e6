namespace BodyCam.VirtualBoard.Tests;

public class ScriptTests
{
    [Theory]
    [InlineData("at 00:01 press record\nat 00:02 press recrod", "line 2: 'recrod' is not understood. Allowed: record, note.")]
    [InlineData("press record", "line 1: 'press record' is not understood. Allowed: at MM:SS.mmm COMMAND, or # comment.")]
    [InlineData("# plan\n\nat 12 press record", "line 3: '12' is no time. Allowed: MM:SS.mmm or HH:MM:SS.mmm, such as 00:12.500.")]
    [InlineData("at 00:01 hold note", "line 1: a word is missing at the end. Allowed: a number with ms, s, min or h, such as 2s.")]
    [InlineData("at 00:01 hold note 2", "line 1: '2' is not understood. Allowed: a number with ms, s, min or h, such as 2s.")]
    [InlineData("at 00:01 battery 300%", "line 1: '300%' is not understood. Allowed: 0% to 100%, dead.")]
    [InlineData("at 00:01 card full now", "line 1: 'now' is not understood. Allowed: the end of the line.")]
    [InlineData("at 00:01 link slow", "line 1: a word is missing at the end. Allowed: a whole number from 1 to 2147483647.")]
    public void A_wrong_line_is_named_with_what_is_allowed(string script, string message)
    {
        Assert.Equal(message, Assert.Throws<CommandException>(() => BoardScript.Parse(script)).Message);
    }

    [Fact]
    public void An_unknown_sound_names_the_footage_there_is()
    {
        string message = Assert.Throws<CommandException>(() => BoardScript.Parse("at 00:01 say nothing.wav")).Message;
        Assert.Contains("note-low-battery-zh-8khz.wav", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_happen_at_their_virtual_times()
    {
        using var test = new TestBoard();
        BoardScript script = BoardScript.Parse("""
            # a short outing
            at 00:01.250 press record
            at 00:02     battery 3%
            at 00:03     link down
            at 00:04     camera dead
            at 00:05     say note-low-battery-zh-8khz.wav
            at 00:06     clock lost
            at 01:00:00  power cut
            """);
        script.Apply(test.Board);
        Assert.Equal(TimeSpan.FromHours(1), script.Length);
        test.Board.Battery.LoadMa = 1;
        test.Board.RunUntil(TimeSpan.FromSeconds(10));
        Assert.Equal("press", test.Board.Timeline.Entries.Single(entry => entry.At == TimeSpan.FromSeconds(1.25)).State);
        Assert.InRange(test.Board.Battery.Percent, 2.9, 3);
        Assert.Equal("down", test.Board.Timeline.Last("link"));
        Assert.Equal(CameraFault.Dead, test.Board.Camera.Fault);
        Assert.True(test.Board.Rtc.OscillatorStopFlag);
        Assert.True(test.Board.IsPowered);
        test.Board.RunUntil(TimeSpan.FromHours(2));
        Assert.False(test.Board.IsPowered);
        Assert.Empty(test.Board.ThreadFailures);
    }

    [Fact]
    public void Power_on_in_a_script_boots_the_firmware_anew_and_so_does_a_reset()
    {
        using var test = new TestBoard(powerOn: false);
        int boots = 0;
        test.Board.Firmware = () => () =>
        {
            if (++boots == 2) ((INativeCalls)test.Board).System.Reboot();
            test.Board.Scheduler.Sleep(-1);
        };
        test.Board.Start();
        BoardScript.Parse("at 00:01 power cut\nat 00:02 power on").Apply(test.Board);
        test.Board.RunUntil(TimeSpan.FromSeconds(10));
        Assert.Equal(3, boots);
        Assert.Empty(test.Board.ThreadFailures);
    }

    [Fact]
    public void Every_key_is_a_command()
    {
        Assert.All(Keyboard.Keys, key => Assert.NotNull(Keyboard.CommandFor(key.Key)));
        Assert.Null(Keyboard.CommandFor('?'));
    }
}
