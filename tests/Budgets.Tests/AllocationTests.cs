using System.Buffers;
using BodyCam.Bench.Growth;
using BodyCam.Bench.Load;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Mqtt.Codec;
using BodyCam.TestKit;

namespace BodyCam.Budgets.Tests;

/// <summary>Managed bytes that one operation allocates once it is warm, against what it may. Times are not judged; tests/Benchmarks measures them.</summary>
public sealed class AllocationTests : IDisposable
{
    private const int WarmUp = 200;
    private const int Calls = 400;

    private static readonly DeviceId device = DeviceId.Parse("unit-7");
    private static readonly KeyRing keys = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);
    private static readonly FakeSegment segment = new FakeRecorder(device, keys).Footage(1, 1, final: true, frames: 10, frameBytes: 30_000, chunkBytes: 8192);
    private static readonly byte[] chunk = FakeRecorder.ChunkMessage(segment, 0);
    private static readonly byte[] packet = Packet();

    /// <summary>Operation and the bytes that it may allocate.</summary>
    private static readonly Dictionary<string, (long BytesMax, Func<AllocationTests, Action> Make)> budgets = new(StringComparer.Ordinal)
    {
        ["MQTT: read a PUBLISH of 8 KiB"] = (0, static _ => ReadPublish),
        ["MQTT: write a PUBACK"] = (0, static _ => WriteAck()),
        ["chunk: parse and check the digest"] = (0, static _ => static () => Assert.True(ChunkMessage.TryParse(chunk, out var parsed) == RefusalReason.None && parsed.DigestMatches())),
        ["digest of a chunk of 8 KiB"] = (0, static _ => Digest()),
        ["seal: parse and authenticate"] = (800, static _ => static () => Assert.True(Seal.TryParse(segment.SealBytes, out var seal) == RefusalReason.None && keys.Authenticates(seal!))),
        ["seal: digest over all chunks"] = (300, static _ => Covers()),
        ["Matroska: read a segment of 300 KB"] = (2_200, static _ => static () => Assert.Equal(10, SegmentReader.Read(segment.Bytes).Blocks.Count)),
        ["log: a record in a batch of 256"] = (1_500, static test => test.Append()),
        ["catalog: find"] = (1_600, static test => test.Find()),
        ["catalog: highest"] = (1_500, static test => test.Highest()),
        ["ingest: a chunk of 4 KiB of a segment that arrives"] = (160, static test => test.Chunk()),
    };

    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-budgets").FullName;
    private readonly List<IDisposable> owned = [];

    public static TheoryData<string> Operations => [.. budgets.Keys];

    public void Dispose()
    {
        owned.Reverse();
        owned.ForEach(static one => one.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_stays_within_its_budget(string operation)
    {
        var (bytesMax, make) = budgets[operation];
        var action = make(this);
        for (var call = 0; call < WarmUp; call++)
            action();
        // The least of a few rounds: what the runtime itself does now and then (tiering, a timer) is nobody's operation.
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var call = 0; call < Calls; call++)
                action();
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Calls);
        }

        Console.WriteLine($"{operation}: {least} of {bytesMax} bytes");
        Assert.True(least <= bytesMax, $"{operation}: {least} bytes, {bytesMax} are allowed");
    }

    private static byte[] Packet()
    {
        var writer = new ArrayBufferWriter<byte>();
        MqttEncoder.WritePublish(writer, MqttProtocolVersion.V311, "bodycam/v1/unit-7/up", chunk, MqttQos.AtLeastOnce, packetId: 7);
        return writer.WrittenSpan.ToArray();
    }

    private static void ReadPublish()
    {
        var sequence = new ReadOnlySequence<byte>(packet);
        Assert.True(MqttFrame.TryRead(ref sequence, 64 * 1024, out var frame) == MqttDecodeOutcome.Complete && MqttDecoder.ReadPublish(frame, MqttProtocolVersion.V311, out var publish) == MqttDecodeOutcome.Complete && publish.Payload.Length == chunk.Length);
    }

    private static Action WriteAck()
    {
        var writer = new ArrayBufferWriter<byte>(64);
        return () =>
        {
            writer.ResetWrittenCount();
            MqttEncoder.WriteAck(writer, MqttProtocolVersion.V311, new MqttAck(MqttPacketType.PubAck, 7, MqttReasonCode.Success, null));
        };
    }

    private static Action Digest()
    {
        var digest = new byte[Digests.Bytes];
        return () => Digests.Chunk(segment.Bytes.AsSpan(0, 8192), digest);
    }

    private static Action Covers()
    {
        Assert.Equal(RefusalReason.None, Seal.TryParse(segment.SealBytes, out var seal));
        var digests = new byte[segment.ChunkCount * Digests.Bytes];
        for (var index = 0; index < segment.ChunkCount; index++)
            Digests.Chunk(segment.Chunk(index), digests.AsSpan(index * Digests.Bytes));
        return () => Assert.True(seal!.Covers(digests));
    }

    private Action Append()
    {
        var key = GatewayKey.Create();
        owned.Add(key);
        var log = LogWriter.Open(Path.Combine(folder, "log"), key.Ecdsa, "bodycam/budgets", TimeProvider.System, new GrowthLogFiles(Path.Combine(folder, "log"), hurry: true));
        owned.Add(log);
        var records = Enumerable.Range(0, 256).Select(static _ => new LogRecord("segment", new byte[500])).ToList();
        var call = 0;
        return () =>
        {
            // One call in 256 appends for all of them.
            if (call++ % 256 == 0)
                log.AppendBatch(records);
        };
    }

    private SqliteCatalog Filled()
    {
        var catalog = SqliteCatalog.Open(Path.Combine(folder, "catalog.db"));
        owned.Add(catalog);
        Assert.Equal(RefusalReason.None, Seal.TryParse(segment.SealBytes, out var seal));
        catalog.Apply(new CatalogBatch { Segments = { SegmentRow.Of(seal!, ReceiptState.Stored, new byte[32], 1, 1, 1) }, LogSize = 2 });
        return catalog;
    }

    private Action Find()
    {
        var catalog = Filled();
        return () => Assert.NotNull(catalog.Find(segment.Key));
    }

    private Action Highest()
    {
        var catalog = Filled();
        return () => Assert.Equal(1u, catalog.Highest(device, 1).Recording);
    }

    private Action Chunk()
    {
        var station = new Station(Path.Combine(folder, "station"));
        station.Open();
        owned.Add(new Closing(station));
        station.Ingest.ProvisionAsync(device, "provisioned", null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var recorder = new FakeRecorder(device, station.Keys);
        var large = recorder.Footage(1, 1, final: true, frames: 40, frameBytes: 190_000, chunkBytes: 4096);
        var messages = Enumerable.Range(0, large.ChunkCount - 1).Select(index => new ReadOnlySequence<byte>(FakeRecorder.ChunkMessage(large, index))).ToArray();
        var next = 0;
        return () => Assert.True(station.Ingest.HandleUpAsync(device, messages[next++], CancellationToken.None).IsCompletedSuccessfully);
    }

    private sealed class Closing(Station station) : IDisposable
    {
        public void Dispose() => station.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
