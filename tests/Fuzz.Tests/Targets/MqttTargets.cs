using System.Buffers;
using System.Text;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Mqtt.Codec;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>The MQTT codec, both versions, packets of both directions, as a stream of packets.</summary>
internal static class MqttTargets
{
    private const int PacketBytesMax = 64 * 1024;

    private static readonly MqttProperties all = new()
    {
        PayloadFormatIndicator = 1, MessageExpiryIntervalS = 60, ContentType = "text/plain", ResponseTopic = "r/t", CorrelationData = [1, 2, 3],
        SubscriptionIdentifiers = [1, 128, 268_435_455], TopicAlias = 7, UserProperties = [new("k", "v"), new("k", "")],
    };

    public static IEnumerable<FuzzTarget> All() => [Target("mqtt 3.1.1", V311), Target("mqtt 5.0", V500)];

    private static FuzzTarget Target(string name, MqttProtocolVersion version) => new(name, Corpus(version), bytes => First(bytes, version), (_, packet) => Holds(packet, version))
    {
        // A filter of one letter takes 4 bytes on the wire and a string, a list place and a record here; so does an empty user property.
        AllocatedPerByte = 48,
        InputBytesMax = PacketBytesMax + 1024,
        Words = [[0x00, 0x01, 0x61, 0x00], [0x26, 0, 0, 0, 0], [0x0B, 0x01], [0xFF, 0xFF, 0xFF, 0x7F], [0x00, 0x00], "$share/g/t"u8.ToArray(), "MQTT"u8.ToArray()],
    };

    private static List<byte[]> Corpus(MqttProtocolVersion version)
    {
        bool v5 = version == V500;
        var will = new MqttWill("w/t", "bye"u8.ToArray(), MqttQos.AtLeastOnce, Retain: true, v5 ? new MqttProperties { WillDelayIntervalS = 5, UserProperties = [new("a", "b")] } : null);
        var connect = new MqttConnect { Version = version, ClientId = "dev", KeepAliveS = 10, Will = will, UserName = "u", Password = "pw"u8.ToArray(), Properties = v5 ? new MqttProperties { SessionExpiryIntervalS = 9, ReceiveMaximum = 3, MaximumPacketBytes = 99, UserProperties = [new("k", "v")] } : null };
        var granted = v5 ? new MqttProperties { SessionExpiryIntervalS = 1, AssignedClientIdentifier = "id", ServerKeepAliveS = 2, ReasonString = "rs", ReceiveMaximum = 4, MaximumQos = 1, RetainAvailable = 0, SharedSubscriptionAvailable = 0 } : null;
        var filters = new MqttSubscriptionRequest[] { new("a/b", MqttQos.AtLeastOnce), new("+/#", MqttQos.ExactlyOnce) };
        return
        [
            Written(w => MqttEncoder.WriteConnect(w, connect)),
            Written(w => MqttEncoder.WriteConnAck(w, version, new(SessionPresent: true, MqttReasonCode.Success, granted))),
            Written(w => MqttEncoder.WritePublish(w, version, "a/b", "hello"u8, MqttQos.AtLeastOnce, packetId: 10, properties: v5 ? all : null)),
            Written(w => MqttEncoder.WritePublish(w, version, "t", "x"u8)),
            Written(w => MqttEncoder.WriteSubscribe(w, version, new(10, filters, v5 ? new MqttProperties { SubscriptionIdentifiers = [5] } : null))),
            Written(w => MqttEncoder.WriteSubAck(w, version, new(MqttPacketType.SubAck, 10, [MqttReasonCode.Success, MqttReasonCode.UnspecifiedError]))),
            Written(w => MqttEncoder.WriteUnsubscribe(w, version, new(10, ["a/b", "c"]))),
            Written(w => MqttEncoder.WriteSubAck(w, version, new(MqttPacketType.UnsubAck, 10, [MqttReasonCode.Success]))),
            Written(w => { MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubAck, 1)); MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubRec, 2)); MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubRel, 3)); MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubComp, 4)); }),
            Written(w => { MqttEncoder.WritePing(w, MqttPacketType.PingReq); MqttEncoder.WritePing(w, MqttPacketType.PingResp); MqttEncoder.WriteClosing(w, version, new(MqttPacketType.Disconnect, v5 ? MqttReasonCode.DisconnectWithWill : MqttReasonCode.Success)); }),
        ];
    }

    // The packet at the beginning, as it comes from a socket.
    private static object? First(byte[] bytes, MqttProtocolVersion version)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        return MqttFrame.TryRead(ref buffer, PacketBytesMax, out var frame) == MqttDecodeOutcome.Complete ? Decode(frame, version) : null;
    }

    // What was understood is written, read and written again: the same bytes.
    private static bool Holds(object packet, MqttProtocolVersion version)
    {
        byte[] first = Written(w => Write(w, version, packet));
        var buffer = new ReadOnlySequence<byte>(first);
        if (MqttFrame.TryRead(ref buffer, int.MaxValue, out var frame) != MqttDecodeOutcome.Complete || Decode(frame, version) is not { } again || !Written(w => Write(w, version, again)).AsSpan().SequenceEqual(first))
            throw new InvalidOperationException($"{frame.Type} reads otherwise once it is written again: {Convert.ToHexString(first)}");
        return true;
    }

    private static object? Decode(in MqttFrame frame, MqttProtocolVersion version)
    {
        const MqttDecodeOutcome Right = MqttDecodeOutcome.Complete;
        switch (frame.Type)
        {
            case MqttPacketType.Connect: return MqttDecoder.ReadConnect(frame, out var connect) == Right ? connect : null;
            case MqttPacketType.ConnAck: return MqttDecoder.ReadConnAck(frame, version, out var connAck) == Right ? connAck : null;
            case MqttPacketType.Publish: return MqttDecoder.ReadPublish(frame, version, out var publish) == Right ? publish : null;
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp: return MqttDecoder.ReadAck(frame, version, out var ack) == Right ? ack : null;
            case MqttPacketType.Subscribe: return MqttDecoder.ReadSubscribe(frame, version, out var subscribe) == Right ? subscribe : null;
            case MqttPacketType.Unsubscribe: return MqttDecoder.ReadUnsubscribe(frame, version, out var unsubscribe) == Right ? unsubscribe : null;
            case MqttPacketType.SubAck or MqttPacketType.UnsubAck: return MqttDecoder.ReadSubAck(frame, version, out var subAck) == Right ? subAck : null;
            case MqttPacketType.PingReq or MqttPacketType.PingResp: return MqttDecoder.ReadPing(frame) == Right ? frame.Type : null;
            default: return MqttDecoder.ReadClosing(frame, version, out var closing) == Right ? closing : null;
        }
    }

    private static void Write(IBufferWriter<byte> w, MqttProtocolVersion version, object packet)
    {
        switch (packet)
        {
            case MqttConnect connect: MqttEncoder.WriteConnect(w, connect); break;
            case MqttConnAck connAck: MqttEncoder.WriteConnAck(w, version, connAck); break;
            case MqttPublish p: MqttEncoder.WritePublish(w, version, Encoding.UTF8.GetString(p.TopicUtf8), p.Payload.ToArray(), p.Qos, p.Retain, p.Duplicate, p.PacketId, p.Properties); break;
            case MqttAck ack: MqttEncoder.WriteAck(w, version, ack); break;
            case MqttSubscribe subscribe: MqttEncoder.WriteSubscribe(w, version, subscribe); break;
            case MqttUnsubscribe unsubscribe: MqttEncoder.WriteUnsubscribe(w, version, unsubscribe); break;
            case MqttSubAck subAck: MqttEncoder.WriteSubAck(w, version, subAck); break;
            case MqttPacketType type: MqttEncoder.WritePing(w, type); break;
            default: MqttEncoder.WriteClosing(w, version, (MqttClosing)packet); break;
        }
    }

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
