using BodyCam.Rules.Policies;

namespace BodyCam.Timeline.Tests;

/// <summary>002·10·13, as far as these tests need them.</summary>
internal static class Qidong
{
    public static readonly PolicySet Policy = new()
    {
        Id = "qidong", Version = 1, Agency = "启东市", Title = "规定", EffectiveFrom = new DateOnly(2022, 5, 23), Source = new SourceText("texts/q.txt", new string('0', 64)), Articles = [new Article("13", "…", [])],
        Rules = new RuleSet
        {
            Retention = new RetentionRule { Months = 6, IsMinimum = true },
            Continuity = new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = true, VoiceNote = true, Cites = ["10", "13"], Admitted = [new AdmittedReason { Reason = "low_battery", Cites = ["13"] }, new AdmittedReason { Reason = "device_fault", Cites = ["13"] }] },
        },
    };
}
