using System.Buffers;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Mqtt.Codec;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>A station in the board's virtual time: speaks MQTT 3.1.1 to the recorder, keeps what comes up, answers as protocol §5 says, and sends down whatever a test makes.</summary>
internal sealed class FakeStation : IDisposable
{
    private const int PacketBytesMax = 1 << 20;
    private readonly Board board;
    private readonly GatewayKey gatewayKey = GatewayKey.Create();
    private readonly Dictionary<SegmentKey, HeldSegment> held = [];
    private MemoryLink? link;
    private byte[] rest = [];
    private ushort packetId;
    private ulong counter = 1_772_411_400_000_000;

    /// <summary>Takes the place of the network of that bench and brings its link up.</summary>
    public FakeStation(Bench bench, bool linkUp = true)
    {
        board = bench.Board;
        board.Network.ConnectOverride = (_, _) => Accept();
        board.Network.SntpOverride = _ =>
        {
            TimeQuestions++;
            return board.TrueUtc;
        };
        board.Network.SetLink(linkUp);
    }

    public DeviceId Device { get; } = Bench.Device;

    public KeyRing Keys { get; } = Bench.Keys;

    public uint Epoch { get; set; } = 1;

    /// <summary>False: what is complete gets no receipt until a test sends one.</summary>
    public bool GivesReceipts { get; set; } = true;

    /// <summary>False: seals and offers are kept without a word, as by a gateway that hangs behind its endpoint.</summary>
    public bool AsksForMissing { get; set; } = true;

    public uint LastRecordingSeen { get; set; }

    public ulong CheckpointSize { get; private set; }

    public int ConnectCount { get; private set; }

    public int TimeQuestions { get; private set; }

    public string? RefusedLogin { get; private set; }

    public List<(TimeSpan At, byte[] Message)> Up { get; } = [];

    public List<(TimeSpan At, byte[] Message)> Live { get; } = [];

    public List<JsonElement> Happened { get; } = [];

    public List<JsonElement> Statuses { get; } = [];

    public JsonElement Status => Statuses[^1];

    /// <summary>Segments whose seal has come, in order.</summary>
    public IReadOnlyList<HeldSegment> Sealed => [.. held.Values.Where(static one => one.Seal is not null).OrderBy(static one => one.Key)];

    public IReadOnlyList<HeldSegment> Footage => [.. Sealed.Where(static one => !one.Key.IsJournalChain)];

    public HeldSegment Segment(uint recording, uint segment) => held[new SegmentKey(Device, Epoch, recording, segment)];

    /// <summary>Lets time pass until everything on the card that has a footage seal is here, or the time is up.</summary>
    public void AwaitFootage(Bench bench, double secondsMax = 240)
    {
        var end = board.Now + TimeSpan.FromSeconds(secondsMax);
        while (!bench.KeptSegments().Where(static segment => segment.Seal.Kind == SegmentKind.Footage).All(segment => held.TryGetValue(segment.Seal.Key, out var one) && one.IsComplete))
        {
            Assert.True(board.Now < end, $"the upload is not through after {secondsMax} s");
            bench.Run(2);
        }
    }

    /// <summary>The receipt that an honest gateway would give for that segment.</summary>
    public Receipt Honest(Seal seal, ReceiptState state = ReceiptState.Stored)
    {
        CheckpointSize++;
        return new Receipt(state, Device, seal.Key.Epoch, Epoch, 1_772_411_400_000_000, CheckpointSize, Root(CheckpointSize), gatewayKey.Id, [new ReceiptEntry(seal.Key.Recording, seal.Key.Segment, seal.SealDigest.ToArray())]);
    }

    /// <summary>The receipt's bytes under the receipt key of its own device and key epoch.</summary>
    public byte[] Written(Receipt receipt) => receipt.Write(Keys.ReceiptKey(receipt.Device, receipt.KeyEpoch), gatewayKey);

    public byte[] Written(Receipt receipt, byte[] receiptKey) => receipt.Write(receiptKey, gatewayKey);

    /// <summary>A command with the next counter, or with one that is given.</summary>
    public byte[] Command(string name, params (string Key, string Value)[] values) => CommandUnder(Keys.CommandKey(Device, Epoch), name, values);

    public byte[] CommandUnder(byte[] commandKey, string name, params (string Key, string Value)[] values) =>
        DownMessages.Command(name, values.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value)), ++counter, commandKey);

    /// <summary>Publishes to the recorder's <c>down</c>.</summary>
    public void Send(params byte[][] messages)
    {
        foreach (var message in messages)
        {
            packetId = packetId == ushort.MaxValue ? (ushort)1 : (ushort)(packetId + 1);
            Write(writer => MqttEncoder.WritePublish(writer, MqttProtocolVersion.V311, $"bodycam/v1/{Device}/down", message, MqttQos.AtLeastOnce, packetId: packetId));
        }
    }

    /// <summary>Sends bytes that need not be MQTT.</summary>
    public void SendRaw(byte[] bytes) => link!.Send(bytes);

    /// <summary>Breaks the connection off.</summary>
    public void Drop() => link!.Close();

    public void Dispose() => gatewayKey.Dispose();

    private static byte[] Root(ulong size) => System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(size));

    private Stream Accept()
    {
        link = new MemoryLink(board);
        rest = [];
        var mine = link;
        link.Received += bytes =>
        {
            if (mine == link)
                Take(bytes);
        };
        return link.DeviceStream;
    }

    private void Take(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>([.. rest, .. bytes]);
        while (MqttFrame.TryRead(ref buffer, PacketBytesMax, out var frame) == MqttDecodeOutcome.Complete)
            Answer(frame);
        rest = buffer.ToArray();
    }

    private void Answer(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.Connect:
                MqttDecoder.ReadConnect(frame, out var connect);
                var password = Convert.ToHexStringLower(Keys.LinkKey(Device, Epoch));
                var known = connect.ClientId == Device.Text && connect.UserName == Device.Text && Encoding.ASCII.GetString(connect.Password ?? []) == password;
                RefusedLogin = known ? RefusedLogin : connect.ClientId;
                ConnectCount += known ? 1 : 0;
                Write(writer => MqttEncoder.WriteConnAck(writer, MqttProtocolVersion.V311, new MqttConnAck(false, known ? MqttReasonCode.Success : MqttReasonCode.BadUserNameOrPassword)));
                break;
            case MqttPacketType.Subscribe:
                MqttDecoder.ReadSubscribe(frame, MqttProtocolVersion.V311, out var subscribe);
                Write(writer => MqttEncoder.WriteSubAck(writer, MqttProtocolVersion.V311, new MqttSubAck(MqttPacketType.SubAck, subscribe.PacketId, [(MqttReasonCode)1])));
                break;
            case MqttPacketType.PingReq:
                Write(static writer => MqttEncoder.WritePing(writer, MqttPacketType.PingResp));
                break;
            case MqttPacketType.Publish:
                MqttDecoder.ReadPublish(frame, MqttProtocolVersion.V311, out var publish);
                var (topic, payload, id) = (Encoding.UTF8.GetString(publish.TopicUtf8), publish.Payload.ToArray(), publish.PacketId);
                if (publish.Qos == MqttQos.AtLeastOnce)
                    Write(writer => MqttEncoder.WriteAck(writer, MqttProtocolVersion.V311, new MqttAck(MqttPacketType.PubAck, id)));
                Arrived(topic, payload);
                break;
        }
    }

    private void Arrived(string topic, byte[] payload)
    {
        switch (topic[(topic.LastIndexOf('/') + 1)..])
        {
            case "up":
                Up.Add((board.Now, payload));
                TakeUp(payload);
                break;
            case "live":
                Live.Add((board.Now, payload));
                break;
            case "event":
                Happened.Add(JsonDocument.Parse(payload).RootElement);
                break;
            case "status":
                Statuses.Add(JsonDocument.Parse(payload).RootElement);
                break;
        }
    }

    private void TakeUp(byte[] message)
    {
        Assert.Equal(RefusalReason.None, MessageStart.ReadUp(message, out var type));
        if (type == MessageType.Chunk)
        {
            Assert.Equal(RefusalReason.None, ChunkMessage.TryParse(message, out var chunk));
            Assert.True(chunk.DigestMatches());
            var segment = Hold(new SegmentKey(Device, chunk.Epoch, chunk.Recording, chunk.Segment));
            segment.Chunks[chunk.Index] = chunk.Payload.ToArray();
            segment.OpenChunkCount += chunk.IsOpen ? 1 : 0;
            Settle(segment, asked: false);
        }
        else if (type == MessageType.Seal)
        {
            Assert.Equal(RefusalReason.None, SealMessage.TryParse(message, out var offered));
            TakeSeal(offered, asked: false);
        }
        else
        {
            Assert.Equal(RefusalReason.None, OfferMessage.TryParse(message, out var offer));
            if (offer!.IsFirst)
                Send(Command("state", ("epoch", $"{Epoch}"), ("lastRecording", $"{LastRecordingSeen}"), ("lastSegment", "1")));
            foreach (var offered in offer.Seals)
                TakeSeal(offered, asked: true);
        }
    }

    private void TakeSeal(OfferedSeal offered, bool asked)
    {
        Assert.True(Keys.Authenticates(offered.Seal), $"{offered.Seal.Key} has a seal that does not hold");
        var segment = Hold(offered.Seal.Key);
        segment.Seal = offered.Seal;
        segment.IsLost = offered.IsLost;
        Settle(segment, asked);
    }

    private void Settle(HeldSegment segment, bool asked)
    {
        if (segment.Seal is null)
            return;
        if (segment.IsComplete || segment.IsLost)
        {
            if (GivesReceipts)
                Send(Written(Honest(segment.Seal, segment.IsLost ? ReceiptState.Damaged : ReceiptState.Stored)));
        }
        else if (asked && AsksForMissing)
        {
            var gaps = new List<ChunkRange>();
            for (uint index = 0; index < segment.Seal.ChunkCount; index++)
                if (!segment.Chunks.ContainsKey(index))
                    gaps.Add(new ChunkRange(index, 1));
            Send(DownMessages.Missing(segment.Key, segment.Seal.SealDigest, gaps.ToArray(), ++counter, Keys.CommandKey(Device, Epoch)));
        }
    }

    private HeldSegment Hold(SegmentKey key) => held.TryGetValue(key, out var one) ? one : held[key] = new HeldSegment(key);

    private void Write(Action<IBufferWriter<byte>> write)
    {
        var packet = new ArrayBufferWriter<byte>();
        write(packet);
        link!.Send(packet.WrittenSpan.ToArray());
    }
}

/// <summary>What the station has of one segment.</summary>
internal sealed class HeldSegment(SegmentKey key)
{
    public SegmentKey Key { get; } = key;

    public Seal? Seal { get; set; }

    public bool IsLost { get; set; }

    public SortedDictionary<uint, byte[]> Chunks { get; } = [];

    /// <summary>Chunks that came before the seal existed.</summary>
    public int OpenChunkCount { get; set; }

    public byte[] Content => [.. Chunks.Values.SelectMany(static chunk => chunk)];

    /// <summary>True when the chunks give the seal digest.</summary>
    public bool IsComplete
    {
        get
        {
            if (Seal is null || Chunks.Count < Seal.ChunkCount)
                return false;
            var digests = new byte[Seal.ChunkCount * 32];
            for (var index = 0u; index < Seal.ChunkCount; index++)
                Digests.Chunk(Chunks[index].AsSpan(0, Math.Min(Chunks[index].Length, Seal.ChunkLength(index))), digests.AsSpan((int)index * 32));
            return Seal.Covers(digests);
        }
    }

    public IReadOnlyList<JsonElement> Lines() => JournalReader.Lines(Content);
}
