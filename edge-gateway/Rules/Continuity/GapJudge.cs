using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Continuity;

/// <summary>What the rules say about a stretch in which nothing was recorded.</summary>
/// <param name="IsExplained">True when it is explained.</param>
/// <param name="Reason">Reason; null when none is known.</param>
/// <param name="Articles">Articles.</param>
/// <param name="By">Who confirmed or decided.</param>
/// <param name="At">When.</param>
/// <param name="Flags">Remarks.</param>
/// <param name="Note">Spoken note.</param>
internal sealed record Judgement(bool IsExplained, string? Reason, IReadOnlyList<string> Articles, string? By, DateTimeOffset? At, LedgerFlags Flags, SpokenNote? Note);

/// <summary>Decides whether a gap is explained (DESIGN §7).</summary>
internal sealed class GapJudge(ContinuityInput input, PlacedInput placed)
{
    private readonly ContinuityRule rule = input.Policy.Rules.Continuity;

    /// <summary>The site at a stretch that no end of a visit cuts; null when none is named or between two.</summary>
    public string? SiteAt(long fromUs, long toUs) => placed.Sites.FirstOrDefault(visit => visit.Holds(fromUs, toUs)).What?.Name;

    /// <summary>Judges a stretch that nothing cuts. Whatever explains it counts first; a decision not to record that does not hold is said where nothing else is on record.</summary>
    /// <param name="fromUs">From.</param>
    /// <param name="toUs">To.</param>
    /// <param name="isLost">True where footage was recorded and is not here. Why recording stopped says nothing about where that footage is: only a written account that a person accepted explains it.</param>
    public Judgement Judge(long fromUs, long toUs, bool isLost)
    {
        var stop = StopUse(fromUs, toUs);
        if (stop is { IsExplained: true } && !isLost)
            return stop;
        if (rule.Unit == ContinuityUnit.Site && !isLost && Way(fromUs, toUs) is { } way)
            return way;
        var interruptions = placed.Interruptions.Where(interruption => interruption.Holds(fromUs, toUs)).Select(static interruption => interruption.What).ToList();
        Judgement? first = null;
        foreach (var interruption in interruptions.DefaultIfEmpty())
        {
            var judged = Interrupted(fromUs, toUs, interruption, isLost);
            if (judged.IsExplained)
                return judged;
            first ??= judged;
        }

        return stop is not null && interruptions.Count == 0 ? stop with { IsExplained = false, Articles = rule.Cites } : first!;
    }

    // 004·12(五) speaks of one and the same site: the way between two visits is none. Who entered the visits vouches for it.
    private Judgement? Way(long fromUs, long toUs)
    {
        if (SiteAt(fromUs, toUs) is not null)
            return null;
        Placed<SiteVisit>? before = null, after = null;
        foreach (var visit in placed.Sites)
        {
            if (visit.ToUs <= fromUs)
                before = visit;
            else if (visit.FromUs >= toUs && after is null)
                after = visit;
        }

        return before is { } left && after is { } reached && !IsOneSite(left.What.Name, reached.What.Name)
            ? new Judgement(true, InterruptionReasons.SiteChange, rule.Cites, reached.What.By, reached.What.At, LedgerFlags.BetweenSites | Corrected(left.What, reached.What), null)
            : null;
    }

    // A blank or a wide digit makes no other site of it.
    private static bool IsOneSite(string left, string right) => string.Equals(Plain(left), Plain(right), StringComparison.Ordinal);

    // Wide forms (U+FF01–U+FF5E) lie in the order of ASCII, so that no table is needed.
    private static string Plain(string name) => string.Concat(name.Where(static letter => !char.IsWhiteSpace(letter)).Select(static letter => letter is >= '\uFF01' and <= '\uFF5E' ? (char)(letter - '\uFF01' + '!') : letter));

    private static LedgerFlags Corrected(SiteVisit left, SiteVisit reached) => left.Correction is null && reached.Correction is null ? LedgerFlags.None : LedgerFlags.VisitCorrected;

    private Judgement? StopUse(long fromUs, long toUs)
    {
        if (placed.StopUses.FirstOrDefault(stop => stop.Holds(fromUs, toUs)).What is not { } decision)
            return null;
        if (input.Policy.Rules.StopUse.FirstOrDefault(stop => string.Equals(stop.Reason, decision.Reason, StringComparison.Ordinal)) is not { } admitted)
            return new Judgement(false, decision.Reason, rule.Cites, decision.By, decision.At, LedgerFlags.StopUse | LedgerFlags.NotAdmitted, null);
        var reviewed = input.Policy.Rules.WorkRecord?.Reviewer is null || !string.IsNullOrWhiteSpace(decision.ReviewedBy);
        return new Judgement(reviewed, decision.Reason, reviewed ? admitted.Cites : rule.Cites, decision.ReviewedBy ?? decision.By, decision.At, LedgerFlags.StopUse | (reviewed ? LedgerFlags.None : LedgerFlags.NotReviewed), null);
    }

    private Judgement Interrupted(long fromUs, long toUs, Interruption? interruption, bool isLost)
    {
        var confirmation = placed.Confirmations.FirstOrDefault(confirmed => confirmed.Holds(fromUs, toUs)).What;
        var reason = confirmation?.Reason ?? interruption?.Reason;
        var flags = LedgerFlags.None;
        if (interruption is null)
            flags |= LedgerFlags.NoInterruption;
        else if (interruption.To is null)
            flags |= LedgerFlags.NotResumed;
        if (interruption?.Note is { IsSilent: true })
            flags |= LedgerFlags.SilentNote;
        if (rule.VoiceNote && interruption is { To: not null, Note: null })
            flags |= LedgerFlags.NoNote;
        var hasNote = interruption?.Note is { IsSilent: false } && !isLost;
        if (confirmation is null)
            flags |= LedgerFlags.NotConfirmed;
        else
        {
            if (!string.Equals(confirmation.Reason, interruption?.Reason, StringComparison.Ordinal))
                flags |= LedgerFlags.ReasonByPerson;
            if (!confirmation.Accepted)
                flags |= LedgerFlags.Rejected;
            if (confirmation.Note == NoteKind.Written)
            {
                hasNote = !string.IsNullOrWhiteSpace(confirmation.Account);
                flags |= LedgerFlags.WrittenAccount;
            }
        }

        var articles = Admitting(reason, confirmation);
        if (articles is null && reason is not null)
            flags |= LedgerFlags.NotAdmitted;
        var explained = articles is not null && hasNote && confirmation is { Accepted: true } && !string.IsNullOrWhiteSpace(confirmation.By);
        return new Judgement(explained, reason, explained ? articles! : rule.Cites, confirmation?.By, confirmation?.At, flags, interruption?.Note);
    }

    // The articles that admit the reason here: with a list, those of its item (none within one site of 004); without one, the article that the person was shown. Null: not admitted, or not yet decided.
    private IReadOnlyList<string>? Admitting(string? reason, GapConfirmation? confirmation)
    {
        if (reason is null)
            return null;
        if (rule.HasList)
            return rule.Admitted.FirstOrDefault(admitted => string.Equals(admitted.Reason, reason, StringComparison.Ordinal))?.Cites;
        if (confirmation is null)
            return [];
        return confirmation.Article is { } article && input.Policy.Find(article) is not null ? [article] : null;
    }
}
