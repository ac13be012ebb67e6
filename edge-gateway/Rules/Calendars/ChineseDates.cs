using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>Dates as people here write them.</summary>
internal static class ChineseDates
{
    private static readonly string[] weekdays = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

    /// <summary>Such as 周五.</summary>
    public static string Weekday(DateOnly day) => weekdays[(int)day.DayOfWeek];

    /// <summary>Such as 2026-02-13（周五）.</summary>
    public static string Full(DateOnly day) => $"{Iso(day)}（{Weekday(day)}）";

    /// <summary>Such as 2026-02-13.</summary>
    public static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Such as 02-13, with the year when it is another than that of <paramref name="beside"/>.</summary>
    public static string Short(DateOnly day, DateOnly beside) => day.Year == beside.Year ? day.ToString("MM-dd", CultureInfo.InvariantCulture) : Iso(day);

    /// <summary>Such as 2026-02-13（周五）17:20, in the offset of the moment; with seconds only when there are some.</summary>
    public static string Moment(DateTimeOffset local)
    {
        var hasSeconds = local.Ticks % TimeSpan.TicksPerMinute != 0;
        return Full(DateOnly.FromDateTime(local.DateTime)) + local.ToString(hasSeconds ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>The end of a day, such as 2026-02-24（周二）24:00.</summary>
    public static string EndOf(DateOnly day) => Full(day) + "24:00";
}
