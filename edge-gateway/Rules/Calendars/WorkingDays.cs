namespace BodyCam.Rules.Calendars;

/// <summary>What a day is.</summary>
public enum DayKind
{
    /// <summary>Monday to Friday, worked.</summary>
    Weekday,

    /// <summary>Saturday or Sunday on which people work (补班).</summary>
    MakeUp,

    /// <summary>Saturday or Sunday, off.</summary>
    Weekend,

    /// <summary>A day off of the notice, weekend days within it included.</summary>
    Holiday,
}

/// <summary>One day and what it is.</summary>
/// <param name="Date">The day.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Name of the holiday of a day off or a make-up day; null otherwise.</param>
public sealed record CalendarDay(DateOnly Date, DayKind Kind, string? Name)
{
    /// <summary>True when people work.</summary>
    public bool IsWorking => Kind is DayKind.Weekday or DayKind.MakeUp;
}

/// <summary>A count of working days, or the alarm that a calendar is missing.</summary>
/// <param name="Start">Day of the start, not counted.</param>
/// <param name="Last">The last day, which ends the count at 24:00; null with an alarm.</param>
/// <param name="Days">Every day after the start up to the last one, or up to where the calendars end.</param>
/// <param name="Missing">The alarm; null when the count came to its end.</param>
/// <param name="Words">The count in Chinese, or the alarm's words.</param>
public sealed record WorkingDayCount(DateOnly Start, DateOnly? Last, IReadOnlyList<CalendarDay> Days, CalendarMissing? Missing, string Words);

/// <summary>Counts working days (工作日) by the yearly notices, make-up days included.</summary>
/// <param name="calendars">The calendars.</param>
public sealed class WorkingDays(CalendarSet calendars)
{
    /// <summary>Most working days that one count may have.</summary>
    public const int CountMax = 1000;

    /// <summary>What a day is; null with the alarm when its year has no calendar.</summary>
    public CalendarDay? Day(DateOnly date, out CalendarMissing? missing)
    {
        if (calendars.Find(date.Year, out missing) is not { } year)
            return null;
        var isWeekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        if (year.MakeUpDays.FirstOrDefault(day => day.Day == date) is { } makeUp)
            return new CalendarDay(date, DayKind.MakeUp, makeUp.Name);
        if (year.Holidays.FirstOrDefault(period => period.Contains(date)) is { } holiday)
            return new CalendarDay(date, DayKind.Holiday, holiday.Name);
        return new CalendarDay(date, isWeekend ? DayKind.Weekend : DayKind.Weekday, null);
    }

    /// <summary>Adds working days: the day of the start is not counted, the count ends at 24:00 of the last one.</summary>
    /// <param name="start">Day of the start; may itself be a day off, or lie in a year without calendar.</param>
    /// <param name="count">1..1000 working days.</param>
    /// <returns>The last day with the count in words, or the alarm for the first year that has no calendar.</returns>
    public WorkingDayCount Add(DateOnly start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CountMax);
        var days = new List<CalendarDay>();
        var worked = 0;
        for (var date = start.AddDays(1); ; date = date.AddDays(1))
        {
            if (Day(date, out var missing) is not { } day)
                return new WorkingDayCount(start, null, days, missing, missing!.Words);
            days.Add(day);
            if (day.IsWorking && ++worked == count)
                return new WorkingDayCount(start, date, days, null, CountWords.Of(start, days, count));
        }
    }
}
