using System.Text.RegularExpressions;

namespace BodyCam.Evidence.Tests;

/// <summary>docs/threat-model.md: every cell that says "detected" names tests that are there.</summary>
public sealed partial class ThreatModelTests
{
    private static readonly string root = Root();

    [Fact]
    public void Every_cell_says_detected_with_its_tests_or_not()
    {
        var rows = Table();
        Assert.Equal(["the card", "the recorder with its keys", "the gateway's disk", "disk and keys of the gateway", "recorder and gateway"], rows.Select(static row => row[0]));
        foreach (var row in rows)
        {
            Assert.Equal(6, row.Length);
            foreach (var cell in row.Skip(1))
                Assert.True(cell.StartsWith("detected", StringComparison.Ordinal) ? Test().IsMatch(cell) : cell == "not" || cell.StartsWith("not:", StringComparison.Ordinal), cell);
        }
    }

    [Fact]
    public void Every_test_that_the_document_names_is_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(static file => (Class: Path.GetFileNameWithoutExtension(file), Text: File.ReadAllText(file))).ToLookup(static file => file.Class, static file => file.Text, StringComparer.Ordinal);
        var named = Test().Matches(File.ReadAllText(Path.Combine(root, "edge-gateway/docs/threat-model.md"))).Select(static match => (Class: match.Groups["class"].Value, Method: match.Groups["method"].Value)).Distinct().ToList();
        Assert.True(named.Count >= 35, $"{named.Count} tests are named");
        var missing = named.Where(test => !tests[test.Class].Any(text => test.Method.Length == 0 || text.Contains($" {test.Method}(", StringComparison.Ordinal))).ToList();
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    private static List<string[]> Table() =>
        [.. File.ReadAllLines(Path.Combine(root, "edge-gateway/docs/threat-model.md")).SkipWhile(static line => !line.StartsWith("| Attacker holds", StringComparison.Ordinal)).Skip(2).TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|').Select(static cell => cell.Trim()).ToArray())];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "BodyCam.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"`(?<class>[A-Z][A-Za-z]*Tests)(?:\.(?<method>[A-Za-z0-9_]+))?`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Test();
}
