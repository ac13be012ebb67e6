using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using BodyCam.Evidence;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.EndToEnd.Tests;

public sealed class KillTests : IDisposable
{
    private const int Kills = 10;
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-kill-" + Path.GetRandomFileName());
    private Process? gateway;

    [Fact]
    public async Task A_gateway_killed_ten_times_during_an_upload_loses_nothing()
    {
        Directory.CreateDirectory(folder);
        var (mqttPort, httpPort) = StartGateway(0, 0);
        var file = await ProvisionAsync(httpPort);
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(folder, "recorder"),
            Provisioning = file,
            Board = new BoardOptions { DataFolder = folder, Pace = Pace.Real(8), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime, CardBytes = 16_000_000_000 },
        });
        recorder.Board.Network.SetLink(false);
        recorder.PowerOn();
        recorder.Board.RunFor(TimeSpan.FromSeconds(4));
        recorder.Board.RecordButton.Press();
        recorder.Board.RunFor(TimeSpan.FromSeconds(60));
        recorder.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        recorder.Board.RunFor(TimeSpan.FromSeconds(8));
        recorder.Board.Network.SetLink(true);
        for (var kill = 0; kill < Kills; kill++)
        {
            // Let some of the upload through, then kill -9 in the middle of it.
            var sent = recorder.Board.Network.Traffic.Sent;
            Assert.True(recorder.Board.WaitUntil(() => recorder.Board.Network.Traffic.Sent > sent + 150_000, TimeSpan.FromMinutes(5)), $"no upload after kill {kill}");
            gateway!.Kill();
            await gateway.WaitForExitAsync();
            gateway.Dispose();
            (mqttPort, httpPort) = StartGateway(mqttPort, httpPort);
        }

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };
        var safe = recorder.Board.WaitUntil(() => client.GetStringAsync("/status").GetAwaiter().GetResult().Contains("\"unreceipted\":0", StringComparison.Ordinal), TimeSpan.FromMinutes(10));
        Assert.True(safe, await client.GetStringAsync("/status"));
        Assert.Empty(recorder.Board.ThreadFailures);
        gateway!.Kill();
        await gateway.WaitForExitAsync();

        // Started once more, so that what the last kill broke off is finished; then everything is compared with the camera.
        StartGateway(mqttPort, httpPort);
        gateway.Kill();
        await gateway.WaitForExitAsync();
        var report = Verifier.Run(Path.Combine(folder, "data"), new VerifyOptions { GatewayKeyPem = await File.ReadAllTextAsync(Path.Combine(folder, "data", "gateway.pem")) }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.Equal(recorder.Board.Camera.DeliveredCount - 1, report.FrameCount);
        Assert.Equal("complete", Assert.Single(report.Recordings).State);
    }

    public void Dispose()
    {
        if (gateway is { HasExited: false })
            gateway.Kill();
        gateway?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private (int MqttPort, int HttpPort) StartGateway(int mqttPort, int httpPort)
    {
        gateway = Cli.Start("dotnet", Cli.Path, "gateway", "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--mqtt-port", $"{mqttPort}", "--http-port", $"{httpPort}", "--json");
        _ = gateway.StandardError.ReadToEndAsync();
        var line = gateway.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the gateway did not start");
        using var said = JsonDocument.Parse(line);
        return (said.RootElement.GetProperty("mqttPort").GetInt32(), said.RootElement.GetProperty("httpPort").GetInt32());
    }

    private async Task<string> ProvisionAsync(int httpPort)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(Path.Combine(folder, "keys", "admin.token")));
        using var answer = await client.PostAsync($"http://127.0.0.1:{httpPort}/api/v1/recorders/unit-7/provision", null);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("file").GetString()!;
    }
}
