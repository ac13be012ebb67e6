using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.TestKit;

namespace BodyCam.Fire.Tests;

/// <summary>A recorder on a real socket: films, offers, uploads, repeats, reconnects, and keeps every receipt that it can check. It lives in the test's process, apart from the gateway's.</summary>
/// <param name="card">What it filmed and was promised.</param>
/// <param name="port">Where it connects; asked each time.</param>
/// <param name="every">Pause between segments.</param>
internal sealed class StreamingRecorder(RecorderCard card, Func<int> port, TimeSpan every) : IAsyncDisposable
{
    private const int OfferMax = 20;
    private const int WindowMax = 8;
    private const int AttemptsMax = 3;
    private const int ReceiptType = 16;
    private const int MissingType = 17;
    private const int RefusalType = 18;
    private static readonly TimeSpan answerWithin = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private Task? running;
    private Session? session;
    private int rebootAsked;
    private bool isDisposed;

    public RecorderCard Card => card;

    /// <summary>Without a PUBACK for so long a message is sent again, three times at most.</summary>
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Seals without an answer for so long are offered again.</summary>
    public TimeSpan OfferEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause after a lost link.</summary>
    public TimeSpan ReconnectAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>True while it films.</summary>
    public bool IsFilming { get; set; } = true;

    /// <summary>Sessions so far.</summary>
    public int SessionCount { get; private set; }

    /// <summary>Longest wait for a PUBACK so far.</summary>
    public TimeSpan LongestAnswer { get; private set; }

    /// <summary>PUBACKs so far.</summary>
    public long Answers { get; private set; }

    /// <summary>Refusals by their reason.</summary>
    public ConcurrentDictionary<RefusalReason, int> Refusals { get; } = [];

    /// <summary>Begins to live: films and connects until it is disposed.</summary>
    public void Start() => running = Task.WhenAll(Task.Run(FilmAsync), Task.Run(LinkAsync));

    /// <summary>The power goes and comes back.</summary>
    public void Reboot() => Interlocked.Exchange(ref rebootAsked, 1);

    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        await stop.CancelAsync();
        if (running is not null)
            await running;
        stop.Dispose();
    }

    private async Task FilmAsync()
    {
        using var timer = new PeriodicTimer(every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                IReadOnlyList<FakeSegment> filmed = [];
                if (Interlocked.Exchange(ref rebootAsked, 0) == 1)
                {
                    card.Reboot();
                    Volatile.Read(ref session)?.Cut();
                }
                else if (IsFilming)
                {
                    filmed = card.Film();
                }

                foreach (var segment in filmed)
                    Volatile.Read(ref session)?.Say(segment);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task LinkAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var one = new Session(this);
                await one.RunAsync(stop.Token);
            }
            catch (Exception lost) when (lost is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A lost link; what has no receipt is offered again.
            }

            await Task.WhenAny(Task.Delay(ReconnectAfter, stop.Token));
        }
    }

    /// <summary>One connection.</summary>
    private sealed class Session(StreamingRecorder owner) : IAsyncDisposable
    {
        private readonly RecorderCard card = owner.Card;
        private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>();
        private readonly Dictionary<ushort, Sent> inflight = [];
        private readonly SemaphoreSlim window = new(WindowMax);
        private readonly SemaphoreSlim writing = new(1);
        private readonly CancellationTokenSource cut = new();
        private readonly string topics = $"bodycam/v1/{owner.Card.Device}/";
        private TcpClient? socket;
        private MqttClientConnection? connection;
        private ushort lastId;

        public void Cut() => cut.Cancel();

        public void Say(FakeSegment segment)
        {
            outgoing.Writer.TryWrite(FakeRecorder.SealMessage(segment));
            for (var index = 0; index < segment.ChunkCount; index++)
                outgoing.Writer.TryWrite(FakeRecorder.ChunkMessage(segment, index));
        }

        public async Task RunAsync(CancellationToken stopping)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, cut.Token);
            using (var within = CancellationTokenSource.CreateLinkedTokenSource(both.Token))
            {
                within.CancelAfter(answerWithin);
                socket = new TcpClient { NoDelay = true };
                await socket.ConnectAsync("127.0.0.1", owner.PortNow(), within.Token);
                connection = new MqttClientConnection(socket.GetStream(), MqttProtocolVersion.V311);
                var name = card.Device.Text;
                var answer = await connection.ConnectAsync(
                    new MqttConnect { ClientId = name, UserName = name, Password = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(card.LinkKey)), KeepAliveS = 60, Will = new MqttWill(topics + "status", "{\"state\":\"offline\"}"u8.ToArray(), MqttQos.AtLeastOnce, true) }, within.Token);
                if (answer.Reason != MqttReasonCode.Success)
                    throw new IOException($"refused: {answer.Reason}");
                await connection.SubscribeAsync([new MqttSubscriptionRequest(topics + "down", MqttQos.AtLeastOnce)], null, within.Token);
            }

            owner.SessionCount++;
            Offer(first: true);
            Volatile.Write(ref owner.session, this);
            try
            {
                Task[] tasks = [ReadAsync(both.Token), WriteAsync(both.Token), RepeatAsync(both.Token)];
                await Task.WhenAny(tasks);
                await both.CancelAsync();
                await Task.WhenAll(tasks);
            }
            finally
            {
                Volatile.Write(ref owner.session, null);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (connection is not null)
                await connection.DisposeAsync();
            socket?.Dispose();
            window.Dispose();
            writing.Dispose();
            cut.Dispose();
        }

        private void Offer(bool first)
        {
            var owed = card.Owed;
            if (owed.Count == 0 && first)
                outgoing.Writer.TryWrite(new FakeRecorder(card.Device, null!, card.Epoch).OfferMessage(true, false));
            foreach (var some in owed.Chunk(OfferMax))
            {
                outgoing.Writer.TryWrite(new FakeRecorder(card.Device, null!, card.Epoch).OfferMessage(first, false, some));
                first = false;
            }
        }

        private async Task ReadAsync(CancellationToken cancel)
        {
            while (await connection!.ReadAsync(cancel) is { } packet)
            {
                if (packet.Type == MqttPacketType.PubAck)
                    Answered(packet.PacketId);
                else if (packet.Type == MqttPacketType.Publish)
                    await HearAsync(packet, cancel);
            }
        }

        private void Answered(ushort id)
        {
            lock (inflight)
            {
                if (!inflight.Remove(id, out var sent))
                    return;
                owner.Answers++;
                var took = TimeProvider.System.GetElapsedTime(sent.At);
                if (took > owner.LongestAnswer)
                    owner.LongestAnswer = took;
            }

            window.Release();
        }

        private async Task HearAsync(MqttReceived packet, CancellationToken cancel)
        {
            var message = packet.Payload.ToArray();
            switch (message[1])
            {
                case ReceiptType:
                    card.Take(message);
                    break;
                case MissingType:
                    Resend(message);
                    break;
                case RefusalType:
                    Refused((RefusalReason)BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(2)));
                    break;
            }

            if (packet.Qos == MqttQos.AtLeastOnce)
                await SendAsync(writer => MqttEncoder.WriteAck(writer, MqttProtocolVersion.V311, new MqttAck(MqttPacketType.PubAck, packet.PacketId)), cancel);
        }

        private void Refused(RefusalReason reason)
        {
            owner.Refusals.AddOrUpdate(reason, 1, static (_, count) => count + 1);
            if (reason is not (RefusalReason.StorageFull or RefusalReason.StorageFault or RefusalReason.Quota))
                card.Complaints.Enqueue($"{card.Device}: refused as {reason}, and nothing was wrong with it");
        }

        private void Resend(byte[] message)
        {
            uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
            if (card.Find(new SegmentKey(card.Device, U32(4), U32(8), U32(12))) is not { } segment)
                return;
            for (var range = 0; range < BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(2)); range++)
            {
                for (var index = U32(64 + (range * 8)); index < U32(64 + (range * 8)) + U32(68 + (range * 8)) && index < segment.ChunkCount; index++)
                    outgoing.Writer.TryWrite(FakeRecorder.ChunkMessage(segment, (int)index));
            }
        }

        private async Task WriteAsync(CancellationToken cancel)
        {
            await foreach (var message in outgoing.Reader.ReadAllAsync(cancel))
            {
                await window.WaitAsync(cancel);
                ushort id;
                lock (inflight)
                {
                    id = lastId = lastId == ushort.MaxValue ? (ushort)1 : (ushort)(lastId + 1);
                    inflight[id] = new Sent(message, TimeProvider.System.GetTimestamp(), TimeProvider.System.GetTimestamp(), 1);
                }

                await PublishAsync(id, message, isAgain: false, cancel);
            }
        }

        // Repeats what has no PUBACK and gives up after the third time; offers again what has no receipt.
        private async Task RepeatAsync(CancellationToken cancel)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            var offered = TimeProvider.System.GetTimestamp();
            while (await timer.WaitForNextTickAsync(cancel))
            {
                KeyValuePair<ushort, Sent>[] late;
                lock (inflight)
                    late = [.. inflight.Where(pair => TimeProvider.System.GetElapsedTime(pair.Value.Last) > owner.RepeatAfter)];
                foreach (var (id, sent) in late)
                {
                    var isGivenUp = sent.Attempts >= AttemptsMax;
                    lock (inflight)
                    {
                        if (!inflight.ContainsKey(id))
                            continue;
                        if (isGivenUp)
                            inflight.Remove(id);
                        else
                            inflight[id] = sent with { Last = TimeProvider.System.GetTimestamp(), Attempts = sent.Attempts + 1 };
                    }

                    if (isGivenUp)
                        window.Release();
                    else
                        await PublishAsync(id, sent.Message, isAgain: true, cancel);
                }

                if (TimeProvider.System.GetElapsedTime(offered) > owner.OfferEvery && outgoing.Reader.Count == 0)
                {
                    offered = TimeProvider.System.GetTimestamp();
                    Offer(first: false);
                }
            }
        }

        private Task PublishAsync(ushort id, byte[] message, bool isAgain, CancellationToken cancel) =>
            SendAsync(writer => MqttEncoder.WritePublish(writer, MqttProtocolVersion.V311, topics + "up", message, MqttQos.AtLeastOnce, duplicate: isAgain, packetId: id), cancel);

        private async Task SendAsync(Action<System.Buffers.IBufferWriter<byte>> write, CancellationToken cancel)
        {
            await writing.WaitAsync(cancel);
            try
            {
                await connection!.SendAsync(write, cancel);
            }
            finally
            {
                writing.Release();
            }
        }

        private readonly record struct Sent(byte[] Message, long At, long Last, int Attempts);
    }

    private int PortNow() => port();
}
