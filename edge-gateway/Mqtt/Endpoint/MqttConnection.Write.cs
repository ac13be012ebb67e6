using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using BodyCam.Mqtt.Codec;
using Microsoft.AspNetCore.Connections;

namespace BodyCam.Mqtt.Endpoint;

internal sealed partial class MqttConnection
{
    /// <summary>Bytes written before a flush, so that a long queue does not pile up in the pipe.</summary>
    private const int BatchBytes = 32 * 1024;

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private uint? peerPacketBytesMax;
    private bool allowsExpiryChange;

    /// <summary>Tells the writing task that the session may have something to send; never blocks.</summary>
    public void WakeWriter() => wake.Writer.TryWrite(true);

    private async Task WriteMessagesAsync()
    {
        try
        {
            while (await wake.Reader.WaitToReadAsync(closing.Token))
            {
                wake.Reader.TryRead(out _);
                while (await output.SendBatchAsync(FillBatch, closing.Token))
                {
                    // Another batch may be waiting.
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException or ConnectionAbortedException or IOException)
        {
            // The reading task sees the same end and closes.
        }
        catch (Exception exception)
        {
            Log.Failed(broker.Logger, principal.ClientId, exception);
            RequestClose(MqttReasonCode.UnspecifiedError);
        }
    }

    private bool FillBatch(PipeWriter pipe)
    {
        long before = pipe.CanGetUnflushedBytes ? pipe.UnflushedBytes : 0;
        bool any = false;
        while ((!pipe.CanGetUnflushedBytes || pipe.UnflushedBytes - before < BatchBytes) && session!.TryTake(out var outgoing))
        {
            any = true;
            if (outgoing.IsRelease)
                MqttEncoder.WriteAck(pipe, version, new(MqttPacketType.PubRel, outgoing.PacketId));
            else
                WriteMessage(pipe, outgoing);
        }

        return any;
    }

    private void WriteMessage(PipeWriter pipe, in MqttOutgoing outgoing)
    {
        var (message, qos, retain, identifiers) = outgoing.Delivery;
        uint? remainingS = message.RemainingS(broker.Now);
        MqttProperties? properties = null;
        if (version == MqttProtocolVersion.V500 && (message.Properties is not null || identifiers is not null))
            properties = MqttMessage.Copy(message.Properties, remainingS, identifiers);
        bool expired = remainingS == 0 && !outgoing.Duplicate; // [MQTT-3.3.2-5]; once sent, it must be completed.
        if (expired || !FitsPeer(message, qos, properties))
        {
            broker.Metrics.Dropped(expired ? "expired" : "peer_packet_max");
            if (outgoing.PacketId != 0)
                session!.Complete(outgoing.PacketId, qos, mustBeReleased: false);
            return;
        }

        MqttEncoder.WritePublish(
            pipe, version, message.Topic, message.Payload.Span, qos, retain, outgoing.Duplicate, outgoing.PacketId, properties);
        broker.Metrics.Sent();
    }

    // [MQTT-3.1.2-24]: a message above the client's maximum is dropped as if it had been sent.
    private bool FitsPeer(MqttMessage message, MqttQos qos, MqttProperties? properties)
    {
        if (peerPacketBytesMax is not { } bytesMax)
            return true;
        var measured = new ArrayBufferWriter<byte>();
        MqttEncoder.WritePublish(measured, version, message.Topic, message.Payload.Span, qos, packetId: 1, properties: properties);
        return measured.WrittenCount <= bytesMax;
    }
}
