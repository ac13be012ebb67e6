using System.Buffers;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Tests.Codec;

/// <summary>Hex and buffer helpers of the codec tests.</summary>
internal static class Bytes
{
    public static byte[] Of(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));

    public static string Written(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return Convert.ToHexString(writer.WrittenSpan);
    }

    /// <summary>The same bytes in one-byte buffers, the worst case of a socket.</summary>
    public static ReadOnlySequence<byte> Scattered(byte[] bytes)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        for (int index = 0; index < bytes.Length; index++)
            last = last.Then(bytes.AsMemory(index, 1));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Reads one frame and the packet in it as the endpoint and the client would together.</summary>
    public static MqttDecodeOutcome Decode(ReadOnlySequence<byte> buffer, MqttProtocolVersion version, out object? packet, int packetBytesMax = 65_536)
    {
        packet = null;
        var outcome = MqttFrame.TryRead(ref buffer, packetBytesMax, out var frame);
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome;
        switch (frame.Type)
        {
            case MqttPacketType.Connect: outcome = MqttDecoder.ReadConnect(frame, out var connect); packet = connect; break;
            case MqttPacketType.ConnAck: outcome = MqttDecoder.ReadConnAck(frame, version, out var connAck); packet = connAck; break;
            case MqttPacketType.Publish: outcome = MqttDecoder.ReadPublish(frame, version, out var publish); packet = publish; break;
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                outcome = MqttDecoder.ReadAck(frame, version, out var ack); packet = ack; break;
            case MqttPacketType.Subscribe: outcome = MqttDecoder.ReadSubscribe(frame, version, out var subscribe); packet = subscribe; break;
            case MqttPacketType.Unsubscribe: outcome = MqttDecoder.ReadUnsubscribe(frame, version, out var unsubscribe); packet = unsubscribe; break;
            case MqttPacketType.SubAck or MqttPacketType.UnsubAck:
                outcome = MqttDecoder.ReadSubAck(frame, version, out var subAck); packet = subAck; break;
            case MqttPacketType.PingReq or MqttPacketType.PingResp: outcome = MqttDecoder.ReadPing(frame); packet = frame.Type; break;
            default: outcome = MqttDecoder.ReadClosing(frame, version, out var closing); packet = closing; break;
        }

        return outcome;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Piece Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
