using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>What one would put together instead: programs that are installed, started on free ports in the scratch folder.</summary>
internal static class BenchPeers
{
    private static readonly TimeSpan startDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Programs that are not installed, with what to do.</summary>
    public static IEnumerable<string> Missing() =>
        new (string Program, string Package)[] { ("mosquitto", "mosquitto"), ("mosquitto_sub", "mosquitto-clients"), ("nginx", "nginx"), ("rsync", "rsync"), ("openssl", "openssl"), ("cc", "gcc") }
            .Where(static peer => BenchRoom.Find(peer.Program) is null).Select(static peer => $"{peer.Program} is not installed: install {peer.Package}.");

    /// <summary>mosquitto, and mosquitto_sub with QoS 1 that writes every payload to a file; null when not installed.</summary>
    public static async Task<MqttPeer?> MosquittoAsync(BenchRoom room, CancellationToken cancel)
    {
        if (BenchRoom.Find("mosquitto") is not { } broker || BenchRoom.Find("mosquitto_sub") is not { } subscriber)
            return null;
        var folder = room.NewPath("mosquitto");
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var configuration = Path.Combine(folder, "mosquitto.conf");
        // No bound on what waits: a message that is dropped would make the peer quicker than it is.
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\nset_tcp_nodelay true\nlog_type error\n"), cancel).ConfigureAwait(false);
        var server = ChildProcess.Start(Path.Combine(folder, "broker.log"), broker, ["-c", configuration]);
        await ListensAsync(port, cancel).ConfigureAwait(false);
        var file = Path.Combine(folder, "received");
        var reader = ChildProcess.Start(Path.Combine(folder, "sub.log"), "/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"exec \"{subscriber}\" -h 127.0.0.1 -p {port} -t '#' -q 1 -N > \"{file}\"")]);
        while (!File.Exists(file))
            await Task.Delay(10, cancel).ConfigureAwait(false);
        await Task.Delay(500, cancel).ConfigureAwait(false); // until it has subscribed
        return new MqttPeer(server, reader, port, file);
    }

    /// <summary>nginx that takes PUT into a folder; null when not installed or built without WebDAV.</summary>
    public static async Task<HttpPeer?> NginxAsync(BenchRoom room, CancellationToken cancel)
    {
        if (BenchRoom.Find("nginx") is not { } program)
            return null;
        var folder = room.NewPath("nginx");
        var files = Path.Combine(folder, "files");
        Directory.CreateDirectory(files);
        Directory.CreateDirectory(Path.Combine(folder, "temporary"));
        var port = FreePort();
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; {{(Environment.IsPrivilegedProcess ? "user root;" : "")}} worker_processes auto; pid {{folder}}/pid; error_log {{folder}}/error.log;
            events { worker_connections 2048; }
            http { access_log off; client_max_body_size 0; client_body_temp_path {{folder}}/temporary;
              server { listen 127.0.0.1:{{port}}; root {{files}}; location / { dav_methods PUT; } } }
            """), cancel).ConfigureAwait(false);
        var server = ChildProcess.Start(Path.Combine(folder, "log"), program, ["-p", folder, "-c", configuration]);
        await ListensAsync(port, cancel).ConfigureAwait(false);
        return new HttpPeer(server, port, files);
    }

    /// <summary>Time of a program from start to end, seconds.</summary>
    public static async Task<double> TimeAsync(BenchRoom room, string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        await using var process = ChildProcess.Start(room.NewPath("program.log"), program, arguments);
        _ = process.Output.ReadToEndAsync(cancel);
        await process.EndsWellAsync(cancel).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task ListensAsync(int port, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel).ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < startDeadline)
            {
                await Task.Delay(20, cancel).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>A broker and its subscriber.</summary>
internal sealed record MqttPeer(ChildProcess Broker, ChildProcess Subscriber, int Port, string File) : IAsyncDisposable
{
    /// <summary>The same for this broker.</summary>
    public LoadPlan Plan(LoadPlan like) => like with { Target = LoadTarget.MqttFile, Port = Port, Path = File };

    public async ValueTask DisposeAsync()
    {
        await Subscriber.DisposeAsync().ConfigureAwait(false);
        await Broker.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A web server.</summary>
internal sealed record HttpPeer(ChildProcess Server, int Port, string Folder) : IAsyncDisposable
{
    /// <summary>The processes that do the work.</summary>
    public IReadOnlyList<int> Workers() => [Server.Id, .. ChildProcess.ChildrenOf(Server.Id)];

    private uint recording;

    /// <summary>The same for this server, under names that are new.</summary>
    public LoadPlan Plan(LoadPlan like) => like with { Target = LoadTarget.Http, Port = Port, Path = Folder, Recording = ++recording };

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
