using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Recordings;

/// <summary>Classification, attestation, secrecy and the case of a recording (H3, I, N1).</summary>
public static class RecordingDesk
{
    /// <summary>Classifies: only who recorded, or whom the unit named (谁执法、谁整理); again is a change, logged like any.</summary>
    public static Outcome<Recording> Classify(Draft draft, string recordingId, string category, string title, int order, string place, string content)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Text.Missing(category, title, place, content) is { } missing)
            return missing;
        if (Text.Long(Text.StandingMax, category, title, place) is { } tooLong)
            return tooLong;
        if (order < 1)
            return Refusal.Invalid("order", "次序从 1 起。请更正。");
        var policy = Text.PolicyOf(draft, recording.UnitId);
        var duty = policy?.Rules.Duties.Where(static duty => duty.Id == "who_enforces_classifies").ToList() ?? [];
        if (!IsOwnOrNamed(draft, recording))
            return Refusal.NotAllowed("谁执法、谁整理：应由记录的执法人员或本单位指定人员整理。请其登录后整理。", Text.Cites(policy, duty));
        if (recording.State is RecordingState.Recording or RecordingState.Closed or RecordingState.Uploading)
            return Refusal.Conflict("not_stored", "尚未全部存储，不能分类。请等待上传完成。");
        if (recording.State is RecordingState.Purged)
            return Refusal.Conflict("purged", "影像已清除，不能分类。清除凭证见保管链。");
        if (policy is not null)
            draft.Cite(policy, duty.SelectMany(static rule => rule.Cites).Concat(policy.Rules.Classification?.Cites ?? []));
        return draft.Put(recording with
        {
            State = recording.State is RecordingState.Stored or RecordingState.Verified ? RecordingState.Classified : recording.State,
            Classification = new Classification(category, title, order, place, content, draft.Actor.Id, draft.Now),
        });
    }

    /// <summary>The officer who recorded answers for authenticity.</summary>
    public static Outcome<Recording> Attest(Draft draft, string recordingId, string statement)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if ((Text.Missing(statement) ?? Text.Long(1000, statement)) is { } missing)
            return missing;
        var policy = Text.PolicyOf(draft, recording.UnitId);
        var duty = policy?.Rules.Duties.Where(static duty => duty.Id == "attestation").ToList() ?? [];
        if (draft.Actor.OfficerId is null || draft.Actor.OfficerId != recording.HolderId)
            return Refusal.NotAllowed("真实性由记录的执法人员负责，只能由其本人确认。请其登录后确认。", Text.Cites(policy, duty));
        if (recording.Attestation is not null)
            return Refusal.Conflict("attested", "已经确认。如需补充，请登记说明。");
        if (policy is not null)
            draft.Cite(policy, duty.SelectMany(static rule => rule.Cites));
        return draft.Put(recording with { Attestation = new Attestation(statement, draft.Actor.OfficerId, draft.Now) });
    }

    /// <summary>Marks secrets; a state secret is quarantined at once. A mark is lowered only by a leader in charge or above, with a reason.</summary>
    public static Outcome<Recording> MarkSecrecy(Draft draft, string recordingId, Secrecy secrecy, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        var policy = Text.PolicyOf(draft, recording.UnitId);
        var kinds = policy?.Rules.SecrecyKinds ?? [];
        if (secrecy < recording.Secrecy && !draft.Actor.Has(Rank.LeaderInCharge))
            return Refusal.NotAllowed("降低或解除涉密标记，须由分管领导以上决定。请其登录后办理。", Text.Cites(policy, kinds));
        if (recording.IsQuarantined && secrecy < recording.Secrecy)
            return Refusal.Conflict("state_secret", "涉及国家秘密的标记不能在此解除。请按保密规定由保密部门处理。");
        draft.Reason = reason;
        if (policy is not null)
            draft.Cite(policy, kinds.SelectMany(static rule => rule.Cites));
        return draft.Put(recording with { Secrecy = secrecy });
    }

    /// <summary>Hands a state secret over to the office that keeps them.</summary>
    public static Outcome<Recording> HandOver(Draft draft, string recordingId, string to, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if ((Text.Missing(to, reason) ?? Text.Long(Text.StandingMax, to)) is { } missing)
            return missing;
        if (!recording.IsQuarantined)
            return Refusal.Conflict("not_quarantined", "只有涉及国家秘密的影像才在此移交。请先作涉密标记。");
        draft.Reason = reason;
        if (Text.PolicyOf(draft, recording.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.SecrecyKinds.SelectMany(static rule => rule.Cites));
        return draft.Put(recording with { HandedOverTo = to });
    }

    /// <summary>Makes a recording evidence of a case: it is kept as long as the case file (J6).</summary>
    public static Outcome<Recording> AddToCase(Draft draft, string recordingId, string caseId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (draft.Find<Case>(caseId) is not { } file || draft.Find<Unit>(file.UnitId)?.AgencyId is { } agency && recording.AgencyId.Length > 0 && agency != recording.AgencyId)
            return Refusal.NotFound(Case.Kind, caseId);
        if (recording.CaseId is { } other && other != caseId)
            return Refusal.Conflict("in_other_case", $"已是案件 {other} 的证据。请先说明，再从该案移出。");
        if (recording.State == RecordingState.Purged)
            return Refusal.Conflict("purged", "影像已清除。清除凭证见保管链。");
        if (Text.PolicyOf(draft, recording.UnitId) is { Rules.EvidenceRetention: { } rule } policy)
            draft.Cite(policy, rule.Cites);
        draft.Mention<Case>(file.Id);
        // A review that was open is void: evidence is kept with its case file.
        return draft.Put(recording with { CaseId = caseId, Review = null, State = recording.State == RecordingState.ExpiryReview ? Before(recording) : recording.State });
    }

    /// <summary>True when the actor recorded it, or the unit named him to classify.</summary>
    public static bool IsOwnOrNamed(Draft draft, Recording recording)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recording);
        return draft.Actor.OfficerId is { } officer && (officer == recording.HolderId || draft.Find<Unit>(recording.UnitId) is { } unit && unit.ClassifierIds.Contains(officer, StringComparer.Ordinal));
    }

    /// <summary>The state from which the expiry review was opened.</summary>
    public static RecordingState Before(Recording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return recording.Classification is not null ? RecordingState.Classified : RecordingState.Verified;
    }
}
