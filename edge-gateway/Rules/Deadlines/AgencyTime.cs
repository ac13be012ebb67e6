using BodyCam.Rules.Calendars;

namespace BodyCam.Rules.Deadlines;

/// <summary>The time zone in which all five agencies count: Asia/Shanghai, UTC+8. There has been no daylight saving since 1991, so the offset is a constant and needs no zone database on the station.</summary>
public static class AgencyTime
{
    /// <summary>Ahead of UTC by this.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    /// <summary>The same moment as the agency's clocks show it.</summary>
    public static DateTimeOffset Local(DateTimeOffset moment) => moment.ToOffset(Offset);

    /// <summary>The agency's calendar day of a moment.</summary>
    public static DateOnly Day(DateTimeOffset moment) => DateOnly.FromDateTime(Local(moment).DateTime);

    /// <summary>24:00 of a day, which is 00:00 of the next one.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => new(day.AddDays(1).ToDateTime(TimeOnly.MinValue), Offset);

    /// <summary>A moment in words; midnight that ends a day is written as 24:00 of it.</summary>
    /// <param name="moment">The moment.</param>
    /// <param name="isEndOfDay">True when midnight ends a day here, false when it begins one.</param>
    public static string Words(DateTimeOffset moment, bool isEndOfDay = false)
    {
        var local = Local(moment);
        return isEndOfDay && local.TimeOfDay == TimeSpan.Zero ? ChineseDates.EndOf(Day(local).AddDays(-1)) : ChineseDates.Moment(local);
    }
}
