using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>A copy of a data or archive folder, to spoil; removed at the end.</summary>
public sealed class FolderCopy : IDisposable
{
    public FolderCopy(string source)
    {
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(static path => !System.IO.Path.GetFileName(path).StartsWith("catalog.db", StringComparison.Ordinal) && System.IO.Path.GetFileName(path) != "lock"))
        {
            var target = At(System.IO.Path.GetRelativePath(source, path));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, File.ReadAllBytes(path));
        }
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "bodycam-verify-" + System.IO.Path.GetRandomFileName());

    private string RecordsFile => At("log/records/000.jsonl");

    public string At(string relative) => System.IO.Path.Combine(Path, relative);

    /// <summary>All records of the log, at most 256.</summary>
    public IReadOnlyList<(long Sequence, string Type, JsonElement Json)> Records() =>
        [.. new LogReader(At("log")).ReadRecords(0, 256).Select(static stored => (stored.Sequence, stored.Type, JsonDocument.Parse(stored.Utf8Json!).RootElement))];

    /// <summary>Sequence of the only record of a kind that speaks of a segment; segment 0 for records about a recording.</summary>
    public long SequenceOf(string type, uint recording, uint segment) =>
        Records().Single(record => record.Type == type && record.Json.Text("device") == "unit-7" && record.Json.Number("recording") == recording && Math.Max(0, record.Json.Number("segment")) == segment).Sequence;

    /// <summary>Rewrites a record line as a purge would: the commitment is enough, no key is needed.</summary>
    public void Purge(long sequence)
    {
        var lines = File.ReadAllLines(RecordsFile);
        var line = JsonDocument.Parse(lines[sequence]).RootElement;
        var commitment = LogEntry.Commit(line.GetProperty("salt").GetBytesFromBase64(), line.GetProperty("record").GetBytesFromBase64());
        lines[sequence] = $"{{\"sequence\":{sequence},\"type\":\"{line.Text("type")}\",\"timeUs\":{line.Number("timeUs")},\"commitment\":\"{Convert.ToHexStringLower(commitment)}\",\"purged\":true}}";
        File.WriteAllText(RecordsFile, string.Join('\n', lines) + "\n");
    }

    /// <summary>Puts a copy of a line, with another sequence, behind the last line.</summary>
    public void AppendLine(long from, long asSequence)
    {
        var lines = File.ReadAllLines(RecordsFile);
        File.AppendAllText(RecordsFile, lines[from].Replace($"\"sequence\":{from},", $"\"sequence\":{asSequence},", StringComparison.Ordinal) + "\n");
    }

    /// <summary>Appends to the log as somebody does who holds the gateway's key.</summary>
    public long AppendRecord(GatewayKey key, string type, byte[] json)
    {
        using var own = GatewayKey.FromPem(key.ExportPrivatePem());
        using var log = LogWriter.Open(At("log"), own.Ecdsa, $"bodycam/gateway/{own.Id:x16}", TimeProvider.System);
        return log.AppendBatch([new LogRecord(type, json)]).Records[0].Sequence;
    }

    /// <summary>Changes one character within the checkpoint's first signature.</summary>
    public void SpoilCheckpointSignature()
    {
        var note = File.ReadAllText(At("log/checkpoint"));
        var at = note.LastIndexOf(' ') + 20;
        File.WriteAllText(At("log/checkpoint"), note[..at] + (note[at] == 'A' ? 'B' : 'A') + note[(at + 1)..]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
