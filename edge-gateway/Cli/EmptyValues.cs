using System.CommandLine.Parsing;

namespace BodyCam.Cli;

/// <summary>Options that were given an empty text, as a variable that is not set leaves it.</summary>
internal static class EmptyValues
{
    // Of an account: empty takes the entry off.
    private static readonly string[] mayBeEmpty = ["--display-name", "--officer", "--unit"];

    /// <summary>A message for each.</summary>
    public static IEnumerable<string> In(CommandResult result)
    {
        for (var at = result; at is not null; at = at.Parent as CommandResult)
        {
            foreach (var given in at.Children.OfType<OptionResult>())
            {
                if (given.Tokens.Any(static token => token.Value.Length == 0) && !mayBeEmpty.Contains(given.Option.Name, StringComparer.Ordinal))
                    yield return $"{given.Option.Name} is empty: give it a value{(given.Option.Required ? "" : ", or leave it out")}.";
            }
        }
    }
}
