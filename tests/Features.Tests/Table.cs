using System.Text.RegularExpressions;

namespace BodyCam.Features.Tests;

/// <summary>The tests that <c>edge-gateway/docs/compliance.md</c> names, and where they are.</summary>
internal static partial class Table
{
    /// <summary>The checkout that these tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Tests of each row, as <c>Class.Method</c>.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Rows { get; } = File.ReadLines(Path.Combine(Root, "edge-gateway/docs/compliance.md")).Select(static line => Row().Match(line)).Where(static match => match.Success)
        .ToDictionary(static match => match.Groups["row"].Value, static match => (IReadOnlyList<string>)[.. Test().Matches(match.Value).Select(static test => test.Groups["test"].Value)], StringComparer.Ordinal);

    /// <summary>Test projects (their folders' names) with the tests of the table that are theirs.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Projects { get; } = FindProjects();

    private static Dictionary<string, IReadOnlyList<string>> FindProjects()
    {
        var named = Rows.Values.SelectMany(static tests => tests).ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(Root, "tests"), "*.Tests").Order(StringComparer.Ordinal))
        {
            var texts = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
            List<string> tests = [.. named.Where(test => texts.Exists(text => text.Contains($"class {test.Split('.')[0]}", StringComparison.Ordinal) && text.Contains($" {test.Split('.')[1]}(", StringComparison.Ordinal)))];
            if (tests.Count > 0)
                found[Path.GetFileName(folder)] = tests;
        }

        return found;
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "BodyCam.sln")))
            at = at.Parent!;
        return at.FullName;
    }

    [GeneratedRegex(@"^\| (?<row>[A-R]\d+[a-c]?) \|.*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<test>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Test();
}
