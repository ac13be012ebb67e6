using System.Text;

namespace BodyCam.VirtualBoard;

/// <summary>What went over the board's buses and pins and to its files, one line a transfer, in order: <c>PART &gt; bytes out &lt; bytes in</c>, bytes as hexadecimal.</summary>
/// <remarks>Up to 16 bytes are written out; of more, the first four and the count, <c>FF D8 FF E0 … (4096)</c>. An SPI command byte is out even where the library shifts it in full duplex.</remarks>
public sealed class BusTrace
{
    private const int BytesShownMax = 16;
    private const int BytesShownOfMore = 4;

    private readonly Kernel _kernel;
    private readonly List<string> _lines = [];

    internal BusTrace(Kernel kernel) => _kernel = kernel;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines => _kernel.Look(() => _lines.ToArray());

    /// <summary>Lines whose part begins like that, such as <c>spi</c>, <c>i2c 1.68</c>, <c>gpio 13</c>, <c>pwm</c>, <c>i2s</c>, <c>file</c>.</summary>
    public IReadOnlyList<string> Of(params string[] parts) => [.. Lines.Where(line => parts.Any(part => line.StartsWith(part, StringComparison.Ordinal)))];

    internal void Add(string line) => _lines.Add(line);

    internal void Add(string part, ReadOnlySpan<byte> write, ReadOnlySpan<byte> read)
    {
        var line = new StringBuilder(part);
        Append(line, " >", write);
        Append(line, " <", read);
        _lines.Add(line.ToString());
    }

    private static void Append(StringBuilder line, string direction, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return;
        line.Append(direction);
        foreach (byte value in bytes.Length <= BytesShownMax ? bytes : bytes[..BytesShownOfMore]) line.Append(' ').Append(value.ToString("X2"));
        if (bytes.Length > BytesShownMax) line.Append($" … ({bytes.Length})");
    }
}

internal sealed partial class Kernel
{
    /// <summary>The recording in force, or null.</summary>
    internal BusTrace? Trace { get; set; }
}

public sealed partial class Board
{
    /// <summary>Begins to record the traffic of buses, pins and files; an earlier recording ends and keeps its lines.</summary>
    public BusTrace StartTrace()
    {
        var trace = new BusTrace(_kernel);
        _kernel.Outside(() => _kernel.Trace = trace);
        return trace;
    }

    /// <summary>Ends the recording; its lines stay.</summary>
    public void StopTrace() => _kernel.Outside(() => _kernel.Trace = null);

    /// <summary>Lets transfers of an I2C address fail without an acknowledgement.</summary>
    /// <param name="address">7-bit address.</param>
    /// <param name="skip">Transfers that still succeed.</param>
    /// <param name="count">Transfers that fail after them; later ones succeed again.</param>
    public void NakI2c(int address, int skip, int count) => _kernel.Outside(() => _buses.Naks[address] = (skip, count));
}
