using System.Xml.Linq;
using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The wiring pictures are made from the board files, and show every net and no other.</summary>
public sealed class WiringTests
{
    [Theory]
    [InlineData("wrover-arducam")]
    [InlineData("aithinker-esp32cam")]
    public void The_pictures_are_those_the_board_file_gives(string name)
    {
        foreach (var (sheet, picture) in Sheets(BoardFile.Load(name)))
            Repository.HasMade($"hardware/wiring/{name}/{sheet}.svg", picture);
        var committed = Directory.GetFiles(Repository.PathOf($"hardware/wiring/{name}"), "*.svg").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);
        Assert.Equal(Sheets(BoardFile.Load(name)).Keys.Order(StringComparer.Ordinal), committed);
    }

    [Theory]
    [InlineData("wrover-arducam")]
    [InlineData("aithinker-esp32cam")]
    public void Every_pin_of_every_net_is_drawn_on_its_net_and_no_other(string name)
    {
        var board = BoardFile.Load(name);
        var wanted = board.Nets.SelectMany(static net => net.Value.Select(node => $"{node} on {net.Key}")).Order(StringComparer.Ordinal);
        var drawn = Directory.GetFiles(Repository.PathOf($"hardware/wiring/{name}"), "*.svg").SelectMany(static path => XDocument.Load(path).Descendants())
            .Where(static element => element.Attribute("data-node") is not null).Select(static element => $"{element.Attribute("data-node")!.Value} on {element.Attribute("data-net")!.Value}").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(wanted, drawn);
    }

    [Theory]
    [InlineData("wrover-arducam")]
    [InlineData("aithinker-esp32cam")]
    public void No_words_lie_on_other_words(string name)
    {
        foreach (string path in Directory.GetFiles(Repository.PathOf($"hardware/wiring/{name}"), "*.svg"))
        {
            var words = XDocument.Load(path).Descendants().Where(static element => element.Name.LocalName == "text").Select(static element => (Words: element.Value, Box: Box(element))).ToArray();
            for (int one = 0; one < words.Length; one++)
                for (int other = one + 1; other < words.Length; other++)
                    Assert.False(Overlap(words[one].Box, words[other].Box), $"{Path.GetFileName(path)}: '{words[one].Words}' and '{words[other].Words}' lie on each other.");
        }
    }

    private static Dictionary<string, string> Sheets(BoardFile board) => board.Name switch
    {
        "wrover-arducam" => new()
        {
            ["header"] = HeaderSheet.Draw(board),
            ["power"] = PowerSheet.Draw(board),
            ["camera"] = ModuleSheet.Draw(board, "Camera, clock and gauge", ["camera", "clock", "gauge"], []),
            ["card-and-sound"] = ModuleSheet.Draw(board, "Card and microphone", ["card", "microphone"], []),
            ["controls"] = ModuleSheet.Draw(board, "Buttons, lights, buzzer, senses", ["recordButton", "noteButton", "recordLed", "statusLed", "buzzer"], ["batteryDivider", "vbusSense"]),
        },
        _ => new()
        {
            ["header"] = HeaderSheet.Draw(board),
            ["controls"] = ModuleSheet.Draw(board, "Button, console and supply", ["recordButton", "serialAdapter"], ["cameraMasterClock", "5V"]),
        },
    };

    // Width by 0.52 em a letter, a little under what is drawn: only true collisions count.
    private static (double Left, double Top, double Right, double Bottom) Box(XElement text)
    {
        double x = Number(text, "x"), y = Number(text, "y"), size = Number(text, "font-size"), width = text.Value.Length * size * 0.52;
        double left = text.Attribute("text-anchor")?.Value switch { "end" => x - width, "middle" => x - width / 2, _ => x };
        return (left, y - size * 0.75, left + width, y + size * 0.1);
    }

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);

    private static bool Overlap((double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) => a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
