using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Deadlines;

/// <summary>Words about rules, in Chinese.</summary>
public static class RuleWords
{
    /// <summary>What a rule rests on, such as 依据第16条; says so when the figure is practice and not the text's.</summary>
    public static string Source(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var cites = string.Join("、", rule.Cites.Select(Article));
        var isPractice = rule.Basis == RuleBasis.Practice || rule is DeadlineRule { LimitBasis: RuleBasis.Practice };
        return (isPractice, cites.Length > 0) switch
        {
            (false, true) => $"依据{cites}",
            (_, true) => $"依据{cites}，条文未规定具体期限，按本系统的稳妥做法",
            _ => "条文没有规定，按本系统的稳妥做法",
        };
    }

    /// <summary>第12条（三） for <c>12(三)</c>, 第12条（六）（第2个） for <c>12(六)#2</c>; a citation of another policy keeps its id before it.</summary>
    public static string Article(string cite)
    {
        ArgumentNullException.ThrowIfNull(cite);
        var space = cite.IndexOf(' ', StringComparison.Ordinal);
        if (space >= 0)
            return cite[..(space + 1)] + Article(cite[(space + 1)..]);
        var nth = cite.IndexOf('#', StringComparison.Ordinal);
        if (nth >= 0)
            return $"{Article(cite[..nth])}（第{cite[(nth + 1)..]}个）";
        var at = cite.IndexOfAny(['(', '（']);
        return at < 0 ? $"第{cite}条" : $"第{cite[..at]}条{cite[at..].Replace('(', '（').Replace(')', '）')}";
    }

    /// <summary>What a clock starts from.</summary>
    public static string Start(ClockStart start) => start switch
    {
        ClockStart.ActivityEnd => "执法活动结束",
        ClockStart.ReturnToUnit => "返回单位",
        ClockStart.DayOfRecording => "录制当日",
        ClockStart.WeekOfRecording => "录制所在周",
        ClockStart.Stored => "存入服务器",
        ClockStart.CaseClosed => "结案",
        ClockStart.Requested => "提出申请",
        _ => throw new ArgumentOutOfRangeException(nameof(start), start, null),
    };

    /// <summary>What a person does so that a waiting clock starts.</summary>
    public static string HowToStart(ClockStart start) => start switch
    {
        ClockStart.ActivityEnd => "请在执法活动结束后登记结束时间。",
        ClockStart.ReturnToUnit => "请在返回单位后登记返回时间。",
        ClockStart.DayOfRecording or ClockStart.WeekOfRecording => "录制结束后自动起算。",
        ClockStart.Stored => "资料全部存入服务器后自动起算。",
        ClockStart.CaseClosed => "请在结案后登记结案时间。",
        ClockStart.Requested => "请登记提出的时间。",
        _ => throw new ArgumentOutOfRangeException(nameof(start), start, null),
    };
}
