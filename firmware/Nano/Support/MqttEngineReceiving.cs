using System.Buffers;
using System.Text;
using BodyCam.Mqtt.Codec;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Support;

/// <summary>What the server sends: the receive thread, and what each packet does to the queue.</summary>
public sealed partial class MqttEngine
{
    private const int ReceiveBytes = 16_384;

    private readonly HashSet<ushort> _receivedQos2 = [];

    private void ReceiveLoop(int generation)
    {
        Stream stream = _stream!;
        byte[] buffer = new byte[ReceiveBytes];
        int filled = 0;
        try
        {
            while (_generation == generation)
            {
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
                int read = stream.Read(buffer, filled, buffer.Length - filled);
                if (read == 0 || _generation != generation)
                    break;
                filled += read;
                var rest = new ReadOnlySequence<byte>(buffer, 0, filled);
                MqttDecodeOutcome outcome;
                while ((outcome = MqttFrame.TryRead(ref rest, _packetBytesMax, out MqttFrame frame)) == MqttDecodeOutcome.Complete)
                    Handle(frame);
                if (outcome != MqttDecodeOutcome.NeedMoreData)
                    break;
                int left = (int)rest.Length;
                Array.Copy(buffer, filled - left, buffer, 0, left);
                filled = left;
            }
        }
        catch (IOException)
        {
            // A broken link ends the connection like an orderly close.
        }
        catch (ObjectDisposedException)
        {
            // Closed by this side while reading.
        }

        if (_generation == generation)
            ConnectionEnded();
    }

    private void Handle(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.ConnAck when MqttDecoder.ReadConnAck(frame, _version, out MqttConnAck connAck) == MqttDecodeOutcome.Complete:
                _connAck = connAck;
                native.Scheduler.SetEvent(_answerSignal);
                break;
            case MqttPacketType.Publish when MqttDecoder.ReadPublish(frame, _version, out MqttPublish publish) == MqttDecodeOutcome.Complete:
                Arrived(publish);
                break;
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp
                when MqttDecoder.ReadAck(frame, _version, out MqttAck ack) == MqttDecodeOutcome.Complete:
                Acknowledged(ack);
                break;
            case MqttPacketType.SubAck when MqttDecoder.ReadSubAck(frame, _version, out MqttSubAck subAck) == MqttDecodeOutcome.Complete:
                if (_inflight.RemoveAll(m => m.Filters is not null && m.Id == subAck.PacketId) > 0)
                {
                    byte[] granted = [.. subAck.Reasons.Select(reason => (byte)reason)];
                    native.Scheduler.Post(() => events.Subscribed?.Invoke(subAck.PacketId, granted));
                }

                break;
            case MqttPacketType.PingResp:
                _pingOpen = false;
                native.Scheduler.SetEvent(_keepAliveSignal);
                break;
            case MqttPacketType.Disconnect:
                ConnectionEnded();
                break;
        }
    }

    private void Arrived(in MqttPublish publish)
    {
        ushort id = publish.PacketId;
        if (publish.Qos == MqttQos.ExactlyOnce && !_receivedQos2.Add(id))
        {
            TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubRec, id)));
            return;
        }

        byte[] payload = publish.Payload.ToArray();
        native.System.CountLibraryCopy(Library, payload.Length);

        // A full queue loses the message; the acknowledgement below goes out all the same.
        Enqueue(new InflightMessage(id, (byte)publish.Qos, native.Clocks.MonotonicUs)
        {
            Topic = Encoding.UTF8.GetString(publish.TopicUtf8),
            Payload = payload,
            Retain = publish.Retain,
            Duplicate = publish.Duplicate,
            Incoming = true,
        });
        if (publish.Qos == MqttQos.AtLeastOnce)
            TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubAck, id)));
        else if (publish.Qos == MqttQos.ExactlyOnce)
            TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubRec, id)));
    }

    private void Acknowledged(MqttAck ack)
    {
        InflightMessage? message = _inflight.Find(m => !m.Incoming && m.Filters is null && m.Id == ack.PacketId);
        switch (ack.Type)
        {
            case MqttPacketType.PubRel:
                _receivedQos2.Remove(ack.PacketId);
                TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubComp, ack.PacketId)));
                break;
            case MqttPacketType.PubRec when message is { Qos: 2 }:
                message.Released = true;
                message.Attempts = 1;
                message.ClockUs = native.Clocks.MonotonicUs;
                TrySend(writer => MqttEncoder.WriteAck(writer, _version, new MqttAck(MqttPacketType.PubRel, ack.PacketId)));
                break;
            case MqttPacketType.PubAck when message is { Qos: 1 }:
            case MqttPacketType.PubComp when message is { Qos: 2 }:
                _inflight.Remove(message);
                native.Scheduler.Post(() => events.Published?.Invoke(ack.PacketId, (byte)ack.Reason < 0x80));
                break;
        }
    }
}
