using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Deadlines;

public sealed class DeadlineStateTests
{
    private static readonly Deadline classification = Local.Clock.Classification(TestPolicies.Kaifeng.Rules, Local.At("2026-02-13 18:00"));
    private static readonly Deadline handOver = Local.Clock.Count(TestPolicies.Baofeng.Rules.Upload[0] with { GraceHours = 2 }, Local.At("2026-03-02 17:00"));

    [Theory]
    [InlineData("2026-02-13 17:59", DeadlineState.NotStarted)]
    [InlineData("2026-02-13 18:00", DeadlineState.Running)]
    [InlineData("2026-02-24 19:59", DeadlineState.Running)]
    [InlineData("2026-02-24 20:00", DeadlineState.Warned)]
    [InlineData("2026-02-24 23:59:59", DeadlineState.Warned)]
    [InlineData("2026-02-24 24:00", DeadlineState.Due)]
    [InlineData("2026-02-25 00:00:01", DeadlineState.Overdue)]
    public void A_deadline_goes_through_its_states_in_order(string now, DeadlineState state) => Assert.Equal(state, classification.StateAt(Local.At(now)));

    [Theory]
    [InlineData("2026-02-14 09:00", DeadlineState.MetInTime)]
    [InlineData("2026-02-24 24:00", DeadlineState.MetInTime)]
    [InlineData("2026-02-25 00:00:01", DeadlineState.MetLate)]
    public void What_was_done_is_judged_by_when_it_was_done_not_by_when_it_is_looked_at(string metAt, DeadlineState state)
    {
        Assert.Equal(state, classification.StateAt(Local.At("2026-02-14 10:00"), Local.At(metAt)));
        Assert.Equal(state, classification.StateAt(Local.At("2027-02-14 10:00"), Local.At(metAt)));
    }

    [Theory]
    [InlineData("2026-03-02 16:59", DeadlineState.NotStarted)]
    [InlineData("2026-03-02 17:00", DeadlineState.Due)]
    [InlineData("2026-03-02 19:00", DeadlineState.Due)]
    [InlineData("2026-03-02 19:00:01", DeadlineState.Overdue)]
    public void At_once_is_due_when_it_starts_and_overdue_after_its_grace(string now, DeadlineState state) => Assert.Equal(state, handOver.StateAt(Local.At(now)));

    [Fact]
    public void The_words_carry_count_end_and_article()
    {
        Assert.Equal(
            "自存入服务器 2026-02-13（周五）18:00 起 2 个工作日，至 2026-02-24（周二）24:00 止。自 2026-02-13（周五）次日起算：02-14（周六，补班）第1个工作日，02-24（周二）第2个工作日；02-15 至 02-23 春节放假不计。依据第17条。",
            classification.Words);
        Assert.Equal("2026-02-24（周二）24:00", classification.DueWords);
        Assert.Contains("第13条", handOver.Words, StringComparison.Ordinal);
        Assert.Contains("本系统的做法", handOver.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_in_another_offset_is_the_same_deadline()
    {
        var utc = Local.Clock.Classification(TestPolicies.Kaifeng.Rules, Local.At("2026-02-13 18:00").ToUniversalTime());
        Assert.Equal(classification, utc);
        // 17:00 UTC of the 13th is already the 14th at the agency.
        Assert.Equal(Local.At("2026-02-25 24:00"), Local.Clock.Classification(TestPolicies.Kaifeng.Rules, new DateTimeOffset(2026, 2, 13, 17, 0, 0, TimeSpan.Zero)).Due);
    }

    [Fact]
    public void A_missing_calendar_is_the_state_at_any_time_met_or_not()
    {
        var alarm = Local.Clock.CaseFile(TestPolicies.Kaifeng.Rules, Local.At("2026-12-01 09:00"));
        Assert.Equal(DeadlineOutcome.CalendarMissing, alarm.Outcome);
        Assert.Null(alarm.Due);
        Assert.Equal(DeadlineState.CalendarMissing, alarm.StateAt(Local.At("2030-01-01 00:00")));
        Assert.Equal(DeadlineState.CalendarMissing, alarm.StateAt(Local.At("2030-01-01 00:00"), Local.At("2026-12-02 09:00")));
        Assert.Contains("calendars/2027.json", alarm.Words, StringComparison.Ordinal);
        Assert.Contains("第18条", alarm.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_without_the_rule_sets_no_deadline()
    {
        var none = Local.Clock.Classification(TestPolicies.Qidong.Rules, Local.At("2026-02-13 18:00"));
        Assert.Equal(DeadlineOutcome.NoneInText, none.Outcome);
        Assert.Equal(DeadlineState.None, none.StateAt(Local.At("2030-01-01 00:00")));
    }

    [Fact]
    public void An_open_case_waits_and_says_what_for()
    {
        var open = Local.Clock.CaseFile(TestPolicies.Kaifeng.Rules, null);
        Assert.Equal((DeadlineOutcome.WaitsForStart, ClockStart.CaseClosed), (open.Outcome, open.WaitsFor));
        Assert.Equal(DeadlineState.NotStarted, open.StateAt(Local.At("2030-01-01 00:00")));
        Assert.EndsWith("请在结案后登记结案时间。", open.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LimitUnit.Hours, 2, 4)]
    [InlineData(LimitUnit.AtOnce, 0, 4)]
    public void A_warning_never_comes_before_the_start(LimitUnit unit, int count, int warnHours)
    {
        var start = Local.At("2026-03-02 09:00");
        var deadline = Local.Clock.Count(new DeadlineRule { Start = ClockStart.ActivityEnd, Limit = new TimeLimit(unit, count), WarnHours = warnHours, Cites = ["13"] }, start);
        Assert.Equal(start, deadline.WarnFrom);
    }

    [Fact]
    public void Practice_is_told_apart_from_the_text()
    {
        var record = new WorkRecordRule { Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.WorkingDays, 2), LimitBasis = RuleBasis.Practice, Cites = ["12"] };
        var rules = TestPolicies.Baofeng.Rules with { WorkRecord = record, AccessRequest = new DeadlineRule { Start = ClockStart.Requested, Limit = new TimeLimit(LimitUnit.WorkingDays, 5), Basis = RuleBasis.Practice } };
        Assert.Contains("依据第12条，条文未规定具体期限，按本系统的稳妥做法", Local.Clock.WorkRecord(rules, Local.At("2026-03-02 09:00")).Words, StringComparison.Ordinal);
        Assert.EndsWith("条文没有规定，按本系统的稳妥做法。", Local.Clock.AccessRequest(rules, Local.At("2026-03-02 09:00")).Words, StringComparison.Ordinal);
        Assert.Equal(Local.At("2026-03-04 24:00"), Local.Clock.WorkRecord(rules, Local.At("2026-03-02 09:00")).Due);
        Assert.Equal(Local.At("2026-03-09 24:00"), Local.Clock.AccessRequest(rules, Local.At("2026-03-02 09:00")).Due);
    }
}
