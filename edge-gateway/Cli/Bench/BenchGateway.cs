using System.Globalization;
using System.Text.Json;
using BodyCam.Bench.Load;
using BodyCam.Cli.Boards;
using BodyCam.Gateway;

namespace BodyCam.Cli.Bench;

/// <summary>A gateway of this build in a process and folder of its own, with recorders provisioned.</summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    private readonly string folder;
    private uint recording;

    private BenchGateway(ChildProcess process, string folder, int port)
    {
        Process = process;
        this.folder = folder;
        Port = port;
    }

    /// <summary>The process.</summary>
    public ChildProcess Process { get; }

    /// <summary>MQTT port.</summary>
    public int Port { get; }

    /// <summary>Its data folder.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>Its keys folder.</summary>
    public string KeysFolder => Path.Combine(folder, "keys");

    /// <summary>Recorders that it knows.</summary>
    public IReadOnlyList<LoadIdentity> Recorders { get; private set; } = [];

    /// <summary>Master secret, hexadecimal.</summary>
    public string MasterHex => Convert.ToHexStringLower(File.ReadAllBytes(Path.Combine(KeysFolder, "master.key")));

    /// <summary>Starts it and provisions recorders.</summary>
    public static async Task<BenchGateway> StartAsync(BenchRoom room, string name, int recorders, bool tls, IReadOnlyDictionary<string, string>? environment, CancellationToken cancel)
    {
        var folder = Path.Combine(room.Folder, name);
        Directory.CreateDirectory(folder);
        var process = ChildProcess.StartSelf(
            Path.Combine(folder, "gateway.log"),
            ["gateway", "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--mqtt-port", "0", "--http-port", "0", "--json", .. tls ? (string[])["--tls"] : []],
            environment);
        return await process.OrEndAsync(() => ProvisionAsync(process, folder, recorders, tls, cancel)).ConfigureAwait(false);
    }

    /// <summary>Plan of one more recording of each recorder.</summary>
    public LoadPlan NextPlan(BenchLoadSize size) => new()
    {
        Target = LoadTarget.Gateway, Port = Port, MasterHex = MasterHex, Recorders = Recorders, Recording = ++recording,
        SegmentCount = size.SegmentCount, SegmentBytes = size.SegmentBytes, Window = size.Window, BytesPerSecond = size.BytesPerSecond,
    };

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private static async Task<BenchGateway> ProvisionAsync(ChildProcess process, string folder, int recorders, bool tls, CancellationToken cancel)
    {
        using var said = JsonDocument.Parse(await process.LineAsync(cancel).ConfigureAwait(false));
        var gateway = new BenchGateway(process, folder, said.RootElement.GetProperty("mqttPort").GetInt32());
        var http = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{said.RootElement.GetProperty("httpPort").GetInt32()}"));
        using var boards = BoardGateway.At(http, Path.Combine(folder, "keys", "admin.token"));
        var identities = new List<LoadIdentity>();
        for (var number = 1; number <= recorders; number++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"bench-{number}");
            var (key, request) = BoardIdentity.Create(id);
            var given = await boards.ProvisionAsync(id, new ProvisionWish(request), cancel).ConfigureAwait(false);
            identities.Add(tls ? new LoadIdentity(id, given.Epoch, given.Certificate + "\n" + key, given.Authority) : new LoadIdentity(id, given.Epoch));
        }

        gateway.Recorders = identities;
        return gateway;
    }
}

/// <summary>Size of a load, for each recorder.</summary>
/// <param name="SegmentCount">Segments.</param>
/// <param name="SegmentBytes">Length of each.</param>
/// <param name="Window">Messages that wait for their PUBACK at most.</param>
/// <param name="BytesPerSecond">Pace; 0 for none.</param>
internal sealed record BenchLoadSize(int SegmentCount, int SegmentBytes, int Window, int BytesPerSecond = 0)
{
    /// <summary>Where the recorder cuts a segment at the latest; at 2 Mbit/s it is reached in 8 s.</summary>
    public const int RecorderSegmentBytes = 2 * 1024 * 1024;
}
