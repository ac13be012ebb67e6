using BodyCam.Core.Keys;
using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>A bundle of the log of which records, entries and tile are gone is one finding, and every file behind it is looked at as if it were there.</summary>
public sealed class GoneBundleTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_that_was_destroyed_is_told_behind_it_too(bool isBundleGone)
    {
        using var copy = Grown();
        var path = copy.At("log/records/002.jsonl");
        var lines = File.ReadAllLines(path);
        lines[^1] = "x";
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        if (isBundleGone)
            Remove(copy, 1);
        var findings = Verifier.Run(copy.Path, WithKey, null).Findings;
        Assert.True(findings.Any(static finding => finding is { Code: "log_damaged", Path: "log/records/002.jsonl" }), Said(findings));
    }

    [Fact]
    public void Lines_bundles_tiles_older_versions_and_names_behind_it_are_judged()
    {
        using var copy = Grown();
        Remove(copy, 0);
        var lines = File.ReadAllLines(copy.At("log/records/002.jsonl"));
        lines[3] = "x";
        File.WriteAllText(copy.At("log/records/002.jsonl"), string.Join('\n', lines) + "\n");
        File.Delete(copy.At("log/tile/entries/001"));
        var tile = File.ReadAllBytes(copy.At("log/tile/0/001"));
        tile[40] ^= 1;
        File.WriteAllBytes(copy.At("log/tile/0/001"), tile);
        foreach (var older in new[] { "log/tile/0/001.p/1", "log/tile/entries/001.p/1", "log/tile/0/002.p/1", "log/tile/entries/002.p/1" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(copy.At(older))!);
            File.WriteAllText(copy.At(older), "not its beginning");
        }

        File.WriteAllText(copy.At("log/strange"), "x");
        var findings = Verifier.Run(copy.Path, WithKey, null).Findings;
        foreach (var path in new[] { "log/records/002.jsonl", "log/tile/entries/001", "log/tile/0/001", "log/tile/0/001.p/1", "log/tile/entries/001.p/1", "log/tile/0/002.p/1", "log/tile/entries/002.p/1", "log/strange" })
            Assert.True(findings.Any(finding => finding.Path == path && finding.Code is "log_damaged" or "log_missing" or "log_unexpected"), path + "\n" + Said(findings));
    }

    [Fact]
    public void Each_gap_is_named_once_as_a_bundle_that_is_gone_and_an_untouched_one_beside_it_is_not_accused()
    {
        using var copy = Grown(batches: 7);
        foreach (var bundle in new[] { 1, 3, 4 })
            Remove(copy, bundle);
        var report = Verifier.Run(copy.Path, WithKey, null);
        var gone = report.Findings.Where(static finding => finding.Severity == FindingSeverity.Error && finding.Path!.StartsWith("log/", StringComparison.Ordinal)).ToList();
        Assert.True(gone.Count == 2, Said(report.Findings));
        Assert.True(gone[0] is { Code: "log_missing", Path: "log/records/001.jsonl", Chunk: 256 } && gone[0].Message.Contains("This bundle is gone", StringComparison.Ordinal), Said(gone));
        Assert.True(gone[1] is { Code: "log_missing", Path: "log/records/003.jsonl", Chunk: 768 } && gone[1].Message.Contains("2 bundles are gone", StringComparison.Ordinal), Said(gone));
        Assert.DoesNotContain(report.Findings, static finding => finding.Message.Contains("ends here", StringComparison.Ordinal));
    }

    [Fact]
    public void States_behind_it_are_known_by_the_tile_above_and_none_within_it()
    {
        using var copy = Grown(batches: 7);
        var files = new DiskLogFiles(copy.At("log"));
        var checkpoint = new LogReader("", files).ReadCheckpoint()!.Checkpoint;
        var sizes = new HashSet<long> { 5, 256, 300, 512, 700, checkpoint.Size };
        var whole = LogRoots.At(files, checkpoint, sizes);
        Remove(copy, 1);
        var known = LogRoots.At(files, checkpoint, sizes);
        Assert.Equal((true, 256), (known.IsSigned, known.SoundTo));
        Assert.Equal([5, 256, 512, 700, checkpoint.Size], known.Roots.Keys.Order());
        Assert.All(known.Roots, pair => Assert.Equal(whole.Roots[pair.Key], pair.Value));
    }

    // The small folder, its log grown over more bundles.
    private FolderCopy Grown(int batches = 3)
    {
        var copy = new FolderCopy(small.Folder);
        using var key = GatewayKey.FromPem(small.Key.ExportPrivatePem());
        using var log = LogWriter.Open(copy.At("log"), key.Ecdsa, $"bodycam/gateway/{key.Id:x16}", TimeProvider.System);
        for (var batch = 0; batch < batches; batch++)
            log.AppendBatch([.. Enumerable.Range(0, 200).Select(static _ => new LogRecord("account", "{\"type\":\"account\"}"u8.ToArray()))]);
        return copy;
    }

    private static void Remove(FolderCopy copy, int bundle)
    {
        foreach (var gone in new[] { $"log/records/00{bundle}.jsonl", $"log/tile/entries/00{bundle}", $"log/tile/0/00{bundle}" })
            File.Delete(copy.At(gone));
    }

    private static string Said(IEnumerable<Finding> findings) => string.Join('\n', findings);
}
