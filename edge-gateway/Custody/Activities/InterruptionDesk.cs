using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Activities;

/// <summary>Interruptions: confirming the spoken note, deciding where a text has no list, reporting at once (E3–E5).</summary>
public static class InterruptionDesk
{
    /// <summary>A person heard the spoken note. Explained only when the rules admit the reason; a silent note is no note.</summary>
    /// <param name="draft">The act.</param>
    /// <param name="interruptionId">Interruption.</param>
    /// <param name="words">What was heard.</param>
    /// <param name="isSilent">True when the recording's sound at the note is below the threshold of speech.</param>
    /// <param name="seen">The gap as the segments show it; null when they do not.</param>
    public static Outcome<Interruption> ConfirmNote(Draft draft, string interruptionId, string words, bool isSilent, GapSpan? seen = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, interruptionId) is not { } interruption)
            return Refusal.NotFound(Interruption.Kind, interruptionId);
        if (Text.Missing(words) is { } missing)
            return missing;
        var policy = PolicyOf(draft, interruption);
        var rule = policy?.Rules.Continuity;
        if (IsOwn(draft, interruption))
            return OwnWork;
        if (interruption.NoteFromUs is null || isSilent)
            return Refusal.ByRule("no_note", "没有可听见的语音说明，不能确认。请由当事执法人员提交书面说明。", Text.Cites(policy, rule is null ? [] : [rule]));
        if (policy is null || rule is null)
            return Refusal.Conflict("no_policy", "该单位没有有效的制度配置。请先登记。");
        if (!rule.HasList)
            return Refusal.ByRule("decide", "制度没有列明可以中断的情形。请由负责人对照条文作出认定。", Text.Cites(policy, rule));
        if (rule.Admitted.FirstOrDefault(admitted => admitted.Reason == interruption.Reason) is not { } reason)
            return Refusal.ByRule("reason_not_admitted", $"制度不允许因 “{interruption.Reason}” 中断。请由当事执法人员提交书面说明。", Text.Cites(policy, rule));
        draft.Cite(policy, reason.Cites);
        draft.Reason = words;
        draft.Mention<Activity>(interruption.ActivityId);
        return draft.Put(interruption with { State = InterruptionState.Explained, ConfirmedBy = draft.Actor.Id, Words = words, Seen = seen });
    }

    /// <summary>Where the text has no list of reasons, a person with the rank decides, the article before him.</summary>
    public static Outcome<Interruption> Decide(Draft draft, string interruptionId, bool explained, string words, GapSpan? seen = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, interruptionId) is not { } interruption)
            return Refusal.NotFound(Interruption.Kind, interruptionId);
        if (Text.Missing(words) is { } missing)
            return missing;
        var policy = PolicyOf(draft, interruption);
        if (policy is null)
            return Refusal.Conflict("no_policy", "该单位没有有效的制度配置。请先登记。");
        if (IsOwn(draft, interruption))
            return OwnWork;
        if (policy.Rules.Continuity.HasList && explained && policy.Rules.Continuity.Admitted.All(admitted => admitted.Reason != interruption.Reason))
            return Refusal.ByRule("reason_not_admitted", $"制度列明的情形不含 “{interruption.Reason}”，不得认定为已说明。请由当事执法人员提交书面说明。", Text.Cites(policy, policy.Rules.Continuity));
        if (policy.Rules.Continuity.HasList && explained && policy.Rules.Continuity.VoiceNote)
            return Refusal.ByRule("confirm_note", "制度要求语音说明。请听取并确认语音说明。", Text.Cites(policy, policy.Rules.Continuity));
        draft.Cite(policy, policy.Rules.Continuity.Cites);
        draft.Reason = words;
        draft.Mention<Activity>(interruption.ActivityId);
        return draft.Put(interruption with { State = explained ? InterruptionState.Explained : InterruptionState.Unexplained, ConfirmedBy = draft.Actor.Id, Words = words, Seen = seen });
    }

    /// <summary>Recording cannot resume: the head is told at once (E5); the report waits for acknowledgement.</summary>
    public static Outcome<Interruption> Report(Draft draft, string activityId, string recorderId, string reason, long fromUs, string words)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (Text.Missing(words, reason) is { } missing)
            return missing;
        if (Text.PolicyOf(draft, activity.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.Continuity.Cites);
        draft.Reason = words;
        draft.Mention<Activity>(activityId);
        var standing = draft.List<Interruption>("activity", activityId).FirstOrDefault(interruption => interruption.Recorder == recorderId && interruption.ToUs is null);
        var interruption = standing ?? new Interruption(draft.NewId(Interruption.Kind), activityId, recorderId, reason, fromUs);
        return draft.Put(interruption with { CannotResume = true, ReportedAt = draft.Now, AcknowledgedBy = null, Words = words });
    }

    /// <summary>The head has seen the report.</summary>
    public static Outcome<Interruption> Acknowledge(Draft draft, string interruptionId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, interruptionId) is not { CannotResume: true } interruption)
            return Refusal.NotFound(Interruption.Kind, interruptionId);
        var policy = PolicyOf(draft, interruption);
        var wanted = policy?.Rules.Continuity.ReportTo ?? Rank.UnitHead;
        if (!draft.Actor.Has(wanted))
            return Refusal.NotAllowed($"应由 {RankName.Of(wanted)} 确认。请其登录后确认。", Text.Cites(policy, policy is null ? [] : [policy.Rules.Continuity]));
        if (policy is not null)
            draft.Cite(policy, policy.Rules.Continuity.Cites);
        draft.Mention<Activity>(interruption.ActivityId);
        return draft.Put(interruption with { AcknowledgedBy = draft.Actor.Id });
    }

    /// <summary>The written account that follows (E5), or of an unexplained gap.</summary>
    public static Outcome<Interruption> Account(Draft draft, string interruptionId, string account)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Find(draft, interruptionId) is not { } interruption)
            return Refusal.NotFound(Interruption.Kind, interruptionId);
        if (Text.Missing(account) is { } missing)
            return missing;
        if (PolicyOf(draft, interruption) is { } policy)
            draft.Cite(policy, policy.Rules.Continuity.Cites);
        draft.Reason = account;
        draft.Mention<Activity>(interruption.ActivityId);
        return draft.Put(interruption with { Account = account, State = interruption.State == InterruptionState.Explained ? InterruptionState.Explained : InterruptionState.Accounted });
    }

    private static Refusal OwnWork => Refusal.NotAllowed("不得认定本人所录影像的中断。请另一名负责人或法制机构办理。");

    // Who had the recorder in hand does not judge his own gap.
    private static bool IsOwn(Draft draft, Interruption interruption) =>
        draft.List<Recordings.Recording>("activity", interruption.ActivityId).Any(recording => recording.Device == interruption.Recorder && draft.Actor.IsOfficer(recording.HolderId));

    private static Interruption? Find(Draft draft, string id) => draft.Find<Interruption>(id);

    private static PolicySet? PolicyOf(Draft draft, Interruption interruption) => Text.PolicyOf(draft, draft.Find<Activity>(interruption.ActivityId)?.UnitId);
}
