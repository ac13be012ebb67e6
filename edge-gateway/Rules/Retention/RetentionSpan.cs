using System.Globalization;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Retention;

/// <summary>The retention period of a recording by one rule.</summary>
/// <param name="PolicyId">Policy whose rule it is.</param>
/// <param name="PolicyVersion">Its version.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Start">The later of recording end and storage. No text says when the period starts; the later one is the safe default (REQUIREMENTS, notes).</param>
/// <param name="LastDay">The last day: the day of the same number so many months on, or the last day of that month where there is none.</param>
/// <param name="Words">In Chinese, with the article.</param>
public sealed record RetentionSpan(string PolicyId, int PolicyVersion, RetentionRule Rule, DateTimeOffset Start, DateOnly LastDay, string Words)
{
    /// <summary>24:00 of the last day.</summary>
    public DateTimeOffset End => AgencyTime.EndOf(LastDay);

    /// <summary>The period by one policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="recordingEnded">End of the recording.</param>
    /// <param name="stored">Storage of its last segment.</param>
    public static RetentionSpan Of(PolicySet policy, DateTimeOffset recordingEnded, DateTimeOffset stored)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var rule = policy.Rules.Retention;
        var isStorageLater = stored >= recordingEnded;
        var start = AgencyTime.Local(isStorageLater ? stored : recordingEnded);
        var last = AgencyTime.Day(start).AddMonths(rule.Months);
        var length = string.Create(CultureInfo.InvariantCulture, $"{(rule.IsMinimum ? "不少于 " : " ")}{rule.Months} 个月");
        var words = $"保存期限{length}，自{(isStorageLater ? "存入服务器" : "记录结束")} {AgencyTime.Words(start)} 起算（条文没有规定起算点，取记录结束与存入两者中较晚者），至 {AgencyTime.Words(AgencyTime.EndOf(last), isEndOfDay: true)}，{RuleWords.Source(rule)}（{policy.Title}）";
        return new RetentionSpan(policy.Id, policy.Version, rule, start, last, words);
    }
}
