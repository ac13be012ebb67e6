using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace BodyCam.Gateway;

/// <summary>Answers SNTP questions of recorders in closed networks (RFC 4330, server mode, stratum 3). One packet in, one out.</summary>
internal sealed class SntpResponder : IAsyncDisposable
{
    private const int PacketBytes = 48;
    private const ulong SecondsFrom1900To1970 = 2_208_988_800;

    private static readonly TimeSpan retryAfter = TimeSpan.FromMilliseconds(100);

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource stop = new();
    private readonly TimeProvider time;
    private readonly Task loop;

    public SntpResponder(IPAddress address, int port, TimeProvider time)
    {
        this.time = time;
        socket.Bind(new IPEndPoint(address, port));
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        loop = Task.Run(RunAsync);
    }

    public int Port { get; }

    /// <summary>The answer to a question; false when it is none (wrong length or mode).</summary>
    public static bool TryAnswer(ReadOnlySpan<byte> question, DateTimeOffset received, DateTimeOffset sent, Span<byte> answer)
    {
        if (question.Length < PacketBytes || (question[0] & 7) != 3)
            return false;
        answer[..PacketBytes].Clear();
        answer[0] = (byte)((question[0] & 0x38) | 4);
        answer[1] = 3;
        answer[2] = question[2];
        answer[3] = unchecked((byte)-20);
        BinaryPrimitives.WriteUInt32BigEndian(answer[8..], 655); // root dispersion: 10 ms in 1/65536 s
        "LOCL"u8.CopyTo(answer[12..]);
        WriteTime(answer[16..], received);
        question.Slice(40, 8).CopyTo(answer[24..]);
        WriteTime(answer[32..], received);
        WriteTime(answer[40..], sent);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        socket.Dispose();
        stop.Dispose();
    }

    private static void WriteTime(Span<byte> into, DateTimeOffset at)
    {
        var ticks = (ulong)(at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks);
        BinaryPrimitives.WriteUInt32BigEndian(into, (uint)((ticks / TimeSpan.TicksPerSecond) + SecondsFrom1900To1970));
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], (uint)(((ticks % TimeSpan.TicksPerSecond) << 32) / TimeSpan.TicksPerSecond));
    }

    private async Task RunAsync()
    {
        var question = new byte[512];
        var answer = new byte[PacketBytes];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var from = await socket.ReceiveFromAsync(question, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), stop.Token).ConfigureAwait(false);
                var received = time.GetUtcNow();
                if (TryAnswer(question.AsSpan(0, from.ReceivedBytes), received, time.GetUtcNow(), answer))
                    await socket.SendToAsync(answer, SocketFlags.None, from.RemoteEndPoint, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // One asker that cannot be reached, or an oversized packet, ends nothing; a socket that always fails is asked ten times a second.
                await Task.Delay(retryAfter, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
