using System.Globalization;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Deadlines;

namespace BodyCam.Rules.Tests;

/// <summary>Writes moments and days as the tests read best: local time of the agencies, 24:00 allowed.</summary>
internal static class Local
{
    /// <summary>The calendars that ship.</summary>
    public static readonly CalendarSet Calendars = CalendarSet.Load(CalendarSet.ShippedFolder);

    public static readonly WorkingDays Days = new(Calendars);

    public static readonly DeadlineClock Clock = new(Days);

    public static DateTimeOffset At(string text)
    {
        var day = Day(text[..10]);
        return text.EndsWith(" 24:00", StringComparison.Ordinal)
            ? new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.FromHours(8))
            : new DateTimeOffset(day.ToDateTime(TimeOnly.ParseExact(text[11..], ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture)), TimeSpan.FromHours(8));
    }

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
