using System.Text;
using BodyCam.Core.Matroska;

namespace BodyCam.Evidence.Tests;

/// <summary>What is wrong in an archive is mended from the station's data folder, and never from the archive itself.</summary>
public sealed class ArchiveWordsTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private const string Stem = "segments/unit-7/0001/000001/000001";
    private const string CopyIt = "from the station's data folder, after that was verified";
    private const string Brings = "The gateway's next start brings it by itself where it stands in the station's data folder";

    [Theory]
    [InlineData(".mkv", 0, "seal_digest", "Copy both " + CopyIt)]
    [InlineData(".mkv", -1, "bytes_differ", "Copy it " + CopyIt)]
    [InlineData(".seal", 51, "seal_misplaced", "Copy it " + CopyIt)]
    [InlineData(".seal", 0, "seal_unreadable", "Copy it " + CopyIt)]
    [InlineData(".mkv", null, "file_missing", Brings)]
    [InlineData(".seal", null, "file_missing", Brings)]
    public void A_file_of_a_segment_comes_from_the_data_folder(string ending, int? at, string code, string says)
    {
        using var copy = AsArchive();
        var bytes = File.ReadAllBytes(copy.At(Stem + ending));
        File.Delete(copy.At(Stem + ending));
        if (at is >= 0)
            bytes[at.Value] ^= 1;
        if (at is not null)
            File.WriteAllBytes(copy.At(Stem + ending), at < 0 ? bytes[..^1] : bytes);
        AssertSaid(copy, code, says);
    }

    [Fact]
    public void A_damaged_file_of_the_log_is_copied_by_hand_and_a_missing_one_comes_by_itself()
    {
        using var copy = AsArchive();
        var records = copy.At("log/records/000.jsonl");
        var text = File.ReadAllText(records);
        var at = text.IndexOf("\"record\":\"", StringComparison.Ordinal) + 20;
        File.WriteAllText(records, text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..]);
        var damaged = AssertSaid(copy, "log_damaged", "Copy this file from the station's data folder, after that was verified, or from a backup: the gateway writes over nothing here that the checkpoint covers.");
        Assert.DoesNotContain("brings it", damaged.Message, StringComparison.Ordinal);
        File.Delete(records);
        AssertSaid(copy, "log_missing", "the gateway's next start brings it");
    }

    private FolderCopy AsArchive()
    {
        var copy = new FolderCopy(small.Folder);
        File.Delete(copy.At("custody.db"));
        if (Directory.Exists(copy.At("parts")))
            Directory.Delete(copy.At("parts"), recursive: true);
        File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
        foreach (var segment in copy.Records().Where(static record => record.Type == "segment").ToList())
            copy.AppendRecord(small.Key, "archived", Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":{Math.Max(0, segment.Json.Number("recording"))},\"segment\":{segment.Json.Number("segment")},\"sealDigest\":\"{segment.Json.Text("sealDigest")}\",\"archivedAtUs\":1}}"));
        return copy;
    }

    private Finding AssertSaid(FolderCopy copy, string code, string says)
    {
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = small.PublicPem, Keys = small.Keys }, null);
        var said = string.Join('\n', report.Findings);
        Assert.Contains(report.Findings, static finding => finding.Code == "archive_folder");
        Assert.True(report.Findings.All(static finding => !finding.Message.Contains("rom the archive", StringComparison.Ordinal) && !finding.Message.Contains("in the archive", StringComparison.Ordinal)), said);
        var found = report.Findings.FirstOrDefault(finding => finding.Code == code && finding.Message.Contains(says, StringComparison.Ordinal));
        Assert.True(found is not null, said);
        return found;
    }
}
