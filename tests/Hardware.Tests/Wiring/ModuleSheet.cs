using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The controller on the left, bought parts on the right, one straight wire a row; supplies and ground as named ends.</summary>
internal sealed class ModuleSheet
{
    private const double McuLeft = 24, McuRight = 204, LabelX = 284, LyingX = 470, JumperX = 430, PartLeft = 800, PartRight = 1060;
    private static readonly double[] standingX = [560, 640, 730];
    private static readonly double[] busX = [232, 256];
    private static readonly string[] named = ["3V3", "5V", "GND", "CELL", "VBUS", "OUT", "VIN"];

    private readonly BoardFile board;
    private readonly Drawing drawing;
    private readonly Dictionary<string, double> firstRow = [];
    private readonly HashSet<string> drawn = [];
    private readonly List<(string Pin, string? Net, double Y)> mcuPins = [];
    private double y = 92, lastRow;

    private ModuleSheet(BoardFile board, string title) => (this.board, drawing) = (board, new Drawing(title, $"{board.Name}: same name, same wire. Made from the board file."));

    /// <summary>Draws the parts named, then the nets named that reach no bought part.</summary>
    public static string Draw(BoardFile board, string title, string[] modules, string[] netsAlone)
    {
        var sheet = new ModuleSheet(board, title);
        foreach (string module in modules) sheet.Module(module);
        foreach (string net in netsAlone) sheet.Row(net, null, null);
        sheet.Controller();
        return sheet.drawing.Finish();
    }

    private void Module(string name)
    {
        var module = board.Modules[name];
        double top = y;
        var inside = new List<(string Pin, double Y)>();
        y += 24;
        foreach (string pin in module.Pins)
        {
            string node = $"{name}.{pin}";
            string? net = board.NetOf(node);
            if (net is null || named.Contains(net)) y += 26;
            if (net is not null && !named.Contains(net)) Row(net, node, PartLeft);
            inside.Add((pin, net is null || named.Contains(net) ? y : lastRow));
            if (net is null) drawing.Text("not connected", PartLeft - 10, y + 4, "end", 11, "#78909c");
            else if (named.Contains(net)) End(node, net);
        }

        y += 16;
        drawing.Block(module.Title, PartLeft, top, PartRight - PartLeft, y - top);
        foreach (var (pin, at) in inside) drawing.Text(pin, PartLeft + 12, at + 4);
        foreach (var (pin, at) in inside)
            if (board.NetOf($"{name}.{pin}") is { } net)
                drawing.Pin($"{name}.{pin}", net, PartLeft, at);
        y += 26;
    }

    private void End(string node, string net)
    {
        drawing.Flag(net, PartLeft, y, -1);
        drawing.Pin(node, net, PartLeft, y);
    }

    // One wire from the controller; a net already drawn is joined to its first row by an upright wire instead.
    private void Row(string net, string? node, double? end)
    {
        string front = net;
        string? lying = board.Passives.Keys.FirstOrDefault(name => board.Passives[name].Kind == "resistor" && !drawn.Contains(name) && Ends(name) is var (a, b) && !named.Contains(a) && !named.Contains(b)
            && ((a == net && McuPin(b) is not null && McuPin(net) is null) || (b == net && McuPin(a) is not null && McuPin(net) is null)));
        if (lying is not null)
        {
            var (a, b) = Ends(lying);
            front = (a == net ? b : a)!;
        }

        var standing = board.Passives.Keys.Where(name => !drawn.Contains(name) && Ends(name) is var (a, b) && ((a == front && named.Contains(b)) || (b == front && named.Contains(a)))).ToArray();
        bool up = standing.Any(name => Other(name, front) != "GND"), down = standing.Any(name => Other(name, front) == "GND");
        y += up ? 76 : 30;
        lastRow = y;
        string? mcuPin = McuPin(front);
        if (firstRow.TryGetValue(front, out double first))
        {
            double x = busX[front.EndsWith("Clock", StringComparison.Ordinal) ? 1 : 0];
            drawing.Joint(front, x, first);
            drawing.Wire(front, x, first, x, y);
            drawing.Wire(front, x, y, end!.Value, y);
        }
        else
        {
            firstRow[front] = y;
            double from = mcuPin is null ? standingX[0] : McuRight;
            double to = end ?? (standing.Length > 0 ? standingX[standing.Length - 1] + 20 : JumperX + 20);
            drawing.Wire(front, from, y, to, y);
            if (mcuPin is not null)
            {
                mcuPins.Add((mcuPin, front, y));
                drawing.Pin($"mcu.{mcuPin}", front, McuRight, y);
            }

            drawing.Text(front, mcuPin is null ? standingX[1] + 30 : LabelX, y - 5, "start", 11, Drawing.Colour(front));
        }

        if (lying is not null)
        {
            drawn.Add(lying);
            string leftEnd = board.NetOf(lying + ".1") == front ? ".1" : ".2";
            drawing.Lying(lying, board.Passives[lying].Value, lying + leftEnd, front, BoardFile.OtherEnd(lying + leftEnd), net, LyingX, y);
        }

        for (int index = 0; index < standing.Length; index++)
        {
            string name = standing[index];
            drawn.Add(name);
            string near = board.NetOf(name + ".1") == front ? name + ".1" : name + ".2";
            string other = Other(name, front);
            drawing.Standing(name, board.Passives[name].Kind, board.Passives[name].Value, front, other, near, BoardFile.OtherEnd(near), standingX[index], y, other == "GND" ? 1 : -1);
        }

        double here = y;
        if (down) y += 52;
        foreach (string jumper in board.Passives.Keys.Where(name => board.Passives[name].Kind == "jumper" && !drawn.Contains(name) && Ends(name) is var (a, b) && (a == front || b == front)).ToArray())
        {
            drawn.Add(jumper);
            string near = board.NetOf(jumper + ".1") == front ? jumper + ".1" : jumper + ".2";
            string other = Other(jumper, front);
            y += 18;
            Row(other, null, null);
            drawing.Jumper(jumper, board.Passives[jumper].Value, near, front, here, BoardFile.OtherEnd(near), other, y, JumperX);
            lastRow = here;
        }
    }

    private void Controller()
    {
        foreach (string pin in board.Modules["mcu"].Pins.Where(pin => board.NetOf($"mcu.{pin}") is { } net && named.Contains(net) && !firstRow.ContainsKey(net)))
        {
            y += 24;
            string net = board.NetOf($"mcu.{pin}")!;
            mcuPins.Add((pin, null, y));
            drawing.Flag(net, McuRight, y, 1);
            drawing.Pin($"mcu.{pin}", net, McuRight, y);
        }

        drawing.Block(board.Modules["mcu"].Title, McuLeft, 92, McuRight - McuLeft, y + 20 - 92);
        foreach (var (pin, _, at) in mcuPins) drawing.Text(pin, McuRight - 10, at + 4, "end");
        foreach (var (pin, _, at) in mcuPins) drawing.Pin($"mcu.{pin}", board.NetOf($"mcu.{pin}")!, McuRight, at);
    }

    private string? McuPin(string? net) => net is null ? null : board.Nets[net].FirstOrDefault(static node => node.StartsWith("mcu.", StringComparison.Ordinal))?["mcu.".Length..];

    private (string? One, string? Two) Ends(string passive) => (board.NetOf(passive + ".1"), board.NetOf(passive + ".2"));

    private string Other(string passive, string net) => Ends(passive) is var (one, two) && one == net ? two! : one!;
}
