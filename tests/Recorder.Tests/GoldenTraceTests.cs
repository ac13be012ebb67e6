using System.Globalization;
using BodyCam.Vectors;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>The firmware as shipped, <c>Program</c> included, against the documented transfers.</summary>
public class GoldenTraceTests
{
    [Fact]
    public void The_shipped_firmware_sets_its_camera_up_and_captures_by_the_documented_transfers()
    {
        using var bench = new Bench();
        BusTrace trace = bench.Board.StartTrace();
        bench.StartRecording(5);
        string[] lines = GoldenTrace.WithoutRepeats(trace.Of("spi 2.5", "i2c 1.30"), "spi 2.5 > 41");
        string[] golden = GoldenTrace.Load("camera-capture");
        int begun = Array.IndexOf(golden, "spi 2.5 > 81 00") + 2;
        string[] begin = golden[..begun];
        Assert.True(Find(lines, begin) >= 0, "The recorder's camera begins otherwise than the documented trace.");

        // Lengths differ from picture to picture: registers and their order count.
        string[] capture = [.. golden[begun..].Select(Command).Distinct()];
        string[] captured = [.. lines[(Find(lines, begin) + begun)..].Select(Command).Distinct()];
        Assert.Equal(capture, captured);
    }

    [Fact]
    public void The_shipped_firmware_sets_its_clock_by_the_documented_transfers_when_the_gateway_gives_the_time()
    {
        using var bench = new Bench();
        bench.Board.Rtc.LoseClock();
        bench.Board.Network.SntpOverride = _ => bench.Board.TrueUtc;
        bench.Board.Network.SetLink(true);
        BusTrace trace = bench.Board.StartTrace();
        bench.Recorder.PowerOn();
        Assert.True(bench.Recorder.WaitUntil(() => !bench.Board.Rtc.OscillatorStopFlag, TimeSpan.FromSeconds(120)), "the clock was not set");
        string[] written = [.. trace.Of("i2c 1.68").Where(line => !line.Contains('<', StringComparison.Ordinal))];
        string[] golden = [.. GoldenTrace.Load("clock-set").Where(line => !line.Contains('<', StringComparison.Ordinal))];
        Assert.Equal(golden.Length, written.Length);
        Assert.Equal(golden[1], written[1]);

        // The same registers in one transfer, with the time of this run: seconds to year in BCD.
        string[] set = written[0].Split(' ');
        Assert.Equal(golden[0].Split(' ')[..4], set[..4]);
        Assert.Equal(golden[0].Split(' ').Length, set.Length);
        var utc = DateTime.ParseExact($"20{set[10]}-{set[9]}-{set[8]} {set[6]}:{set[5]}:{set[4]}", "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.InRange((bench.Board.TrueUtc - utc).TotalSeconds, -1, 2);
        Assert.Equal((int)utc.DayOfWeek + 1, int.Parse(set[7], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static int Find(string[] lines, string[] part)
    {
        for (int at = 0; at + part.Length <= lines.Length; at++)
        {
            if (lines.AsSpan(at, part.Length).SequenceEqual(part)) return at;
        }

        return -1;
    }

    // "spi 2.5 > 42 < 74" to "spi 2.5 > 42"; a write keeps its value.
    private static string Command(string line) => line.Split(" <")[0];
}
