namespace BodyCam.VirtualBoard;

/// <summary>A connection without sockets: everything happens in virtual time, so runs repeat exactly. Hand <see cref="DeviceStream"/> to <see cref="VirtualNetwork.ConnectOverride"/>.</summary>
public sealed class MemoryLink
{
    private readonly Kernel _kernel;
    private readonly MemoryLinkStream _stream;
    private readonly TimeSpan _latency;

    /// <summary>Makes both ends.</summary>
    /// <param name="board">The board whose time counts.</param>
    /// <param name="latency">One-way delay; 2 ms when not given.</param>
    public MemoryLink(Board board, TimeSpan? latency = null)
    {
        _kernel = board.Kernel;
        _latency = latency ?? TimeSpan.FromMilliseconds(2);
        _stream = new MemoryLinkStream(_kernel, this);
    }

    /// <summary>The board's end.</summary>
    public Stream DeviceStream => _stream;

    /// <summary>Bytes from the board, as a planned action: make no firmware calls and do not wait; <see cref="Send"/> is allowed.</summary>
    public event Action<byte[]>? Received;

    /// <summary>The board has closed or lost the connection.</summary>
    public event Action? Closed;

    /// <summary>Sends bytes to the board; they arrive after the latency.</summary>
    public void Send(byte[] bytes) => _kernel.At(_kernel.Look(() => _kernel.NowTicks) + _latency.Ticks, () => _stream.ArriveNeedsLock(bytes));

    /// <summary>Closes the peer's end: the board reads what is left, then 0 bytes.</summary>
    public void Close() => _kernel.At(_kernel.Look(() => _kernel.NowTicks) + _latency.Ticks, () => _stream.CloseNeedsLock());

    internal void FromDeviceNeedsLock(byte[] bytes) => _kernel.At(_kernel.NowTicks + _latency.Ticks, () => Received?.Invoke(bytes));

    internal void ClosedNeedsLock() => _kernel.At(_kernel.NowTicks + _latency.Ticks, () => Closed?.Invoke());
}

/// <summary>The board's end of a <see cref="MemoryLink"/>.</summary>
internal sealed class MemoryLinkStream(Kernel kernel, MemoryLink link) : Stream
{
    private readonly Queue<byte[]> _arrived = new();
    private readonly LinkedList<FirmwareThread> _readers = new();
    private int _consumed;
    private bool _closed;
    private int _readTimeoutMs = -1;

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override bool CanTimeout => true;
    public override int ReadTimeout { get => _readTimeoutMs; set => _readTimeoutMs = value; }
    public override int WriteTimeout { get; set; } = -1;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    internal int ReadVirtual(byte[] into)
    {
        using NativeCall call = kernel.Enter();
        FirmwareThread me = call.Thread;
        while (_arrived.Count == 0 && !_closed)
        {
            me.WaitingIn.Add(_readers);
            _readers.AddLast(me);
            if (kernel.WaitVirtualNeedsLock(me, _readTimeoutMs) < 0) throw new IOException("The peer sent nothing in time.");
        }
        if (_arrived.Count == 0) return 0;
        byte[] first = _arrived.Peek();
        int count = Math.Min(into.Length, first.Length - _consumed);
        Array.Copy(first, _consumed, into, 0, count);
        _consumed += count;
        if (_consumed < first.Length) return count;
        _arrived.Dequeue();
        _consumed = 0;
        return count;
    }

    internal void SendNeedsLock(byte[] bytes)
    {
        if (_closed) throw new IOException("The peer has closed the connection. Connect again.");
        link.FromDeviceNeedsLock(bytes);
    }

    internal void ArriveNeedsLock(byte[] bytes)
    {
        if (_closed || bytes.Length == 0) return;
        _arrived.Enqueue(bytes);
        WakeNeedsLock();
    }

    internal void CloseNeedsLock()
    {
        if (_closed) return;
        _closed = true;
        link.ClosedNeedsLock();
        WakeNeedsLock();
    }

    private void WakeNeedsLock()
    {
        while (_readers.First is { } reader) kernel.WakeNeedsLock(reader.Value, 0);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        byte[] copy = new byte[count];
        int read = ReadVirtual(copy);
        Array.Copy(copy, 0, buffer, offset, read);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => kernel.Outside(() => SendNeedsLock(buffer[offset..(offset + count)]));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
