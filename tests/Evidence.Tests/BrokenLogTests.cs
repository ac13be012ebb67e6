using BodyCam.Ingest;

namespace BodyCam.Evidence.Tests;

/// <summary>A log of which a file is gone or cut: that is the one cause, and neither evidence nor catalog is accused for it.</summary>
public sealed class BrokenLogTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData("the folder of tiles")]
    [InlineData("every tile and bundle")]
    [InlineData("the newest tile")]
    [InlineData("the newest tile, emptied")]
    [InlineData("the newest tile, cut")]
    public void A_tile_that_is_gone_or_cut_is_told_beside_a_catalog_too_and_the_catalog_is_not_the_cause(string what)
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        Spoil(copy, what);
        var report = Verifier.Run(copy.Path, WithKey with { CatalogComparison = CatalogCheck.Differences }, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings[0] is { Code: "log_missing" or "log_damaged", IsCause: true }, said);
        Assert.DoesNotContain("emove catalog.db", said, StringComparison.Ordinal);
        Assert.All(report.Findings.Where(static finding => finding.Code == "catalog_differs"), finding => Assert.Equal(report.Findings[0].Code, finding.FollowsFrom));
    }

    private static void Spoil(FolderCopy copy, string what)
    {
        var newest = Directory.EnumerateFiles(copy.At("log/tile/0"), "*", SearchOption.AllDirectories).MaxBy(static path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))!;
        switch (what)
        {
            case "the folder of tiles": Directory.Delete(copy.At("log/tile/0"), recursive: true); break;
            case "every tile and bundle": Directory.Delete(copy.At("log/tile"), recursive: true); break;
            case "the newest tile": File.Delete(newest); break;
            case "the newest tile, emptied": File.WriteAllBytes(newest, []); break;
            default: File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^16]); break;
        }
    }
}
