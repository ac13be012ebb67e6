using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>The continuity rules of the five agencies as their texts have them, as far as these tests need them.</summary>
internal static class Agencies
{
    public static readonly PolicySet Forestry = Make("baofeng-forestry", ["8", "12"], new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = false, Cites = ["8"] },
        new WorkRecordRule { Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.AtOnce), Reviewer = Rank.MainLeader, Cites = ["12"] },
        Stop("low_battery", "12(一)"), Stop("weather", "12(二)"), Stop("obstruction", "12(三)"), Stop("force_majeure", "12(四)"));

    public static readonly PolicySet Lingchuan = Make("lingchuan-hrss", ["5", "9", "11"], new ContinuityRule
    {
        Unit = ContinuityUnit.Activity, HasList = true, VoiceNote = true, ReportAtOnce = true, Cites = ["9", "11"],
        Admitted = [.. new[] { "device_fault", "weather", "low_battery", "low_storage", "site_change", "other_objective" }.Select(static reason => new AdmittedReason { Reason = reason, Cites = ["11"] })],
    }, null, Stop("explosive_area", "5(一)"));

    public static readonly PolicySet Qidong = Make("qidong", ["10", "12", "13"], new ContinuityRule
    {
        Unit = ContinuityUnit.Activity, HasList = true, VoiceNote = true, ReportAtOnce = true, Cites = ["10", "13"],
        Admitted = [.. new[] { "device_fault", "low_battery", "low_storage", "weather", "obstruction" }.Select(static reason => new AdmittedReason { Reason = reason, Cites = ["13"] })],
    }, new WorkRecordRule { Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.AtOnce), Reviewer = Rank.MainLeader, Cites = ["12"] }, Stop("covert", "12(二)"));

    public static readonly PolicySet Weixian = Make("weixian-natural-resources", ["5"], new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = false, ReportAtOnce = true, Cites = ["5(二)", "5(三)"] }, null);

    public static readonly PolicySet Gulou = Make("kaifeng-gulou-emergency", ["8", "12"], new ContinuityRule { Unit = ContinuityUnit.Site, HasList = true, Cites = ["12(五)"] }, null, Stop("explosive_area", "8(一)"));

    public static IReadOnlyList<PolicySet> All { get; } = [Forestry, Lingchuan, Qidong, Weixian, Gulou];

    private static StopUseRule Stop(string reason, string cite) => new() { Reason = reason, Effect = StopUseEffect.MayStop, Cites = [cite] };

    private static PolicySet Make(string id, string[] articles, ContinuityRule continuity, WorkRecordRule? record, params StopUseRule[] stops) => new()
    {
        Id = id, Version = 1, Agency = id, Title = id, EffectiveFrom = new DateOnly(2020, 1, 1), Source = new SourceText("texts/x.txt", new string('0', 64)),
        Articles = [.. articles.Select(static number => new Article(number, "…", []))],
        Rules = new RuleSet { Retention = new RetentionRule { Months = 12, IsMinimum = true }, Continuity = continuity, WorkRecord = record, StopUse = stops },
    };
}
