using System.Text;
using System.Text.Json;

namespace BodyCam.Evidence.Tests;

/// <summary>A record whose digest is none says nothing that can be held against a file: it is named, and ends no run.</summary>
public sealed class DamagedDigestTests(AsideFolder aside) : IClassFixture<AsideFolder>
{
    private const string Sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static TheoryData<string> Digests => ["", "01234567", Sha256[..63] + "G", Sha256.ToUpperInvariant(), Sha256 + "0"];

    [Theory]
    [MemberData(nameof(Digests))]
    public void Of_an_orphaned_tail(string digest)
    {
        using var copy = new FolderCopy(aside.Folder);
        var record = copy.Records().First(static record => record.Type == "orphan");
        var file = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(file);
        var old = JsonDocument.Parse(lines[record.Sequence]).RootElement.GetProperty("record").GetString()!;
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(old)).Replace(record.Json.GetProperty("sha256").GetString()!, digest, StringComparison.Ordinal);
        lines[record.Sequence] = lines[record.Sequence].Replace(old, Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
        AssertNamed(copy, record.Sequence);
    }

    [Theory]
    [MemberData(nameof(Digests))]
    public void Of_an_archived_tail(string digest) =>
        AssertNamedWhenAppended("archived", $$"""{"type":"archived","device":"unit-7","epoch":1,"recording":4,"segment":1,"sha256":"{{digest}}","archivedAtUs":1}""");

    [Theory]
    [MemberData(nameof(Digests))]
    public void Of_a_purged_tail(string digest) =>
        AssertNamedWhenAppended("purge", $$"""{"type":"purge","device":"unit-7","epoch":1,"recording":4,"reviewer":"a","approver":"b","expiredAtUs":1,"atUs":1,"segments":[{"segment":1,"sealDigest":"{{Sha256}}","sha256":"{{Sha256}}","bytes":1}],"tails":[{"segment":1,"sha256":"{{digest}}","bytes":1}],"signature":"AAAA"}""");

    private void AssertNamedWhenAppended(string type, string json)
    {
        using var copy = new FolderCopy(aside.Folder);
        AssertNamed(copy, copy.AppendRecord(aside.Key, type, Encoding.UTF8.GetBytes(json)));
    }

    private void AssertNamed(FolderCopy copy, long sequence)
    {
        var report = Verifier.Run(copy.Path, aside.WithKeys, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Code == "record_unreadable" && finding.Chunk == sequence);
    }
}
