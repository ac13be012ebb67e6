using System.Text.RegularExpressions;

namespace BodyCam.Custody.Tests;

/// <summary>docs/compliance.md against the requirements and the tests.</summary>
public sealed partial class ComplianceTests
{
    // Rows of the requirements; a row that is added there is added here.
    private static readonly string[] rows =
    [
        "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "B1", "B2", "B3", "B4", "B5", "C1", "C2a", "C2b", "C2c", "C3", "C4", "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6", "D7",
        "E1", "E2", "E3", "E4", "E5", "E6", "F1", "F2", "F3", "F4", "F5", "F6", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "H1", "H2", "H3", "H4", "I1", "I2", "I3", "I4", "I5", "J1", "J2", "J3", "J4", "J5", "J6",
        "K1", "K2", "K3", "K4", "L1", "L2", "L3", "L4", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "N1", "O1", "P1", "P2", "P3", "P4", "Q1", "Q2", "Q3", "R1",
    ];

    private static readonly string root = Root();

    [Fact]
    public void Every_row_names_tests_that_exist_and_no_cell_is_empty()
    {
        var table = File.ReadLines(Path.Combine(root, "edge-gateway/docs/compliance.md")).Where(static line => RowStart().IsMatch(line)).Select(static line => line.Trim('|').Split('|').Select(static cell => cell.Trim()).ToArray()).ToList();
        Assert.Equal(rows, table.Select(static row => row[0]));
        var tests = Tests();
        foreach (var row in table)
        {
            Assert.Equal(5, row.Length);
            Assert.All(row, static cell => Assert.NotEmpty(cell));
            var named = Named().Matches(row[4]).Select(static match => match.Groups["test"].Value).ToList();
            Assert.True(named.Count > 0, $"{row[0]} names no test");
            Assert.All(named, test => Assert.True(tests.Contains(test), $"{row[0]}: there is no test {test}"));
        }
    }

    private static HashSet<string> Tests()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            var type = "";
            var isTest = false;
            foreach (var line in File.ReadLines(file))
            {
                if (Type().Match(line) is { Success: true } declared)
                    type = declared.Groups["name"].Value;
                isTest |= line.Contains("[Fact", StringComparison.Ordinal) || line.Contains("[Theory", StringComparison.Ordinal);
                if (isTest && Method().Match(line) is { Success: true } method)
                {
                    found.Add(type + "." + method.Groups["name"].Value);
                    isTest = false;
                }
            }
        }

        return found;
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "BodyCam.sln")))
            at = at.Parent!;
        return at.FullName;
    }

    [GeneratedRegex(@"^\| [A-R]\d+[a-c]? \|", RegexOptions.None, 1000)]
    private static partial Regex RowStart();

    [GeneratedRegex("`(?<test>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"\bclass (?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s*public (static )?(async )?(void|Task) (?<name>\w+)\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Method();
}
