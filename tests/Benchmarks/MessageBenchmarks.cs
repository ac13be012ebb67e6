using System.Buffers;
using BenchmarkDotNet.Attributes;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Mqtt.Codec;
using BodyCam.TestKit;

namespace BodyCam.Benchmarks;

/// <summary>What each message costs before it reaches the disk: codec, digest, seal, Matroska.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private readonly KeyRing keys = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);
    private readonly ArrayBufferWriter<byte> writer = new(16 * 1024);
    private readonly byte[] digest = new byte[Digests.Bytes];
    private FakeSegment segment = null!;
    private byte[] chunk = [];
    private byte[] packet = [];
    private byte[] digests = [];
    private Seal seal = null!;

    /// <summary>A segment of 2 MiB, its first chunk message of 8 KiB and the packet around it.</summary>
    [GlobalSetup]
    public void Setup()
    {
        segment = new FakeRecorder(DeviceId.Parse("unit-7"), keys).Footage(1, 1, final: true, frames: 70, frameBytes: 29_000, chunkBytes: 8192);
        chunk = FakeRecorder.ChunkMessage(segment, 0);
        MqttEncoder.WritePublish(writer, MqttProtocolVersion.V311, "bodycam/v1/unit-7/up", chunk, MqttQos.AtLeastOnce, packetId: 7);
        packet = writer.WrittenSpan.ToArray();
        digests = new byte[segment.ChunkCount * Digests.Bytes];
        for (var index = 0; index < segment.ChunkCount; index++)
            Digests.Chunk(segment.Chunk(index), digests.AsSpan(index * Digests.Bytes));
        _ = Seal.TryParse(segment.SealBytes, out seal!);
    }

    [Benchmark]
    public MqttDecodeOutcome ReadPublish()
    {
        var sequence = new ReadOnlySequence<byte>(packet);
        MqttFrame.TryRead(ref sequence, 64 * 1024, out var frame);
        return MqttDecoder.ReadPublish(frame, MqttProtocolVersion.V311, out _);
    }

    [Benchmark]
    public int WritePublish()
    {
        writer.ResetWrittenCount();
        MqttEncoder.WritePublish(writer, MqttProtocolVersion.V311, "bodycam/v1/unit-7/up", chunk, MqttQos.AtLeastOnce, packetId: 7);
        return writer.WrittenCount;
    }

    [Benchmark]
    public bool ParseChunkAndCheckDigest() => ChunkMessage.TryParse(chunk, out var parsed) == RefusalReason.None && parsed.DigestMatches();

    [Benchmark]
    public void DigestOf8KiB() => Digests.Chunk(segment.Bytes.AsSpan(0, 8192), digest);

    [Benchmark]
    public bool ParseAndAuthenticateSeal() => Seal.TryParse(segment.SealBytes, out var parsed) == RefusalReason.None && keys.Authenticates(parsed!);

    [Benchmark]
    public bool SealCoversDigests() => seal.Covers(digests);

    [Benchmark]
    public int ReadMatroskaOf2MiB() => SegmentReader.Read(segment.Bytes).Blocks.Count;
}
