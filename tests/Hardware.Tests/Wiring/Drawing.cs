using System.Globalization;
using System.Security;
using System.Text;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>An SVG picture in the making; every pin drawn carries its node and net, so that the picture can be checked against the board file.</summary>
internal sealed class Drawing(string title, string about)
{
    private readonly StringBuilder body = new();
    private double right = 700, bottom = 100;

    /// <summary>Colour of a net: supplies red, ground black, buses by family, the rest grey-blue.</summary>
    public static string Colour(string net) => net switch
    {
        "3V3" or "5V" or "VIN" or "OUT" or "CELL" or "VBUS" => "#b3261e",
        "GND" => "#1f1f1f",
        _ when net.StartsWith("camera", StringComparison.Ordinal) => "#1557b0",
        _ when net.StartsWith("i2c", StringComparison.Ordinal) => "#7b1fa2",
        _ when net.StartsWith("i2s", StringComparison.Ordinal) => "#00695c",
        _ when net.StartsWith("sd", StringComparison.Ordinal) => "#9a5b00",
        _ => "#37474f",
    };

    /// <summary>A straight wire.</summary>
    public void Wire(string net, double x1, double y1, double x2, double y2)
    {
        Reach(Math.Max(x1, x2), Math.Max(y1, y2));
        Add($"<line x1='{N(x1)}' y1='{N(y1)}' x2='{N(x2)}' y2='{N(y2)}' stroke='{Colour(net)}' stroke-width='2'/>");
    }

    /// <summary>A joint of wires.</summary>
    public void Joint(string net, double x, double y) => Add($"<circle cx='{N(x)}' cy='{N(y)}' r='4' fill='{Colour(net)}'/>");

    /// <summary>The end of a wire at a part's pin.</summary>
    public void Pin(string node, string net, double x, double y) => Add($"<circle cx='{N(x)}' cy='{N(y)}' r='3' fill='#fff' stroke='{Colour(net)}' stroke-width='1.5' data-node='{E(node)}' data-net='{E(net)}'/>");

    /// <summary>A block with its name.</summary>
    public void Block(string name, double x, double y, double width, double height)
    {
        Reach(x + width, y + height);
        Add($"<rect x='{N(x)}' y='{N(y)}' width='{N(width)}' height='{N(height)}' rx='6' fill='#f4f6f8' stroke='#455a64' stroke-width='1.5'/>");
        if (name.Length > 0) Text(name, x + width / 2, y + 18, "middle", 13, bold: true);
    }

    /// <summary>Words; anchor is start, middle or end.</summary>
    public void Text(string words, double x, double y, string anchor = "start", int size = 12, string colour = "#1f1f1f", bool bold = false)
    {
        double width = words.Length * size * 0.58;
        Reach(anchor switch { "start" => x + width, "middle" => x + width / 2, _ => x }, y);
        Add($"<text x='{N(x)}' y='{N(y)}' text-anchor='{anchor}' font-size='{size}' fill='{colour}'{(bold ? " font-weight='bold'" : "")}>{E(words)}</text>");
    }

    /// <summary>Leads a net to its name, sideways: <paramref name="way"/> is −1 to the left, 1 to the right.</summary>
    public void Flag(string net, double x, double y, int way)
    {
        Wire(net, x, y, x + way * 26, y);
        Text(net, x + way * 31, y + 4, way < 0 ? "end" : "start", 12, Colour(net), bold: true);
    }

    /// <summary>A resistor, capacitor or jumper standing on a wire, to a named net above (way −1) or below (way 1).</summary>
    public void Standing(string name, string kind, string value, string net, string other, string near, string far, double x, double y, int way)
    {
        double a = y + way * 10, b = y + way * 38, end = y + way * 48;
        Joint(net, x, y);
        Wire(net, x, y, x, a);
        Symbol(kind, x, Math.Min(a, b), Math.Max(a, b));
        Wire(other, x, b, x, end);
        Pin(near, net, x, a);
        Pin(far, other, x, b);
        Text($"{name} {value}", x + 12, (a + b) / 2 + 4, "start", 11);
        if (other == "GND")
            for (int bar = 0; bar < 3; bar++)
                Add($"<line x1='{N(x - 9 + bar * 3)}' y1='{N(end + bar * 4)}' x2='{N(x + 9 - bar * 3)}' y2='{N(end + bar * 4)}' stroke='#1f1f1f' stroke-width='2'/>");
        else
            Text(other, x, way < 0 ? end - 5 : end + 13, "middle", 12, Colour(other), bold: true);
    }

    /// <summary>A resistor lying in a wire.</summary>
    public void Lying(string name, string value, string leftNode, string leftNet, string rightNode, string rightNet, double x, double y)
    {
        Add($"<rect x='{N(x - 18)}' y='{N(y - 7)}' width='36' height='14' fill='#fff' stroke='#1f1f1f' stroke-width='1.5'/>");
        Pin(leftNode, leftNet, x - 18, y);
        Pin(rightNode, rightNet, x + 18, y);
        Text($"{name} {value}", x, y - 12, "middle", 11);
    }

    /// <summary>A jumper between two wires that run one above the other.</summary>
    public void Jumper(string name, string value, string upperNode, string upperNet, double upperY, string lowerNode, string lowerNet, double lowerY, double x)
    {
        double middle = (upperY + lowerY) / 2;
        Joint(upperNet, x, upperY);
        Wire(upperNet, x, upperY, x, middle - 8);
        Wire(lowerNet, x, middle + 8, x, lowerY);
        Joint(lowerNet, x, lowerY);
        Pin(upperNode, upperNet, x, middle - 8);
        Pin(lowerNode, lowerNet, x, middle + 8);
        Text($"{name} {value}", x + 12, middle + 4, "start", 11);
    }

    /// <summary>The picture as a file.</summary>
    public string Finish()
    {
        double width = Math.Ceiling(right + 24), height = Math.Ceiling(bottom + 30);
        return $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {N(width)} {N(height)}' width='{N(width)}' height='{N(height)}' font-family='DejaVu Sans, Verdana, sans-serif'>\n"
            + $"<title>{E(title)}</title>\n<desc>{E(about)}</desc>\n<rect width='{N(width)}' height='{N(height)}' fill='#fff'/>\n"
            + $"<text x='24' y='32' font-size='18' font-weight='bold'>{E(title)}</text>\n<text x='24' y='52' font-size='12' fill='#546e7a'>{E(about)}</text>\n" + body + "</svg>\n";
    }

    private void Symbol(string kind, double x, double top, double end)
    {
        double middle = (top + end) / 2;
        switch (kind)
        {
            case "resistor":
                Add($"<rect x='{N(x - 6)}' y='{N(top)}' width='12' height='{N(end - top)}' fill='#fff' stroke='#1f1f1f' stroke-width='1.5'/>");
                break;
            case "capacitor":
                Add($"<path d='M{N(x)} {N(top)}V{N(middle - 4)}M{N(x - 10)} {N(middle - 4)}H{N(x + 10)}M{N(x - 10)} {N(middle + 4)}H{N(x + 10)}M{N(x)} {N(middle + 4)}V{N(end)}' fill='none' stroke='#1f1f1f' stroke-width='2'/>");
                break;
            default:
                Add($"<path d='M{N(x)} {N(top)}V{N(middle - 5)}M{N(x)} {N(middle + 5)}V{N(end)}' stroke='#1f1f1f' stroke-width='2'/><circle cx='{N(x)}' cy='{N(middle - 7)}' r='3' fill='#fff' stroke='#1f1f1f'/><circle cx='{N(x)}' cy='{N(middle + 7)}' r='3' fill='#fff' stroke='#1f1f1f'/>");
                break;
        }
    }

    private void Reach(double x, double y) => (right, bottom) = (Math.Max(right, x), Math.Max(bottom, y));

    private void Add(string element) => body.Append(element).Append('\n');

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string E(string words) => SecurityElement.Escape(words);
}
