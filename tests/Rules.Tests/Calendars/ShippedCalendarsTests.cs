using BodyCam.Rules.Calendars;

namespace BodyCam.Rules.Tests.Calendars;

public sealed class ShippedCalendarsTests
{
    [Fact]
    public void The_shipped_files_have_no_problem_and_name_the_notices()
    {
        Assert.Empty(Local.Calendars.Problems);
        Assert.Equal([(2025, CalendarStatus.Announced), (2026, CalendarStatus.Announced), (2027, CalendarStatus.NotAnnounced)], Local.Calendars.Years.Select(static year => (year.Year, year.Status)));
        Assert.Equal(["国办发明电〔2024〕12号", "国办发明电〔2025〕7号", null], Local.Calendars.Years.Select(static year => year.Source?.Number));
        Assert.All(Local.Calendars.Years.Where(static year => year.Status == CalendarStatus.Announced), static year => Assert.StartsWith("https://www.gov.cn/", year.Source!.Url, StringComparison.Ordinal));
    }

    // The notices' own totals: days off in all, make-up days, and so the working days of the year.
    [Theory]
    [InlineData(2025, 28, 5, 248)]
    [InlineData(2026, 33, 6, 248)]
    public void A_year_has_the_days_off_that_its_notice_adds_up_to(int year, int daysOff, int makeUps, int workingDays)
    {
        var calendar = Local.Calendars.Find(year, out _)!;
        Assert.Equal(daysOff, calendar.Holidays.Sum(static period => period.To.DayNumber - period.From.DayNumber + 1));
        Assert.Equal(makeUps, calendar.MakeUpDays.Count);
        var first = new DateOnly(year, 1, 1);
        var days = Enumerable.Range(0, first.AddYears(1).DayNumber - first.DayNumber).Select(offset => Local.Days.Day(first.AddDays(offset), out _)!);
        Assert.Equal(workingDays, days.Count(static day => day.IsWorking));
    }

    [Theory]
    [InlineData("2026-02-13", DayKind.Weekday)]
    [InlineData("2026-02-14", DayKind.MakeUp)]
    [InlineData("2026-02-15", DayKind.Holiday)]
    [InlineData("2026-02-23", DayKind.Holiday)]
    [InlineData("2026-02-24", DayKind.Weekday)]
    [InlineData("2026-03-01", DayKind.Weekend)]
    [InlineData("2025-01-26", DayKind.MakeUp)]
    [InlineData("2025-10-08", DayKind.Holiday)]
    [InlineData("2025-10-09", DayKind.Weekday)]
    public void A_day_is_what_the_notice_makes_it(string day, DayKind kind) => Assert.Equal(kind, Local.Days.Day(Local.Day(day), out _)!.Kind);
}
