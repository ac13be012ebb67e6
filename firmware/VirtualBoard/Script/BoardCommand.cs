using System.Globalization;

namespace BodyCam.VirtualBoard;

/// <summary>One thing that the outside world does to a board: a button, a fault, the weather of the link.</summary>
/// <param name="Text">As written.</param>
/// <param name="Run">Does it, now, in the board's virtual time. Must be called from the host or a planned action.</param>
public sealed record BoardCommand(string Text, Action<Board> Run)
{
    private const string Verbs = "press, hold, double, triple, say, scene, sound, battery, charge, card, flash, camera, microphone, i2c, clock, link, power";

    /// <summary>Understands one command, such as <c>press record</c>, <c>hold note 2s</c>, <c>battery 3%</c> or <c>power cut</c>.</summary>
    /// <param name="text">Words separated by blanks; a file name with blanks stands in double quotes.</param>
    /// <param name="folder">Where relative file names begin.</param>
    /// <exception cref="CommandException">It is no command; the message ends with what is allowed.</exception>
    public static BoardCommand Parse(string text, string folder = ".")
    {
        var words = new Words(text, folder);
        Action<Board> run = words.Next() switch
        {
            "press" => Button(words, button => button.Press()),
            "hold" => Hold(words),
            "double" => Button(words, button => button.Double()),
            "triple" => Button(words, button => button.Triple()),
            "say" => Say(words),
            "scene" => Scene(words),
            "sound" => Sound(words),
            "battery" => BatteryState(words),
            "charge" => OnOff(words, (board, on) => board.Battery.PlugIn(on)),
            "card" => CardCommands.Parse(words),
            "flash" => words.Choose(("erase", board => board.EraseFlash())),
            "camera" => words.Choose(("dead", board => board.Camera.Fault = CameraFault.Dead), ("stalled", board => board.Camera.Fault = CameraFault.Stalled), ("ok", board => board.Camera.Fault = CameraFault.None)),
            "microphone" => words.Choose(("dead", board => board.Microphone.Dead = true), ("silent", board => board.Microphone.Silent = true), ("ok", board => board.Microphone.Dead = board.Microphone.Silent = false)),
            "i2c" => I2c(words),
            "clock" => Clock(words),
            "link" => Link(words),
            "power" => Power(words),
            _ => throw words.Unknown(Verbs),
        };
        words.End();
        return new BoardCommand(text.Trim(), run);
    }

    private static Func<Board, PushButton> Which(Words words) => words.Next() switch
    {
        "record" => board => board.RecordButton,
        "note" => board => board.NoteButton,
        _ => throw words.Unknown("record, note"),
    };

    private static Action<Board> Button(Words words, Action<PushButton> gesture)
    {
        Func<Board, PushButton> which = Which(words);
        return board => gesture(which(board));
    }

    private static Action<Board> Hold(Words words)
    {
        Func<Board, PushButton> which = Which(words);
        TimeSpan duration = words.Duration();
        return board => which(board).Hold(duration);
    }

    private static Action<Board> OnOff(Words words, Action<Board, bool> set) => words.Choose(("on", board => set(board, true)), ("off", board => set(board, false)));

    private static Action<Board> Say(Words words)
    {
        string path = words.ExistingFile();
        return board => board.Microphone.Say(path);
    }

    private static Action<Board> Scene(Words words)
    {
        string path = words.ExistingFile();
        return board => board.Camera.Source = FrameFile.Load(path);
    }

    private static Action<Board> Sound(Words words)
    {
        string path = words.ExistingFile();
        return board => board.Microphone.Scene = WavSound.Load(path);
    }

    private static Action<Board> BatteryState(Words words)
    {
        string word = words.Next();
        if (word == "dead") return board => board.Battery.Die();
        if (!word.EndsWith('%') || !double.TryParse(word[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double percent) || percent is < 0 or > 100)
            throw words.Unknown("0% to 100%, dead");
        return board => board.Battery.SetPercent(percent);
    }

    private static Action<Board> I2c(Words words)
    {
        bool silent = words.Next() switch { "nak" => true, "ok" => false, _ => throw words.Unknown("nak ADDRESS, ok ADDRESS") };
        int address = words.Number(0, 127);
        return board => board.SetI2cSilent(address, silent);
    }

    private static Action<Board> Clock(Words words)
    {
        switch (words.Next())
        {
            case "lost":
                return board => board.Rtc.LoseClock();
            case "step":
                TimeSpan by = words.Duration();
                return board => board.Rtc.Step(by);
            case "chip-step":
                TimeSpan chipBy = words.Duration();
                return board => board.StepChipClock(chipBy);
            case "drift":
                int ppm = words.Number(-100_000, 100_000);
                return board => board.Rtc.DriftPpm = ppm;
            case "chip-drift":
                int chipPpm = words.Number(-100_000, 100_000);
                return board => board.CrystalPpm = chipPpm;
            default:
                throw words.Unknown("lost, step DURATION, chip-step DURATION, drift PPM, chip-drift PPM");
        }
    }

    private static Action<Board> Link(Words words)
    {
        switch (words.Next())
        {
            case "up":
                return board => board.Network.SetLink(true);
            case "down":
                return board => board.Network.SetLink(false);
            case "stall":
                return board => board.Network.Stalled = true;
            case "normal":
                return board => (board.Network.Stalled, board.Network.BytesPerSecond) = (false, board.Options.Costs.TlsBytesPerSecond);
            case "slow":
                int bytesPerSecond = words.Number(1, int.MaxValue);
                return board => board.Network.BytesPerSecond = bytesPerSecond;
            default:
                throw words.Unknown("up, down, stall, normal, slow BYTES-PER-SECOND");
        }
    }

    private static Action<Board> Power(Words words)
    {
        switch (words.Next())
        {
            case "cut" when words.More:
                words.Expect("at");
                words.Expect("write");
                int n = words.Number(1, int.MaxValue);
                return board => board.CutPowerAtWrite(n);
            case "cut":
                return board => board.CutPower();
            case "on":
                return board =>
                {
                    if (!board.IsPowered) board.Start();
                };
            default:
                throw words.Unknown("cut, cut at write N, on");
        }
    }
}
