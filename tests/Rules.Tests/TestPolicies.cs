using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests;

/// <summary>Time rules of the five agencies as their texts give them, written down a second time so that the clocks are tested without the policy files.</summary>
internal static class TestPolicies
{
    public static readonly PolicySet Baofeng = Policy("baofeng-forestry", "宝丰县林业局音像记录管理制度", new RuleSet
    {
        Retention = new RetentionRule { Months = 12, IsMinimum = false, Cites = ["15"] },
        Continuity = continuity,
        Upload =
        [
            new UploadClock { Id = "at_once", Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.AtOnce), GraceHours = 2, Cites = ["13"] },
            new UploadClock { Id = "after_return", Start = ClockStart.ReturnToUnit, Limit = new TimeLimit(LimitUnit.Hours, 24), When = UploadCase.Exception, Circumstances = ["边远地区执法", "水上执法", "交通不便地区执法", "异地执法", "连续执法"], Cites = ["13"] },
        ],
        Holds = [Hold("objection", "16(一)"), Hold("complaint_or_petition", "16(一)"), Hold("evade_refuse_obstruct_abuse", "16(二)"), Hold("major_sensitive", "16(三)")],
    });

    public static readonly PolicySet Lingchuan = Policy("lingchuan-hrss", "陵川县人力资源和社会保障局行政执法音像记录设备配备办法", new RuleSet
    {
        Retention = new RetentionRule { Months = 12, IsMinimum = true, Cites = ["16"] },
        EvidenceRetention = new EvidenceRetentionRule { Cites = ["16"] },
        Continuity = continuity,
    });

    public static readonly PolicySet Qidong = Policy("qidong", "启东市行政执法记录仪使用管理规定", new RuleSet
    {
        Retention = new RetentionRule { Months = 6, IsMinimum = true, Cites = ["18(一)"] },
        EvidenceRetention = new EvidenceRetentionRule { Cites = ["18(二)"] },
        Continuity = continuity,
        Upload =
        [
            new UploadClock { Id = "after_end", Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.Hours, 24), Cites = ["16"] },
            new UploadClock { Id = "after_return", Start = ClockStart.ReturnToUnit, Limit = new TimeLimit(LimitUnit.Hours, 24), When = UploadCase.Exception, Circumstances = ["连续工作", "异地执行", "偏远地区执法", "交通不便地区执法"], Cites = ["16"] },
        ],
    });

    public static readonly PolicySet Weixian = Policy("weixian-natural-resources", "音像设备的使用、管理和监督规则", new RuleSet
    {
        Retention = new RetentionRule { Months = 3, IsMinimum = true, Cites = ["12(三)"] },
        Continuity = continuity,
        Upload =
        [
            new UploadClock { Id = "daily", Start = ClockStart.DayOfRecording, Limit = new TimeLimit(LimitUnit.EndOfDay), Cites = ["12(一)"] },
            new UploadClock { Id = "weekly", Start = ClockStart.WeekOfRecording, Limit = new TimeLimit(LimitUnit.NextMonday), Cites = ["12(二)"] },
        ],
        Holds = [Hold("complaint_or_petition", "12(三)")],
    });

    public static readonly PolicySet Kaifeng = Policy("kaifeng-gulou-emergency", "鼓楼区应急管理局执法记录音像管理制度", new RuleSet
    {
        Retention = new RetentionRule { Months = 24, IsMinimum = true, Cites = ["22"] },
        EvidenceRetention = new EvidenceRetentionRule { Cites = ["22"] },
        Continuity = continuity,
        Upload =
        [
            new UploadClock { Id = "after_return", Start = ClockStart.ReturnToUnit, Limit = new TimeLimit(LimitUnit.Hours, 24), Cites = ["16"] },
            new UploadClock { Id = "special", Start = ClockStart.ReturnToUnit, Limit = new TimeLimit(LimitUnit.WorkingDays, 3), When = UploadCase.Special, Cites = ["16"] },
        ],
        Classification = new DeadlineRule { Start = ClockStart.Stored, Limit = new TimeLimit(LimitUnit.WorkingDays, 2), Cites = ["17"] },
        CaseFile = new DeadlineRule { Start = ClockStart.CaseClosed, Limit = new TimeLimit(LimitUnit.WorkingDays, 30), WarnHours = 72, Cites = ["18"] },
        Holds = [Hold("coercive_measure", "21(一)"), Hold("objection", "21(二)"), Hold("complaint_or_petition", "21(二)"), Hold("evade_refuse_obstruct_abuse", "21(三)"), Hold("mass_or_emergency", "21(四)"), Hold("other", "21(五)")],
    });

    public static IReadOnlyList<PolicySet> All => [Baofeng, Lingchuan, Qidong, Weixian, Kaifeng];

    public static PolicySet Of(string id) => All.Single(policy => policy.Id == id);

    private static ContinuityRule continuity => new() { Unit = ContinuityUnit.Activity, HasList = false };

    private static HoldRule Hold(string trigger, string cite) => new() { Trigger = trigger, Cites = [cite] };

    private static PolicySet Policy(string id, string title, RuleSet rules) => new()
    {
        Id = id,
        Version = 1,
        Agency = id,
        Title = title,
        EffectiveFrom = new DateOnly(2019, 1, 1),
        Source = new SourceText("texts/" + id + ".txt", new string('0', 64)),
        Articles = [],
        Rules = rules,
    };
}
