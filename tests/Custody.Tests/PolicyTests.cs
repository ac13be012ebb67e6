using BodyCam.Custody.Acts;
using BodyCam.Custody.Policies;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Which rules the gateway works by stands in the log.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task A_change_of_rules_is_an_act_once_and_a_shorter_retention_says_so()
    {
        using var world = new World(Texts.Full);
        var first = world.Policy;
        await Read(world, first);
        Assert.Single(world.Log.Records);
        await Read(world, first);
        Assert.Single(world.Log.Records);
        var months = first.Rules.Retention.Months;
        var second = first with { Version = first.Version + 1, EffectiveFrom = first.EffectiveFrom.AddYears(1), Rules = first.Rules with { Retention = first.Rules.Retention with { Months = months - 1 } } };
        await Read(world, first with { EffectiveTo = second.EffectiveFrom.AddDays(-1) }, second);
        var act = world.Office.Store.Acts($"policy/{second.Id}.{second.Version}")[0].Act;
        Assert.Equal(("policy.read", "gateway"), (act.Name, act.ActorId));
        Assert.Contains($"由 {months} 个月缩短：此前已存的仍按原定日期保存", act.Reason, StringComparison.Ordinal);
        await Read(world, second);
        Assert.False(world.Office.Store.Find<PolicyRead>($"{first.Id}.{first.Version}")!.IsPresent);
        Assert.Equal(3, world.Log.Records.Count);
    }

    [Fact]
    public async Task Nobody_but_the_gateway_notes_rules()
    {
        using var world = new World(Texts.Full);
        var outcome = await world.Office.DoAsync(world.Administrator, "policy.read", draft => PolicyDesk.Read(draft, [world.Policy]), TestContext.Current.CancellationToken);
        Assert.False(outcome.IsDone);
        Assert.Empty(world.Log.Records);
    }

    private static async Task Read(World world, params PolicySet[] policies) =>
        Assert.True((await world.Office.DoAsync(Actor.Gateway, "policy.read", draft => PolicyDesk.Read(draft, policies), TestContext.Current.CancellationToken)).IsDone);
}
