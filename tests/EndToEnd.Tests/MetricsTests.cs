using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using BodyCam.Gateway;

namespace BodyCam.EndToEnd.Tests;

/// <summary>What a station's watchers see.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Every_figure_is_in_the_document_and_every_one_of_the_document_is_there()
    {
        var published = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => { if (instrument.Meter.Name.StartsWith("BodyCam.", StringComparison.Ordinal)) published[instrument.Name.Replace('.', '_')] = true; } };
        listener.Start();
        var folder = Directory.CreateTempSubdirectory("bodycam-metrics-").FullName;
        await using (await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false, Tls = true }))
        {
        }

        Directory.Delete(folder, recursive: true);
        var rows = Rows();
        Assert.All(rows, static row => Assert.NotEqual("", row.Split('|')[3].Trim()));
        Assert.Equal(rows.SelectMany(static row => Name().Matches(row.Split('|')[1]).Select(static match => match.Groups["name"].Value)).Order(StringComparer.Ordinal), published.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>An alert on "at all" sees a rise only of what stood at 0 before.</summary>
    [Fact]
    public async Task Every_figure_of_the_document_stands_at_0_before_its_first_event()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-metrics-").FullName;
        string text;
        await using (var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false, Tls = true }))
        {
            using var http = new HttpClient();
            text = await http.GetStringAsync($"http://127.0.0.1:{gateway.HttpPort}/metrics");
        }

        Directory.Delete(folder, recursive: true);
        foreach (var name in Rows().SelectMany(static row => Name().Matches(row.Split('|')[1]).Select(static match => match.Groups["name"].Value)))
            Assert.Contains(text.Split('\n'), line => line.StartsWith(name, StringComparison.Ordinal) && (line[name.Length..].StartsWith(' ') || line[name.Length..].StartsWith('{') || line[name.Length..].StartsWith("_count ", StringComparison.Ordinal)));
        foreach (var alerted in new[]
        {
            "bodycam_chunks{outcome=\"Conflict\"}", "bodycam_receipts{state=\"Damaged\"}", "bodycam_refusals{reason=\"SealMac\"}", "bodycam_login_failures", "bodycam_certificate_refusals{reason=\"Expired\"}",
            "bodycam_mqtt_publishes_refused{reason=\"NotAuthorized\"}", "bodycam_mqtt_messages_dropped{cause=\"queue_full\"}", "bodycam_mqtt_closes{reason=\"handshake_failed\"}", "bodycam_mqtt_connections",
        })
            Assert.Equal(0, Value(text, alerted));
        Assert.DoesNotContain("reason=\"\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_moves_the_figures_of_its_way()
    {
        await using var site = await Site.StartAsync();
        site.Record(10);
        Assert.True(site.Board.WaitUntil(() => site.Gateway.StatusOf(Site.Device).Contains("\"unreceipted\":0", StringComparison.Ordinal), TimeSpan.FromMinutes(4)));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{site.Gateway.HttpPort}") };
        var text = await http.GetStringAsync("/metrics");
        foreach (var moved in new[] { "bodycam_message_ms_count", "bodycam_commit_ms_count", "bodycam_commit_works_sum", "bodycam_seal_to_receipt_ms_count", "bodycam_log_size", "bodycam_disk_free_bytes" })
            Assert.True(Value(text, moved) > 0, moved);
        Assert.Equal(0, Value(text, "bodycam_commit_waiting"));
        Assert.InRange(Value(text, "bodycam_archive_waiting_s"), 0.001, 600);
    }

    [Fact]
    public async Task Two_gateways_in_one_process_show_their_own_figures()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-metrics-").FullName;
        GatewayOptions Of(string name) => new() { DataFolder = Path.Combine(folder, name), KeysFolder = Path.Combine(folder, name + "-keys"), MqttPort = 0, HttpPort = 0, LogJson = false };
        await using (var one = await GatewayHost.StartAsync(Of("one")))
        await using (var other = await GatewayHost.StartAsync(Of("other")))
        {
            await Site.FileAsync(one, "provisioned");
            using var http = new HttpClient();
            foreach (var (host, size) in new[] { (one, one.Ingest.Status().LogSize), (other, other.Ingest.Status().LogSize), (one, one.Ingest.Status().LogSize) })
                Assert.Equal(size, Value(await http.GetStringAsync($"http://127.0.0.1:{host.HttpPort}/metrics"), "bodycam_log_size"));
            Assert.NotEqual(one.Ingest.Status().LogSize, other.Ingest.Status().LogSize);
        }

        Directory.Delete(folder, recursive: true);
    }

    // The document's table.
    private static List<string> Rows()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "BodyCam.sln")))
            root = root.Parent!;
        return [.. File.ReadAllLines(Path.Combine(root.FullName, "edge-gateway/docs/operations.md")).SkipWhile(static line => !line.StartsWith("## Metrics", StringComparison.Ordinal)).Skip(1).TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(static line => line.StartsWith("| `", StringComparison.Ordinal))];
    }

    private static double Value(string text, string name) =>
        double.Parse(text.Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("`(?<name>[a-z_]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
