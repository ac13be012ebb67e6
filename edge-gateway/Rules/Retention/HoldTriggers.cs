using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Retention;

/// <summary>An act or an event that may call for long-term preservation.</summary>
public enum HoldOccasion
{
    /// <summary>The officer pressed for obstruction on the recorder.</summary>
    ObstructionPressed,

    /// <summary>Recording was stopped because of obstruction (000·12(三)).</summary>
    StopUseForObstruction,

    /// <summary>Recording was interrupted because of obstruction (002·13).</summary>
    InterruptedByObstruction,

    /// <summary>A party evaded, refused or abused.</summary>
    EvadedRefusedOrAbused,

    /// <summary>A party objected.</summary>
    Objection,

    /// <summary>A complaint or petition came, or may come.</summary>
    ComplaintOrPetition,

    /// <summary>A coercive measure was taken.</summary>
    CoerciveMeasure,

    /// <summary>A mass incident or an emergency was handled.</summary>
    MassOrEmergency,

    /// <summary>The matter is major or sensitive.</summary>
    MajorOrSensitive,

    /// <summary>The recording became evidence in a case (J6).</summary>
    UsedAsEvidence,

    /// <summary>A person decided for another reason.</summary>
    OtherReason,
}

/// <summary>A hold that an occasion calls for by the policy.</summary>
/// <param name="Trigger">HoldTrigger.</param>
/// <param name="Cites">Articles; empty when the policy names the trigger as practice.</param>
/// <param name="Act">The act in Chinese.</param>
public sealed record HoldProposal(string Trigger, IReadOnlyList<string> Cites, string Act)
{
    /// <summary>The hold, once set.</summary>
    public HoldFact By(string person, DateTimeOffset at) => new(Trigger, Cites, Act, person, at);
}

/// <summary>From occasions to triggers. Obstruction is a stop reason, an interruption reason and a trigger at once: one act sets all three (REQUIREMENTS, notes).</summary>
public static class HoldTriggers
{
    /// <summary>The hold that a policy calls for on an occasion; null when it has no such trigger (a person may still set one).</summary>
    public static HoldProposal? For(RuleSet rules, HoldOccasion occasion)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var trigger = TriggerOf(occasion);
        var named = rules.Holds.Where(rule => rule.Trigger == trigger).ToList();
        return named.Count > 0 ? new HoldProposal(trigger, [.. named.SelectMany(static rule => rule.Cites).Distinct(StringComparer.Ordinal)], Act(occasion)) : null;
    }

    /// <summary>The HoldTrigger of an occasion.</summary>
    public static string TriggerOf(HoldOccasion occasion) => occasion switch
    {
        HoldOccasion.ObstructionPressed or HoldOccasion.StopUseForObstruction or HoldOccasion.InterruptedByObstruction or HoldOccasion.EvadedRefusedOrAbused => "evade_refuse_obstruct_abuse",
        HoldOccasion.Objection => "objection",
        HoldOccasion.ComplaintOrPetition => "complaint_or_petition",
        HoldOccasion.CoerciveMeasure => "coercive_measure",
        HoldOccasion.MassOrEmergency => "mass_or_emergency",
        HoldOccasion.MajorOrSensitive => "major_sensitive",
        HoldOccasion.UsedAsEvidence => "evidence_in_case",
        HoldOccasion.OtherReason => "other",
        _ => throw new ArgumentOutOfRangeException(nameof(occasion), occasion, null),
    };

    /// <summary>Name of a HoldTrigger in Chinese; an unknown one as it stands.</summary>
    public static string Name(string trigger) => trigger switch
    {
        "evade_refuse_obstruct_abuse" => "逃避、拒绝、阻碍执法或者侮辱、殴打执法人员",
        "objection" => "当事人有异议",
        "complaint_or_petition" => "投诉、上访",
        "coercive_measure" => "采取强制措施",
        "mass_or_emergency" => "群体性事件、突发事件",
        "major_sensitive" => "重大、敏感情况",
        "evidence_in_case" => "作为案件证据",
        "other" => "其他需要长期保存的情况",
        _ => trigger,
    };

    private static string Act(HoldOccasion occasion) => occasion switch
    {
        HoldOccasion.ObstructionPressed => "执法人员在现场按键标记受阻",
        HoldOccasion.StopUseForObstruction => "因受阻碍停止使用",
        HoldOccasion.InterruptedByObstruction => "因现场人员阻挠中断记录",
        HoldOccasion.EvadedRefusedOrAbused => "登记当事人逃避、拒绝或者辱骂、殴打",
        HoldOccasion.Objection => "登记当事人异议",
        HoldOccasion.ComplaintOrPetition => "登记投诉、上访",
        HoldOccasion.CoerciveMeasure => "登记采取强制措施",
        HoldOccasion.MassOrEmergency => "登记群体性事件、突发事件",
        HoldOccasion.MajorOrSensitive => "登记重大、敏感情况",
        HoldOccasion.UsedAsEvidence => "登记作为案件证据",
        _ => "登记其他原因",
    };
}
