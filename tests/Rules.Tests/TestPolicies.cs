using BodyCam.Rules.Policies;
using BodyCam.Rules.Tests.Policies;

namespace BodyCam.Rules.Tests;

/// <summary>The five agencies' policies, as they ship.</summary>
internal static class TestPolicies
{
    public static PolicySet Baofeng => Of("baofeng-forestry");

    public static PolicySet Lingchuan => Of("lingchuan-hrss");

    public static PolicySet Qidong => Of("qidong");

    public static PolicySet Weixian => Of("weixian-natural-resources");

    public static PolicySet Kaifeng => Of("kaifeng-gulou-emergency");

    public static IReadOnlyList<PolicySet> All => [Baofeng, Lingchuan, Qidong, Weixian, Kaifeng];

    public static PolicySet Of(string id) => Shipped.Of(id);
}
