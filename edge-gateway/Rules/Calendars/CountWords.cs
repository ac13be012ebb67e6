using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>Puts a count of working days into words, so that a person can follow it with a wall calendar.</summary>
internal static class CountWords
{
    /// <summary>Up to this many working days each is named; above, runs of weekdays are drawn together.</summary>
    private const int NamedMax = 5;

    /// <summary>Such as 自 2026-02-13（周五）次日起算：02-14（周六，补班）第1个工作日，02-24（周二）第2个工作日；02-15 至 02-23 春节放假不计.</summary>
    public static string Of(DateOnly start, IReadOnlyList<CalendarDay> days, int count)
    {
        var worked = string.Join("，", count <= NamedMax ? Named(start, days) : Runs(start, days));
        var off = string.Join("，", Off(start, days));
        return $"自 {ChineseDates.Full(start)}次日起算：{worked}{(off.Length > 0 ? "；" + off : "")}";
    }

    private static IEnumerable<string> Named(DateOnly start, IReadOnlyList<CalendarDay> days)
    {
        var number = 0;
        foreach (var day in days.Where(static day => day.IsWorking))
            yield return $"{Dated(start, day)}第{Digits(++number)}个工作日";
    }

    private static IEnumerable<string> Runs(DateOnly start, IReadOnlyList<CalendarDay> days)
    {
        var number = 0;
        for (var first = 0; first < days.Count; first++)
        {
            if (!days[first].IsWorking)
                continue;
            var last = first;
            while (days[first].Kind == DayKind.Weekday && last + 1 < days.Count && days[last + 1].Kind == DayKind.Weekday)
                last++;
            var from = ++number;
            number += last - first;
            yield return last == first
                ? $"{Dated(start, days[first])}第{Digits(from)}个工作日"
                : $"{Dated(start, days[first])}至 {Dated(start, days[last])}第{Digits(from)}至{Digits(number)}个工作日";
            first = last;
        }
    }

    private static IEnumerable<string> Off(DateOnly start, IReadOnlyList<CalendarDay> days)
    {
        for (var first = 0; first < days.Count; first++)
        {
            if (days[first].Kind != DayKind.Holiday)
                continue;
            var last = first;
            while (last + 1 < days.Count && days[last + 1].Kind == DayKind.Holiday && days[last + 1].Name == days[first].Name)
                last++;
            yield return $"{Span(start, days[first].Date, days[last].Date)} {days[first].Name}放假不计";
            first = last;
        }

        var weekends = days.Where(static day => day.Kind == DayKind.Weekend).Select(static day => day.Date).ToList();
        if (weekends.Count > 4)
            yield return $"其余周六、周日共{Digits(weekends.Count)}天不计";
        else if (weekends.Count > 0)
            yield return string.Join("、", weekends.Select(day => $"{ChineseDates.Short(day, start)}（{ChineseDates.Weekday(day)}）")) + "周末不计";
    }

    private static string Dated(DateOnly start, CalendarDay day) =>
        $"{ChineseDates.Short(day.Date, start)}（{ChineseDates.Weekday(day.Date)}{(day.Kind == DayKind.MakeUp ? "，补班" : "")}）";

    private static string Span(DateOnly start, DateOnly from, DateOnly to) =>
        from == to ? ChineseDates.Short(from, start) : $"{ChineseDates.Short(from, start)} 至 {ChineseDates.Short(to, start)}";

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}
