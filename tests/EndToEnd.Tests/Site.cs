using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Gateway;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.EndToEnd.Tests;

/// <summary>A gateway in this process and one recorder on real sockets, at a multiple of real time.</summary>
internal sealed class Site : IAsyncDisposable
{
    public static readonly DeviceId Device = DeviceId.Parse("unit-7");
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(4);

    private Site(string folder, GatewayHost gateway, Recorder recorder)
    {
        Folder = folder;
        Gateway = gateway;
        Recorder = recorder;
    }

    public string Folder { get; }

    public GatewayHost Gateway { get; }

    public Recorder Recorder { get; }

    public Board Board => Recorder.Board;

    public static async Task<Site> StartAsync(bool linkUp = true, double pace = 8)
    {
        var folder = Path.Combine(Path.GetTempPath(), "bodycam-site-" + Path.GetRandomFileName());
        var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, SntpPort = 0, LogJson = false });
        var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(folder, "recorder"),
            Provisioning = await FileAsync(gateway, "provisioned"),
            Board = new BoardOptions { DataFolder = folder, Pace = Pace.Real(pace), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        recorder.Board.Network.SetLink(linkUp);
        var site = new Site(folder, gateway, recorder);
        recorder.PowerOn();
        site.Run(5);
        return site;
    }

    public static async Task<string> FileAsync(GatewayHost gateway, string reason) =>
        (await gateway.Ingest.ProvisionAsync(Device, reason, gateway.Provisioning(new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256L << 20 }), CancellationToken.None)).File;

    public void Run(double seconds) => Board.RunFor(TimeSpan.FromSeconds(seconds));

    public void Record(double seconds)
    {
        Board.RecordButton.Press();
        Run(seconds);
        Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        Run(6);
    }

    public void WaitUntil(string what, Func<bool> predicate, TimeSpan? within = null) => Assert.True(Board.WaitUntil(predicate, within ?? patience), $"waited for {what}: {Gateway.StatusOf(Device)}\n{System.Text.Json.JsonSerializer.Serialize(Gateway.Ingest.Status())}\n{CardSeals()}");

    /// <summary>Seals on the card that the gateway would not take, for a failing test's message.</summary>
    private string CardSeals() => string.Join('\n', Directory.EnumerateFiles(Recorder.CardFolder, "*.sea", SearchOption.AllDirectories).Select(static path => $"{path[^24..]} {Core.Seals.Seal.TryParse(File.ReadAllBytes(path), out var seal)} {seal?.Flags} {Convert.ToHexString(File.ReadAllBytes(path).AsSpan(52, 100))}"));

    public void WaitUntilSafe() => WaitUntil("every receipt", () => Gateway.StatusOf(Device) is var said && said.Contains("\"unreceipted\":0", StringComparison.Ordinal) && said.Contains("\"state\":\"ready\"", StringComparison.Ordinal));

    /// <summary>Stops both and verifies the data folder with the gateway's key.</summary>
    public async Task<VerifyReport> VerifyAsync()
    {
        Assert.Empty(Board.ThreadFailures);
        Recorder.Dispose();
        await Gateway.DisposeAsync();
        return Verifier.Run(Path.Combine(Folder, "data"), new VerifyOptions { GatewayKeyPem = Gateway.PublicKeyPem, CatalogComparison = Ingest.CatalogCheck.Differences, CustodyComparison = Custody.Store.CustodyCheck.Differences }, null);
    }

    public async ValueTask DisposeAsync()
    {
        Recorder.Dispose();
        await Gateway.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
