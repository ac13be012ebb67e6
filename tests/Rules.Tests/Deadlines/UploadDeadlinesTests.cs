using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Deadlines;

public sealed class UploadDeadlinesTests
{
    private static readonly UploadDeadlines uploads = new(Local.Clock);
    private static readonly UploadFacts facts = new() { RecordingEnded = Local.At("2026-03-02 16:50"), ActivityEnded = Local.At("2026-03-02 17:00"), ReturnedToUnit = Local.At("2026-03-02 19:00") };

    [Fact]
    public void Lingchuan_sets_no_deadline_and_says_so()
    {
        var reading = uploads.Read(TestPolicies.Lingchuan.Rules, facts);
        Assert.True(reading.IsWithoutDeadline);
        Assert.Contains("条文没有规定上传期限", reading.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Weixian_runs_the_day_and_the_week_beside_each_other()
    {
        var reading = uploads.Read(TestPolicies.Weixian.Rules, facts);
        Assert.Equal([Local.At("2026-03-02 24:00"), Local.At("2026-03-09 24:00")], reading.Clocks.Select(static clock => clock.Deadline.Due));
        Assert.Equal(["12(一)", "12(二)"], reading.Clocks.Select(static clock => clock.Deadline.Rule!.Cites[0]));
    }

    [Fact]
    public void A_monday_that_is_a_holiday_stands_and_people_are_told()
    {
        var reading = uploads.Read(TestPolicies.Weixian.Rules, new UploadFacts { RecordingEnded = Local.At("2026-02-14 10:00") });
        Assert.Contains("该日为春节假期，条文没有规定顺延", reading.Clocks[1].Deadline.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Baofeng_is_at_once_and_with_a_named_circumstance_a_day_after_the_return()
    {
        Assert.Equal(facts.ActivityEnded, Assert.Single(uploads.Read(TestPolicies.Baofeng.Rules, facts).Clocks).Deadline.Due);
        var excused = uploads.Read(TestPolicies.Baofeng.Rules, facts with { Declaration = new UploadDeclaration(UploadCase.Exception, "水上执法", "在水库巡查") });
        Assert.Equal(DeclarationOutcome.Accepted, excused.Declaration);
        Assert.Equal(Local.At("2026-03-03 19:00"), Assert.Single(excused.Clocks).Deadline.Due);
    }

    [Theory]
    [InlineData(UploadCase.Exception, "水上执法", " ", DeclarationOutcome.ReasonMissing)]
    [InlineData(UploadCase.Exception, "会议", "开会", DeclarationOutcome.CircumstanceNotNamed)]
    [InlineData(UploadCase.Special, "水上执法", "开会", DeclarationOutcome.NotInText)]
    [InlineData(UploadCase.Always, "", "", DeclarationOutcome.None)]
    public void A_declaration_that_does_not_count_leaves_the_ordinary_clock_and_says_why(UploadCase declared, string circumstance, string reason, DeclarationOutcome outcome)
    {
        var reading = uploads.Read(TestPolicies.Baofeng.Rules, facts with { Declaration = new UploadDeclaration(declared, circumstance, reason) });
        Assert.Equal(outcome, reading.Declaration);
        Assert.Equal(TestPolicies.Baofeng.Rules.Upload[0].Id, Assert.Single(reading.Clocks).ClockId);
        Assert.Equal(outcome != DeclarationOutcome.None, reading.Words.Contains("请", StringComparison.Ordinal));
    }

    [Fact]
    public void Kaifeng_takes_any_special_circumstance_with_a_reason()
    {
        var reading = uploads.Read(TestPolicies.Kaifeng.Rules, facts with { Declaration = new UploadDeclaration(UploadCase.Special, "抢险", "连夜处置") });
        Assert.Equal(("special", Local.At("2026-03-05 24:00")), (reading.Clocks[0].ClockId, reading.Clocks[0].Deadline.Due!.Value));
    }

    [Fact]
    public void A_clock_by_the_return_waits_until_the_officer_is_back()
    {
        var away = facts with { ReturnedToUnit = null };
        foreach (var policy in new[] { TestPolicies.Kaifeng, TestPolicies.Qidong, TestPolicies.Baofeng })
        {
            var circumstance = policy.Rules.Upload.SelectMany(static clock => clock.Circumstances).FirstOrDefault() ?? "";
            var reading = uploads.Read(policy.Rules, away with { Declaration = circumstance.Length > 0 ? new UploadDeclaration(UploadCase.Exception, circumstance, "山路") : null });
            var deadline = Assert.Single(reading.Clocks).Deadline;
            Assert.Equal((DeadlineOutcome.WaitsForStart, ClockStart.ReturnToUnit), (deadline.Outcome, deadline.WaitsFor));
            Assert.EndsWith("请在返回单位后登记返回时间。", deadline.Words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_running_recording_has_no_end_of_day_yet() =>
        Assert.All(uploads.Read(TestPolicies.Weixian.Rules, new UploadFacts()).Clocks, static clock => Assert.Equal(DeadlineOutcome.WaitsForStart, clock.Deadline.Outcome));
}
