using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>Days that every notice has off (全国年节及纪念日放假办法, in force so since 2008): to find what was left out of a calendar file. Nothing is counted with them.</summary>
internal static class StatutoryDays
{
    private const int YearMin = 2008;

    // Last year of the lunar calendar's tables that holds a Mid-Autumn Festival.
    private const int LunarYearMax = 2100;

    private static readonly ChineseLunisolarCalendar lunar = new();

    /// <summary>Each day with its holiday's name; of several days one suffices (清明 is the 4th or 5th of April by the sun). Empty before 2008.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<DateOnly> AnyOf)> Of(int year)
    {
        if (year < YearMin)
            yield break;
        yield return ("元旦", [new DateOnly(year, 1, 1)]);
        yield return ("清明节", [new DateOnly(year, 4, 4), new DateOnly(year, 4, 5)]);
        yield return ("劳动节", [new DateOnly(year, 5, 1)]);
        for (var day = 1; day <= 3; day++)
            yield return ("国庆节", [new DateOnly(year, 10, day)]);
        if (year > LunarYearMax)
            yield break;
        for (var day = 1; day <= 3; day++)
            yield return ("春节", [Lunar(year, 1, day)]);
        yield return ("端午节", [Lunar(year, 5, 5)]);
        yield return ("中秋节", [Lunar(year, 8, 15)]);
    }

    // A leap month stands in the count of months after the one that it repeats.
    private static DateOnly Lunar(int year, int month, int day) =>
        DateOnly.FromDateTime(lunar.ToDateTime(year, lunar.GetLeapMonth(year) is > 0 and var leap && month >= leap ? month + 1 : month, day, 0, 0, 0, 0));
}
