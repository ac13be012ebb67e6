using System.Text.RegularExpressions;

namespace BodyCam.Evidence.Tests;

/// <summary>docs/keys.md: rotation, backup and loss of each key, and each attack on an identity, name tests that are there.</summary>
public sealed partial class KeysTests
{
    private static readonly string root = Root();
    private static readonly string document = File.ReadAllText(Path.Combine(root, "edge-gateway/docs/keys.md"));

    [Fact]
    public void Each_key_has_its_rotation_its_backup_and_its_loss_with_tests()
    {
        var rows = Table("| Key | Rotation | Backup | Loss |");
        Assert.Equal(
            ["gateway key", "CA", "master secret", "a recorder's keys", "admin token", "accounts' secrets", "TLS certificate", "packages and archive"],
            rows.Select(static row => Name().Match(row[0]).Value.Trim()));
        foreach (var row in rows)
        {
            Assert.Equal(4, row.Length);
            Assert.All(row.Skip(1), static cell => Assert.True(Test().IsMatch(cell) || cell.StartsWith("none in place:", StringComparison.Ordinal), cell));
        }
    }

    [Fact]
    public void Each_attack_on_an_identity_is_held_by_tests()
    {
        var rows = Table("| Attack | Held by |");
        Assert.True(rows.Count >= 9, $"{rows.Count} rows");
        Assert.All(rows, static row => Assert.Matches(Test(), row[1]));
    }

    [Fact]
    public void Every_test_that_is_named_is_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToLookup(static file => Path.GetFileNameWithoutExtension(file), File.ReadAllText, StringComparer.Ordinal);
        var named = Test().Matches(document).Select(static match => (Class: match.Groups["class"].Value, Method: match.Groups["method"].Value)).Distinct().ToList();
        Assert.True(named.Count >= 30, $"{named.Count} tests are named");
        var missing = named.Where(test => !tests[test.Class].Any(text => text.Contains($" {test.Method}(", StringComparison.Ordinal))).ToList();
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    private static List<string[]> Table(string head) =>
        [.. document.Split('\n').SkipWhile(line => line != head).Skip(2).TakeWhile(static line => line.StartsWith('|')).Select(static line => line.Trim('|').Split('|').Select(static cell => cell.Trim()).ToArray())];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "BodyCam.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"`(?<class>[A-Z][A-Za-z]*Tests)\.(?<method>[A-Za-z0-9_]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Test();

    [GeneratedRegex(@"^(TLS certificate|[^(:]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
