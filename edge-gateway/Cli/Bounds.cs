using System.CommandLine;
using System.Globalization;

namespace BodyCam.Cli;

/// <summary>Bounds of numbers that are given as options.</summary>
internal static class Bounds
{
    /// <summary>Refuses what is given below <paramref name="least"/> or above <paramref name="most"/>; a default passes.</summary>
    public static void Within<T>(Option<T> option, T least, T most)
        where T : IComparable<T> =>
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (result.GetValueOrDefault<T>() is not { } value || value.CompareTo(least) < 0 || value.CompareTo(most) > 0))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {result.Tokens[0].Value}: give {least} to {most}."));
        });

    /// <summary>The same for an option that may be left out.</summary>
    public static void WithinIfGiven(Option<int?> option, int least, int most) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (result.GetValueOrDefault<int?>() is not { } value || value < least || value > most))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {result.Tokens[0].Value}: give {least} to {most}."));
        });
}
