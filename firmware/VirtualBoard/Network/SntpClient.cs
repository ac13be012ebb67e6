using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace BodyCam.VirtualBoard;

/// <summary>One SNTP question (RFC 4330) over UDP.</summary>
internal static class SntpClient
{
    private const int Port = 123;
    private const int TimeoutMs = 1000;
    private static readonly DateTime Epoch = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>How far the asking clock is stepped, µs, or null without a usable answer within 1 s: to the server's transmit time, without the way back, as the chip's client does (ESP-IDF's lwIP, SNTP_COMP_ROUNDTRIP off).</summary>
    /// <param name="server">Host or host:port.</param>
    /// <param name="clock">The asking clock.</param>
    internal static long? Query(string server, Func<DateTime> clock)
    {
        int colon = server.LastIndexOf(':');
        string host = colon > 0 ? server[..colon] : server;
        int port = colon > 0 && int.TryParse(server.AsSpan(colon + 1), out int given) ? given : Port;
        try
        {
            IPAddress address = IPAddress.TryParse(host, out IPAddress? literal) ? literal : Dns.GetHostAddresses(host)[0];
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = TimeoutMs };
            socket.Connect(address, port);
            byte[] packet = new byte[48];
            packet[0] = 0x23;
            DateTime sent = clock();
            Write(packet.AsSpan(40), sent);
            byte[] question = packet[40..48];
            socket.Send(packet);
            byte[] reply = new byte[64];
            int length = socket.Receive(reply);
            DateTime received = clock();
            bool usable = length >= 48 && (reply[0] & 7) == 4 && reply[0] >> 6 != 3 && reply[1] is > 0 and < 16 && reply.AsSpan(24, 8).SequenceEqual(question);
            if (!usable) return null;
            return (Read(reply.AsSpan(40)) - received).Ticks / TimeSpan.TicksPerMicrosecond;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static void Write(Span<byte> into, DateTime utc)
    {
        long ticks = (utc - Epoch).Ticks;
        BinaryPrimitives.WriteUInt32BigEndian(into, (uint)(ticks / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], (uint)((ulong)(ticks % TimeSpan.TicksPerSecond << 32) / TimeSpan.TicksPerSecond));
    }

    private static DateTime Read(ReadOnlySpan<byte> from)
    {
        long seconds = BinaryPrimitives.ReadUInt32BigEndian(from);
        // Era 1 begins in 2036 (RFC 4330 §3).
        if ((seconds & 0x8000_0000) == 0) seconds += 0x1_0000_0000;
        long fraction = (long)((ulong)BinaryPrimitives.ReadUInt32BigEndian(from[4..]) * TimeSpan.TicksPerSecond >> 32);
        return Epoch.AddTicks(seconds * TimeSpan.TicksPerSecond + fraction);
    }
}
