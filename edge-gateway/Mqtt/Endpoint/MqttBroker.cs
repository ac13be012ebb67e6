using System.Collections.Concurrent;
using System.Net;
using BodyCam.Mqtt.Codec;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>What all connections share: sessions, subscriptions, retained messages, counts, and the clock that ends things.</summary>
internal sealed partial class MqttBroker : IMqttPublisher, IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly Dictionary<string, MqttSession> sessions = new(StringComparer.Ordinal);
    private readonly MqttTopicTree tree = new();
    private readonly ConcurrentDictionary<MqttConnection, byte> connections = new();
    private readonly ConcurrentDictionary<MqttSocket, byte> sockets = new();
    private readonly ConnectionLimits limits;
    private readonly MqttWaitingRoom waiting = new();
    private readonly TimeProvider time;
    private readonly long startTimestamp;
    private readonly ITimer sweeper;
    private long limitLoggedTicks = long.MinValue;

    public MqttBroker(
        IOptions<MqttEndpointOptions> options,
        IMqttAuthenticator authenticator,
        IMqttTopicPolicy policy,
        IMqttPublishHandler handler,
        MqttMetrics metrics,
        TimeProvider time,
        ILogger<MqttBroker> logger)
    {
        Options = options.Value;
        (Authenticator, Policy, Handler, Metrics, Logger) = (authenticator, policy, handler, metrics, logger);
        limits = new ConnectionLimits(Options.ConnectionsMax, Options.ConnectionsPerAddressMax);
        Retained = new MqttRetainedStore(Options.RetainedMessagesMax, Options.RetainedBytesMax);
        this.time = time;
        startTimestamp = time.GetTimestamp();
        sweeper = time.CreateTimer(static state => ((MqttBroker)state!).Sweep(), this, SweepPeriod, SweepPeriod);
    }

    public event EventHandler<MqttConnectionEventArgs>? Connected;

    public event EventHandler<MqttConnectionEventArgs>? Disconnected;

    public MqttEndpointOptions Options { get; }

    public IMqttAuthenticator Authenticator { get; }

    public IMqttTopicPolicy Policy { get; }

    public IMqttPublishHandler Handler { get; }

    public MqttMetrics Metrics { get; }

    public ILogger Logger { get; }

    public MqttRetainedStore Retained { get; }

    public TimeProvider Time => time;

    /// <summary>Monotonic time since the broker was made.</summary>
    public TimeSpan Now => time.GetElapsedTime(startTimestamp);

    public int SessionCount
    {
        get
        {
            lock (gate)
                return sessions.Count;
        }
    }

    /// <summary>Sockets counted, MQTT or still in their handshake.</summary>
    public int SocketCount => sockets.Count;

    /// <summary>Connections that have come to MQTT.</summary>
    public int ServedCount => connections.Count;

    /// <summary>True when every connection waits for its peer.</summary>
    public bool AllIdle => connections.Keys.All(connection => connection.IsIdle);

    /// <summary>Takes an accepted socket through TLS to MQTT. At a connection limit one that has not logged in gives way to it; where there is none it is closed at once.</summary>
    public async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var address = ConnectionLimits.AddressOf(connection);
        if (!limits.TryEnter(address))
        {
            LogLimit(address);
            if (!waiting.TryGiveWay(limits.IsFull(address) ? ConnectionLimits.GroupOf(address) : null) || !limits.TryEnter(address))
            {
                Metrics.Closed("connection_limit");
                return;
            }
        }

        var socket = new MqttSocket(connection, address, Now + Options.ConnectDeadline, limits);
        sockets[socket] = 0;
        waiting.Add(socket);
        connection.Features.Set(socket);
        Metrics.SocketOpened();
        try
        {
            await next(connection);
        }
        finally
        {
            sockets.TryRemove(socket, out _);
            waiting.Remove(socket);
            socket.Leave();
            Metrics.SocketClosed();
            if (!socket.IsServed)
                Metrics.Closed(socket.EndReason);
        }
    }

    /// <summary>From its login on a socket keeps its place.</summary>
    public void LoggedIn(MqttSocket socket) => waiting.Remove(socket);

    public void Enter(MqttConnection connection) => connections[connection] = 0;

    public void Leave(MqttConnection connection) => connections.TryRemove(connection, out _);

    public void RaiseConnected(MqttConnectionEventArgs args) => Connected?.Invoke(this, args);

    public void RaiseDisconnected(MqttConnectionEventArgs args) => Disconnected?.Invoke(this, args);

    public MqttDispatchOutcome Publish(string topic, ReadOnlyMemory<byte> payload, MqttQos qos = MqttQos.AtLeastOnce, bool retain = false)
    {
        if (!MqttTopic.IsValidName(topic))
            throw new ArgumentException("The topic is not a valid topic name; use 1..65,535 bytes without wildcards.", nameof(topic));
        return Dispatch(new MqttMessage(topic, payload, qos, retain, properties: null, sourceClientId: null, Now));
    }

    public bool DisconnectClient(
        string clientId, MqttReasonCode reason = MqttReasonCode.AdministrativeAction, bool discardSession = false)
    {
        MqttSession? session;
        MqttConnection? connection;
        lock (gate)
        {
            if (!sessions.TryGetValue(clientId, out session))
                return false;
            connection = session.Connection;
            if (discardSession)
            {
                session.Expiry = TimeSpan.Zero;
                session.ExpiresAt = connection is null ? TimeSpan.Zero : null;
            }
        }

        connection?.RequestClose(reason);
        return connection is not null;
    }

    public bool IsConnected(string clientId)
    {
        lock (gate)
            return sessions.TryGetValue(clientId, out var session) && session.Connection is not null;
    }

    public void Dispose() => sweeper.Dispose();

    // One line a minute: whoever opens too many sockets does not fill the log too.
    private void LogLimit(IPAddress address)
    {
        var now = Now.Ticks;
        var logged = Interlocked.Read(ref limitLoggedTicks);
        if ((logged == long.MinValue || now - logged >= TimeSpan.TicksPerMinute) && Interlocked.CompareExchange(ref limitLoggedTicks, now, logged) == logged)
            Log.ConnectionLimit(Logger, address);
    }

    private void Sweep()
    {
        var now = Now;
        foreach (var pair in sockets)
            pair.Key.CheckDeadline(now);
        foreach (var pair in connections)
            pair.Key.CheckDeadlines(now);
        List<(MqttWill Will, MqttPrincipal Principal)>? due = null;
        lock (gate)
        {
            List<MqttSession>? ended = null;
            foreach (var session in sessions.Values)
            {
                bool over = session.ExpiresAt <= now;
                if (session.PendingWill is { } will && (over || session.WillDueAt <= now))
                {
                    (due ??= []).Add((will, session.Principal));
                    session.PendingWill = null;
                }

                if (over)
                    (ended ??= []).Add(session);
            }

            foreach (var session in ended ?? [])
                RemoveNeedsLock(session);
        }

        foreach (var (will, principal) in due ?? [])
            _ = PublishWillAsync(will, principal);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "A connection limit is reached, by one from {Address}: sockets that have not logged in give way, further ones are closed at once; said at most once a minute. Find out who connects, or raise ConnectionsMax or ConnectionsPerAddressMax.")]
        public static partial void ConnectionLimit(ILogger logger, IPAddress address);
    }
}
