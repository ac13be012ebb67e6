using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using BodyCam.Gateway;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Who comes in, and who cannot keep others out.</summary>
public sealed partial class GatewayLoginTests : IAsyncDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-login-" + Path.GetRandomFileName());
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
    private GatewayHost? gateway;

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.DisposeAsync();
        patience.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_true_recorder_comes_in_whatever_was_tried_in_its_name_before()
    {
        gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false });
        var key = LinkKey().Match(await Site.FileAsync(gateway, "provisioned")).Groups[1].Value;
        for (var attempt = 0; attempt < 30; attempt++)
            Assert.Equal(MqttReasonCode.BadUserNameOrPassword, await LoginAsync(new string('0', 64)));
        Assert.Equal(MqttReasonCode.Success, await LoginAsync(key));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.HttpPort}") };
        Assert.Contains("bodycam_login_failures 30", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_http_sockets_than_the_limit_of_an_address_are_closed_at_once()
    {
        gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false });
        var sockets = new List<Socket>();
        for (var index = 0; index < 130; index++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, gateway.HttpPort, patience.Token);
            sockets.Add(socket);
        }

        var closed = sockets.ConvertAll(socket => EndAsync(socket, patience.Token));
        while (closed.Where(static task => !task.IsCompleted).ToList() is { Count: > 128 } open)
            await Task.WhenAny(open);
        Assert.Equal(128, closed.Count(static task => !task.IsCompleted));
        sockets.ForEach(static socket => socket.Dispose());
        await Task.WhenAll(closed);
    }

    [Fact]
    public void A_guesser_is_named_once_a_window_and_many_addresses_push_out_the_oldest_not_all()
    {
        Directory.CreateDirectory(folder);
        var time = new ManualTimeProvider();
        var failures = new LoginFailures(time);
        var guesser = IPAddress.Parse("192.0.2.7");
        Assert.Equal(1, Enumerable.Range(0, 50).Count(_ => failures.Add(guesser)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Enumerable.Range(0, 50).Count(_ => failures.Add(guesser)));
        for (var other = 0; other < 5000; other++)
        {
            failures.Add(new IPAddress([10, 0, (byte)(other >> 8), (byte)other]));
            if (other % 500 == 0)
                Assert.False(failures.Add(guesser), "its count was forgotten: it would be named again");
        }

        Assert.Equal(LoginFailures.AddressesMax, failures.AddressCount);
    }

    [Fact]
    public async Task A_background_loop_goes_on_after_a_round_that_failed_and_ends_without_a_fault()
    {
        Directory.CreateDirectory(folder);
        using var stop = new CancellationTokenSource();
        var third = new TaskCompletionSource();
        var rounds = 0;
        var loop = BackgroundLoop.RunAsync(
            "test",
            TimeSpan.FromMilliseconds(1),
            cancel =>
            {
                if (++rounds == 3)
                    third.SetResult();
                throw rounds == 1 ? new InvalidOperationException("planned") : new OperationCanceledException("planned: not ours", CancellationToken.None);
            },
            TimeProvider.System,
            NullLogger.Instance,
            stop.Token);
        await third.Task.WaitAsync(patience.Token);
        await stop.CancelAsync();
        await loop.WaitAsync(patience.Token);
    }

    private static async Task EndAsync(Socket socket, CancellationToken cancel)
    {
        try
        {
            _ = await socket.ReceiveAsync(new byte[1], cancel);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Closed by either side.
        }
    }

    private async Task<MqttReasonCode> LoginAsync(string key)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gateway!.MqttPort, patience.Token);
        await using var client = new MqttClientConnection(new NetworkStream(socket, ownsSocket: true), MqttProtocolVersion.V500);
        var answer = await client.ConnectAsync(new MqttConnect { Version = MqttProtocolVersion.V500, ClientId = Site.Device.Text, UserName = Site.Device.Text, Password = Encoding.ASCII.GetBytes(key) }, patience.Token);
        return answer.Reason;
    }

    [GeneratedRegex("^linkKey=([0-9a-f]{64})$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkKey();
}
