using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>A made-up policy with every kind of rule, so that each deed has something to rest on. The real ones are tried in the acceptance tests.</summary>
internal static class Texts
{
    public static PolicySet Full { get; } = new()
    {
        Id = "full",
        Version = 1,
        Agency = "试验局",
        Title = "试验制度",
        EffectiveFrom = new DateOnly(2020, 1, 1),
        Source = new SourceText("texts/full.txt", new string('0', 64)),
        Articles = [.. Enumerable.Range(1, 30).Select(static number => new Article(number.ToString(System.Globalization.CultureInfo.InvariantCulture), "条文", []))],
        Rules = new RuleSet
        {
            Retention = new RetentionRule { Months = 6, IsMinimum = true, Cites = ["18(一)"] },
            EvidenceRetention = new EvidenceRetentionRule { Cites = ["18(二)"] },
            Upload =
            [
                new UploadClock { Id = "normal", Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.Hours, 24), Cites = ["16"] },
                new UploadClock { Id = "remote", When = UploadCase.Exception, Start = ClockStart.ReturnToUnit, Limit = new TimeLimit(LimitUnit.Hours, 24), Circumstances = ["异地执法", "连续工作"], Cites = ["16"] },
            ],
            Classification = new DeadlineRule { Start = ClockStart.Stored, Limit = new TimeLimit(LimitUnit.WorkingDays, 2), Cites = ["17"] },
            CaseFile = new DeadlineRule { Start = ClockStart.CaseClosed, Limit = new TimeLimit(LimitUnit.WorkingDays, 30), Cites = ["18"] },
            WorkRecord = new WorkRecordRule { Start = ClockStart.ActivityEnd, Limit = new TimeLimit(LimitUnit.Hours, 24), Reviewer = Rank.MainLeader, Cites = ["12"] },
            Notice = new NoticeRule { PhraseId = "full", Phrase = "本次执法全程录音录像", Cites = ["8"] },
            Openings = [new OpeningRule { Id = "site_sign", Name = "标志", Cites = ["12(四)"] }],
            Continuity = new ContinuityRule
            {
                Unit = ContinuityUnit.Activity, HasList = true, VoiceNote = true, ReportAtOnce = true, ReportTo = Rank.UnitHead, Cites = ["13"],
                Admitted = [new AdmittedReason { Reason = "low_battery", Cites = ["13"] }, new AdmittedReason { Reason = "device_fault", Cites = ["13"] }],
            },
            StopUse =
            [
                new StopUseRule { Reason = "person_requested", Effect = StopUseEffect.MayStop, RequesterPaper = true, Cites = ["12(一)"] },
                new StopUseRule { Reason = "explosive_area", Effect = StopUseEffect.MustNotRecord, Cites = ["8(一)"] },
                new StopUseRule { Reason = "secret_or_privacy", Effect = StopUseEffect.MustNotRecord, UnlessConsent = true, Cites = ["8(二)"] },
                new StopUseRule { Reason = "obstruction", Effect = StopUseEffect.MayStop, Cites = ["12(三)"] },
            ],
            Holds = [new HoldRule { Trigger = "evade_refuse_obstruct_abuse", Cites = ["21(三)"] }, new HoldRule { Trigger = "complaint_or_petition", Cites = ["21(二)"] }],
            Access =
            [
                new AccessRule { Kind = AccessKind.OwnWork, Approver = Rank.LeaderInCharge, Cites = ["17"] },
                new AccessRule { Kind = AccessKind.OtherUnit, Approver = Rank.MainLeader, Cites = ["17"] },
                new AccessRule { Kind = AccessKind.Evidence, Approver = Rank.None, Cites = ["18"] },
            ],
            Media = new MediaRule { Kinds = ["disc"], Copies = 2, LabelFields = ["made_by_unit"], Cites = ["16"] },
            Supervision = [new SupervisionRule { Id = "spot_check", Cites = ["20"] }, new SupervisionRule { Id = "annual_review", EveryDays = 366, Cites = ["17"] }],
            ActivityTypes = [new NamedRule { Id = "inspection", Name = "日常检查", Cites = ["9(一)"] }],
            KeyShots = [new NamedRule { Id = "scene", Name = "现场环境", Cites = ["11(一)"] }],
            PreUse = [new PreUseRule { Item = "battery", Cites = ["7"] }, new PreUseRule { Item = "spare_battery", Cites = ["4"] }, new PreUseRule { Item = "storage", Cites = ["7"] }, new PreUseRule { Item = "fault_free", Cites = ["7"] }],
            SecrecyKinds = [new NamedRule { Id = "state", Name = "国家秘密", Cites = ["14"] }],
            Misuse = [new NamedRule { Id = "lending", Name = "转借", Cites = ["22(六)"] }, new NamedRule { Id = "tampering", Name = "删改", Cites = ["21(二)"] }],
            Duties = [new NamedRule { Id = "transfer_return", Name = "调动收回", Cites = ["6"] }, new NamedRule { Id = "attestation", Name = "真实性", Cites = ["15"] }],
        },
    };
}
