using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.Recordings;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;

namespace BodyCam.Custody.Retention;

/// <summary>How long a recording is kept, with the reason in words and its articles.</summary>
/// <param name="Until">End; null when none is in sight.</param>
/// <param name="Reasons">In words, the one that decides first.</param>
/// <param name="Cites">Articles with the policy's id.</param>
public sealed record KeptUntil(DateTimeOffset? Until, IReadOnlyList<string> Reasons, IReadOnlyList<string> Cites)
{
    /// <summary>True when the end has passed.</summary>
    public bool IsOver(DateTimeOffset now) => Until is { } end && end <= now;

    /// <summary>Reads it off what stands: holds, case file, period, what was promised; the longest wins (REQUIREMENTS, notes).</summary>
    public static KeptUntil Of(Draft draft, Recording recording)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recording);
        var policy = Text.PolicyOf(draft, recording.UnitId);
        var state = RetentionClock.Read(policy is null ? [] : [policy], FactsOf(draft, recording), draft.Now);
        return new KeptUntil(state.End, [.. state.Reasons.Select(static reason => reason.Words)], [.. state.Reasons.SelectMany(static reason => reason.Cites).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>End of the period by the rules alone; null when not known.</summary>
    public static DateTimeOffset? PeriodEnd(Recording recording, PolicySet? policy)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return policy is null || recording.StoredAt is not { } stored ? null : RetentionSpan.Of(policy, recording.EndedAt ?? stored, stored).End;
    }

    /// <summary>What bears on how long a recording is kept, as it stands.</summary>
    public static RetentionFacts FactsOf(Draft draft, Recording recording)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recording);
        var file = draft.Find<Case>(recording.CaseId);
        return new RetentionFacts
        {
            RecordingEnded = recording.EndedAt ?? recording.StoredAt,
            Stored = recording.StoredAt,
            IsClassified = recording.Classification is not null,
            Evidence = recording.CaseId is { } caseId ? [new EvidenceLink(file?.Number ?? caseId, file?.FileKeptUntil, file?.IsPermanent == true)] : [],
            Holds = [.. recording.HoldIds.Select(draft.Find<Hold>).OfType<Hold>().Where(static hold => hold.Stands).Select(static hold => new HoldFact(hold.Trigger, hold.Cites, hold.Reason, hold.SetBy, hold.SetAt))],
            PromisedUntil = recording.KeepUntil,
        };
    }
}
