using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace BodyCam.Cli;

/// <summary>What the parser of the command line says, without the names of our types and on one line.</summary>
internal static partial class ParseWords
{
    private const string NoCommand = "Required command was not provided.";

    /// <summary>The errors that say what was wrong: that a command is missing follows from a word that is none.</summary>
    public static IEnumerable<ParseError> Causes(IReadOnlyList<ParseError> errors) =>
        errors.Any(static error => error.Message != NoCommand) ? errors.Where(static error => error.Message != NoCommand) : errors;

    /// <summary>The message for people.</summary>
    public static string Of(string message)
    {
        var match = CannotParse().Match(message);
        if (!match.Success)
            return message;
        var suggested = match.Groups["rest"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1).ToList();
        return $"'{match.Groups["value"].Value}' cannot be used for {match.Groups["what"].Value} {match.Groups["name"].Value}{(suggested.Count > 0 ? $": use {string.Join(", ", suggested)}" : "")}.";
    }

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (?<what>option|argument|command) '(?<name>[^']*)' as expected type '[^']*'\\.(?<rest>.*)$", RegexOptions.Singleline, 1000)]
    private static partial Regex CannotParse();
}
