using System.Net;
using BodyCam.Mqtt.Codec;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>One socket: the reading task runs here and calls the handler; a second task writes queued messages.</summary>
internal sealed partial class MqttConnection(ConnectionContext context, MqttBroker broker)
{
    /// <summary>Wait for the peer to take the last bytes before the socket is cut.</summary>
    private static readonly TimeSpan FinishPatience = TimeSpan.FromSeconds(1);

    private readonly Lock closeGate = new();
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MqttOutput output = new(context.Transport.Output, broker.Time);
    private readonly MqttTopicCache topics = new();
    private MqttReasonCode? closeReason;
    private bool finished;
    private bool aborted;
    private bool peerDisconnected;
    private volatile bool connected;
    private volatile bool busy;
    private readonly MqttSocket? socket = context.Features.Get<MqttSocket>();
    private long deadlineTicks = (context.Features.Get<MqttSocket>()?.Deadline ?? broker.Now + broker.Options.ConnectDeadline).Ticks;

    private MqttProtocolVersion version = MqttProtocolVersion.V311;
    private MqttPrincipal principal = new(string.Empty, string.Empty);
    private MqttSession? session;
    private MqttWill? will;
    private TimeSpan idleMax = broker.Options.KeepAliveMax * 1.5;
    private Task writer = Task.CompletedTask;

    /// <summary>Completes when the connection is closed and its session is unbound.</summary>
    public Task Completion => completion.Task;

    /// <summary>True while the reading task waits for bytes.</summary>
    public bool IsIdle => !busy;

    private IPAddress RemoteAddress => ConnectionLimits.AddressOf(context);

    /// <summary>Serves the connection until either side closes it.</summary>
    public async Task RunAsync()
    {
        socket?.Serve();
        broker.Enter(this);
        var reason = MqttReasonCode.UnspecifiedError;
        try
        {
            reason = await ReadPacketsAsync();
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException or IOException or OperationCanceledException)
        {
            // The peer vanished or this side asked for the end; closeReason tells which.
        }
        catch (Exception exception)
        {
            Log.Failed(broker.Logger, principal.ClientId, exception);
        }
        finally
        {
            await CloseAsync(reason);
        }
    }

    /// <summary>Asks the reading task to end. The first reason wins; safe from any thread.</summary>
    public void RequestClose(MqttReasonCode reason)
    {
        lock (closeGate)
        {
            closeReason ??= reason;
            if (finished)
                return;
            _ = closing.CancelAsync();
            context.Transport.Input.CancelPendingRead();
        }
    }

    /// <summary>Ends the connection when its CONNECT, its next packet or its reading of our bytes is overdue.</summary>
    public void CheckDeadlines(TimeSpan now)
    {
        if (output.StalledFor >= broker.Options.SlowReaderDeadline)
        {
            lock (closeGate)
                aborted = true;
            RequestClose(MqttReasonCode.QuotaExceeded);
            context.Abort(new ConnectionAbortedException("The peer does not read."));
        }
        else if ((!busy || !connected) && now.Ticks >= Volatile.Read(ref deadlineTicks))
        {
            RequestClose(MqttReasonCode.KeepAliveTimeout);
        }
    }

    private async ValueTask<MqttReasonCode> ReadPacketsAsync()
    {
        var input = context.Transport.Input;
        var reason = MqttReasonCode.Success;
        while (reason == MqttReasonCode.Success && !peerDisconnected)
        {
            busy = false;
            var result = await input.ReadAsync();
            busy = true;
            var buffer = result.Buffer;
            var outcome = MqttDecodeOutcome.NeedMoreData;
            bool progressed = false;
            while (reason == MqttReasonCode.Success && !peerDisconnected && !closing.IsCancellationRequested)
            {
                int bytesMax = connected ? broker.Options.PacketBytesMax : broker.Options.ConnectPacketBytesMax;
                outcome = MqttFrame.TryRead(ref buffer, bytesMax, out var frame);
                if (outcome != MqttDecodeOutcome.Complete)
                {
                    reason = outcome.ToReasonCode();
                    break;
                }

                reason = await HandlePacketAsync(frame);
                progressed = true;
            }

            input.AdvanceTo(buffer.Start, outcome == MqttDecodeOutcome.NeedMoreData ? buffer.End : buffer.Start);
            if (connected && progressed)
                Volatile.Write(ref deadlineTicks, (broker.Now + idleMax).Ticks);
            if (closing.IsCancellationRequested || result.IsCanceled)
                return reason == MqttReasonCode.Success ? MqttReasonCode.UnspecifiedError : reason;
            if (!await output.FlushAcksAsync(closing.Token) || (result.IsCompleted && reason == MqttReasonCode.Success))
                return peerDisconnected ? reason : MqttReasonCode.UnspecifiedError;
        }

        return reason;
    }

    private ValueTask<MqttReasonCode> HandlePacketAsync(MqttFrame frame)
    {
        if (!connected)
            return frame.Type == MqttPacketType.Connect ? HandleConnectAsync(frame) : new(MqttReasonCode.ProtocolError); // [MQTT-3.1.0-1]
        return frame.Type switch
        {
            MqttPacketType.Publish => HandlePublishAsync(frame),
            MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp => new(HandleAck(frame)),
            MqttPacketType.Subscribe => HandleSubscribeAsync(frame),
            MqttPacketType.Unsubscribe => new(HandleUnsubscribe(frame)),
            MqttPacketType.PingReq => new(HandlePing(frame)),
            MqttPacketType.Disconnect => new(HandleDisconnect(frame)),
            _ => new(MqttReasonCode.ProtocolError),
        };
    }

    private MqttReasonCode HandlePing(in MqttFrame frame)
    {
        MqttEncoder.WritePing(output.Acks, MqttPacketType.PingResp);
        return MqttDecoder.ReadPing(frame).ToReasonCode();
    }

    private async Task CloseAsync(MqttReasonCode reason)
    {
        bool cut;
        bool byServer;
        lock (closeGate)
        {
            finished = true;
            byServer = closeReason is not null || (!peerDisconnected && reason is not MqttReasonCode.UnspecifiedError);
            reason = closeReason ?? reason;
            cut = aborted;
        }

        await closing.CancelAsync();
        await writer;
        bool tell = byServer && connected && version == MqttProtocolVersion.V500 && !peerDisconnected;
        try
        {
            if (!cut)
                cut = !await output.FinishAsync(version, tell ? reason : null, FinishPatience);
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException or IOException or InvalidOperationException)
        {
            cut = true;
        }

        if (cut)
            context.Abort();
        if (session is { } bound)
            await broker.DetachAsync(bound, this, will);
        broker.Leave(this);
        socket?.Leave();
        if (peerDisconnected && will is null)
            reason = MqttReasonCode.Success;
        broker.Metrics.Closed(reason.ToString());
        completion.SetResult();
        if (session is not null)
            broker.RaiseDisconnected(new MqttConnectionEventArgs(principal, reason, sessionPresent: false));
        Log.Closed(broker.Logger, principal.ClientId, RemoteAddress, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Error, "The connection of {ClientId} ended by an error; nothing unacknowledged was taken in, the client sends it again.")]
        public static partial void Failed(ILogger logger, string clientId, Exception exception);

        [LoggerMessage(12, LogLevel.Debug, "Connection of {ClientId} from {Address} closed: {Reason}.")]
        public static partial void Closed(ILogger logger, string clientId, IPAddress address, MqttReasonCode reason);
    }
}
