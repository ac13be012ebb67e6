using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Retention;

/// <summary>Says how long a recording is kept and why. Knows no time of its own and keeps nothing. Its strongest answer is that a review is due: it purges nothing.</summary>
public static class RetentionClock
{
    /// <summary>How a recording is kept at a time.</summary>
    /// <param name="policies">Every policy that bears on it: the agency's and its superior's, earlier versions that it was stored under; the longest period wins. Empty: it does not expire.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="now">Gateway-wall time; to be judged under the clock guard before anything follows from it.</param>
    public static RetentionState Read(IReadOnlyList<PolicySet> policies, RetentionFacts facts, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(facts);
        var reasons = new List<RetentionReason>();
        foreach (var hold in facts.Holds.Where(static hold => hold.Stands))
            reasons.Add(OfHold(hold));
        foreach (var link in facts.Evidence)
            reasons.Add(OfEvidence(policies, link));
        if (!facts.IsClassified)
            reasons.Add(new RetentionReason(RetentionReasonKind.Unclassified, null, [], "尚未分类整理，不得到期（本系统的稳妥做法）"));
        var periods = Periods(policies, facts);
        if (periods.Count == 0)
            reasons.Add(NotStarted(policies, facts));
        reasons.AddRange(periods.Select(static span => new RetentionReason(RetentionReasonKind.Period, span.End, Cited(span.PolicyId, span.Rule), span.Words)));
        if (facts.PromisedUntil is { } promised)
            reasons.Add(new RetentionReason(RetentionReasonKind.Promise, AgencyTime.Local(promised), [], $"此前已定保存至 {AgencyTime.Words(promised, isEndOfDay: true)}，不得缩短"));

        // The reason that decides is the one without end, else the one that ends last; a stable sort keeps holds before evidence before the rest.
        var ordered = reasons.OrderByDescending(static reason => reason.Until ?? DateTimeOffset.MaxValue).ToList();
        var end = ordered[0].Until;
        return new RetentionState(now >= end ? RetentionStatus.ReviewDue : Status(ordered[0].Kind), end, periods.FirstOrDefault(), ordered);
    }

    /// <summary>The periods by each policy, the longest first; empty before they have begun.</summary>
    /// <param name="policies">The policies.</param>
    /// <param name="facts">What is known of the recording.</param>
    public static IReadOnlyList<RetentionSpan> Periods(IReadOnlyList<PolicySet> policies, RetentionFacts facts)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(facts);
        return facts is { RecordingEnded: { } ended, Stored: { } stored }
            ? [.. policies.Select(policy => RetentionSpan.Of(policy, ended, stored)).OrderByDescending(static span => span.LastDay)]
            : [];
    }

    /// <summary>How a recording is kept now. While a step of the clock is unconfirmed, no review falls newly due: it counts as kept.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="policies">Every policy that bears on it.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="before">The status that was last judged.</param>
    public static Guarded<RetentionState> Judge(this ClockGuard guard, IReadOnlyList<PolicySet> policies, RetentionFacts facts, RetentionStatus before)
    {
        ArgumentNullException.ThrowIfNull(guard);
        var verdict = guard.Observe();
        var state = Read(policies, facts, verdict.Now);
        return verdict.Pending is { } step && state.Status == RetentionStatus.ReviewDue && before != RetentionStatus.ReviewDue
            ? new Guarded<RetentionState>(state with { Status = Status(state.Reasons[0].Kind) }, true, step.Words)
            : new Guarded<RetentionState>(state, false, "");
    }

    private static RetentionReason OfHold(HoldFact hold) =>
        new(RetentionReasonKind.Hold, null, hold.Cites, $"长期保存（{HoldTriggers.Name(hold.Trigger)}）：{hold.Act}，{hold.SetBy} 于 {AgencyTime.Words(hold.SetAt)} 设定，{(hold.Cites.Count > 0 ? "依据" + string.Join("、", hold.Cites.Select(RuleWords.Article)) : "条文未列，由人员决定")}");

    private static RetentionReason OfEvidence(IReadOnlyList<PolicySet> policies, EvidenceLink link)
    {
        var cites = policies.SelectMany(static policy => policy.Rules.EvidenceRetention is { } rule ? Cited(policy.Id, rule) : []).Distinct(StringComparer.Ordinal).ToList();
        var source = policies.Select(static policy => policy.Rules.EvidenceRetention).OfType<EvidenceRetentionRule>().Select(RuleWords.Source).Distinct(StringComparer.Ordinal).ToList();
        var why = source.Count > 0 ? string.Join("，", source) : "条文没有规定，按本系统的稳妥做法";
        var until = link.IsPermanent ? null : link.FileKeptUntil;
        var how = link.IsPermanent ? "案卷永久保存" : until is { } end ? $"保存至 {AgencyTime.Words(end, isEndOfDay: true)}" : "案卷保存期限尚未登记，不得到期";
        return new RetentionReason(RetentionReasonKind.Evidence, until is { } known ? AgencyTime.Local(known) : null, cites, $"作为案件 {link.CaseNumber} 的证据随案卷保存，{how}，{why}");
    }

    private static RetentionReason NotStarted(IReadOnlyList<PolicySet> policies, RetentionFacts facts) => new(
        RetentionReasonKind.NotStarted,
        null,
        [],
        policies.Count == 0 ? "没有有效的制度配置，不得到期" : facts.RecordingEnded is null ? "记录尚未结束，保存期限未起算" : "尚未全部存入服务器，保存期限未起算");

    private static RetentionStatus Status(RetentionReasonKind kind) => kind switch
    {
        RetentionReasonKind.Hold => RetentionStatus.Held,
        RetentionReasonKind.Evidence => RetentionStatus.KeptWithCase,
        RetentionReasonKind.Unclassified => RetentionStatus.KeptUnclassified,
        RetentionReasonKind.NotStarted => RetentionStatus.NotStarted,
        _ => RetentionStatus.Retained,
    };

    // A rule that came from a superior says so itself.
    private static List<string> Cited(string policyId, Rule rule) => [.. rule.Cites.Select(cite => cite.Contains(' ', StringComparison.Ordinal) ? cite : $"{policyId} {cite}")];
}
