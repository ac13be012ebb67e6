using System.CommandLine.Parsing;

namespace BodyCam.Cli;

/// <summary>Words that lead to a command, as a person types them.</summary>
internal static class CommandWords
{
    /// <summary>From the first word on; none for the program itself.</summary>
    public static IEnumerable<string> Of(CommandResult result) =>
        result.Parent is CommandResult above ? Of(above).Append(result.Command.Name) : [];
}
