using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Tests.Retention;

public sealed class HoldTriggersTests
{
    [Theory]
    [InlineData("baofeng-forestry", HoldOccasion.ObstructionPressed, "16(二)")]
    [InlineData("baofeng-forestry", HoldOccasion.StopUseForObstruction, "16(二)")]
    [InlineData("baofeng-forestry", HoldOccasion.EvadedRefusedOrAbused, "16(二)")]
    [InlineData("baofeng-forestry", HoldOccasion.Objection, "16(一)")]
    [InlineData("baofeng-forestry", HoldOccasion.ComplaintOrPetition, "16(一)")]
    [InlineData("baofeng-forestry", HoldOccasion.MajorOrSensitive, "16(三)")]
    [InlineData("baofeng-forestry", HoldOccasion.CoerciveMeasure, null)]
    [InlineData("lingchuan-hrss", HoldOccasion.ObstructionPressed, null)]
    [InlineData("qidong", HoldOccasion.InterruptedByObstruction, null)]
    [InlineData("weixian-natural-resources", HoldOccasion.ComplaintOrPetition, "12(三)")]
    [InlineData("weixian-natural-resources", HoldOccasion.ObstructionPressed, null)]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.CoerciveMeasure, "21(一)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.Objection, "21(二)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.ComplaintOrPetition, "21(二)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.ObstructionPressed, "21(三)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.InterruptedByObstruction, "21(三)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.MassOrEmergency, "21(四)")]
    [InlineData("kaifeng-gulou-emergency", HoldOccasion.OtherReason, "21(五)")]
    [InlineData("qidong", HoldOccasion.UsedAsEvidence, "18(二)")]
    [InlineData("lingchuan-hrss", HoldOccasion.UsedAsEvidence, "16")]
    public void An_occasion_calls_for_the_hold_that_the_text_names(string agency, HoldOccasion occasion, string? cite)
    {
        var proposal = HoldTriggers.For(TestPolicies.Of(agency).Rules, occasion);
        Assert.Equal(cite is null ? [] : [cite], proposal?.Cites ?? []);
        Assert.NotEqual("", proposal?.Act);
    }

    [Fact]
    public void Every_occasion_has_a_trigger_with_a_name()
    {
        foreach (var trigger in Enum.GetValues<HoldOccasion>().Select(HoldTriggers.TriggerOf))
            Assert.NotEqual(trigger, HoldTriggers.Name(trigger));
        Assert.Equal("new_kind", HoldTriggers.Name("new_kind"));
    }

    [Fact]
    public void A_trigger_that_a_policy_names_as_practice_sets_its_hold_too()
    {
        var rules = TestPolicies.Qidong.Rules with { Holds = [new HoldRule { Trigger = "evade_refuse_obstruct_abuse", Basis = RuleBasis.Practice, Remark = "本局惯例" }] };
        var hold = HoldTriggers.For(rules, HoldOccasion.ObstructionPressed)!.By("李某", Local.At("2025-08-31 14:20"));
        Assert.Empty(hold.Cites);
        Assert.True(hold.Stands);
    }
}
