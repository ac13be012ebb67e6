using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BodyCam.Cli.Bench;

/// <summary>What one would put together instead: programs that are installed, started on free ports in the scratch folder.</summary>
internal static class BenchPeers
{
    private static readonly TimeSpan startDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan probeEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Programs that are not installed, with what to do.</summary>
    public static IEnumerable<string> Missing() =>
        new (string Program, string Package)[] { ("mosquitto", "mosquitto"), ("mosquitto_sub", "mosquitto-clients"), ("mosquitto_pub", "mosquitto-clients"), ("nginx", "nginx"), ("rsync", "rsync"), ("openssl", "openssl"), ("cc", "gcc") }
            .Where(static peer => BenchRoom.Find(peer.Program) is null).Select(static peer => $"{peer.Program} is not installed: install {peer.Package}.");

    /// <summary>mosquitto, and mosquitto_sub with QoS 1 that writes every payload to a file; null when not installed.</summary>
    public static async Task<MqttPeer?> MosquittoAsync(BenchRoom room, CancellationToken cancel)
    {
        if (BenchRoom.Find("mosquitto") is not { } broker || BenchRoom.Find("mosquitto_sub") is not { } subscriber || BenchRoom.Find("mosquitto_pub") is not { } publisher)
            return null;
        var folder = room.NewPath("mosquitto");
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var configuration = Path.Combine(folder, "mosquitto.conf");
        // No bound on what waits: a message that is dropped would make the peer quicker than it is.
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\nset_tcp_nodelay true\nlog_type error\n"), cancel).ConfigureAwait(false);
        var server = ChildProcess.Start(Path.Combine(folder, "broker.log"), broker, ["-c", configuration]);
        return await server.OrEndAsync(async () =>
        {
            await ListensAsync(server, port, cancel).ConfigureAwait(false);
            var file = Path.Combine(folder, "received");
            var reader = ChildProcess.Start(Path.Combine(folder, "sub.log"), "/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"exec \"{subscriber}\" -h 127.0.0.1 -p {port} -t '#' -q 1 -N > \"{file}\"")]);
            return await reader.OrEndAsync(async () =>
            {
                await SubscribedAsync(room, publisher, reader, port, file, cancel).ConfigureAwait(false);
                return new MqttPeer(server, reader, port, file);
            }).ConfigureAwait(false);
        }).ConfigureAwait(false);
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
        return await server.OrEndAsync(async () =>
        {
            await ListensAsync(server, port, cancel).ConfigureAwait(false);
            return new HttpPeer(server, port, files);
        }).ConfigureAwait(false);
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

    // A message that nobody has subscribed to is dropped, so one after the other is sent until one has arrived.
    private static async Task SubscribedAsync(BenchRoom room, string publisher, ChildProcess subscriber, int port, string file, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); !subscriber.HasEnded && Stopwatch.GetElapsedTime(started) < startDeadline;)
        {
            await TimeAsync(room, publisher, ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-t", "probe", "-q", "1", "-m", "probe"], cancel).ConfigureAwait(false);
            await Task.Delay(probeEvery, cancel).ConfigureAwait(false);
            if (File.Exists(file) && new FileInfo(file).Length > 0)
                return;
        }

        var said = await subscriber.EndAsync().ConfigureAwait(false);
        throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"mosquitto_sub wrote no message to its file within {startDeadline.TotalSeconds:F0} s; its last words: {said} See that it can subscribe to '#' and write to a file on the disk of --folder, or leave the programs of others out with --alone."));
    }

    private static async Task ListensAsync(ChildProcess server, int port, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel).ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (!server.HasEnded && Stopwatch.GetElapsedTime(started) < startDeadline)
            {
                await Task.Delay(20, cancel).ConfigureAwait(false);
            }
            catch (SocketException refused)
            {
                var said = await server.EndAsync().ConfigureAwait(false);
                throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"{server.Program} does not answer on port {port} of 127.0.0.1 ({refused.SocketErrorCode}); its last words: {said} See that it starts by hand, or leave the programs of others out with --alone."));
            }
        }
    }
}
