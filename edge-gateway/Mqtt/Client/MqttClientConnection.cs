using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Client;

/// <summary>
/// A small MQTT client over any stream, for tools and tests: one call at a time, no background task, no reconnection.
/// Messages that arrive while an answer is awaited are kept for <see cref="ReceiveMessageAsync"/>, at most <see cref="HeldMessagesMax"/>.
/// </summary>
public sealed class MqttClientConnection(Stream stream, MqttProtocolVersion version, int packetBytesMax = 1024 * 1024) : IAsyncDisposable
{
    /// <summary>Messages kept while an answer is awaited; one more ends the call with an IOException.</summary>
    public const int HeldMessagesMax = 4096;

    private readonly PipeReader reader = PipeReader.Create(stream);
    private readonly PipeWriter writer = PipeWriter.Create(stream);
    private readonly Queue<MqttReceived> held = new();
    private ushort lastPacketId;

    /// <summary>Sends CONNECT and returns CONNACK, accepted or not.</summary>
    /// <exception cref="IOException">The server closed, or broke the protocol.</exception>
    public async ValueTask<MqttReceived> ConnectAsync(MqttConnect connect, CancellationToken cancellationToken = default)
    {
        await SendAsync(w => MqttEncoder.WriteConnect(w, connect), cancellationToken);
        return await AnswerAsync(MqttPacketType.ConnAck, packetId: 0, cancellationToken);
    }

    /// <summary>Publishes and, for QoS 1 and 2, returns the reason of the last acknowledgement.</summary>
    public async ValueTask<MqttReasonCode> PublishAsync(
        string topic,
        ReadOnlyMemory<byte> payload,
        MqttQos qos = MqttQos.AtMostOnce,
        bool retain = false,
        MqttProperties? properties = null,
        CancellationToken cancellationToken = default)
    {
        ushort id = qos == MqttQos.AtMostOnce ? (ushort)0 : NextPacketId();
        await SendAsync(
            w => MqttEncoder.WritePublish(w, version, topic, payload.Span, qos, retain, packetId: id, properties: properties), cancellationToken);
        if (qos == MqttQos.AtMostOnce)
            return MqttReasonCode.Success;
        if (qos == MqttQos.AtLeastOnce)
            return (await AnswerAsync(MqttPacketType.PubAck, id, cancellationToken)).Reason;
        var received = await AnswerAsync(MqttPacketType.PubRec, id, cancellationToken);
        if (received.Reason >= MqttReasonCode.UnspecifiedError)
            return received.Reason;
        await SendAsync(w => MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubRel, id)), cancellationToken);
        return (await AnswerAsync(MqttPacketType.PubComp, id, cancellationToken)).Reason;
    }

    /// <summary>Subscribes and returns one code per filter.</summary>
    public async ValueTask<IReadOnlyList<MqttReasonCode>> SubscribeAsync(
        IReadOnlyList<MqttSubscriptionRequest> requests, MqttProperties? properties = null, CancellationToken cancellationToken = default)
    {
        ushort id = NextPacketId();
        await SendAsync(w => MqttEncoder.WriteSubscribe(w, version, new(id, requests, properties)), cancellationToken);
        return (await AnswerAsync(MqttPacketType.SubAck, id, cancellationToken)).Reasons ?? [];
    }

    /// <summary>Waits for the next message and acknowledges QoS 1; of QoS 2 it runs the whole exchange.</summary>
    public async ValueTask<MqttReceived> ReceiveMessageAsync(CancellationToken cancellationToken = default)
    {
        if (held.TryDequeue(out var message))
            return message;
        message = await AnswerAsync(MqttPacketType.Publish, packetId: 0, cancellationToken);
        return message;
    }

    /// <summary>Sends whatever <paramref name="write"/> puts into the buffer.</summary>
    public async ValueTask SendAsync(Action<IBufferWriter<byte>> write, CancellationToken cancellationToken = default)
    {
        write(writer);
        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>The next packet as it is, nothing acknowledged; null when the server closed.</summary>
    /// <exception cref="IOException">The server broke the protocol or the connection was reset.</exception>
    public async ValueTask<MqttReceived?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var outcome = MqttFrame.TryRead(ref buffer, packetBytesMax, out var frame);
            if (outcome == MqttDecodeOutcome.Complete)
            {
                outcome = Decode(frame, out var packet);
                reader.AdvanceTo(buffer.Start);
                return outcome == MqttDecodeOutcome.Complete ? packet : throw new IOException($"The server sent a {frame.Type} that is {outcome}.");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (outcome != MqttDecodeOutcome.NeedMoreData)
                throw new IOException($"The server sent a packet that is {outcome}.");
            if (result.IsCompleted)
                return null;
        }
    }

    /// <summary>Closes the stream without DISCONNECT, as a lost link does.</summary>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async ValueTask<MqttReceived> AnswerAsync(MqttPacketType type, ushort packetId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var packet = await ReadAsync(cancellationToken) ?? throw new IOException("The server closed the connection.");
            if (packet.Type == MqttPacketType.Publish)
                await AcknowledgeAsync(packet, cancellationToken);
            else if (packet.Type == MqttPacketType.PubRel)
                await SendAsync(w => MqttEncoder.WriteAck(w, version, new(MqttPacketType.PubComp, packet.PacketId)), cancellationToken);
            if (packet.Type == type && (packetId == 0 || packet.PacketId == packetId))
                return packet;
            if (packet.Type == MqttPacketType.Disconnect)
                throw new IOException($"The server disconnected: {packet.Reason}.");
            if (packet.Type == MqttPacketType.Publish)
                Hold(packet);
        }
    }

    private ValueTask AcknowledgeAsync(MqttReceived message, CancellationToken cancellationToken)
    {
        if (message.Qos == MqttQos.AtMostOnce)
            return default;
        var type = message.Qos == MqttQos.AtLeastOnce ? MqttPacketType.PubAck : MqttPacketType.PubRec;
        return SendAsync(w => MqttEncoder.WriteAck(w, version, new(type, message.PacketId)), cancellationToken);
    }

    private void Hold(MqttReceived message)
    {
        if (held.Count == HeldMessagesMax)
            throw new IOException("Too many messages arrived while an answer was awaited; receive them first.");
        held.Enqueue(message);
    }

    private ushort NextPacketId() => lastPacketId = lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(lastPacketId + 1);

    private MqttDecodeOutcome Decode(in MqttFrame frame, out MqttReceived packet)
    {
        MqttDecodeOutcome outcome;
        switch (frame.Type)
        {
            case MqttPacketType.ConnAck:
                outcome = MqttDecoder.ReadConnAck(frame, version, out var connAck);
                packet = new(frame.Type, Reason: connAck.Reason, SessionPresent: connAck.SessionPresent, Properties: connAck.Properties);
                return outcome;
            case MqttPacketType.Publish:
                outcome = MqttDecoder.ReadPublish(frame, version, out var p);
                packet = new(frame.Type, p.PacketId, MqttReasonCode.Success, Encoding.UTF8.GetString(p.TopicUtf8), p.Payload.ToArray(),
                    p.Qos, p.Retain, p.Duplicate, Properties: p.Properties);
                return outcome;
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                outcome = MqttDecoder.ReadAck(frame, version, out var ack);
                packet = new(frame.Type, ack.PacketId, ack.Reason, Properties: ack.Properties);
                return outcome;
            case MqttPacketType.SubAck or MqttPacketType.UnsubAck:
                outcome = MqttDecoder.ReadSubAck(frame, version, out var subAck);
                packet = new(frame.Type, subAck.PacketId, Reasons: subAck.Reasons, Properties: subAck.Properties);
                return outcome;
            case MqttPacketType.PingResp:
                packet = new(frame.Type);
                return MqttDecoder.ReadPing(frame);
            case MqttPacketType.Disconnect or MqttPacketType.Auth:
                outcome = MqttDecoder.ReadClosing(frame, version, out var closing);
                packet = new(frame.Type, Reason: closing.Reason, Properties: closing.Properties);
                return outcome;
            default:
                packet = new(frame.Type);
                return MqttDecodeOutcome.ProtocolError; // A server never sends these.
        }
    }
}
