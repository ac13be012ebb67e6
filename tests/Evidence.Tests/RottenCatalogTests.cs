using BodyCam.Ingest;
using Microsoft.Data.Sqlite;

namespace BodyCam.Evidence.Tests;

/// <summary>A catalog proves nothing: whatever stands in it, verify ends with a finding and the next action, and leaves the folder as it was.</summary>
public sealed class RottenCatalogTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private const int FlipsCount = 400;

    private VerifyOptions Compared => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys, CatalogComparison = CatalogCheck.DifferencesAfterKill };

    [Theory]
    [InlineData("UPDATE meta SET value = -5 WHERE name = 'log_size'")]
    [InlineData("UPDATE meta SET value = x'00' WHERE name = 'log_size'")]
    [InlineData("UPDATE meta SET value = 1e300 WHERE name = 'log_size'")]
    [InlineData("UPDATE meta SET value = 'abc' WHERE name = 'log_size'")]
    [InlineData("UPDATE segment SET seal_digest = 7")]
    [InlineData("UPDATE segment SET device = ''")]
    [InlineData("ALTER TABLE segment RENAME TO old; CREATE TABLE segment AS SELECT * FROM old UNION ALL SELECT * FROM old")]
    public void One_that_says_what_none_says_is_a_finding_with_the_next_action(string change)
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        using (var db = new SqliteConnection($"Data Source={copy.At("catalog.db")};Pooling=False"))
        {
            db.Open();
            using var set = db.CreateCommand();
            set.CommandText = "PRAGMA journal_mode=DELETE; PRAGMA foreign_keys=OFF; " + change;
            set.ExecuteNonQuery();
        }

        var report = Verifier.Run(copy.Path, Compared, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding is { Code: "catalog_differs", IsCause: true } && finding.Message.Contains("catalog", StringComparison.Ordinal) && finding.Message.Contains("Stop the gateway, remove catalog.db", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flipped_bit_anywhere_ends_no_run()
    {
        using var copy = new FolderCopy(small.Folder);
        var source = File.ReadAllBytes(Path.Combine(small.Folder, "catalog.db"));
        var random = new Random(7);
        for (var flip = 0; flip < FlipsCount; flip++)
        {
            var bytes = source.ToArray();
            int at;
            do
                at = random.Next(bytes.Length);
            while (bytes[at] == 0 && random.Next(20) != 0);
            bytes[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(copy.At("catalog.db"), bytes);
            Assert.NotNull(CatalogCheck.DifferencesAfterKill(copy.Path));
        }
    }

    [Theory]
    [InlineData("catalog.db-wal", false)]
    [InlineData("catalog.db", true)]
    public void One_longer_than_any_catalog_of_this_log_is_not_copied(string name, bool isOlder)
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        if (isOlder)
        {
            using var db = new SqliteConnection($"Data Source={copy.At("catalog.db")};Pooling=False");
            db.Open();
            using var set = db.CreateCommand();
            set.CommandText = "PRAGMA journal_mode=DELETE; PRAGMA user_version=1";
            set.ExecuteNonQuery();
        }

        // Sparse: it takes no room here, and a copy of it need not be.
        using (var file = File.OpenHandle(copy.At(name), FileMode.OpenOrCreate, FileAccess.Write))
            RandomAccess.SetLength(file, 20_000_000_000);
        var found = Assert.Single(Verifier.Run(copy.Path, Compared, null).Findings, static finding => finding.Code == "catalog_differs");
        Assert.Equal(FindingSeverity.Error, found.Severity);
        Assert.Contains("more than what ", found.Message, StringComparison.Ordinal);
        // It may know more than a log that was put back.
        Assert.Contains("Keep catalog.db", found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("remove catalog.db", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_comparison_makes_no_file_and_changes_none()
    {
        using var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        var before = Files();
        Assert.Empty(CatalogCheck.DifferencesAfterKill(copy.Path));
        Assert.Equal(before, Files());
        // As one that was killed and copied without the index of its write-ahead log.
        File.WriteAllBytes(copy.At("catalog.db-wal"), []);
        before = Files();
        Assert.Empty(CatalogCheck.DifferencesAfterKill(copy.Path));
        Assert.Equal(before, Files());

        List<(string, DateTime, string)> Files() => [.. Directory.GetFiles(copy.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => (path, File.GetLastWriteTimeUtc(path), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))))];
    }
}
