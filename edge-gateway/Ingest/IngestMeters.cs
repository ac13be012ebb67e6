using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BodyCam.Ingest;

/// <summary>What ingest counts and times (operations.md, Metrics): a figure for every queue and latency on the way to a receipt.</summary>
internal sealed class IngestMeters : IDisposable
{
    private readonly Meter meter;
    private readonly Histogram<double> messageMs;
    private readonly Histogram<double> commitMs;
    private readonly Histogram<long> commitWorks;
    private readonly Histogram<double> sealToReceiptMs;

    public IngestMeters(IMeterFactory? meters)
    {
        meter = meters?.Create(IngestService.MeterName) ?? new Meter(IngestService.MeterName);
        Chunks = meter.CreateCounter<long>("bodycam_chunks", description: "Chunks taken, by outcome");
        Refusals = meter.CreateCounter<long>("bodycam_refusals", description: "Refusals, by reason");
        Receipts = meter.CreateCounter<long>("bodycam_receipts", description: "Storage receipts issued, by state");
        messageMs = meter.CreateHistogram<double>("bodycam_message_ms", "ms", "From a message of a recorder to its PUBACK, without the way out");
        commitMs = meter.CreateHistogram<double>("bodycam_commit_ms", "ms", "Log and catalog of one group, with their syncs");
        commitWorks = meter.CreateHistogram<long>("bodycam_commit_works", description: "Works in one group");
        sealToReceiptMs = meter.CreateHistogram<double>("bodycam_seal_to_receipt_ms", "ms", "From the message that completed a segment to its receipt");
    }

    /// <summary>Chunks taken, by outcome.</summary>
    public Counter<long> Chunks { get; }

    /// <summary>Refusals, by reason.</summary>
    public Counter<long> Refusals { get; }

    /// <summary>Receipts, by state.</summary>
    public Counter<long> Receipts { get; }

    /// <summary>A figure that is asked for when somebody reads the metrics.</summary>
    public void Gauge(string name, Func<double> read, string description) => meter.CreateObservableGauge(name, read, description: description);

    /// <summary>A message was handled; <paramref name="startedAt"/> is a <see cref="Stopwatch"/> stamp.</summary>
    public void Message(long startedAt) => messageMs.Record(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);

    /// <summary>A group is durable.</summary>
    public void Commit(int works, TimeSpan elapsed)
    {
        commitMs.Record(elapsed.TotalMilliseconds);
        commitWorks.Record(works);
    }

    /// <summary>A receipt went out.</summary>
    public void Receipt(long startedAt) => sealToReceiptMs.Record(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);

    public void Dispose() => meter.Dispose();
}
