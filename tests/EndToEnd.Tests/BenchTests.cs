using System.Text.Json;
using BodyCam.Bench.Load;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam bench</c> as a user runs it, in its smallest form; how fast is not asked here.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-benchtest-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_row_measures_the_gateway_by_receipts_and_leaves_nothing_behind()
    {
        var output = Path.Combine(folder, "report.json");
        var (code, text, error) = Cli.Bodycam("bench", "--alone", "--only", "ingest-1", "--rounds", "1", "--warm", "0", "--folder", folder, "--json", "--out", output);
        Assert.Equal(1, code); // alone, the bar against mosquitto cannot be measured
        using var report = JsonDocument.Parse(text);
        var bar = Assert.Single(report.RootElement.GetProperty("bars").EnumerateArray());
        Assert.Equal((JsonValueKind.Null, false), (bar.GetProperty("value").ValueKind, bar.GetProperty("isMeasured").GetBoolean()));
        Assert.Equal(text.Trim(), File.ReadAllText(output).Trim());
        var figures = report.RootElement.GetProperty("samples").EnumerateArray().ToDictionary(static sample => sample.GetProperty("figure").GetString()!, static sample => sample.GetProperty("value").GetDouble());
        Assert.All(["MB/s", "processor ms/MB", "PUBACK p50 ms", "PUBACK p99 ms", "receipt p50 ms", "receipt p99 ms", "peak MB"], figure => Assert.True(figures[figure] > 0, figure));
        Assert.NotEqual("unknown", report.RootElement.GetProperty("machine").GetProperty("processor").GetString());
        Assert.Contains("round 1 of 1", error, StringComparison.Ordinal);
        Assert.Equal([output], Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void A_row_that_does_not_exist_is_named_with_those_that_do()
    {
        var (code, _, error) = Cli.Bodycam("bench", "--only", "ingest-2");
        Assert.Equal(2, code);
        Assert.Contains("ingest-2", error, StringComparison.Ordinal);
        Assert.Contains("ingest-16", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Growth_is_measured_at_the_size_that_is_asked_for()
    {
        var (code, text, error) = Cli.Bodycam("bench", "--only", "growth", "--segments", "300", "--rounds", "1", "--folder", folder, "--json");
        Assert.True(code is 0 or 1, error);
        using var report = JsonDocument.Parse(text);
        Assert.All(report.RootElement.GetProperty("samples").EnumerateArray(), static sample => Assert.Equal("growth 300", sample.GetProperty("row").GetString()));
        Assert.Contains(report.RootElement.GetProperty("bars").EnumerateArray(), static bar => bar.GetProperty("what").GetString() == "inclusion proof p99, large / 10 thousand");
        Assert.Contains("growth: measured, ", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("--segments", "--segments takes numbers from 1 on that rise.", "20", "10")]
    [InlineData("--warm", "--warm is -1: give 0 to 600 seconds.", "-1")]
    [InlineData("--rounds", "--rounds is 0: give 1 to 50.", "0")]
    public void A_number_that_makes_no_sense_is_refused_with_what_is_taken(string option, string words, params string[] values)
    {
        var (code, _, error) = Cli.Bodycam(["bench", "--only", "growth", option, .. values]);
        Assert.Equal(2, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_none_is_said()
    {
        var (code, _, error) = Cli.Bodycam("bench", "--folder", Path.Combine(folder, "none"));
        Assert.Equal(2, code);
        Assert.Contains("--folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentiles_are_of_the_nearest_rank()
    {
        Assert.Equal(new Latency(0, 0, 0, 0), Latency.Of([]));
        Assert.Equal(new Latency(1, 7, 7, 7), Latency.Of([7]));
        Assert.Equal(new Latency(200, 100, 198, 200), Latency.Of([.. Enumerable.Range(1, 200).Reverse().Select(static number => (double)number)]));
    }

    [Fact]
    public void A_load_is_what_the_documents_say_of_a_recorder()
    {
        var plan = new LoadPlan { Target = LoadTarget.Gateway, MasterHex = new string('1', 64), Recorders = [new LoadIdentity("bench-1", 1)], SegmentCount = 3, SegmentBytes = 100_000 };
        var load = LoadPackets.Make(plan, plan.Recorders[0], new Core.Keys.KeyRing(Convert.FromHexString(plan.MasterHex)));
        Assert.Equal(3, load.Segments.Count);
        Assert.All(load.Segments, static segment => Assert.InRange(segment.Bytes.Length, 100_000, 101_000));
        Assert.Equal(load.Segments.Sum(static segment => segment.ChunkCount) + 3, load.Packets.Count);
        Assert.All(load.Packets, static packet => Assert.Equal(0x32, packet.Packet[0]));
        Assert.Equal([0, 1, 2], load.Packets.Where(static packet => packet.IsSeal).Select(static packet => packet.Segment));
    }
}
