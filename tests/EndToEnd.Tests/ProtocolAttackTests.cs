using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;

namespace BodyCam.EndToEnd.Tests;

/// <summary>
/// A gateway as a process of its own, under what strangers and bad recorders do on its MQTT port. The right recorder is served
/// meanwhile, and the process's resident memory (VmRSS) grows by no more than is said here.
/// </summary>
public sealed class ProtocolAttackTests(ITestOutputHelper output) : IDisposable
{
    // Far above what it takes on an idle machine (well under a second), far below a recorder's patience.
    private static readonly TimeSpan served = TimeSpan.FromSeconds(15);

    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-attack").FullName;
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
    private GatewayProcess? gateway;

    public void Dispose()
    {
        gateway?.Dispose();
        patience.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Four_addresses_with_all_sockets_half_open_do_not_keep_a_recorder_out()
    {
        var recorder = await StartAsync("unit-7");
        await (await LoginAsync(recorder)).DisposeAsync();
        long before = MemoryKb();
        // 4,096 sockets: as many as the endpoint takes, 1,024 from each address. Every other one is silent, the others say half a CONNECT.
        var held = new List<Socket>();
        for (int index = 0; index < 4096; index++)
            held.Add(await OpenAsync(from: 2 + (index % 4), says: index % 2 == 0 ? "" : "102000044D51"));
        var clock = Stopwatch.StartNew();
        await using var client = await LoginAsync(recorder);
        Assert.Equal(MqttReasonCode.Success, await PublishAsync(client, recorder));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, served);
        // A byte now and then does not count as a sign of life and costs nobody else anything.
        foreach (var socket in held.Where(static (_, index) => index % 8 == 1))
            Say(socket, "54");
        Assert.Equal(MqttReasonCode.Success, await PublishAsync(client, recorder));
        Told("4,096 half-open sockets", before, clock.Elapsed, grownMbMax: 150);
        held.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task A_length_of_256_mib_before_the_login_is_refused_on_the_length_field_and_nothing_is_kept()
    {
        var recorder = await StartAsync("unit-7");
        await (await LoginAsync(recorder)).DisposeAsync();
        long before = MemoryKb();
        byte[] flood = new byte[64 * 1024];
        var held = new List<Socket>();
        foreach (string header in (string[])["10FFFFFF7F", "10808004", "10FFFF7F"])
        {
            for (int index = 0; index < 100; index++)
            {
                var socket = await OpenAsync(from: 2, header);
                held.Add(socket);
                await EndsAsync(socket, flood);
            }
        }

        await using var client = await LoginAsync(recorder);
        Assert.Equal(MqttReasonCode.Success, await PublishAsync(client, recorder));
        Told("300 lengths that are too long", before, TimeSpan.Zero, grownMbMax: 60);
        held.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task Recorders_that_ask_and_never_read_cost_a_bounded_memory_and_nobody_else_anything()
    {
        string[] names = [.. Enumerable.Range(1, 12).Select(static number => $"deaf-{number:D2}")];
        var recorder = await StartAsync("unit-7");
        var deaf = new List<(MqttClientConnection Client, Socket Socket)>();
        foreach (string name in names)
            deaf.Add(await LoginWithSocketAsync(new Recorder(name, await KeyAsync(name))));
        await using var client = await LoginAsync(recorder);
        long before = MemoryKb();
        // Pings are answered one for one; the answers pile up until the gateway does not read on.
        byte[] pings = [.. Enumerable.Repeat<byte[]>([0xC0, 0x00], 32 * 1024).SelectMany(static ping => ping)];
        long taken = 0;
        foreach (var (_, socket) in deaf)
        {
            socket.Blocking = false;
            for (int full = 0; full < 20;)
            {
                try
                {
                    taken += socket.Send(pings);
                    full = 0;
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
                {
                    // The gateway may still be answering: full means that it stays so while another recorder is served.
                    Assert.Equal(MqttReasonCode.Success, await PublishAsync(client, recorder));
                    full++;
                }
                catch (SocketException)
                {
                    break; // Cut as a slow reader already.
                }
            }
        }

        var clock = Stopwatch.StartNew();
        Assert.Equal(MqttReasonCode.Success, await PublishAsync(client, recorder));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, served);
        output.WriteLine($"{taken} bytes of pings were taken");
        Told("12 recorders that do not read", before, clock.Elapsed, grownMbMax: 60);
        foreach (var (other, _) in deaf)
            await other.DisposeAsync();
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task A_recorder_gets_and_gives_nothing_outside_of_its_own_topics(MqttProtocolVersion version)
    {
        var mine = await StartAsync("unit-7");
        var theirs = new Recorder("unit-8", await KeyAsync("unit-8"));
        await using var other = await LoginAsync(theirs, version);
        Assert.Equal([MqttReasonCode.GrantedQos1], await other.SubscribeAsync([new("bodycam/v1/unit-8/down", MqttQos.AtLeastOnce)], cancellationToken: patience.Token));
        await using var client = await LoginAsync(mine, version);
        string[] filters =
        [
            "bodycam/v1/unit-8/down", "bodycam/v1/unit-8/#", "bodycam/v1/+/down", "+/+/+/down", "#", "+", "/#", "$SYS/#", "bodycam/v1/unit-7/#", "bodycam/v1/unit-7/+",
            "bodycam/v1/unit-7/up", "bodycam/v1/unit-7/status", "bodycam/v1/unit-7/down/", "bodycam/v1/UNIT-7/down", "$share/g/bodycam/v1/unit-8/down",
        ];
        var answers = await client.SubscribeAsync([.. filters.Select(static filter => new MqttSubscriptionRequest(filter, MqttQos.AtLeastOnce)), new("bodycam/v1/unit-7/down", MqttQos.AtLeastOnce)], cancellationToken: patience.Token);
        Assert.All(answers.SkipLast(1), static answer => Assert.True(answer >= MqttReasonCode.UnspecifiedError));
        Assert.Equal(MqttReasonCode.GrantedQos1, answers[^1]);

        foreach (string topic in (string[])["bodycam/v1/unit-8/up", "bodycam/v1/unit-8/status", "bodycam/v1/unit-8/down", "bodycam/v1/unit-7/down", "bodycam/v1/unit-7/up/", "bodycam/v1/unit-7", "$SYS/x", "x"])
        {
            await using var sender = await LoginAsync(mine, version);
            if (version == MqttProtocolVersion.V500)
                Assert.Equal(MqttReasonCode.NotAuthorized, await sender.PublishAsync(topic, new byte[4], MqttQos.AtLeastOnce, cancellationToken: patience.Token));
            else
                await Assert.ThrowsAsync<IOException>(async () => await sender.PublishAsync(topic, new byte[4], MqttQos.AtLeastOnce, cancellationToken: patience.Token));
            await using var will = new MqttClientConnection(new NetworkStream(await OpenAsync(from: 1), ownsSocket: true), version);
            var wish = Connect(mine, version, new MqttWill(topic, new byte[4], MqttQos.AtLeastOnce, Retain: true));
            Assert.Equal(MqttReasonCode.NotAuthorized, (await will.ConnectAsync(wish, patience.Token)).Reason);
        }

        // Nothing reached the other one: the next thing it reads is the answer to its ping.
        await other.SendAsync(static w => MqttEncoder.WritePing(w, MqttPacketType.PingReq), patience.Token);
        Assert.Equal(MqttPacketType.PingResp, (await other.ReadAsync(patience.Token))!.Type);
    }

    [Theory]
    [InlineData("{\"state\":\"\\ud800\"}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("no JSON")]
    public async Task What_one_recorder_says_of_itself_does_not_spoil_the_status_of_all(string said)
    {
        var recorder = await StartAsync("unit-7");
        await using var client = await LoginAsync(recorder);
        await client.PublishAsync("bodycam/v1/unit-7/status", Encoding.UTF8.GetBytes(said), MqttQos.AtLeastOnce, cancellationToken: patience.Token);
        Assert.Contains("unreadable", gateway!.Status(), StringComparison.Ordinal);
    }

    private async Task<Recorder> StartAsync(string device)
    {
        gateway = GatewayProcess.Start(Path.Combine(folder, "data"), Path.Combine(folder, "keys"));
        return new Recorder(device, await KeyAsync(device));
    }

    private async Task<string> KeyAsync(string device) =>
        (await gateway!.ProvisionAsync(device)).Split('\n').First(static line => line.StartsWith("linkKey=", StringComparison.Ordinal))["linkKey=".Length..].Trim();

    private async Task<Socket> OpenAsync(int from, string says = "")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)from]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, gateway!.MqttPort, patience.Token);
        Say(socket, says);
        return socket;
    }

    private static void Say(Socket socket, string hex)
    {
        try
        {
            socket.Send(Convert.FromHexString(hex));
        }
        catch (SocketException)
        {
            // It gave way, or its time is over.
        }
    }

    // What is sent after the refused header finds nobody: the socket ends.
    private async Task EndsAsync(Socket socket, byte[] flood)
    {
        try
        {
            for (int round = 0; round < 4; round++)
                await socket.SendAsync(flood, patience.Token);
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], patience.Token));
        }
        catch (SocketException)
        {
            // Reset: closed with bytes unread.
        }
    }

    private static MqttConnect Connect(Recorder recorder, MqttProtocolVersion version, MqttWill? will = null) =>
        new() { Version = version, ClientId = recorder.Name, UserName = recorder.Name, Password = Encoding.ASCII.GetBytes(recorder.Key), Will = will };

    private async Task<MqttClientConnection> LoginAsync(Recorder recorder, MqttProtocolVersion version = MqttProtocolVersion.V500) => (await LoginWithSocketAsync(recorder, version)).Client;

    private async Task<(MqttClientConnection Client, Socket Socket)> LoginWithSocketAsync(Recorder recorder, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        var socket = await OpenAsync(from: 1);
        var client = new MqttClientConnection(new NetworkStream(socket, ownsSocket: true), version);
        Assert.Equal(MqttReasonCode.Success, (await client.ConnectAsync(Connect(recorder, version), patience.Token)).Reason);
        return (client, socket);
    }

    private ValueTask<MqttReasonCode> PublishAsync(MqttClientConnection client, Recorder recorder) =>
        client.PublishAsync($"bodycam/v1/{recorder.Name}/status", "{\"state\":\"ready\"}"u8.ToArray(), MqttQos.AtLeastOnce, cancellationToken: patience.Token);

    private long MemoryKb()
    {
        string line = File.ReadLines($"/proc/{gateway!.Process.Id}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private void Told(string what, long beforeKb, TimeSpan answer, int grownMbMax)
    {
        long after = MemoryKb();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: resident {beforeKb / 1024} MB before, {after / 1024} MB after; the recorder was served within {answer.TotalMilliseconds:F0} ms"));
        Assert.True(after - beforeKb <= grownMbMax * 1024L, $"{what}: {(after - beforeKb) / 1024} MB more, at most {grownMbMax} are said");
    }

    private sealed record Recorder(string Name, string Key);
}
