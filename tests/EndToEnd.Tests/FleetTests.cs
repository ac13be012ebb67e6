using System.Text.Json;
using BodyCam.Core;
using BodyCam.Gateway;

namespace BodyCam.EndToEnd.Tests;

public sealed class FleetTests
{
    [Fact]
    public async Task Fifty_recorders_upload_to_one_gateway_with_nothing_lost()
    {
        var folder = Path.Combine(Path.GetTempPath(), "bodycam-fleet-" + Path.GetRandomFileName());
        await using (var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, SntpPort = 0, LogJson = false }))
        {
            var (code, output, error) = await Task.Run(() => Cli.Bodycam("recorder", "--id", "fleet", "--count", "50", "--gateway", $"http://127.0.0.1:{gateway.HttpPort}", "--token-file", Path.Combine(folder, "keys", "admin.token"), "--seconds", "10", "--pace", "2", "--json"));
            Assert.True(code == 0, error);
            var delivered = JsonDocument.Parse(output).RootElement.GetProperty("framesDelivered").GetInt64();
            var recordings = gateway.Ingest.Catalog.NewestRecordings(1000);
            Assert.Equal(50, recordings.Count);
            Assert.All(recordings, static recording => Assert.True(recording.IsComplete));
            // One delivered frame of each recorder is the camera test of its pre-use check.
            Assert.Equal(delivered - 50, recordings.Sum(static recording => recording.Frames));
            Assert.Empty(gateway.Ingest.Catalog.PendingLinks(10));
            Assert.DoesNotContain(ReceiptState.Damaged, gateway.Ingest.Catalog.CountByState().Keys);
        }

        Directory.Delete(folder, recursive: true);
    }
}
