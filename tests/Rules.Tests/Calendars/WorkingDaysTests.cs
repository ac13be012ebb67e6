using BodyCam.Rules.Calendars;

namespace BodyCam.Rules.Tests.Calendars;

public sealed class WorkingDaysTests
{
    [Fact]
    public void The_count_is_told_so_that_it_can_be_followed_on_a_wall_calendar()
    {
        var count = Local.Days.Add(new DateOnly(2026, 2, 13), 2);
        Assert.Equal(new DateOnly(2026, 2, 24), count.Last);
        Assert.Equal("自 2026-02-13（周五）次日起算：02-14（周六，补班）第1个工作日，02-24（周二）第2个工作日；02-15 至 02-23 春节放假不计", count.Words);
    }

    [Fact]
    public void A_weekend_within_the_count_is_told()
    {
        var count = Local.Days.Add(new DateOnly(2026, 5, 8), 2);
        Assert.Equal("自 2026-05-08（周五）次日起算：05-09（周六，补班）第1个工作日，05-11（周一）第2个工作日；05-10（周日）周末不计", count.Words);
    }

    [Fact]
    public void A_long_count_draws_weeks_together_and_names_the_other_year()
    {
        var count = Local.Days.Add(new DateOnly(2025, 12, 25), 7);
        Assert.Equal(
            "自 2025-12-25（周四）次日起算：12-26（周五）第1个工作日，12-29（周一）至 12-31（周三）第2至4个工作日，2026-01-04（周日，补班）第5个工作日，2026-01-05（周一）至 2026-01-06（周二）第6至7个工作日；2026-01-01 至 2026-01-03 元旦放假不计，12-27（周六）、12-28（周日）周末不计",
            count.Words);
    }

    [Theory]
    [InlineData("2026-12-30", 2, 2027, CalendarMissingReason.NotAnnounced)]
    [InlineData("2026-12-31", 1, 2027, CalendarMissingReason.NotAnnounced)]
    [InlineData("2027-06-01", 1, 2027, CalendarMissingReason.NotAnnounced)]
    [InlineData("2024-12-01", 1, 2024, CalendarMissingReason.NoFile)]
    public void A_count_that_reaches_a_year_without_calendar_is_an_alarm_and_no_date(string start, int count, int year, CalendarMissingReason reason)
    {
        var counted = Local.Days.Add(Local.Day(start), count);
        Assert.Null(counted.Last);
        Assert.Equal(new CalendarMissing(year, reason), counted.Missing);
        Assert.Contains($"calendars/{year}.json", counted.Words, StringComparison.Ordinal);
        Assert.Contains("announced", counted.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_in_a_year_without_calendar_counts_when_the_days_counted_have_one() => Assert.Equal(new DateOnly(2025, 1, 2), Local.Days.Add(new DateOnly(2024, 12, 31), 1).Last);

    [Fact]
    public void The_last_day_of_the_last_known_year_is_still_counted() => Assert.Equal(new DateOnly(2026, 12, 31), Local.Days.Add(new DateOnly(2026, 12, 30), 1).Last);

    [Fact]
    public void Statutory_days_of_a_year_without_notice_are_never_counted_with()
    {
        var year = Local.Calendars.Years.Single(static calendar => calendar.Year == 2027);
        Assert.NotEmpty(year.Statutory);
        Assert.Null(Local.Days.Day(year.Statutory[0].From, out var missing));
        Assert.Equal(2027, missing!.Year);
    }

    /// <summary>Counting n days one at a time comes to where counting n at once does, from every day of two years.</summary>
    [Fact]
    public void Days_add_up()
    {
        for (var start = new DateOnly(2025, 1, 1); start < new DateOnly(2026, 11, 1); start = start.AddDays(1))
        {
            var at = start;
            for (var step = 0; step < 7; step++)
                at = Local.Days.Add(at, 1).Last!.Value;
            var count = Local.Days.Add(start, 7);
            Assert.Equal(at, count.Last);
            Assert.Equal(7, count.Days.Count(static day => day.IsWorking));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void No_working_days_or_too_many_is_a_bug(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => Local.Days.Add(new DateOnly(2026, 1, 5), count));
}
