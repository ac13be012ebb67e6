using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The supply as a chain from the cell to the controller, with the gauge on the cell's wire.</summary>
internal static class PowerSheet
{
    private const double Top = 96, WireY = 150, BlockWidth = 130, Gap = 130;

    /// <summary>Draws the chain; every part's other pins are named ends below it.</summary>
    public static string Draw(BoardFile board)
    {
        var drawing = new Drawing("Power", $"{board.Name}: same name, same wire. Made from the board file.");
        (string Module, string? In, string? Out)[] chain = [("battery", null, "+"), ("charger", "LIPO", "OUT"), ("powerSwitch", "1", "2"), ("regulator", "VIN", "VOUT"), ("mcu", "3V3", null)];
        double x = 24;
        foreach (var (name, inPin, outPin) in chain)
        {
            var module = board.Modules[name];
            double width = name is "battery" or "regulator" ? 200 : BlockWidth + 20;
            var ends = module.Pins.Where(pin => pin != inPin && pin != outPin && (name != "mcu" || board.NetOf($"mcu.{pin}") == "GND")).ToArray();
            drawing.Block(module.Title, x, Top, width, WireY - Top + 26 + ends.Length * 24);
            foreach (var (pin, side) in new[] { (inPin, -1), (outPin, 1) })
            {
                if (pin is null) continue;
                drawing.Text(pin, side < 0 ? x + 10 : x + width - 10, WireY + 4, side < 0 ? "start" : "end");
                if (side > 0)
                {
                    string net = board.NetOf($"{name}.{pin}")!;
                    double gap = GapAfter(name);
                    drawing.Wire(net, x + width, WireY, x + width + gap, WireY);
                    drawing.Text(net, x + width + 14, WireY - 8, "start", 12, Drawing.Colour(net), bold: true);
                    Hang(drawing, board, net, x + width + (name == "regulator" ? 120 : 62));
                    if (name == "battery") Gauge(drawing, board, net, x + width + 76);
                }

                drawing.Pin($"{name}.{pin}", board.NetOf($"{name}.{pin}")!, side < 0 ? x : x + width, WireY);
            }

            for (int index = 0; index < ends.Length; index++)
            {
                double y = WireY + 26 + index * 24;
                string node = $"{name}.{ends[index]}";
                drawing.Text(ends[index], x + width - 10, y + 4, "end");
                if (board.NetOf(node) is { } net)
                {
                    drawing.Flag(net, x + width, y, 1);
                    drawing.Pin(node, net, x + width, y);
                }
                else drawing.Text("not connected", x + width + 8, y + 4, "start", 11, "#78909c");
            }

            x += width + GapAfter(name);
        }

        drawing.Text("Set the regulator's cut-off to 3.0 V and check 3.3 V at VOUT before the controller is wired. SEL stays open: closed it gives 5 V.", 24, 420);
        drawing.Text("Never plug the controller's USB in while the power switch is on: two regulators would feed the 3V3 line.", 24, 440);
        return drawing.Finish();
    }

    private static double GapAfter(string module) => module switch { "battery" => 290, "regulator" => 320, "powerSwitch" => Gap + 20, _ => Gap };

    private static void Hang(Drawing drawing, BoardFile board, string net, double x)
    {
        foreach (var (name, part) in board.Passives.Where(part => part.Value.Kind == "capacitor" && board.NetOf(part.Key + ".1") == net && board.NetOf(part.Key + ".2") == "GND"))
        {
            drawing.Standing(name, part.Kind, part.Value, net, "GND", name + ".1", name + ".2", x, WireY, 1);
            x += 90;
        }
    }

    private static void Gauge(Drawing drawing, BoardFile board, string net, double x)
    {
        var module = board.Modules["gauge"];
        const double top = 206;
        drawing.Joint(net, x + 75, WireY);
        drawing.Wire(net, x + 75, WireY, x + 75, top);
        drawing.Block("", x, top, 150, 50 + (module.Pins.Count - 1) * 20);
        drawing.Text(module.Title, x + 75, top + 34, "middle", 11, bold: true);
        drawing.Text("BAT+", x + 75, top + 15, "middle");
        drawing.Pin("gauge.BAT+", net, x + 75, top);
        double y = top + 36;
        foreach (string pin in module.Pins.Where(static pin => pin != "BAT+"))
        {
            y += 20;
            drawing.Text(pin, x + 10, y + 4);
            if (board.NetOf($"gauge.{pin}") is { } other)
            {
                drawing.Flag(other, x, y, -1);
                drawing.Pin($"gauge.{pin}", other, x, y);
            }
            else drawing.Text("not connected", x - 8, y + 4, "end", 11, "#78909c");
        }
    }
}
