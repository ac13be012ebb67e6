using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace BodyCam.Cli;

/// <summary>What the parser of the command line says, without the names of our types and on one line.</summary>
internal static partial class ParseWords
{
    private const string NoCommand = "Required command was not provided.";

    private const string NoArgument = "Required argument missing for command:";

    /// <summary>The errors that say what was wrong: that a command is missing follows from a word that is none.</summary>
    public static IEnumerable<ParseError> Causes(IReadOnlyList<ParseError> errors) =>
        errors.Any(static error => error.Message != NoCommand) ? errors.Where(static error => error.Message != NoCommand) : errors;

    /// <summary>The message for people.</summary>
    public static string Of(ParseError error)
    {
        if (error.SymbolResult is ArgumentResult { Argument: { } argument } && error.Message.StartsWith(NoArgument, StringComparison.Ordinal))
            return $"<{argument.Name}> is missing{(argument.Description is { Length: > 0 } what ? $": {char.ToLowerInvariant(what[0])}{what[1..].TrimEnd('.')}" : "")}.";
        var message = error.Message;
        if (NotAmong().Match(message) is { Success: true } other)
            return $"'{other.Groups["value"].Value}' cannot be used{NameOf(error.SymbolResult)}: use {string.Join(", ", Lines(other.Groups["rest"].Value).Select(static line => line.Trim('\'')))}.";
        var match = CannotParse().Match(message);
        if (!match.Success)
            return string.Join(' ', Lines(message));
        var suggested = Lines(match.Groups["rest"].Value).Skip(1).ToList();
        // Of one value the parser lists what there is; of several it does not, and the option's description does behind its colon.
        if (suggested.Count == 0 && error.SymbolResult is OptionResult { Option: { ValueType.IsArray: true, Description: { } listed } } && listed.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var colon)
            suggested = [listed[(colon + 2)..].TrimEnd('.')];
        return $"'{match.Groups["value"].Value}' cannot be used for {match.Groups["what"].Value} {match.Groups["name"].Value}{(suggested.Count > 0 ? $": use {string.Join(", ", suggested)}" : "")}.";
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // The library gives the value or the option that holds it.
    private static string NameOf(SymbolResult? result) => result switch
    {
        OptionResult given => $" for option {given.Option.Name}",
        ArgumentResult { Parent: OptionResult given } => $" for option {given.Option.Name}",
        ArgumentResult given => $" for <{given.Argument.Name}>",
        _ => "",
    };

    [GeneratedRegex("^Argument '(?<value>.*)' not recognized\\. Must be one of:(?<rest>.*)$", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotAmong();

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (?<what>option|argument|command) '(?<name>[^']*)' as expected type '[^']*'\\.(?<rest>.*)$", RegexOptions.Singleline, 1000)]
    private static partial Regex CannotParse();
}
