using System.Globalization;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Deadlines;

/// <summary>Counts deadlines from rules and starts. Knows no time of its own and keeps nothing: the same facts always give the same deadline.</summary>
/// <param name="days">Working days.</param>
public sealed class DeadlineClock(WorkingDays days)
{
    /// <summary>Counts one deadline.</summary>
    /// <param name="rule">The rule; null when the text has none.</param>
    /// <param name="start">When it started; null while that is not known.</param>
    public Deadline Count(DeadlineRule? rule, DateTimeOffset? start)
    {
        if (rule is null)
            return new Deadline { Outcome = DeadlineOutcome.NoneInText, Words = "条文没有规定期限，不计时。" };
        var source = RuleWords.Source(rule);
        if (start is not { } began)
            return new Deadline { Outcome = DeadlineOutcome.WaitsForStart, Rule = rule, WaitsFor = rule.Start, Words = $"自{RuleWords.Start(rule.Start)}起算，尚未起算。{source}。{RuleWords.HowToStart(rule.Start)}" };

        var local = AgencyTime.Local(began);
        var day = AgencyTime.Day(began);
        var from = $"{RuleWords.Start(rule.Start)} {AgencyTime.Words(local)}";
        switch (rule.Limit.Unit)
        {
            case LimitUnit.AtOnce:
                var grace = rule.GraceHours > 0 ? Text($"，条文没有给出时数，{rule.GraceHours} 小时后按逾期提示（本系统的做法）") : "";
                return Counted(rule, local, local, $"{from}，应当随即移交{grace}。{source}。");
            case LimitUnit.Hours:
                var end = local.AddHours(rule.Limit.Count);
                return Counted(rule, local, end, Text($"自{from} 起 {rule.Limit.Count} 小时，夜间和节假日照计，至 {AgencyTime.Words(end)} 止。{source}。"));
            case LimitUnit.EndOfDay:
                return Counted(rule, local, AgencyTime.EndOf(day), $"{from}，至当日 {ChineseDates.EndOf(day)} 止。{source}。");
            case LimitUnit.NextMonday:
                var monday = NextMonday(day);
                return Counted(rule, local, AgencyTime.EndOf(monday), $"{from}，至该周之后的周一 {ChineseDates.EndOf(monday)} 止{OnHoliday(monday)}。{source}。");
            case LimitUnit.WorkingDays:
                var count = days.Add(day, rule.Limit.Count);
                return count.Last is { } last
                    ? Counted(rule, local, AgencyTime.EndOf(last), Text($"自{from} 起 {rule.Limit.Count} 个工作日，至 {ChineseDates.EndOf(last)} 止。{count.Words}。{source}。"))
                    : new Deadline { Outcome = DeadlineOutcome.CalendarMissing, Rule = rule, Start = local, Alarm = count.Missing, Words = Text($"自{from} 起 {rule.Limit.Count} 个工作日。{source}。{count.Words}") };
            default:
                throw new ArgumentOutOfRangeException(nameof(rule), rule.Limit.Unit, null);
        }
    }

    /// <summary>Classification after storage (I1).</summary>
    /// <param name="rules">The agency's rules.</param>
    /// <param name="stored">When the last segment was stored; null while some are due.</param>
    public Deadline Classification(RuleSet rules, DateTimeOffset? stored) => Count(NotNull(rules).Classification, stored);

    /// <summary>Case file after the closing of the case (I4).</summary>
    /// <param name="rules">The agency's rules.</param>
    /// <param name="closed">When the case was closed; null while it is open.</param>
    public Deadline CaseFile(RuleSet rules, DateTimeOffset? closed) => Count(NotNull(rules).CaseFile, closed);

    /// <summary>Work record after a stop of use (F3).</summary>
    /// <param name="rules">The agency's rules.</param>
    /// <param name="ended">When the activity ended; null while it goes on.</param>
    public Deadline WorkRecord(RuleSet rules, DateTimeOffset? ended) => Count(NotNull(rules).WorkRecord, ended);

    /// <summary>Answer to an access request (M).</summary>
    /// <param name="rules">The agency's rules.</param>
    /// <param name="requested">When it was made.</param>
    public Deadline AccessRequest(RuleSet rules, DateTimeOffset? requested) => Count(NotNull(rules).AccessRequest, requested);

    private static Deadline Counted(DeadlineRule rule, DateTimeOffset start, DateTimeOffset due, string words)
    {
        var warn = due.AddHours(-rule.WarnHours);
        return new Deadline
        {
            Outcome = DeadlineOutcome.Counted,
            Rule = rule,
            Start = start,
            Due = due,
            WarnFrom = warn < start ? start : warn,
            OverdueFrom = rule.Limit.Unit == LimitUnit.AtOnce ? due.AddHours(rule.GraceHours) : due,
            Words = words,
        };
    }

    /// <summary>A week runs from Monday to Sunday; from a Monday it is the one seven days later.</summary>
    private static DateOnly NextMonday(DateOnly day) => day.AddDays(7 - (((int)day.DayOfWeek + 6) % 7));

    /// <summary>The text fixes the Monday and moves it for no holiday: it stands, and people are told.</summary>
    private string OnHoliday(DateOnly monday) => days.Day(monday, out _) is { Kind: DayKind.Holiday } day ? $"（该日为{day.Name}假期，条文没有规定顺延，可以提前上报）" : "";

    private static RuleSet NotNull(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules;
    }

    private static string Text(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
