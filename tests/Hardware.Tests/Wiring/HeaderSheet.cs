using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The controller board as it lies on the bench, component side up, with what goes to each header pin.</summary>
internal static class HeaderSheet
{
    private const double Left = 430, Right = 630, Top = 110, Pitch = 30;

    /// <summary>Draws both header rows.</summary>
    public static string Draw(BoardFile board)
    {
        var mcu = board.Modules["mcu"];
        var drawing = new Drawing("Header", $"{mcu.Title}, component side up. Made from the board file.");
        double height = mcu.Left!.Count * Pitch + 24;
        drawing.Block("", Left, Top - 28, Right - Left, height + 40);
        drawing.Text(mcu.HeaderTop!, (Left + Right) / 2, Top - 10, "middle", 13, "#546e7a");
        drawing.Text(mcu.HeaderBottom!, (Left + Right) / 2, Top + height + 2, "middle", 13, "#546e7a");
        for (int row = 0; row < mcu.Left.Count; row++) Pin(drawing, board, mcu.Left[row], Left, Top + 14 + row * Pitch, -1);
        for (int row = 0; row < mcu.Right!.Count; row++) Pin(drawing, board, mcu.Right[row], Right, Top + 14 + row * Pitch, 1);
        return drawing.Finish();
    }

    private static void Pin(Drawing drawing, BoardFile board, string pin, double x, double y, int way)
    {
        drawing.Text(pin.StartsWith("GND", StringComparison.Ordinal) ? "GND" : pin, x - way * 12, y + 4, way < 0 ? "start" : "end");
        if (board.NetOf($"mcu.{pin}") is not { } net)
        {
            var reserved = board.ReservedPins.FirstOrDefault(one => pin == $"GPIO{one.Gpio}");
            var onBoard = board.Pins.FirstOrDefault(one => one.Value.OnBoard && pin == $"GPIO{one.Value.Gpio}").Key;
            drawing.Text(reserved is not null ? $"leave open: {reserved.Why}" : onBoard is not null ? $"leave open: {onBoard} on the board" : "leave open", x + way * 14, y + 4, way < 0 ? "end" : "start", 11, "#90a4ae");
            return;
        }

        drawing.Wire(net, x, y, x + way * 40, y);
        drawing.Pin($"mcu.{pin}", net, x, y);
        string words = net is "GND" or "3V3" or "5V" ? net : $"{net}: {string.Join(", ", board.Nets[net].Where(node => node != $"mcu.{pin}").Select(static node => node.Split('.')[0]).Distinct())}";
        drawing.Text(words, x + way * 46, y + 4, way < 0 ? "end" : "start", 12, Drawing.Colour(net), bold: net is "GND" or "3V3" or "5V");
    }
}
