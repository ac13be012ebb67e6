using BodyCam.Rules.Policies;

namespace BodyCam.Custody.People;

/// <summary>Ranks in the texts' words.</summary>
public static class RankName
{
    /// <summary>The words.</summary>
    public static string Of(Rank rank) => rank switch
    {
        Rank.UnitHead => "部门负责人",
        Rank.LeaderInCharge => "分管领导",
        Rank.MainLeader => "主要领导",
        _ => "经办人",
    };
}
