using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>What lies in a data folder beside evidence: strays under <c>segments/</c>, databases that are none.</summary>
public sealed class LayoutTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys, CatalogComparison = CatalogCheck.Differences };

    [Theory]
    [InlineData("x.txt")]
    [InlineData("unit-7/0001/000001/000001/x.txt")]
    [InlineData("unit-7/0001/000001/000001.txt")]
    [InlineData("unit-7/0001/000001/1.mkv")]
    [InlineData("unit-7/1/000001/000001.mkv")]
    [InlineData("zz/0001/000001/000001.mkv")]
    public void A_stray_under_segments_is_named(string path)
    {
        using var copy = new FolderCopy(small.Folder);
        Write(copy.At("segments/" + path), "x");
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(report.Findings, finding => finding is { Code: "not_in_layout", Severity: FindingSeverity.Warning } && finding.Path == "segments/" + path);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
    }

    [Fact]
    public void Strays_are_named_up_to_a_bound_and_counted_beyond_and_files_of_segments_are_none()
    {
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllText(copy.At("segments/unit-7/0001/000001/000001.purged"), "1\n");
        for (var number = 0; number < 130; number++)
            Write(copy.At($"segments/lost/{number}"), "x");
        var named = Verifier.Run(copy.Path, WithKey, null).Findings.Where(static finding => finding.Code == "not_in_layout").ToList();
        Assert.Equal(101, named.Count);
        Assert.Contains("30 more files", named[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("custody.db", false)]
    [InlineData("custody.db", true)]
    [InlineData("catalog.db", true)]
    public void A_database_that_is_none_is_an_error_with_what_to_do_and_is_left_alone(string name, bool isFolder)
    {
        using var copy = new FolderCopy(small.Folder);
        if (isFolder)
            Directory.CreateDirectory(copy.At(name));
        else
            Write(copy.At(name), "junk");
        var report = Verifier.Run(copy.Path, WithKey, null);
        var only = Assert.Single(report.Findings, static finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal(("not_a_database", name), (only.Code, only.Path));
        Assert.Contains("take it away", only.Message, StringComparison.Ordinal);
        Assert.True(isFolder ? Directory.Exists(copy.At(name)) : File.ReadAllText(copy.At(name)) == "junk");
    }

    [Fact]
    public void A_catalog_that_is_none_is_told_once()
    {
        using var copy = new FolderCopy(small.Folder);
        Write(copy.At("catalog.db"), new string('j', 8192));
        Assert.Single(Verifier.Run(copy.Path, WithKey, null).Findings, static finding => finding.Severity == FindingSeverity.Error);
        Assert.Contains(Verifier.Run(copy.Path, WithKey with { CatalogComparison = null }, null).Findings, static finding => finding is { Code: "not_a_database", Path: "catalog.db" });
    }

    [Fact]
    public void A_run_of_missing_segments_is_one_finding()
    {
        using var copy = new FolderCopy(small.Folder);
        Write(copy.At("segments/unit-7/0001/000001/999999.mkv"), "x");
        var gap = Assert.Single(Verifier.Run(copy.Path, WithKey, null).Findings, static finding => finding.Code == "segment_missing");
        Assert.Contains("segments 3 to 999998 are missing", gap.Message, StringComparison.Ordinal);
        Assert.Equal(new SegmentKey(Station.Device, 1, 1, 3), gap.Segment);
    }

    [Fact]
    public void What_is_damaged_or_swapped_is_told_with_what_to_do()
    {
        foreach (var (ending, at, code, says) in new[] { (".seal", 51, "seal_misplaced", "damaged, or files were swapped. Restore it from the archive"), (".receipt", -1, "receipt_signature", "writes the receipt again"), (".mkv", 0, "seal_digest", "Restore both from the archive"), (".mkv", int.MaxValue, "bytes_differ", "Restore it from the archive") })
        {
            using var copy = new FolderCopy(small.Folder);
            var file = copy.At($"segments/unit-7/0001/000001/000001{ending}");
            var bytes = File.ReadAllBytes(file);
            if (at == int.MaxValue)
                bytes = bytes[..^1];
            else
                bytes[at < 0 ? bytes.Length + at : at] ^= 1;
            File.Delete(file);
            File.WriteAllBytes(file, bytes);
            var report = Verifier.Run(copy.Path, WithKey, null);
            Assert.True(report.Findings.Any(finding => finding.Code == code && finding.Message.Contains(says, StringComparison.Ordinal)), string.Join('\n', report.Findings));
        }
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
