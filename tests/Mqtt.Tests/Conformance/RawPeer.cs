using System.Net.Sockets;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>One socket to the endpoint, spoken to in hex. It knows where packets end and nothing else.</summary>
internal sealed class RawPeer(Stream stream, MqttProtocolVersion version, CancellationToken patience) : IAsyncDisposable
{
    public static async Task<RawPeer> OpenAsync(EndpointHost host, MqttProtocolVersion version = V311) =>
        new(await host.OpenAsync(), version, host.Patience);

    /// <summary>Opens, connects and checks that CONNACK accepts with this session present flag.</summary>
    public static async Task<RawPeer> ConnectAsync(
        EndpointHost host, MqttProtocolVersion version, string clientId = "dev", byte flags = 0x02, int keepAliveS = 60, string properties = "", string more = "", bool present = false)
    {
        var peer = await OpenAsync(host, version);
        await peer.SendAsync(Raw.Connect(version, clientId, flags, keepAliveS, properties, more));
        string answer = await peer.PacketAsync();
        Assert.StartsWith("20", answer, StringComparison.Ordinal);
        Assert.Equal(present ? "0100" : "0000", answer[4..8]);
        return peer;
    }

    public Task SendAsync(params string[] packets) => stream.WriteAsync(Bytes(string.Concat(packets)), patience).AsTask();

    /// <summary>Sends and requires exactly these packets in this order as the answer.</summary>
    public async Task AnswersAsync(string packet, params string[] answers)
    {
        await SendAsync(packet);
        await ExpectAsync(answers);
    }

    /// <summary>Requires exactly these packets in this order.</summary>
    public async Task ExpectAsync(params string[] packets)
    {
        foreach (string expected in packets)
            Assert.Equal(expected.Replace(" ", string.Empty, StringComparison.Ordinal), await PacketAsync());
    }

    /// <summary>Sends and requires these packets: acknowledgements and messages come from two tasks, in either order.</summary>
    public async Task AnswersInAnyOrderAsync(string packet, params string[] answers)
    {
        await SendAsync(packet);
        var came = new List<string>();
        foreach (string _ in answers)
            came.Add(await PacketAsync());
        Assert.Equal(answers.Order(StringComparer.Ordinal), came.Order(StringComparer.Ordinal));
    }

    /// <summary>Shows that nothing waits for this peer: the next packets are the answers to pings, one after another.</summary>
    public async Task QuietAsync()
    {
        for (int round = 0; round < 3; round++)
            await AnswersAsync("C000", "D000");
    }

    /// <summary>The next whole packet as hex; empty when the endpoint closed.</summary>
    public async Task<string> PacketAsync()
    {
        var packet = new List<byte>();
        if (!await ReadAsync(packet, 1))
            return string.Empty;
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            Assert.True(await ReadAsync(packet, 1), "the endpoint closed within a packet");
            length |= (packet[^1] & 0x7F) << shift;
            if (packet[^1] < 0x80)
                break;
        }

        Assert.True(await ReadAsync(packet, length), "the endpoint closed within a packet");
        return Convert.ToHexString(packet.ToArray());
    }

    /// <summary>Requires the end of the connection, in 5.0 after a DISCONNECT with this reason; 0 for no DISCONNECT.</summary>
    public async Task EndsAsync(byte reason5 = 0)
    {
        if (version == V500 && reason5 != 0)
            Assert.Equal($"E001{Raw.Byte(reason5)}", await PacketAsync());
        Assert.Equal(string.Empty, await PacketAsync());
    }

    /// <summary>Sends and requires the end.</summary>
    public async Task EndsAfterAsync(string packet, byte reason5 = 0)
    {
        await SendAsync(packet);
        await EndsAsync(reason5);
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));

    private async Task<bool> ReadAsync(List<byte> packet, int count)
    {
        byte[] bytes = new byte[count];
        try
        {
            int read = await stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, patience);
            packet.AddRange(bytes);
            return read == count;
        }
        catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return false;
        }
    }
}
