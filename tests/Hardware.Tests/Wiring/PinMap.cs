using System.Text;
using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The pin map as a document, made from board and chip files.</summary>
internal static class PinMap
{
    /// <summary>One section a board.</summary>
    public static string Of(IEnumerable<BoardFile> boards)
    {
        var text = new StringBuilder("# Pin map\n\nMade from `hardware/boards/*.json` and `hardware/chips/*.json`; a test compares. Change the board file, not this page.\n");
        foreach (var board in boards) Section(text, board, Chip.Load(board.Chip));
        return text.ToString();
    }

    private static void Section(StringBuilder text, BoardFile board, Chip chip)
    {
        text.Append($"\n## {board.Name}\n{board.Title}. {board.Module}.\n\n| GPIO | Function | Way | Goes to | Pull | Chip | Notes |\n|---|---|---|---|---|---|---|\n");
        foreach (var (name, pin) in board.Pins.OrderBy(static pin => pin.Value.Gpio))
        {
            string to = pin.OnBoard ? "on the board" : string.Join(", ", board.Nets[name].Where(node => node != $"mcu.GPIO{pin.Gpio}").Select(static node => node.Replace('.', ' ')));
            text.Append($"| {pin.Gpio} | {name}{(pin.Function is null ? "" : $" ({pin.Function})")} | {pin.Direction}{(pin.Wake ? ", wakes" : "")} | {to} | {Pull(board, pin)} | {Facts(chip.Pin(pin.Gpio)!)} | {Notes(pin)} |\n");
        }

        text.Append($"\nLeave open: {string.Join("; ", board.ReservedPins.OrderBy(static pin => pin.Gpio).Select(static pin => $"{pin.Gpio} ({pin.Why}{(pin.Net is null ? "" : $"; only {pin.Net} touches it")})"))}.\n");
        if (board.Missing.Count == 0) return;
        text.Append("\n| Missing on this board | Why |\n|---|---|\n");
        foreach (var missing in board.Missing) text.Append($"| {missing.Function} | {missing.Why} |\n");
    }

    private static string Pull(BoardFile board, BoardPin pin) => pin.Pull switch
    {
        null => "–",
        "internal" => "up, inside",
        "modules" => "up, on the bought board",
        var name => $"{(new[] { board.NetOf(name + ".1"), board.NetOf(name + ".2") }.Contains("GND") ? "down" : "up")}, {name} {board.Passives[name].Value}",
    };

    private static string Facts(ChipPin pin)
    {
        string[] facts = [pin.InputOnly ? "input only" : "", pin.Adc ?? "", pin.Rtc is null ? "" : $"RTC {pin.Rtc}", pin.Strap is null ? "" : "strap"];
        return string.Join(", ", facts.Where(static fact => fact.Length > 0)) is { Length: > 0 } words ? words : "–";
    }

    private static string Notes(BoardPin pin) => string.Join("; ", new[] { pin.Active is null ? null : $"active {pin.Active}", pin.Notes, pin.Waiver is null ? null : $"strap: {pin.Waiver}" }.Where(static note => note is not null));
}
