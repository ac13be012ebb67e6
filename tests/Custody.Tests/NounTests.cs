using System.Reflection;
using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Tests;

public sealed class NounTests
{
    // What the gateway keeps for itself; no person is told of it.
    private static readonly string[] inner = ["counter", "intake_mark"];

    [Fact]
    public void Every_kind_that_people_are_told_of_has_a_Chinese_noun_of_its_own()
    {
        var kindOf = typeof(NounTests).GetMethod(nameof(KindOf), BindingFlags.NonPublic | BindingFlags.Static)!;
        var kinds = typeof(IEntity).Assembly.GetTypes().Where(static type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IEntity)))
            .Select(type => (string)kindOf.MakeGenericMethod(type).Invoke(null, null)!).Except(inner).ToList();
        Assert.True(kinds.Count > 20);
        Assert.All(kinds, static kind => Assert.NotEqual(kind, Nouns.Of(kind)));
        Assert.Equal(kinds.Count, kinds.Select(Nouns.Of).Distinct().Count());
    }

    [Fact]
    public void Every_act_says_who_may_do_it()
    {
        Assert.All(Permissions.All.Keys, static act => Assert.NotEmpty(Permissions.Who(act)));
        Assert.Equal("网关自己", Permissions.Who("retention.purge"));
        Assert.Equal("执法记录仪管理员、档案人员", Permissions.Who("retention.propose"));
        Assert.Equal("法制机构、部门负责人及以上", Permissions.Who("lead.decide"));
    }

    private static string KindOf<T>()
        where T : IEntity => T.Kind;
}
