using System.Globalization;
using System.Text.Json;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>Words that the program knows. One that it does not know would be passed over without a sound, so it is told when the file is read.</summary>
internal static class WordCheck
{
    private static readonly string[] interruptionReasons = ["device_fault", "low_battery", "low_storage", "weather", "site_change", "obstruction", "other_objective"];

    private static readonly string[] stopUseReasons =
    [
        "device_fault", "low_battery", "low_storage", "weather", "obstruction", "force_majeure", "explosive_area", "secret_or_privacy", "urgent", "other_objective", "person_requested", "covert", "public_transport", "unsuitable",
    ];

    private static readonly string[] holdTriggers = ["objection", "complaint_or_petition", "evade_refuse_obstruct_abuse", "coercive_measure", "mass_or_emergency", "major_sensitive", "evidence_in_case", "other"];

    private static readonly string[] noteFields = ["maker", "extractor", "extracted_at", "source", "proves", "officers", "recorded_by", "recorded_from_to", "place", "brand_model", "format", "length", "explanation"];

    private static readonly string[] preUseItems = ["battery", "spare_battery", "storage", "clock_set", "clock_shown", "fault_free"];

    private static readonly string[] supervisions = ["spot_check", "annual_review", "daily_check", "content_supervision"];

    private static readonly string[] secrecyKinds = ["state", "trade", "privacy", "military", "technical"];

    /// <summary>Words of one rule.</summary>
    public static void Run(Rule rule, string path, Action<string, string> problem)
    {
        switch (rule)
        {
            case AdmittedReason admitted:
                Known("reason", interruptionReasons, admitted.Reason);
                break;
            case StopUseRule stop:
                Known("reason", stopUseReasons, stop.Reason);
                break;
            case HoldRule hold:
                Known("trigger", holdTriggers, hold.Trigger);
                break;
            case PreUseRule item:
                Known("item", preUseItems, item.Item);
                break;
            case SupervisionRule supervision:
                Known("id", supervisions, supervision.Id);
                break;
            case AccessRule access:
                Known("register", ["who", "purpose", "time"], [.. access.Register]);
                break;
            case EvidenceNoteRule note:
                Known("fields", noteFields, [.. note.Fields]);
                Known("signatures", ["officer", "leader", "agency_seal"], [.. note.Signatures]);
                break;
            case MediaRule media:
                Known("kinds", ["disc", "hard_disk", "any"], [.. media.Kinds]);
                Known("labelFields", ["made_by_unit", "made_by", "made_at", "title", "number"], [.. media.LabelFields]);
                break;
            case ContinuityRule { HasList: false, Admitted.Count: > 0 }:
                problem(path + ".admitted", "lists reasons, but hasList is false and none of them would count. Set hasList to true, or take the list out.");
                break;
            case NamedRule named when path.StartsWith("rules.secrecyKinds", StringComparison.Ordinal):
                Known("id", secrecyKinds, named.Id);
                break;
            default:
                break;
        }

        void Known(string key, string[] known, params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (known.Contains(word, StringComparer.Ordinal))
                    continue;
                problem($"{path}.{key}", $"'{word}' is not known. Use one of {string.Join(", ", known)}.");
                return;
            }
        }
    }

    /// <summary>Starts that the clocks know: with another one a clock would wait for ever, or say that it counts from what it does not.</summary>
    public static void Starts(RuleSet rules, Action<string, string> problem)
    {
        ClockStart[] ofUploads = [ClockStart.ActivityEnd, ClockStart.ReturnToUnit, ClockStart.DayOfRecording, ClockStart.WeekOfRecording];
        for (var i = 0; i < rules.Upload.Count; i++)
        {
            if (!ofUploads.Contains(rules.Upload[i].Start))
                problem(string.Create(CultureInfo.InvariantCulture, $"rules.upload[{i}].start"), $"is {Name(rules.Upload[i].Start)}, from which no upload is counted. Use one of {string.Join(", ", ofUploads.Select(Name))}.");
        }

        if (rules.Upload.Count > 0 && rules.Upload.All(static clock => clock.When != UploadCase.Always))
            problem("rules.upload", "has exceptions and no ordinary clock, so nothing would run without a declaration. Add the ordinary one.");
        One("classification", rules.Classification, ClockStart.Stored);
        One("caseFile", rules.CaseFile, ClockStart.CaseClosed);
        One("workRecord", rules.WorkRecord, ClockStart.ActivityEnd);
        One("accessRequest", rules.AccessRequest, ClockStart.Requested);

        void One(string key, DeadlineRule? rule, ClockStart start)
        {
            if (rule is not null && rule.Start != start)
                problem($"rules.{key}.start", $"is {Name(rule.Start)}, but this clock starts from {Name(start)} only. Use {Name(start)}.");
        }
    }

    private static string Name(ClockStart start) => JsonNamingPolicy.CamelCase.ConvertName(start.ToString());
}
