using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace BodyCam.Cli;

/// <summary>Bounds of numbers that are given as options.</summary>
internal static class Bounds
{
    /// <summary>Refuses what is no number, or given below <paramref name="least"/> or above <paramref name="most"/>; a default passes.</summary>
    /// <param name="option">The option.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <param name="unit">Word after the bounds, for people; "" for none.</param>
    public static void Within<T>(Option<T> option, T least, T most, string unit = "")
        where T : struct, INumber<T> =>
        option.CustomParser = result => Number(result, option.Name, least, most, unit) ?? default;

    /// <summary>The same for an option that may be left out.</summary>
    public static void WithinIfGiven(Option<int?> option, int least, int most) =>
        option.CustomParser = result => Number(result, option.Name, least, most, "");

    // Read here: a validator that asks the library for the value of what is no number gets an exception.
    private static T? Number<T>(ArgumentResult result, string name, T least, T most, string unit)
        where T : struct, INumber<T>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {text}: give {least} to {most}{(unit.Length > 0 ? " " : "")}{unit}."));
        return null;
    }
}
