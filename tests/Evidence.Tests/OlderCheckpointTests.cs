namespace BodyCam.Evidence.Tests;

/// <summary>An older checkpoint that the gateway signed is put back, and what came after it is destroyed; the lines of the log behind it still stand, each segment record with the gateway's signature.</summary>
public sealed class OlderCheckpointTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Fact]
    public void A_segment_destroyed_behind_it_is_named_though_receipts_tell_that_the_log_was_cut()
    {
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllBytes(copy.At("log/checkpoint"), small.EarlyCheckpoint);
        Directory.Delete(copy.At("segments/unit-7/0001/000002"), recursive: true);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(report.Findings.Any(static finding => finding.Segment?.Recording == 2 && finding.Code == "file_missing"), $"{report.Verdict}\n{string.Join('\n', report.Findings)}");
    }

    [Fact]
    public void All_destroyed_behind_it_is_not_verified()
    {
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllBytes(copy.At("log/checkpoint"), small.EarlyCheckpoint);
        Directory.Delete(copy.At("segments/unit-7/0001/000002"), recursive: true);
        foreach (var file in Directory.GetFiles(copy.At("segments/unit-7/0001/000001"), "000002.*"))
            File.Delete(file);
        foreach (var file in Directory.GetFiles(copy.At("segments/unit-7/0001/000000")).Where(static file => !Path.GetFileName(file).StartsWith("000001.", StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith("000002.", StringComparison.Ordinal)))
            File.Delete(file);
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Failed, $"{report.Verdict}\n{string.Join('\n', report.Findings)}");
    }
}
