using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BodyCam.Core.Matroska;
using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>A record that was written anew in line, entry and tile stands for itself: the root says so, and damage of another leaf explains no root.</summary>
public sealed class ForgedRecordTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    [Theory]
    [InlineData("nothing")]
    [InlineData("a byte of another entry")]
    [InlineData("another line")]
    [InlineData("the checkpoint's signature")]
    public void A_record_written_anew_everywhere_is_told_whatever_else_is_damaged(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        var record = copy.Records().First(static record => record.Type == "announced");
        Forge(copy, record.Sequence, record.Json.GetProperty("activity").GetRawText());
        Damage(copy, what);
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = small.PublicPem, Keys = small.Keys }, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings.Any(static finding => finding is { Code: "log_checkpoint", FollowsFrom: null }), said);
        Assert.True(report.Findings.Any(static finding => finding is { Code: "receipt_checkpoint", FollowsFrom: null }), said);
    }

    private static void Damage(FolderCopy copy, string what)
    {
        switch (what)
        {
            case "a byte of another entry":
                var entries = Newest(copy.At("log/tile/entries/000.p"));
                var bytes = File.ReadAllBytes(entries);
                bytes[12] ^= 1;
                File.WriteAllBytes(entries, bytes);
                break;
            case "another line":
                var lines = File.ReadAllLines(copy.At("log/records/000.jsonl"));
                lines[^1] = "x" + lines[^1];
                File.WriteAllText(copy.At("log/records/000.jsonl"), string.Join('\n', lines) + "\n");
                break;
            case "the checkpoint's signature":
                copy.SpoilCheckpointSignature();
                break;
        }
    }

    // Without the key: only the checkpoint's root still says what stood there.
    private static void Forge(FolderCopy copy, long sequence, string activity)
    {
        var file = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(file);
        var line = JsonDocument.Parse(lines[sequence]).RootElement;
        var old = line.GetProperty("record").GetString()!;
        var forged = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Convert.FromBase64String(old)).Replace($"\"activity\":{activity}", $"\"activity\":{activity}7", StringComparison.Ordinal));
        lines[sequence] = lines[sequence].Replace(old, Convert.ToBase64String(forged), StringComparison.Ordinal);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
        var entry = new LogEntry(sequence, line.Number("timeUs"), line.Text("type"), LogEntry.Commit(line.GetProperty("salt").GetBytesFromBase64(), forged)).ToBytes();
        foreach (var folder in new[] { "log/tile/0/000.p", "log/tile/entries/000.p" })
        {
            var newest = Newest(copy.At(folder));
            foreach (var older in Directory.GetFiles(copy.At(folder)).Where(path => path != newest))
                File.Delete(older);
            var bytes = File.ReadAllBytes(newest);
            var at = (int)sequence * MerkleHash.Bytes;
            if (folder.Contains("/entries/", StringComparison.Ordinal))
            {
                at = 2;
                for (var i = 0; i < sequence; i++)
                    at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at - 2));
            }

            (folder.Contains("/entries/", StringComparison.Ordinal) ? entry : MerkleHash.Leaf(entry)).CopyTo(bytes, at);
            File.WriteAllBytes(newest, bytes);
        }
    }

    private static string Newest(string folder) => Directory.GetFiles(folder).MaxBy(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))!;
}
