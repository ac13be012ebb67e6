using System.Buffers;
using System.IO.Pipelines;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>The sending side of a connection, shared by the reading task (acknowledgements) and the writing task (messages).</summary>
internal sealed class MqttOutput(PipeWriter pipe, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private long stalledSinceTimestamp;

    /// <summary>Acknowledgements of the reading task, sent together; used by that task only.</summary>
    public ArrayBufferWriter<byte> Acks { get; } = new(256);

    /// <summary>How long the present write has waited for the peer; zero when none waits.</summary>
    public TimeSpan StalledFor
    {
        get
        {
            long since = Volatile.Read(ref stalledSinceTimestamp);
            return since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
        }
    }

    /// <summary>Sends what <see cref="Acks"/> holds. False when the peer is gone.</summary>
    public async ValueTask<bool> FlushAcksAsync(CancellationToken cancellationToken)
    {
        if (Acks.WrittenCount == 0)
            return true;
        await gate.WaitAsync(cancellationToken);
        try
        {
            pipe.Write(Acks.WrittenSpan);
            Acks.ResetWrittenCount();
            return await FlushNeedsLockAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Lets <paramref name="fill"/> write one batch and sends it. False when nothing was written or the peer is gone.</summary>
    public async ValueTask<bool> SendBatchAsync(Func<PipeWriter, bool> fill, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return fill(pipe) && await FlushNeedsLockAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Sends the last acknowledgements and DISCONNECT, waiting at most <paramref name="patience"/>. False when the peer does not take them.</summary>
    public async ValueTask<bool> FinishAsync(MqttProtocolVersion version, MqttReasonCode? disconnect, TimeSpan patience)
    {
        if (disconnect is { } reason)
            MqttEncoder.WriteClosing(Acks, version, new MqttClosing(MqttPacketType.Disconnect, reason));
        var sending = FlushAcksAsync(CancellationToken.None);
        if (sending.IsCompleted)
            return await sending;
        try
        {
            return await sending.AsTask().WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose() => gate.Dispose();

    private async ValueTask<bool> FlushNeedsLockAsync(CancellationToken cancellationToken)
    {
        var flush = pipe.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully)
            return !flush.Result.IsCompleted;
        Volatile.Write(ref stalledSinceTimestamp, Math.Max(1, time.GetTimestamp()));
        try
        {
            return !(await flush).IsCompleted;
        }
        finally
        {
            Volatile.Write(ref stalledSinceTimestamp, 0);
        }
    }
}
