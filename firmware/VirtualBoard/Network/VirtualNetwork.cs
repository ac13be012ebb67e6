using System.Net.Sockets;

namespace BodyCam.VirtualBoard;

/// <summary>The link as the chip sees it, its faults, and hooks for tests.</summary>
public sealed partial class VirtualNetwork : INetwork
{
    private static readonly TimeSpan JoinTime = TimeSpan.FromSeconds(2);
    private const int ConnectTimeoutMs = 10_000;

    private readonly Kernel _kernel;
    private readonly Timeline _timeline;
    private readonly Func<DateTime> _chipUtcNeedsLock;
    private readonly Action<Action> _post;
    private readonly List<LinkStream> _streams = [];
    private bool _up = true;
    private bool _joined;
    private int _attempt;

    internal VirtualNetwork(Kernel kernel, Timeline timeline, Func<DateTime> chipUtcNeedsLock, Action<Action> post)
    {
        (_kernel, _timeline, _chipUtcNeedsLock, _post) = (kernel, timeline, chipUtcNeedsLock, post);
        BytesPerSecond = kernel.Options.Costs.TlsBytesPerSecond;
    }

    /// <summary>Gives the transport for (host, port) instead of a TCP socket. Return a <see cref="MemoryLink.DeviceStream"/> for tests without real time, any other stream for real waits; TLS is left out then.</summary>
    public Func<string, int, Stream>? ConnectOverride { get; set; }

    /// <summary>Gives the server's UTC for a server name instead of asking over UDP; null is no answer. Called outside the board's lock.</summary>
    public Func<string, DateTime?>? SntpOverride { get; set; }

    /// <summary>Link rate in bytes per second, both ways; 0 is unlimited.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>While true Wi-Fi is joined but nothing gets through: a write spins with the CLR lock, a read waits.</summary>
    public bool Stalled { get; set; }

    /// <summary>Bytes that the firmware has sent and received.</summary>
    public (long Sent, long Received) Traffic => _kernel.Look(() => (SentBytes, ReceivedBytes));

    internal long SentBytes { get; set; }
    internal long ReceivedBytes { get; set; }

    /// <summary>Takes the access point away or brings it back; open connections break, joining takes 2 s.</summary>
    public void SetLink(bool up) => _kernel.Outside(() =>
    {
        if (_up == up) return;
        _up = up;
        _timeline.Add("link", up ? "up" : "down");
        if (up) JoinNeedsLock();
        else LeaveNeedsLock();
    });

    internal void JoinNeedsLock()
    {
        PowerRun run = _kernel.Run;
        if (run.Cut || !_up || WantedNeedsLock() is null) return;
        int attempt = ++_attempt;
        _kernel.At(_kernel.NowTicks + JoinTime.Ticks, () =>
        {
            if (attempt == _attempt) _joined = _up && run == _kernel.Run && !run.Cut;
        });
    }

    internal void LeaveNeedsLock()
    {
        _joined = false;
        _attempt++;
        foreach (LinkStream stream in _streams.ToArray()) stream.AbortNeedsLock();
        _streams.Clear();
    }

    internal void ForgetNeedsLock(LinkStream stream) => _streams.Remove(stream);

    /// <inheritdoc/>
    public bool IsAvailable
    {
        get
        {
            using NativeCall call = _kernel.Enter();
            return _joined;
        }
    }

    /// <inheritdoc/>
    public Stream Connect(string host, int port, TlsOptions? tls)
    {
        DateTime chipUtc;
        using (NativeCall call = _kernel.Enter())
        {
            CheckJoined();
            CostModel costs = _kernel.Options.Costs;
            while (Stalled && _joined) call.Spend(50 * TimeSpan.TicksPerMillisecond);
            call.Spend(CostModel.Ticks(costs.LinkRoundTripUs + (tls == null ? 0 : costs.TlsHandshakeUs)));
            CheckJoined();
            chipUtc = _chipUtcNeedsLock();
        }
        Stream? inner = null;
        Socket? socket = null;
        _kernel.RunBlocking(() =>
        {
            if (ConnectOverride is { } connect) inner = connect(host, port);
            else (inner, socket) = Open(host, port, tls, chipUtc);
        }, releaseLock: true, _kernel.Options.AnswerGrace);
        using (_kernel.Enter())
        {
            var stream = new LinkStream(_kernel, this, inner!, socket);
            _streams.Add(stream);
            if (!_joined) stream.AbortNeedsLock();
            return stream;
        }
    }

    private void CheckJoined()
    {
        if (!_joined) throw new IOException("Wi-Fi is not joined. Wait until the network is available.");
    }

    private static (Stream Stream, Socket Socket) Open(string host, int port, TlsOptions? tls, DateTime chipUtc)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var timeout = new CancellationTokenSource(ConnectTimeoutMs);
            socket.ConnectAsync(host, port, timeout.Token).AsTask().GetAwaiter().GetResult();
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            return (tls == null ? stream : TlsClient.Authenticate(stream, host, tls, chipUtc), socket);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            throw failure as IOException ?? new IOException($"No connection to {host}:{port}: {failure.Message} Check address, certificates and clock.", failure);
        }
    }

    /// <inheritdoc/>
    public long? QuerySntp(string server)
    {
        long? offsetUs = null;
        using (NativeCall call = _kernel.Enter())
        {
            if (!_joined) return null;
            call.Spend(CostModel.Ticks(_kernel.Options.Costs.LinkRoundTripUs / 2));
        }
        if (SntpOverride is { } answer)
        {
            using NativeCall call = _kernel.Enter();
            DateTime? utc = Stalled ? null : answer(server);
            if (utc == null) return null;
            call.Spend(CostModel.Ticks(_kernel.Options.Costs.LinkRoundTripUs / 2));
            return (utc.Value.Ticks - _chipUtcNeedsLock().Ticks) / TimeSpan.TicksPerMicrosecond;
        }
        if (!Stalled) _kernel.RunBlocking(() => offsetUs = SntpClient.Query(server, () => _kernel.Look(_chipUtcNeedsLock)), releaseLock: true);
        return offsetUs;
    }
}
