using System.Text.RegularExpressions;

namespace BodyCam.Hardware.Tests.Documents;

/// <summary>One command line of a fenced block.</summary>
/// <param name="Page">File, from the root.</param>
/// <param name="Line">As written.</param>
internal sealed partial record QuotedCommand(string Page, string Line)
{
    private static readonly string[] programs = ["./bodycam", "nanoff", "openscad", "mkfs.vfat"];

    /// <summary>Words; quotes taken off.</summary>
    public string[] Words => [.. Word().Matches(Line).Select(static match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Success ? match.Groups[2].Value : match.Value)];

    /// <summary>Program and its words; settings of the environment before it are left out.</summary>
    public (string Program, string[] Arguments) Call => Words.SkipWhile(static word => Setting().IsMatch(word)).ToArray() is [var program, .. var rest] ? (program, rest) : ("", []);

    /// <summary>Names of options, without values.</summary>
    public IEnumerable<string> Options => Call.Arguments.Where(static word => word.StartsWith("--", StringComparison.Ordinal));

    /// <summary>Every line of a fenced block without a language that begins with a known program, in the hardware and firmware documents.</summary>
    public static IReadOnlyList<QuotedCommand> All { get; } =
        [.. Directory.EnumerateFiles(Repository.PathOf("hardware"), "*.md", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(Repository.PathOf("firmware/docs"), "*.md")).SelectMany(static path => Of(Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path)))];

    /// <summary>True when the line calls a program these tests know.</summary>
    public bool IsKnown => programs.Contains(Call.Program);

    private static IEnumerable<QuotedCommand> Of(string page, string text) =>
        text.ReplaceLineEndings("\n").Split("\n```").Where(static (_, index) => index % 2 == 1).SelectMany(static block => block.Split('\n').Skip(1)).Where(static line => line.Length > 0 && IsCall(line)).Select(line => new QuotedCommand(page, line));

    // Drawings of states and listings of files stand in fences too: a call begins at the margin with a program or a setting.
    private static bool IsCall(string line) => Start().IsMatch(line);

    [GeneratedRegex(@"'([^']*)'|""([^""]*)""|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[A-Z_]+=\S+$", RegexOptions.NonBacktracking)]
    private static partial Regex Setting();

    [GeneratedRegex(@"^([A-Z_]+=\S+ )?(\./)?[a-z.]+ (-|[a-z])[^─│►▲▼]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Start();
}
