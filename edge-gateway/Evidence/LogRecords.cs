using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>A <c>segment</c> record of the log.</summary>
internal sealed record SegmentRecord(SegmentKey Key, long Sequence, string SealDigest, string Sha256, long Bytes, string State, long StoredAtUs, byte[] Signature);

/// <summary>What the log's records say, by kind.</summary>
internal sealed class LogRecords
{
    public Dictionary<SegmentKey, SegmentRecord> Segments { get; } = [];

    public Dictionary<SegmentKey, long> Announced { get; } = [];

    public HashSet<SegmentKey> Archived { get; } = [];

    public List<(SegmentKey Key, uint First, uint Last, bool Complete, string Lacks)> Manifests { get; } = [];

    public List<(DeviceId Device, uint Epoch, string Reason)> Epochs { get; } = [];

    public HashSet<SegmentKey> Orphans { get; } = [];

    public int ConflictCount { get; private set; }

    public static LogRecords Read(LogReader reader, long size)
    {
        var records = new LogRecords();
        foreach (var stored in reader.ReadRecords(0, size))
        {
            if (stored.Utf8Json is null)
                continue;
            try
            {
                using var document = JsonDocument.Parse(stored.Utf8Json);
                records.Add(document.RootElement, stored.Sequence);
            }
            catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                // The audit names a record that does not fit its leaf; one that fits and is not ours says nothing here.
            }
        }

        return records;
    }

    private void Add(JsonElement record, long sequence)
    {
        if (!DeviceId.TryParse(record.Text("device"), out var device))
            return;
        var epoch = (uint)Math.Max(0, record.Number("epoch"));
        var key = new SegmentKey(device, epoch, (uint)Math.Max(0, record.Number("recording")), (uint)Math.Max(0, record.Number("segment")));
        switch (record.Text("type"))
        {
            case "segment":
                Segments[key] = new SegmentRecord(key, sequence, record.Text("sealDigest"), record.Text("sha256"), record.Number("bytes"), record.Text("state"), record.Number("storedAtUs"), record.GetProperty("signature").GetBytesFromBase64());
                break;
            case "announced":
                Announced[key] = sequence;
                break;
            case "archived":
                Archived.Add(key);
                break;
            case "manifest":
                Manifests.Add((key, (uint)Math.Max(0, record.Number("firstRecording")), (uint)Math.Max(0, record.Number("lastRecording")), record.GetProperty("complete").GetBoolean(), record.Text("lacks")));
                break;
            case "epoch":
                Epochs.Add((device, epoch, record.Text("reason")));
                break;
            case "orphan":
                Orphans.Add(key);
                break;
            case "conflict":
                ConflictCount++;
                break;
        }
    }
}
