using BodyCam.Catalog;
using BodyCam.Ingest;
using Microsoft.Data.Sqlite;

namespace BodyCam.Evidence.Tests;

/// <summary>Files that are longer than any of their kind, or that never end: verify names them, ends, and does not take their length in memory.</summary>
public sealed class EndlessFileTests(SmallFolder small, AsideFolder aside) : IClassFixture<SmallFolder>, IClassFixture<AsideFolder>
{
    private const long AllocatedMax = 256L << 20;
    private static readonly TimeSpan endMax = TimeSpan.FromSeconds(20);

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData("gateway.pem", 3L << 30)]
    [InlineData("segments/unit-7/0001/000001/000001.mkv", 1900L << 20)]
    [InlineData("segments/unit-7/0001/000001/000001.seal", 1900L << 20)]
    [InlineData("segments/unit-7/0001/000001/000001.receipt", 1900L << 20)]
    [InlineData("log/checkpoint", 1900L << 20)]
    [InlineData("log/records/000.jsonl", 1900L << 20)]
    [InlineData("archive.json", 1900L << 20)]
    [InlineData("parts/unit-7/0001/000009-000001.chunks", 1900L << 20)]
    public void A_file_that_was_lengthened_is_named_and_its_length_is_not_taken_in_memory(string file, long length)
    {
        using var copy = new FolderCopy(small.Folder);
        Lengthen(copy.At(file), length);
        var before = GC.GetTotalAllocatedBytes();
        var report = Ended(copy.Path, WithKey);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, AllocatedMax);
        Assert.True(report.Findings.Any(finding => finding.Code.EndsWith("_unreadable", StringComparison.Ordinal) && finding.Message.Contains(file, StringComparison.Ordinal)), string.Join('\n', report.Findings));
    }

    [Fact]
    public void A_tail_that_was_lengthened_is_not_read_to_its_end()
    {
        using var copy = new FolderCopy(aside.Folder);
        Lengthen(copy.At("orphans/unit-7/0001/000004/000001.mkv"), 8L << 40);
        Assert.Contains(Ended(copy.Path, aside.WithKeys).Findings, static finding => finding is { Code: "bytes_differ", Severity: FindingSeverity.Error, Segment.Recording: 4 });
    }

    [Fact]
    public void A_view_without_end_in_the_place_of_a_table_of_the_catalog_is_named()
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        SqliteLibrary.Load();
        using (var catalog = new SqliteConnection($"Data Source={copy.At("catalog.db")};Pooling=False"))
        {
            catalog.Open();
            using var command = catalog.CreateCommand();
            command.CommandText = "ALTER TABLE certificate RENAME TO certificate0; CREATE VIEW certificate AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'a' AS device, 1 AS epoch, 's' AS serial, 'h' AS sha256, 'a' AS authority, x AS not_after_us, x AS log_sequence FROM n WHERE x < 0";
            command.ExecuteNonQuery();
        }

        Assert.Contains(Ended(copy.Path, WithKey with { CatalogComparison = CatalogCheck.DifferencesAfterKill }).Findings, static finding => finding is { Code: "catalog_differs", Severity: FindingSeverity.Error });
    }

    [Fact]
    public void A_file_name_writes_no_line_of_its_own_and_hides_none()
    {
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllText(copy.At("segments/x\nVerified.\u001b[8m\u202e"), "");
        var finding = Assert.Single(Verifier.Run(copy.Path, WithKey, null).Findings, static finding => finding.Code == "not_in_layout");
        Assert.DoesNotContain(finding.Message, static character => char.IsControl(character) || character == '\u202e');
    }

    private static void Lengthen(string path, long length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        file.SetLength(length);
    }

    private static VerifyReport Ended(string folder, VerifyOptions options)
    {
        var run = Task.Run(() => Verifier.Run(folder, options, null));
#pragma warning disable xUnit1031 // one that never ends is what is looked for
        Assert.True(run.Wait(endMax, TestContext.Current.CancellationToken), "it does not end");
        return run.Result;
#pragma warning restore xUnit1031
    }
}
