using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;
using Spectre.Console;
using Rule = BodyCam.Rules.Policies.Rule;

namespace BodyCam.Cli;

/// <summary>A policy in words: rule by rule, with the article's own text.</summary>
internal static class PolicyWords
{
    /// <summary>One rule.</summary>
    public sealed record Line(string Rule, string Words, IReadOnlyList<string> Cites, bool IsPractice, string? Remark);

    private static readonly PropertyInfo[] properties = typeof(RuleSet).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    /// <summary>Names of rules.</summary>
    public static IEnumerable<string> RuleNames => properties.Select(static property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));

    /// <summary>The rules of a name, or those that cite an article; all when nothing is named.</summary>
    public static IEnumerable<Line> Of(PolicySet set, string? what)
    {
        var article = what is { Length: > 0 } && char.IsAsciiDigit(what[0]) ? what : null;
        foreach (var property in properties)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (what is not null && article is null && name != what)
                continue;
            var value = property.GetValue(set.Rules);
            var rules = value is Rule one ? [one] : value is IEnumerable list ? list.Cast<Rule>().ToList() : [];
            if (rules.Count == 0 && article is null)
                yield return new Line(name, "条文没有规定", [], false, null);
            foreach (var rule in rules.Where(rule => article is null || rule.Cites.Any(cite => IsOf(set.Qualify(cite), set.Qualify(article)))))
                yield return new Line(name, Say(rule), [.. rule.Cites.Select(set.Qualify)], rule.Basis == RuleBasis.Practice, rule.Remark);
        }
    }

    /// <summary>Prints them, then the articles that they cite.</summary>
    public static void Show(PolicySet set, IReadOnlyList<Line> lines)
    {
        Console.WriteLine($"{set.Agency}《{set.Title}》{set.DocumentNumber}，第 {set.Version} 版，自 {set.EffectiveFrom:yyyy-MM-dd} 起");
        if (set.EffectiveRemark is { } remark)
            Console.WriteLine(remark);
        var table = new Table().Border(TableBorder.Simple).AddColumns("Rule", "Words", "Articles", "");
        foreach (var line in lines)
            table.AddRow(new Text(line.Rule), new Text(line.Words + (line.Remark is null ? "" : $"（{line.Remark}）")), new Text(string.Join("、", line.Cites)), new Text(line.IsPractice ? "practice" : ""));
        AnsiConsole.Write(table);
        // A superior's articles stand with the rules that came from it.
        foreach (var (number, article) in lines.SelectMany(static line => line.Cites).Select(cite => (Number: cite.Split('(')[0], Article: set.Find(cite))).Where(static row => row.Article is not null).DistinctBy(static row => row.Number).OrderBy(row => row.Number.StartsWith(set.Id + " ", StringComparison.Ordinal) ? 1 : 0).ThenBy(static row => row.Number.Split(' ')[0], StringComparer.Ordinal).ThenBy(static row => int.Parse(row.Article!.Number, CultureInfo.InvariantCulture)))
        {
            Console.WriteLine($"{(number.StartsWith(set.Id + " ", StringComparison.Ordinal) ? "" : number.Split(' ')[0] + " ")}第 {article!.Number} 条  {article.Text}");
            foreach (var correction in article.Corrections)
                Console.WriteLine($"    勘误：“{correction.Written}”应为“{correction.Read}”。{correction.Why}");
        }
    }

    // 12 finds 12(三); 12(六) finds 12(六)#2.
    private static bool IsOf(string cite, string article) => cite == article || cite.StartsWith(article + "(", StringComparison.Ordinal) || cite.StartsWith(article + "#", StringComparison.Ordinal);

    private static string Say(Rule rule) => rule switch
    {
        RetentionRule retention => string.Create(CultureInfo.InvariantCulture, $"保存{(retention.IsMinimum ? "不少于" : "")} {retention.Months} 个月，到期只开启审查"),
        EvidenceRetentionRule => "作为证据的随案卷保存",
        UploadClock clock => $"{Say(clock.Start)}起，{Say(clock.Limit)}存储" + (clock.When == UploadCase.Always ? "" : $"（例外：{(clock.Circumstances.Count > 0 ? string.Join("、", clock.Circumstances) : "特殊情况")}）"),
        WorkRecordRule work => $"停止使用后制作工作记录，{Say(work.Limit)}；{(work.Reviewer is { } rank ? "由" + Say(rank) + "审核" : "不要求审核")}",
        DeadlineRule deadline => $"{Say(deadline.Start)}起，{Say(deadline.Limit)}",
        NoticeRule notice => notice.Phrase is { } phrase ? $"事先告知：“{phrase}”" : "事先告知，用语由上级统一制定",
        OpeningRule opening => opening.Name,
        ContinuityRule continuity => (continuity.Unit == ContinuityUnit.Site ? "同一执法地点内不间断" : "整个执法活动不间断") + (continuity.HasList ? continuity.Admitted.Count == 0 ? "，不允许中断" : "，可中断情形：" + string.Join("、", continuity.Admitted.Select(static reason => InterruptionReasons.Name(reason.Reason))) : "，没有列明可中断情形，由人认定") + (continuity.VoiceNote ? "；恢复时语音说明" : "") + (continuity.ReportAtOnce ? $"；无法继续的立即向{Say(continuity.ReportTo)}报告" : ""),
        StopUseRule stop => $"{InterruptionReasons.Name(stop.Reason)}（{stop.Reason}）：{stop.Effect switch { StopUseEffect.MayStop => "可以停止使用", StopUseEffect.MayNotRecord => "可以不记录", _ => "不得记录" }}" + (stop.RequesterPaper ? "，可要求签署材料" : "") + (stop.UnlessConsent ? "，当事人同意的除外" : ""),
        HoldRule hold => $"{HoldTriggers.Name(hold.Trigger)}（{hold.Trigger}）：长期保存",
        AccessRule access => $"{access.Kind}：{(access.Approver == Rank.None ? "不需批准" : Say(access.Approver) + "批准")}，登记 {string.Join("、", access.Register)}",
        EvidenceNoteRule note => "说明材料：" + string.Join("、", note.Fields) + (note.Signatures.Count > 0 ? "；签章：" + string.Join("、", note.Signatures) : ""),
        MediaRule media => string.Create(CultureInfo.InvariantCulture, $"介质 {string.Join("、", media.Kinds)}，{media.Copies} 份") + (media.LabelFields.Count > 0 ? "，标签：" + string.Join("、", media.LabelFields) : ""),
        SupervisionRule supervision => supervision.Id + (supervision.EveryDays is { } days ? string.Create(CultureInfo.InvariantCulture, $"，至少每 {days} 天一次") : ""),
        PreUseRule item => item.Item,
        NamedRule named => named.Id + "：" + named.Name,
        _ => rule.ToString() ?? "",
    };

    private static string Say(Rank rank) => rank switch { Rank.UnitHead => "部门负责人", Rank.LeaderInCharge => "分管领导", Rank.MainLeader => "主要领导", _ => "经办人" };

    private static string Say(ClockStart start) => start switch
    {
        ClockStart.ActivityEnd => "自执法活动结束", ClockStart.ReturnToUnit => "自返回单位", ClockStart.DayOfRecording => "自记录当日", ClockStart.WeekOfRecording => "自记录当周", ClockStart.Stored => "自存入", ClockStart.CaseClosed => "自结案", _ => "自提出",
    };

    private static string Say(TimeLimit limit) => limit.Unit switch
    {
        LimitUnit.AtOnce => "即时",
        LimitUnit.Hours => string.Create(CultureInfo.InvariantCulture, $"{limit.Count} 小时内"),
        LimitUnit.WorkingDays => string.Create(CultureInfo.InvariantCulture, $"{limit.Count} 个工作日内"),
        LimitUnit.EndOfDay => "当日内",
        _ => "次周一内",
    };
}
