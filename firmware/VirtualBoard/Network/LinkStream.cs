using System.Net.Sockets;

namespace BodyCam.VirtualBoard;

/// <summary>A connection that pays link cost and breaks with the link. Reads let other firmware threads run; writes hold the CLR lock until the stack has taken all.</summary>
internal sealed class LinkStream(Kernel kernel, VirtualNetwork network, Stream inner, Socket? socket) : Stream
{
    private bool _aborted;

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override bool CanTimeout => inner.CanTimeout;
    public override int ReadTimeout { get => inner.ReadTimeout; set => inner.ReadTimeout = value; }
    public override int WriteTimeout { get => inner.WriteTimeout; set => inner.WriteTimeout = value; }
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        byte[] copy = new byte[buffer.Length];
        int count;
        if (inner is MemoryLinkStream memory) count = memory.ReadVirtual(copy);
        else count = ReadReal(copy);
        using NativeCall call = kernel.Enter();
        if (_aborted) throw new IOException("The connection is lost. Connect again when the network is available.");
        copy.AsSpan(0, count).CopyTo(buffer);
        network.ReceivedBytes += count;
        call.Spend(CostModel.ByteTicks(count, network.BytesPerSecond));
        return count;
    }

    private int ReadReal(byte[] into)
    {
        try
        {
            return kernel.RunReading(() => inner.Read(into, 0, into.Length));
        }
        catch (Exception failure) when (failure is ObjectDisposedException or SocketException or InvalidOperationException)
        {
            throw new IOException("The connection is lost. Connect again when the network is available.", failure);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        byte[] copy = buffer.ToArray();
        using (NativeCall call = kernel.Enter())
        {
            while (network.Stalled && !_aborted) call.Spend(50 * TimeSpan.TicksPerMillisecond);
            call.Spend(CostModel.ByteTicks(copy.Length, network.BytesPerSecond));
            if (_aborted) throw new IOException("The connection is lost. Connect again when the network is available.");
            network.SentBytes += copy.Length;
            if (inner is MemoryLinkStream memory)
            {
                memory.SendNeedsLock(copy);
                return;
            }
        }
        kernel.RunBlocking(() => inner.Write(copy, 0, copy.Length), releaseLock: false, kernel.Options.AnswerGrace);
    }

    public override void Flush()
    {
        // Every write goes to the stack at once; there is nothing to push.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    internal void AbortNeedsLock()
    {
        if (_aborted) return;
        _aborted = true;
        if (inner is MemoryLinkStream memory) memory.CloseNeedsLock();
        else ThreadPool.UnsafeQueueUserWorkItem(static state => Break(state.socket, state.inner), (socket, inner), preferLocal: false);
    }

    /// <summary>Resets the connection, so that a pending read ends and the peer sees no orderly close.</summary>
    private static void Break(Socket? socket, Stream inner)
    {
        try
        {
            if (socket != null)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
            }
            else inner.Dispose();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or SocketException)
        {
            // It is closed already, which is what was wanted.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            kernel.Outside(() => network.ForgetNeedsLock(this));
            if (inner is MemoryLinkStream memory) kernel.Outside(memory.CloseNeedsLock);
            else inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
