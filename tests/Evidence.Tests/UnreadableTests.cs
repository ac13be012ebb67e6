using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>What stands and cannot be read is told as that, never as lost, and nothing is to be removed for it. A folder in a file's place is what every user fails to open.</summary>
public sealed class UnreadableTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private const string FolderStands = "a folder stands in its place";

    private static readonly SegmentKey first = new(Station.Device, 1, 1, 1);

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys, CatalogComparison = CatalogCheck.Differences };

    [Theory]
    [InlineData("log/checkpoint")]
    [InlineData("log/records/000.jsonl")]
    public void A_file_of_the_log_that_cannot_be_read_is_the_one_cause(string file)
    {
        using var copy = WithCatalog();
        Displace(copy.At(file));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(report.Findings[0] is { Code: "log_unreadable", IsCause: true } cause && cause.Path == file, Said(report));
        Assert.Contains(FolderStands, report.Findings[0].Message, StringComparison.Ordinal);
        Assert.DoesNotContain("emove catalog.db", Said(report), StringComparison.Ordinal);
        Assert.DoesNotContain("gateway's user", Said(report), StringComparison.Ordinal);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
    }

    [Theory]
    [InlineData(".mkv")]
    [InlineData(".seal")]
    [InlineData(".receipt")]
    public void A_file_of_a_segment_that_cannot_be_read_is_not_missing_and_the_catalog_not_at_fault(string ending)
    {
        using var copy = WithCatalog();
        Displace(copy.At($"segments/{first.RelativePath}{ending}"));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(report.Findings, finding => finding is { Code: "file_unreadable", Severity: FindingSeverity.Error } && finding.Segment == first && finding.Message.Contains(FolderStands, StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, static finding => finding.Code is "file_missing" or "receipt_missing");
        Assert.DoesNotContain("emove catalog.db", Said(report), StringComparison.Ordinal);
        Assert.Contains(report.Recordings, static recording => recording is { Recording: 1, State: "unreadable" });
    }

    [Fact]
    public void A_gateway_pem_or_a_marker_or_a_part_that_cannot_be_read_is_named_as_that()
    {
        using var copy = new FolderCopy(small.Folder);
        Displace(copy.At("gateway.pem"));
        Directory.CreateDirectory(copy.At($"parts/{first.PartPath}.seal"));
        File.WriteAllBytes(copy.At($"parts/{first.PartPath}.part"), [1]);
        var report = Verifier.Run(copy.Path, new VerifyOptions(), null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "file_unreadable", Path: "gateway.pem", Severity: FindingSeverity.Error });
        Assert.Contains(report.Findings, static finding => finding is { Code: "file_unreadable", Path: "parts/unit-7/0001/000001-000001.seal" });
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "file_missing");
    }

    [Fact]
    public void A_comparison_that_was_refused_a_file_says_so_and_the_catalog_stays()
    {
        var report = Verifier.Run(small.Folder, WithKey with { CatalogComparison = static _ => throw new UnauthorizedAccessException("Access to the path 'x' is denied.") }, null);
        var only = Assert.Single(report.Findings, static finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal(("file_unreadable", "catalog.db"), (only.Code, only.Path));
        Assert.Contains("gateway's user", only.Message, StringComparison.Ordinal);
    }

    private static void Displace(string file)
    {
        File.Delete(file);
        Directory.CreateDirectory(file);
    }

    private FolderCopy WithCatalog()
    {
        var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        return copy;
    }

    private static string Said(VerifyReport report) => string.Join('\n', report.Findings);
}
