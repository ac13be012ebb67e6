using System.Buffers;
using System.Text;
using BodyCam.Mqtt.Codec;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Support;

/// <summary>
/// The queue, retry and event rules of nanoFramework.M2Mqtt over the board's network: a receive, an in-flight and a
/// keep-alive thread; sends are repeated 1 s after queueing, three sends in all, then reported as not published.
/// </summary>
/// <remarks>All state is touched under the board's CLR lock only.</remarks>
public sealed partial class MqttEngine(INativeCalls native, MqttEvents events)
{
    private const string Library = "M2Mqtt";
    private const int SendsMax = 3;
    private const int RetryMs = 1_000;
    private const int AnswerMs = 30_000;
    private const int PacketBytesMaxDefault = 268_435_460;

    private readonly List<InflightMessage> _inflight = [];
    private readonly object _inflightSignal = native.Scheduler.CreateEvent(false, false);
    private readonly object _answerSignal = native.Scheduler.CreateEvent(false, false);
    private readonly object _keepAliveSignal = native.Scheduler.CreateEvent(false, false);
    private Stream? _stream;
    private MqttProtocolVersion _version;
    private MqttConnAck? _connAck;
    private int _packetBytesMax;
    private int _keepAliveMs;
    private ulong _lastSentUs;
    private bool _pingOpen;
    private bool _closedRaised;
    private int _generation;
    private ushort _lastId;

    /// <summary>True between a CONNACK that accepts and the end of the connection.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Entries the queue takes before it refuses a publish and silently drops the rest.</summary>
    public int InflightQueueSize { get; set; } = int.MaxValue;

    /// <summary>Connects and waits for CONNACK.</summary>
    /// <returns>0 or the return code.</returns>
    /// <exception cref="IOException">The link is down, or the server did not answer within 30 s.</exception>
    public int Connect(string host, int port, TlsOptions? tls, MqttConnectOptions options)
    {
        int generation = ++_generation;
        _version = options.ProtocolVersion == 5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;
        _packetBytesMax = options.PacketBytesMax == 0 ? PacketBytesMaxDefault : (int)Math.Min(options.PacketBytesMax, PacketBytesMaxDefault);
        _connAck = null;
        native.Scheduler.ResetEvent(_answerSignal);
        _closedRaised = false;
        _pingOpen = false;
        _stream = native.Network.Connect(host, port, tls);
        if (options.CleanSession)
        {
            _inflight.Clear();
            _receivedQos2.Clear();
        }

        native.Scheduler.StartThread(() => ReceiveLoop(generation), "mqtt-receive");
        Send(writer => MqttEncoder.WriteConnect(writer, new MqttConnect
        {
            Version = _version,
            CleanStart = options.CleanSession,
            KeepAliveS = options.KeepAliveS,
            ClientId = options.ClientId,
            UserName = options.UserName,
            Password = options.Password is null ? null : Encoding.UTF8.GetBytes(options.Password),
            Will = options.WillTopic is null
                ? null
                : new MqttWill(options.WillTopic, Encoding.UTF8.GetBytes(options.WillMessage ?? string.Empty), (MqttQos)options.WillQos, options.WillRetain),
            Properties = options.PacketBytesMax > 0 ? new MqttProperties { MaximumPacketBytes = options.PacketBytesMax } : null,
        }));
        native.Scheduler.WaitAny([_answerSignal], AnswerMs);
        if (_connAck is null || _generation != generation)
        {
            CloseStream();
            throw new IOException("The MQTT server did not answer CONNECT; try again after a pause.");
        }

        if (_connAck.Reason != MqttReasonCode.Success)
        {
            CloseStream();
            return _version == MqttProtocolVersion.V500 ? (int)_connAck.Reason : ReturnCode(_connAck.Reason);
        }

        _keepAliveMs = options.KeepAliveS * 1_000;
        IsConnected = true;
        foreach (InflightMessage message in _inflight)
            message.ClockUs = native.Clocks.MonotonicUs;
        native.Scheduler.StartThread(() => InflightLoop(generation), "mqtt-inflight");
        if (_keepAliveMs > 0)
            native.Scheduler.StartThread(() => KeepAliveLoop(generation), "mqtt-keepalive");
        return 0;
    }

    /// <summary>Queues a message; it is sent by the in-flight thread.</summary>
    /// <returns>Its id; 0 when the queue is full.</returns>
    public ushort Publish(string topic, byte[] payload, byte qos, bool retain)
    {
        var message = new InflightMessage(NextId(), qos, native.Clocks.MonotonicUs) { Topic = topic, Payload = payload, Retain = retain };
        return Enqueue(message) ? message.Id : (ushort)0;
    }

    /// <summary>Queues a SUBSCRIBE; dropped without a word when the queue is full.</summary>
    public ushort Subscribe(string[] filters, byte[] qos)
    {
        var message = new InflightMessage(NextId(), 1, native.Clocks.MonotonicUs) { Filters = filters, FilterQos = qos };
        Enqueue(message);
        return message.Id;
    }

    /// <summary>Sends DISCONNECT and ends the connection.</summary>
    public void Disconnect()
    {
        if (_stream is not null)
            TrySend(writer => MqttEncoder.WriteClosing(writer, _version, new MqttClosing(MqttPacketType.Disconnect, MqttReasonCode.Success)));
        ConnectionEnded();
    }

    /// <summary>Ends the threads, empties the queue and closes the socket.</summary>
    public void Close()
    {
        _generation++;
        _inflight.Clear();
        CloseStream();
        native.Scheduler.SetEvent(_inflightSignal);
        native.Scheduler.SetEvent(_keepAliveSignal);

        // The real one sleeps this long between the stages of its shutdown.
        native.Scheduler.Sleep(200);
    }

    // Table 3.1 of MQTT 3.1.1; the codec speaks the codes of 5.0.
    private static int ReturnCode(MqttReasonCode reason) => (int)reason switch { 0x84 => 1, 0x85 => 2, 0x86 => 4, 0x87 => 5, _ => 3 };

    private bool Enqueue(InflightMessage message)
    {
        if (_inflight.Count >= InflightQueueSize)
            return false;
        _inflight.Add(message);
        native.Scheduler.SetEvent(_inflightSignal);
        return true;
    }

    private ushort NextId()
    {
        _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);
        return _lastId;
    }

    private void InflightLoop(int generation)
    {
        while (_generation == generation && IsConnected)
        {
            int waitMs = ProcessInflight();
            native.Scheduler.WaitAny([_inflightSignal], waitMs);
        }
    }

    private int ProcessInflight()
    {
        int waitMs = -1;
        foreach (InflightMessage message in _inflight.ToArray())
        {
            if (!IsConnected)
                return waitMs;
            if (message.Incoming)
            {
                _inflight.Remove(message);
                native.Scheduler.Post(() => events.Received?.Invoke(message.Topic!, message.Payload, message.Duplicate, message.Qos, message.Retain));
                continue;
            }

            if (message.Qos == 0)
            {
                _inflight.Remove(message);
                SendPublish(message);
                continue;
            }

            long elapsedMs = (long)(native.Clocks.MonotonicUs - message.ClockUs) / 1_000;
            if (message.Attempts == 0 || elapsedMs >= RetryMs)
            {
                if (message.Attempts >= SendsMax)
                {
                    _inflight.Remove(message);
                    if (message.Filters is null)
                        native.Scheduler.Post(() => events.Published?.Invoke(message.Id, false));
                    continue;
                }

                // The clock of the first wait is that of queueing; a repeat starts its own.
                if (message.Attempts > 0)
                    message.ClockUs = native.Clocks.MonotonicUs;
                message.Attempts++;
                SendAgain(message);
                elapsedMs = (long)(native.Clocks.MonotonicUs - message.ClockUs) / 1_000;
            }

            int restMs = (int)Math.Max(0, RetryMs - elapsedMs);
            waitMs = waitMs < 0 ? restMs : Math.Min(waitMs, restMs);
        }

        return waitMs;
    }

    private void SendAgain(InflightMessage message)
    {
        if (message.Released)
            TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubRel, message.Id)));
        else if (message.Filters is { } filters)
            TrySend(writer => MqttEncoder.WriteSubscribe(writer, _version, new MqttSubscribe(message.Id, Requests(filters, message.FilterQos!))));
        else
            SendPublish(message);
    }

    private void SendPublish(InflightMessage message)
    {
        // The library builds a new array of topic and payload for every send and every repeat.
        native.System.CountLibraryCopy(Library, Encoding.UTF8.GetByteCount(message.Topic!) + message.Payload.Length);
        TrySend(writer => MqttEncoder.WritePublish(
            writer, _version, message.Topic!, message.Payload, (MqttQos)message.Qos, message.Retain, message.Attempts > 1, message.Qos == 0 ? (ushort)0 : message.Id));
    }

    private static MqttSubscriptionRequest[] Requests(string[] filters, byte[] qos) =>
        [.. filters.Select((filter, i) => new MqttSubscriptionRequest(filter, (MqttQos)qos[i]))];

    private void KeepAliveLoop(int generation)
    {
        while (_generation == generation && IsConnected)
        {
            long idleMs = (long)(native.Clocks.MonotonicUs - _lastSentUs) / 1_000;
            if (idleMs < _keepAliveMs)
            {
                native.Scheduler.WaitAny([_keepAliveSignal], (int)(_keepAliveMs - idleMs));
                continue;
            }

            _pingOpen = true;
            if (!TrySend(writer => MqttEncoder.WritePing(writer, MqttPacketType.PingReq)))
                return;
            native.Scheduler.WaitAny([_keepAliveSignal], _keepAliveMs);
            if (_pingOpen && _generation == generation)
                ConnectionEnded();
        }
    }

    private bool TrySend(Action<IBufferWriter<byte>> write)
    {
        try
        {
            Send(write);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            ConnectionEnded();
            return false;
        }
    }

    private void Send(Action<IBufferWriter<byte>> write)
    {
        Stream stream = _stream ?? throw new IOException("Not connected.");
        var packet = new ArrayBufferWriter<byte>();
        write(packet);
        _lastSentUs = native.Clocks.MonotonicUs;

        // Like the chip's TLS write, the board's stream keeps the CLR lock until the stack has taken everything.
        stream.Write(packet.WrittenSpan);
    }

    private void ConnectionEnded()
    {
        bool wasConnected = IsConnected;
        CloseStream();
        native.Scheduler.SetEvent(_answerSignal);
        native.Scheduler.SetEvent(_inflightSignal);
        native.Scheduler.SetEvent(_keepAliveSignal);
        if (wasConnected && !_closedRaised)
        {
            _closedRaised = true;
            native.Scheduler.Post(() => events.Closed?.Invoke());
        }
    }

    private void CloseStream()
    {
        IsConnected = false;
        Stream? stream = _stream;
        _stream = null;
        stream?.Dispose();
    }
}
