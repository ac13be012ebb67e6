using System.Reflection;
using System.Text.RegularExpressions;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>
/// mqtt-3.1.1.tsv and mqtt-5.0.tsv name every normative statement of the OASIS standards (appendix B of each), whom it binds
/// and what holds it here: "test" names tests, "client" says what is left to a client, "absent" why there is nothing to hold.
/// </summary>
public sealed partial class CoverageTests
{
    private static readonly string[] files = ["mqtt-3.1.1.tsv", "mqtt-5.0.tsv"];

    /// <summary>Statements by chapter as appendix B lists them: 141 of 3.1.1 and 251 of 5.0.</summary>
    public static TheoryData<string, int[]> Standards { get; } = new()
    {
        { "mqtt-3.1.1.tsv", [3, 9, 95, 26, 0, 4, 4] },
        { "mqtt-5.0.tsv", [5, 7, 175, 60, 0, 4, 0] },
    };

    [Theory]
    [MemberData(nameof(Standards))]
    public void Every_statement_of_the_standard_stands_in_the_table_once(string file, int[] perChapter)
    {
        var ids = Rows(file).ConvertAll(static row => row[0]);
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, static id => Assert.Matches(Statement(), id));
        for (int chapter = 1; chapter <= 7; chapter++)
            Assert.True(perChapter[chapter - 1] == ids.Count(id => id[5] - '0' == chapter), $"chapter {chapter}");
        // Numbers run without a gap from 1 (2.2.1 of 5.0 from 2).
        foreach (var section in ids.GroupBy(static id => id[..id.LastIndexOf('-')], static id => int.Parse(id[(id.LastIndexOf('-') + 1)..], null), StringComparer.Ordinal))
            Assert.Equal(Enumerable.Range(section.Min(), section.Count()), section.Order());
    }

    [Theory]
    [MemberData(nameof(Standards))]
    public void Every_row_says_whom_it_binds_and_what_holds_it(string file, int[] perChapter)
    {
        Assert.NotEmpty(perChapter);
        foreach (string[] row in Rows(file))
        {
            Assert.True(row.Length == 4 && row.All(static cell => cell.Trim().Length > 0), string.Join('|', row));
            Assert.Contains(row[1], (string[])["server", "client", "both"]);
            Assert.Contains(row[2], (string[])["test", "client", "absent"]);
            if (row[2] == "client")
                Assert.True(row[1] == "client", $"{row[0]} binds the server too");
            if (row[2] == "test")
                Assert.All(row[3].Split(", "), static name => Assert.Matches("^" + Named() + "$", name));
            else
                Assert.True(row[3].Length > 30 && row[3].Contains(' ', StringComparison.Ordinal), $"{row[0]} gives no reason");
        }
    }

    [Fact]
    public void Every_test_that_the_tables_name_is_there()
    {
        var there = typeof(CoverageTests).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(static method => method.GetCustomAttributes<FactAttribute>().Any(static fact => fact.Skip is null))
            .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToHashSet(StringComparer.Ordinal);
        var named = files.SelectMany(Rows).SelectMany(static row => Named().Matches(row[3])).Select(static match => match.Value).ToHashSet(StringComparer.Ordinal);
        Assert.True(named.Count > 80, $"{named.Count} tests are named");
        Assert.Empty(named.Except(there, StringComparer.Ordinal));
        // Tests of this folder are there for the tables: one that no row names is a row forgotten.
        var own = there.Where(static name => typeof(CoverageTests).Assembly.GetType($"BodyCam.Mqtt.Tests.Conformance.{name[..name.IndexOf('.', StringComparison.Ordinal)]}") is { } type && type != typeof(CoverageTests));
        Assert.Empty(own.Except(named, StringComparer.Ordinal));
    }

    [Fact]
    public void The_document_gives_the_figures_of_the_tables()
    {
        string document = File.ReadAllText(Path.Combine(Root(), "edge-gateway", "docs", "mqtt.md"));
        foreach (string file in files)
        {
            var held = Rows(file).ConvertAll(static row => row[2]);
            string figures = $"| {held.Count} | {held.Count(static h => h == "test")} | {held.Count(static h => h == "client")} | {held.Count(static h => h == "absent")} |";
            Assert.Contains($"`{file}` {figures}", document, StringComparison.Ordinal);
        }
    }

    private static List<string[]> Rows(string file) =>
        [.. File.ReadLines(Path.Combine(Root(), "tests", "Mqtt.Tests", "Conformance", file)).Skip(1).Select(static line => line.Split('\t'))];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "BodyCam.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^MQTT-[1-7]\.\d+\.\d+-\d+$", RegexOptions.None, 1000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"[A-Z][A-Za-z0-9]*Tests\.[A-Z][A-Za-z0-9_]*", RegexOptions.None, 1000)]
    private static partial Regex Named();
}
