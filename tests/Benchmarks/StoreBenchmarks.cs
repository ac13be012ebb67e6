using BenchmarkDotNet.Attributes;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Log;

namespace BodyCam.Benchmarks;

/// <summary>What a group costs: log append and catalog, with their syncs, in a temporary folder of this disk.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private readonly GatewayKey key = GatewayKey.Create();
    private string folder = "";
    private LogWriter log = null!;
    private SqliteCatalog catalog = null!;
    private LogRecord[] records = [];
    private uint recording;

    /// <summary>Works of a group.</summary>
    [Params(1, 16, 256)]
    public int Group { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        folder = Directory.CreateTempSubdirectory("bodycam-benchmarks").FullName;
        log = LogWriter.Open(Path.Combine(folder, "log"), key.Ecdsa, "bodycam/benchmarks", TimeProvider.System);
        catalog = SqliteCatalog.Open(Path.Combine(folder, "catalog.db"));
        records = [.. Enumerable.Range(0, Group).Select(static _ => new LogRecord("segment", new byte[500]))];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        log.Dispose();
        catalog.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark]
    public long AppendToLog() => log.AppendBatch(records).Signed.Checkpoint.Size;

    [Benchmark]
    public void ApplyToCatalog()
    {
        recording++;
        var batch = new CatalogBatch { LogSize = recording };
        for (var segment = 1u; segment <= Group; segment++)
        {
            batch.Segments.Add(new SegmentRow(
                new SegmentKey(DeviceId.Parse("unit-7"), 1, recording, segment), SegmentKind.Footage, ReceiptState.Stored, new byte[32], new byte[32], new byte[32], 1000, SealFlags.None, StopReason.None, 1, 100, 0, 0, 10, 0, 0, recording));
        }

        catalog.Apply(batch);
    }

    [Benchmark]
    public byte[] SignRecord() => key.SignDer(records[0].Utf8Json);
}
