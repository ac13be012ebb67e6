using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace BodyCam.TestKit;

/// <summary>What a connection through the proxy suffers.</summary>
public enum LinkFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>After some bytes both sides get a reset.</summary>
    Reset,

    /// <summary>Nothing passes for some time; then it goes on.</summary>
    Stall,

    /// <summary>What goes up arrives byte by byte, one send each.</summary>
    Slice,

    /// <summary>Some acknowledgements and messages down are swallowed, then both sides get a reset.</summary>
    Swallow,

    /// <summary>The gateway gets the end of the stream while its own side still flows; later both are closed.</summary>
    HalfClose,
}

/// <summary>Stands between recorders and a gateway on loopback and spoils each connection in a way of its own, drawn from a seed.</summary>
/// <param name="target">Port of the gateway; asked for each connection.</param>
/// <param name="seed">Of all draws; the n-th connection has the same fate each time.</param>
/// <param name="bytesMax">A fault comes after 0 to so many bytes of the recorder.</param>
/// <param name="stallMsMax">Longest stall.</param>
public sealed class FaultProxy : IAsyncDisposable
{
    private const int SlicedBytesMax = 20_000;
    private const int SwallowedMax = 12;
    private const int PubAck = 4;
    private const int Publish = 3;
    private static readonly LinkFault[] faults = [LinkFault.None, LinkFault.Reset, LinkFault.Stall, LinkFault.Slice, LinkFault.Swallow, LinkFault.HalfClose];

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<int, Task> connections = [];
    private readonly Func<int> target;
    private readonly int seed;
    private readonly int bytesMax;
    private readonly int stallMsMax;
    private readonly Task accepting;
    private int count;

    public FaultProxy(Func<int> target, int seed, int bytesMax, int stallMsMax)
    {
        (this.target, this.seed, this.bytesMax, this.stallMsMax) = (target, seed, bytesMax, stallMsMax);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where recorders connect.</summary>
    public int Port { get; }

    /// <summary>True: new connections suffer nothing.</summary>
    public bool IsCalm { get; set; }

    /// <summary>Connections so far.</summary>
    public int ConnectionCount => count;

    /// <summary>How often each fault happened.</summary>
    public ConcurrentDictionary<LinkFault, int> Fired { get; } = [];

    /// <summary>Packets swallowed, by their MQTT type.</summary>
    public ConcurrentDictionary<int, int> Swallowed { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections.Values);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var recorder = await listener.AcceptTcpClientAsync(stop.Token);
                var number = Interlocked.Increment(ref count);
                var task = Task.Run(() => RelayAsync(recorder, number));
                connections[number] = task;
                _ = task.ContinueWith(_ => connections.TryRemove(number, out var _), TaskScheduler.Default);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(TcpClient recorder, int number)
    {
        var dice = new Random(unchecked(seed + (number * 7919)));
        var fault = IsCalm ? LinkFault.None : faults[dice.Next(faults.Length)];
        using var gateway = new TcpClient { NoDelay = true };
        using (recorder)
        {
            recorder.NoDelay = true;
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            try
            {
                await gateway.ConnectAsync(IPAddress.Loopback, target(), ended.Token);
                var up = UpAsync(recorder, gateway, fault, dice.Next(bytesMax), dice.Next(1, stallMsMax), ended.Token);
                var down = fault == LinkFault.Swallow ? SwallowAsync(gateway.GetStream(), recorder.GetStream(), new Random(dice.Next()), ended.Token) : gateway.GetStream().CopyToAsync(recorder.GetStream(), ended.Token);
                await Task.WhenAny(up, down);
                if (fault == LinkFault.Swallow || (fault == LinkFault.Reset && up.IsCompletedSuccessfully && up.Result))
                    Reset(recorder, gateway);
                await ended.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception lost) when (lost is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side is gone: so is the other.
            }
        }
    }

    // True when the fault happened and the connection is to end.
    private async Task<bool> UpAsync(TcpClient recorder, TcpClient gateway, LinkFault fault, int after, int stallMs, CancellationToken cancel)
    {
        var (from, to) = (recorder.GetStream(), gateway.GetStream());
        var buffer = new byte[16 * 1024];
        long passed = 0;
        var isDue = fault is LinkFault.Reset or LinkFault.Stall or LinkFault.HalfClose;
        int read;
        while ((read = await from.ReadAsync(buffer, cancel)) > 0)
        {
            if (isDue && passed + read > after)
            {
                // The first part of what came gets through: a message is cut in its middle.
                isDue = false;
                var part = (int)Math.Max(0, after - passed);
                await to.WriteAsync(buffer.AsMemory(0, part), cancel);
                Note(fault);
                if (fault == LinkFault.Reset)
                    return true;
                if (fault == LinkFault.HalfClose)
                    gateway.Client.Shutdown(SocketShutdown.Send);
                await Task.Delay(stallMs, cancel);
                if (fault == LinkFault.HalfClose)
                    return true;
                await to.WriteAsync(buffer.AsMemory(part, read - part), cancel);
            }
            else if (fault == LinkFault.Slice && passed < SlicedBytesMax)
            {
                if (passed == 0)
                    Note(fault);
                for (var index = 0; index < read; index++)
                    await to.WriteAsync(buffer.AsMemory(index, 1), cancel);
            }
            else
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            }

            passed += read;
        }

        return false;
    }

    // Ends after the last packet that it swallows: what is not acknowledged for good would hold the session.
    private async Task SwallowAsync(NetworkStream from, NetworkStream to, Random dice, CancellationToken cancel)
    {
        Note(LinkFault.Swallow);
        var buffer = new byte[64 * 1024];
        var (held, swallowed) = (0, 0);
        int read;
        while (swallowed < SwallowedMax && (read = await from.ReadAsync(buffer.AsMemory(held), cancel)) > 0)
        {
            held += read;
            var at = 0;
            while (swallowed < SwallowedMax && PacketLength(buffer.AsSpan(at, held - at)) is var length && length > 0 && at + length <= held)
            {
                var type = buffer[at] >> 4;
                if (type is PubAck or Publish && dice.Next(4) == 0)
                {
                    swallowed++;
                    Swallowed.AddOrUpdate(type, 1, static (_, times) => times + 1);
                }
                else
                {
                    await to.WriteAsync(buffer.AsMemory(at, length), cancel);
                }

                at += length;
            }

            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
        }
    }

    // Whole length of the packet that begins here (MQTT 3.1.1 section 2.2.3); 0 when more bytes are needed to tell.
    private static int PacketLength(ReadOnlySpan<byte> bytes)
    {
        var (length, shift) = (0, 0);
        for (var index = 1; index < bytes.Length && index <= 4; index++)
        {
            length |= (bytes[index] & 0x7F) << shift;
            if ((bytes[index] & 0x80) == 0)
                return index + 1 + length;
            shift += 7;
        }

        return 0;
    }

    private static void Reset(TcpClient one, TcpClient other)
    {
        foreach (var client in new[] { one, other })
        {
            client.LingerState = new LingerOption(true, 0);
            client.Close();
        }
    }

    private void Note(LinkFault fault) => Fired.AddOrUpdate(fault, 1, static (_, times) => times + 1);
}
