using System.CommandLine;

namespace BodyCam.Cli;

/// <summary>Options that hold an address; the command line's own parser has no rule for them.</summary>
internal static class WebAddress
{
    /// <summary>An option for an http or https address.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">For <c>--help</c>.</param>
    /// <param name="otherwise">Default; null for none.</param>
    public static Option<Uri?> Option(string name, string description, string? otherwise = null)
    {
        var option = new Option<Uri?>(name)
        {
            Description = description,
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                    return address;
                result.AddError($"'{result.Tokens[0].Value}' is no http address for {name}: write it like http://127.0.0.1:8080.");
                return null;
            },
        };
        if (otherwise is not null)
            option.DefaultValueFactory = _ => new Uri(otherwise);
        return option;
    }
}
