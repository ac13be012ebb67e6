using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Tests.Retention;

public sealed class RetentionClockTests
{
    private static readonly RetentionFacts facts = new() { RecordingEnded = Local.At("2025-08-31 15:00"), Stored = Local.At("2025-08-31 16:00"), IsClassified = true };
    private static readonly DateTimeOffset late = Local.At("2090-01-01 00:00");

    [Fact]
    public void The_period_starts_at_the_later_of_recording_end_and_storage_and_says_so()
    {
        var byStorage = RetentionSpan.Of(TestPolicies.Qidong, Local.At("2025-08-30 23:00"), Local.At("2025-08-31 16:00"));
        Assert.Equal((Local.At("2025-08-31 16:00"), Local.At("2026-02-28 24:00")), (byStorage.Start, byStorage.End));
        Assert.Contains("自存入服务器 2025-08-31（周日）16:00 起算（条文没有规定起算点，取记录结束与存入两者中较晚者），至 2026-02-28（周六）24:00，依据第18条（一）", byStorage.Words, StringComparison.Ordinal);
        var byEnd = RetentionSpan.Of(TestPolicies.Qidong, Local.At("2025-09-02 00:10"), Local.At("2025-09-01 16:00"));
        Assert.Equal(Local.At("2026-03-02 24:00"), byEnd.End);
        Assert.Contains("自记录结束", byEnd.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void The_review_is_due_at_24_00_of_the_last_day_and_not_before()
    {
        Assert.Equal(RetentionStatus.Retained, At(facts, "2026-02-28 23:59:59").Status);
        var due = At(facts, "2026-02-28 24:00");
        Assert.Equal(RetentionStatus.ReviewDue, due.Status);
        Assert.EndsWith("只开启到期审查，不自动清除。请由管理人员审查。", due.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_stored_or_still_runs_or_has_no_rules_has_no_end()
    {
        Assert.Equal((RetentionStatus.NotStarted, (DateTimeOffset?)null), Late(facts with { Stored = null }));
        Assert.Equal((RetentionStatus.NotStarted, (DateTimeOffset?)null), Late(facts with { RecordingEnded = null }));
        var none = RetentionClock.Read([], facts, late);
        Assert.Equal((RetentionStatus.NotStarted, (DateTimeOffset?)null), (none.Status, none.End));
        Assert.Contains("没有有效的制度配置", none.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_classified_never_expires()
    {
        foreach (var policy in TestPolicies.All)
        {
            var state = RetentionClock.Read([policy], facts with { IsClassified = false }, late);
            Assert.Equal((RetentionStatus.KeptUnclassified, (DateTimeOffset?)null), (state.Status, state.End));
            Assert.StartsWith("尚未分类整理", state.Words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Evidence_is_kept_with_its_case_file_and_for_ever_while_that_is_not_known()
    {
        var known = facts with { Evidence = [new EvidenceLink("启案〔2025〕7号", Local.At("2035-12-31 24:00"))] };
        Assert.Equal((RetentionStatus.KeptWithCase, (DateTimeOffset?)Local.At("2035-12-31 24:00")), Of(At(known, "2030-01-01 00:00")));
        Assert.Equal(RetentionStatus.ReviewDue, At(known, "2035-12-31 24:00").Status);
        Assert.Contains("依据第18条（二）", At(known, "2030-01-01 00:00").Words, StringComparison.Ordinal);
        Assert.Equal((RetentionStatus.KeptWithCase, (DateTimeOffset?)null), Late(known with { Evidence = [.. known.Evidence, new EvidenceLink("二案", null)] }));
        Assert.Equal((RetentionStatus.KeptWithCase, (DateTimeOffset?)null), Late(facts with { Evidence = [new EvidenceLink("三案", Local.At("2026-01-01 24:00"), IsPermanent: true)] }));
    }

    [Fact]
    public void A_case_file_that_ends_sooner_shortens_nothing()
    {
        var state = At(facts with { Evidence = [new EvidenceLink("案", Local.At("2025-12-31 24:00"))] }, "2026-01-05 00:00");
        Assert.Equal((RetentionStatus.Retained, (DateTimeOffset?)Local.At("2026-02-28 24:00")), Of(state));
    }

    [Fact]
    public void The_text_that_is_silent_on_evidence_is_told_as_practice()
    {
        var state = RetentionClock.Read([TestPolicies.Weixian], facts with { Evidence = [new EvidenceLink("案", null)] }, late);
        Assert.Equal(RetentionStatus.KeptWithCase, state.Status);
        Assert.Contains("条文未规定具体期限，按本系统的稳妥做法", state.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hold_suspends_expiry_until_it_is_lifted()
    {
        var hold = HoldTriggers.For(TestPolicies.Baofeng.Rules, HoldOccasion.ObstructionPressed)!.By("李某", Local.At("2025-08-31 14:20"));
        var held = RetentionClock.Read([TestPolicies.Baofeng], facts with { Holds = [hold] }, late);
        Assert.Equal((RetentionStatus.Held, (DateTimeOffset?)null), Of(held));
        Assert.StartsWith("长期保存（逃避、拒绝、阻碍执法或者侮辱、殴打执法人员）：执法人员在现场按键标记受阻，李某 于 2025-08-31（周日）14:20 设定，依据第16条（二）；保存期限 12 个月", held.Words, StringComparison.Ordinal);
        var lifted = RetentionClock.Read([TestPolicies.Baofeng], facts with { Holds = [hold with { ReleasedAt = Local.At("2026-01-01 09:00") }] }, late);
        Assert.Equal(RetentionStatus.ReviewDue, lifted.Status);
    }

    [Fact]
    public void Every_reason_is_told_the_one_that_decides_first()
    {
        var hold = new HoldFact("other", [], "领导决定保存", "赵某", Local.At("2025-09-01 09:00"));
        var state = RetentionClock.Read([TestPolicies.Kaifeng], facts with { IsClassified = false, Evidence = [new EvidenceLink("案", null)], Holds = [hold], PromisedUntil = Local.At("2026-01-01 24:00") }, late);
        Assert.Equal([RetentionReasonKind.Hold, RetentionReasonKind.Evidence, RetentionReasonKind.Unclassified, RetentionReasonKind.Period, RetentionReasonKind.Promise], state.Reasons.Select(static reason => reason.Kind));
        Assert.Contains("条文未列，由人员决定", state.Words, StringComparison.Ordinal);
        Assert.Equal(["kaifeng-gulou-emergency 22"], state.Reasons[3].Cites);
    }

    [Fact]
    public void Of_several_rules_the_longest_wins_whatever_their_order()
    {
        var superior = TestPolicies.Kaifeng with { Id = "superior" };
        foreach (var policies in new PolicySet[][] { [TestPolicies.Weixian, superior, TestPolicies.Qidong], [superior, TestPolicies.Qidong, TestPolicies.Weixian] })
        {
            var state = RetentionClock.Read(policies, facts, Local.At("2027-01-01 00:00"));
            Assert.Equal((RetentionStatus.Retained, (DateTimeOffset?)Local.At("2027-08-31 24:00")), Of(state));
            Assert.Equal("superior", state.Period!.PolicyId);
            Assert.Equal(3, state.Reasons.Count);
        }
    }

    [Fact]
    public void An_end_that_was_promised_is_never_made_earlier()
    {
        var promised = facts with { PromisedUntil = Local.At("2027-08-31 24:00") };
        Assert.Equal((RetentionStatus.Retained, (DateTimeOffset?)Local.At("2027-08-31 24:00")), Of(At(promised, "2027-01-01 00:00")));
        Assert.Equal(RetentionStatus.ReviewDue, At(promised, "2027-08-31 24:00").Status);
        Assert.Contains("不得缩短", At(promised, "2027-01-01 00:00").Words, StringComparison.Ordinal);
    }

    /// <summary>More reasons to keep never bring the end nearer: all combinations of what can be known.</summary>
    [Fact]
    public void Another_reason_to_keep_never_brings_the_end_nearer()
    {
        EvidenceLink[] links = [new("甲", null), new("乙", Local.At("2025-10-01 24:00")), new("丙", Local.At("2031-10-01 24:00")), new("丁", null, IsPermanent: true)];
        HoldFact[] holds = [new("other", ["21(五)"], "登记", "赵某", Local.At("2025-09-01 09:00")), new("objection", [], "登记", "赵某", Local.At("2025-09-01 09:00"), Local.At("2025-09-02 09:00"))];
        for (var mask = 0; mask < 1 << 8; mask++)
        {
            var bits = mask;
            bool Has(int bit) => (bits & (1 << bit)) != 0;
            RetentionFacts Make(bool isClassified, Func<int, bool> has) => facts with
            {
                IsClassified = isClassified,
                Evidence = [.. links.Where((_, index) => has(index))],
                Holds = [.. holds.Where((_, index) => has(4 + index))],
                PromisedUntil = has(6) ? Local.At("2029-01-01 24:00") : null,
            };
            var end = Late(Make(!Has(7), Has)).End ?? DateTimeOffset.MaxValue;
            for (var bit = 0; bit < 8; bit++)
            {
                var more = bit;
                var with = Late(Make(!(Has(7) || more == 7), index => Has(index) || index == more)).End ?? DateTimeOffset.MaxValue;
                Assert.True(with >= end, $"mask {mask} bit {bit}");
            }

            var status = Late(Make(!Has(7), Has)).Status;
            Assert.Equal(!(Has(0) || Has(3) || Has(4) || Has(7)), status == RetentionStatus.ReviewDue);
        }
    }

    private static (RetentionStatus Status, DateTimeOffset? End) Late(RetentionFacts facts) => Of(RetentionClock.Read([TestPolicies.Qidong], facts, late));

    private static (RetentionStatus Status, DateTimeOffset? End) Of(RetentionState state) => (state.Status, state.End);

    private static RetentionState At(RetentionFacts facts, string now) => RetentionClock.Read([TestPolicies.Qidong], facts, Local.At(now));
}
