using BodyCam.Rules.Calendars;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>Figures that a rule may have: what lies outside would stop a clock or make a rule mean nothing, and is told when the file is read.</summary>
internal static class FigureCheck
{
    /// <summary>A hundred years.</summary>
    private const int MonthsMax = 1200;

    /// <summary>A leap year.</summary>
    private const int HoursMax = 366 * 24;

    /// <summary>Pictures come several times a second: below this every pause between two of them would be a gap.</summary>
    private const int HoleMinMs = 200;

    /// <summary>Above this a camera that stood still would be footage (DESIGN §7: 2 s).</summary>
    private const int HoleMaxMs = 10_000;

    private const int EveryDaysMax = 3660;
    private const int CopiesMax = 99;

    public static void Run(Rule rule, string path, Action<string, string> problem)
    {
        switch (rule)
        {
            case RetentionRule retention:
                Between(retention.Months, 1, MonthsMax, "months", "Retention is at least a month.");
                break;
            case DeadlineRule deadline:
                if (deadline.Limit.Unit is LimitUnit.Hours or LimitUnit.WorkingDays)
                    Between(deadline.Limit.Count, 1, deadline.Limit.Unit == LimitUnit.Hours ? HoursMax : WorkingDays.CountMax, "limit.count", "Say how many.");
                else if (deadline.Limit.Count != 0)
                    problem(path + ".limit.count", $"is {deadline.Limit.Count}, but this unit has no count. Take it out.");
                Between(deadline.WarnHours, 0, HoursMax, "warnHours", "Correct it.");
                Between(deadline.GraceHours, 0, HoursMax, "graceHours", "Correct it.");
                if (deadline.GraceHours > 0 && deadline.Limit.Unit != LimitUnit.AtOnce)
                    problem(path + ".graceHours", "counts only with the unit atOnce; elsewhere the text's own limit stands. Take it out.");
                break;
            case ContinuityRule continuity:
                Between(continuity.HoleMaxMs, HoleMinMs, HoleMaxMs, "holeMaxMs", "Write 2000 unless a text says otherwise.");
                break;
            case SupervisionRule { EveryDays: { } days }:
                Between(days, 1, EveryDaysMax, "everyDays", "Leave it out where the text names none.");
                break;
            case MediaRule media:
                Between(media.Copies, 1, CopiesMax, "copies", "Write 2 for 一式两份, else 1.");
                break;
            default:
                break;
        }

        void Between(int value, int least, int most, string key, string remedy)
        {
            if (value < least || value > most)
                problem($"{path}.{key}", $"is {value}, {(value < least ? $"below {least}" : $"above {most}")}; it may be {least} to {most}. {remedy}");
        }
    }
}
