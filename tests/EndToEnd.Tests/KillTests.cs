using BodyCam.Evidence;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.EndToEnd.Tests;

public sealed class KillTests : IDisposable
{
    private const int Kills = 10;
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-kill-" + Path.GetRandomFileName());

    private string Data => Path.Combine(folder, "data");

    [Fact]
    public async Task A_gateway_killed_ten_times_during_an_upload_loses_nothing()
    {
        var gateway = Start();
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(folder, "recorder"),
            Provisioning = await gateway.ProvisionAsync("unit-7"),
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
            gateway = Again(gateway);
        }

        var safe = recorder.Board.WaitUntil(() => gateway.Status().Contains("\"unreceipted\":0", StringComparison.Ordinal), TimeSpan.FromMinutes(10));
        Assert.True(safe, gateway.Status());
        Assert.Empty(recorder.Board.ThreadFailures);

        // Started once more, so that what the last kill broke off is finished; then everything is compared with the camera.
        gateway = Again(gateway);
        gateway.Dispose();
        var report = Verifier.Run(Data, new VerifyOptions { GatewayKeyPem = await File.ReadAllTextAsync(Path.Combine(Data, "gateway.pem"), TestContext.Current.CancellationToken) }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.Equal(recorder.Board.Camera.DeliveredCount - 1, report.FrameCount);
        Assert.Equal("complete", Assert.Single(report.Recordings).State);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private GatewayProcess Start((int Mqtt, int Http) ports = default) => GatewayProcess.Start(Data, Path.Combine(folder, "keys"), ports);

    private GatewayProcess Again(GatewayProcess killed)
    {
        killed.Dispose();
        return Start((killed.MqttPort, killed.HttpPort));
    }
}
