using System.Buffers.Binary;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;

namespace BodyCam.Bench.Load;

/// <summary>One message ready for the socket.</summary>
/// <param name="Packet">A whole PUBLISH of MQTT 3.1.1, QoS 1.</param>
/// <param name="IdAt">Offset of its packet id.</param>
/// <param name="Segment">Of which segment, from 0.</param>
/// <param name="IsSeal">True for the seal, which comes last.</param>
public readonly record struct LoadPacket(byte[] Packet, int IdAt, int Segment, bool IsSeal);

/// <summary>Everything one connection sends, made before the clock runs.</summary>
public sealed class LoadPackets
{
    private LoadPackets(IReadOnlyList<FakeSegment> segments, IReadOnlyList<LoadPacket> packets)
    {
        Segments = segments;
        Packets = packets;
    }

    /// <summary>The segments.</summary>
    public IReadOnlyList<FakeSegment> Segments { get; }

    /// <summary>Chunks of each segment, then its seal.</summary>
    public IReadOnlyList<LoadPacket> Packets { get; }

    /// <summary>Bytes of the segments.</summary>
    public long Bytes => Segments.Sum(static segment => (long)segment.Bytes.Length);

    /// <summary>Payload bytes of all messages.</summary>
    public long PayloadBytes { get; private init; }

    /// <summary>Makes recording and messages of one recorder.</summary>
    public static LoadPackets Make(LoadPlan plan, LoadIdentity identity, KeyRing keys)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(identity);
        var device = DeviceId.Parse(identity.Device);
        var recorder = new FakeRecorder(device, keys, identity.Epoch);
        const int frameBytes = 25_000;
        var segments = Enumerable.Range(1, plan.SegmentCount)
            .Select(number => recorder.Footage(plan.Recording, (uint)number, final: number == plan.SegmentCount, frames: Math.Max(1, plan.SegmentBytes / frameBytes), frameBytes: Math.Min(frameBytes, plan.SegmentBytes), plan.ChunkBytes, frameEveryMs: 100))
            .ToList();
        var topic = Encoding.ASCII.GetBytes($"bodycam/v1/{device}/up");
        var messages = new List<(byte[] Payload, int Segment, bool IsSeal)>();
        for (var at = 0; at < segments.Count; at++)
        {
            for (var index = 0; index < segments[at].ChunkCount; index++)
                messages.Add((FakeRecorder.ChunkMessage(segments[at], index), at, false));
            messages.Add((FakeRecorder.SealMessage(segments[at]), at, true));
        }

        return new LoadPackets(segments, [.. messages.Select(message => Publish(topic, message.Payload, message.Segment, message.IsSeal))]) { PayloadBytes = messages.Sum(static message => (long)message.Payload.Length) };
    }

    private static LoadPacket Publish(byte[] topic, byte[] payload, int segment, bool isSeal)
    {
        var remaining = 2 + topic.Length + 2 + payload.Length;
        var head = new List<byte>(5) { 0x32 };
        for (var left = remaining; ;)
        {
            var digit = (byte)(left % 128);
            left /= 128;
            head.Add(left > 0 ? (byte)(digit | 0x80) : digit);
            if (left == 0)
                break;
        }

        var packet = new byte[head.Count + remaining];
        head.CopyTo(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(head.Count), (ushort)topic.Length);
        topic.CopyTo(packet, head.Count + 2);
        payload.CopyTo(packet, head.Count + 2 + topic.Length + 2);
        return new LoadPacket(packet, head.Count + 2 + topic.Length, segment, isSeal);
    }
}
