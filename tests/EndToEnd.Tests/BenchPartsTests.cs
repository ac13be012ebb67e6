using System.Text.Json;
using BodyCam.Cli.Bench;

namespace BodyCam.EndToEnd.Tests;

/// <summary>What <c>bodycam bench</c> stands on, part by part: the slow disk, the bars, the programs of others.</summary>
public sealed class BenchPartsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-benchparts-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_slow_sync_slows_every_receipt_of_a_gateway()
    {
        var delay = TimeSpan.FromMilliseconds(200);
        var room = new BenchRoom(folder, static _ => { });
        var sync = await SlowSync.MakeAsync(room, CancellationToken.None) ?? throw new InvalidOperationException("gcc is missing: './bodycam test' installs it as root; else 'apt-get install gcc libc6-dev'.");
        await using var gateway = await BenchGateway.StartAsync(room, "gateway", 1, tls: false, sync.Environment, CancellationToken.None);
        var size = new BenchLoadSize(2, 64 * 1024, 8);
        await room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], CancellationToken.None);
        sync.Set(delay);
        var (result, _) = await room.LoadAsync(gateway.NextPlan(size), [gateway.Process.Id], CancellationToken.None);
        Assert.Equal(2, result.ReceiptMs.Count);
        // Bytes, folder and log are synced one after the other; one sync alone is the catalog's, whose library asks for it in another way.
        Assert.True(result.ReceiptMs.P50 >= 3 * delay.TotalMilliseconds, $"receipt p50 {result.ReceiptMs.P50} ms");
    }

    [Fact]
    public void A_bar_that_was_not_measured_is_listed_as_null_and_is_no_success()
    {
        var run = new BenchRun(new BenchRoom(folder, static _ => { }), 1, TimeSpan.Zero, alone: true);
        Assert.False(Report(run).IsSuccess); // nothing measured at all
        run.Add("row", BenchRun.Ours, BenchRun.Speed, 100);
        run.AtMost("row", BenchRun.Ours, BenchRun.Speed, 150, BenchRun.Speed);
        Assert.True(Report(run).IsSuccess);
        run.Ratio("row", BenchRun.Ours, "mosquitto > file", BenchRun.Speed, 0.9);
        run.AtMost("row", BenchRun.Ours, "peak MB", 150, "MB");
        run.Add("row", BenchRun.Ours, "growth", double.PositiveInfinity);
        var report = Report(run);
        Assert.False(report.IsSuccess);
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal([true, false, false], json.RootElement.GetProperty("bars").EnumerateArray().Select(static bar => bar.GetProperty("isMeasured").GetBoolean()));
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null, JsonValueKind.Null], json.RootElement.GetProperty("bars").EnumerateArray().Select(static bar => bar.GetProperty("value").ValueKind));
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null], json.RootElement.GetProperty("samples").EnumerateArray().Select(static sample => sample.GetProperty("value").ValueKind));
    }

    [Fact]
    public void A_peer_that_does_not_start_is_said_with_its_last_words()
    {
        using var tools = new Tools();
        tools.Make("mosquitto", "echo 'Error: address in use.' >&2; exit 3");
        tools.Make("mosquitto_sub", "exit 3");
        tools.Make("mosquitto_pub", "exit 3");
        var (code, _, error) = tools.Bodycam("bench", "--only", "ingest-1", "--rounds", "1", "--warm", "0", "--folder", folder);
        Assert.Equal(2, code);
        Assert.Contains("mosquitto does not answer on port ", error, StringComparison.Ordinal);
        Assert.Contains("Error: address in use.", error, StringComparison.Ordinal);
        Assert.Contains("--alone", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    private static BenchReport Report(BenchRun run) =>
        new(DateTimeOffset.UnixEpoch, new BenchMachine("processor", 2, 4, "kernel", "runtime", "ext4", 1, 1, 1), 1, run.Samples, run.Bars, run.Skipped);
}
