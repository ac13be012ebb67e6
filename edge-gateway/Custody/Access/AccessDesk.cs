using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Access;

/// <summary>Requests, approvals by rank, and the gate through which every byte of footage leaves (M1–M7, N1).</summary>
public static class AccessDesk
{
    /// <summary>Longest time for which an approval holds, days; practice.</summary>
    public const int ApprovalDaysMax = 30;

    /// <summary>Enters a request for recordings, linked sources or both. Where the text asks for no approval (001·18 as evidence) it holds at once.</summary>
    public static Outcome<AccessRequest> Request(Draft draft, AccessKind kind, string requester, string organisation, string purpose, IReadOnlyList<string> recordingIds, IReadOnlyList<AccessAction> actions, IReadOnlyList<string>? sourceIds = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recordingIds);
        ArgumentNullException.ThrowIfNull(actions);
        if (Text.Missing(requester, organisation, purpose) is { } missing)
            return missing;
        sourceIds ??= [];
        if (recordingIds.Count + sourceIds.Count is 0 or > 200 || actions.Count == 0)
            return Refusal.Invalid("scope", "请写明 1 至 200 条记录和查阅方式。");
        var matters = Matters(draft, recordingIds, sourceIds);
        foreach (var matter in matters)
        {
            // Another agency's footage is asked for at that agency, whose custodian enters it.
            if (!matter.IsThere || !Reach.IsOwnAgency(draft, matter.UnitId))
                return Refusal.NotFound(matter.Kind, matter.Id);
            if (matter.IsQuarantined)
                return Quarantined(draft, matter.UnitId);
            matter.Mention(draft);
        }

        if (RuleOf(draft, matters[0].UnitId, kind, out var policy) is { } rule)
            draft.Cite(policy!, rule.Cites);
        draft.Reason = purpose;
        var isOpen = matters.All(matter => NeedsNoApproval(draft, matter, kind));
        return draft.Put(new AccessRequest(draft.NewId("access_request"), kind, requester, organisation, draft.Actor.Id, purpose, recordingIds, [.. actions.Distinct()], draft.Now)
        {
            RequestedByOfficer = draft.Actor.OfficerId,
            State = isOpen ? AccessState.Approved : AccessState.Waiting,
            ExpiresAt = isOpen ? draft.Now.AddDays(ApprovalDaysMax) : null,
            SourceIds = sourceIds,
        });
    }

    /// <summary>Approves or refuses: the rank that the rule names for every recording in scope; never the requester himself.</summary>
    public static Outcome<AccessRequest> Decide(Draft draft, string requestId, bool approved, string words, DateTimeOffset? expiresAt)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<AccessRequest>(requestId) is not { } request)
            return Refusal.NotFound("access_request", requestId);
        if (Text.Missing(words) is { } missing)
            return missing;
        if (request.State != AccessState.Waiting)
            return Refusal.Conflict("decided", "申请已有决定。需要变更的，请重新申请。");
        if (approved && (expiresAt is not { } end || end <= draft.Now || end > draft.Now.AddDays(ApprovalDaysMax)))
            return Refusal.Invalid("expiry", $"批准须有期限，最长 {ApprovalDaysMax} 天。请更正。");
        if (draft.Actor.IsPerson(request.RequestedBy, request.RequestedByOfficer) || string.Equals(request.Requester.Trim(), draft.Actor.Name, StringComparison.Ordinal))
            return Refusal.NotAllowed("不得批准本人的申请，也不得批准为本人提出的申请。请另一名领导批准。");
        foreach (var matter in Matters(draft, request.RecordingIds, request.SourceIds))
        {
            if (!Reach.IsOwnAgency(draft, matter.UnitId))
                return Refusal.NotFound("access_request", requestId);
            var rule = RuleOf(draft, matter.UnitId, request.Kind, out var policy);
            var rank = rule?.Approver ?? Rank.MainLeader;
            if (!draft.Actor.Has(rank))
                return Refusal.NotAllowed($"此类查阅应由{RankName.Of(rank)}批准。请其登录后批准。", Text.Cites(policy, rule is null ? [] : [rule]));
            if (matter.IsQuarantined)
                return Quarantined(draft, matter.UnitId);
            if (policy is not null && rule is not null)
                draft.Cite(policy, rule.Cites);
            matter.Mention(draft);
        }

        draft.Reason = words;
        return draft.Put(request with { State = approved ? AccessState.Approved : AccessState.Refused, Approver = draft.Actor.Id, ApproverRank = draft.Actor.Rank, Decision = words, ExpiresAt = approved ? expiresAt : null });
    }

    /// <summary>Takes a request or an approval back; it opens nothing any more.</summary>
    public static Outcome<AccessRequest> Withdraw(Draft draft, string requestId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<AccessRequest>(requestId) is not { } request)
            return Refusal.NotFound("access_request", requestId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (request.State is AccessState.Refused or AccessState.Withdrawn)
            return Refusal.Conflict("ended", "申请已结束。");
        if (!draft.Actor.IsPerson(request.RequestedBy, request.RequestedByOfficer) && !(draft.Actor.Has(Rank.LeaderInCharge) && Reach.IsOwnAgency(draft, Matters(draft, request.RecordingIds, request.SourceIds)[0].UnitId)))
            return Refusal.NotAllowed("只能由申请人或分管领导以上撤回。");
        draft.Reason = reason;
        return draft.Put(request with { State = AccessState.Withdrawn });
    }

    /// <summary>The gate: enters the register and lets the bytes go, or refuses. Every way out of footage goes through here.</summary>
    /// <remarks>A right of the role: the officer's own recording until it is classified (谁执法、谁整理), the unit's head, the legal section's supervision of stored content (004·19), ranks that approve. All else needs an approval.</remarks>
    public static Outcome<RegisterEntry> Open(Draft draft, string recordingId, AccessAction action, string purpose, string? requestId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recording>(recordingId) is not { } recording)
            return Refusal.NotFound(Recording.Kind, recordingId);
        if (Text.Missing(purpose) is { } missing)
            return missing;
        if (recording.IsQuarantined)
            return Quarantined(draft, recording.UnitId);
        if (recording.State == RecordingState.Purged)
            return Refusal.Conflict("purged", "影像已清除。清除凭证见保管链。");
        var mayView = MayViewByRank(draft, recording.UnitId, recording.Secrecy) || (recording.Classification is null && RecordingDesk.IsOwnOrNamed(draft, recording));
        var entry = Admit(draft, recording.UnitId, action, purpose, requestId, request => request.Opens(recordingId, action, draft.Now), mayView);
        if (!entry.IsDone)
            return entry;
        draft.Mention<Recording>(recordingId);
        return draft.Put(entry.Value with { Id = draft.NewId("register"), RecordingId = recordingId });
    }

    /// <summary>The same gate for a linked source (D4). By role the unit's head, the legal section and the ranks that approve may view it; all else needs an approval. While a recording of its activity is quarantined, so is the source.</summary>
    public static Outcome<RegisterEntry> OpenSource(Draft draft, string sourceId, AccessAction action, string purpose, string? requestId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<LinkedSource>(sourceId) is not { } source)
            return Refusal.NotFound(LinkedSource.Kind, sourceId);
        if (Text.Missing(purpose) is { } missing)
            return missing;
        var matter = Matter.Of(draft, source);
        if (matter.IsQuarantined)
            return Quarantined(draft, matter.UnitId);
        var entry = Admit(draft, matter.UnitId, action, purpose, requestId, request => request.OpensSource(sourceId, action, draft.Now), MayViewByRank(draft, matter.UnitId, matter.Secrecy));
        if (!entry.IsDone)
            return entry;
        draft.Mention<LinkedSource>(sourceId);
        draft.Mention<Activity>(source.ActivityId);
        return draft.Put(entry.Value with { Id = draft.NewId("register"), SourceId = sourceId });
    }

    /// <summary>True while what an entry of the register opened is open still: not purged, not quarantined since, its approval neither withdrawn nor over.</summary>
    public static bool StillOpens(Draft draft, RegisterEntry entry)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(entry);
        var isThere = entry.RecordingId is not null
            ? draft.Find<Recording>(entry.RecordingId) is { IsQuarantined: false, State: not RecordingState.Purged }
            : draft.Find<LinkedSource>(entry.SourceId) is { } source && !Matter.Of(draft, source).IsQuarantined;
        return isThere && (entry.RequestId is null || (draft.Find<AccessRequest>(entry.RequestId) is { } request
            && (entry.RecordingId is not null ? request.Opens(entry.RecordingId, entry.Action, draft.Now) : entry.SourceId is not null && request.OpensSource(entry.SourceId, entry.Action, draft.Now))));
    }

    // By an approval that opens it, or by a right of the role, which opens viewing only.
    private static Outcome<RegisterEntry> Admit(Draft draft, string? unitId, AccessAction action, string purpose, string? requestId, Func<AccessRequest, bool> opens, bool mayView)
    {
        var policy = Text.PolicyOf(draft, unitId);
        var (who, organisation) = (draft.Actor.Name, draft.Actor.UnitId ?? "");
        if (requestId is not null)
        {
            if (draft.Find<AccessRequest>(requestId) is not { } request || !opens(request))
                return Refusal.NotAllowed("申请未获批准、已过期，或不含此记录和方式。请重新申请。", Text.Cites(policy, policy?.Rules.Access ?? []));
            if (!draft.Actor.IsPerson(request.RequestedBy, request.RequestedByOfficer) && !IsKeeper(draft, unitId))
                return Refusal.NotAllowed("批准只对申请人有效，由其本人或保管人办理。", Text.Cites(policy, policy?.Rules.Access ?? []));
            (who, organisation) = (request.Requester, request.Organisation);
            if (policy is not null && RuleOf(draft, unitId, request.Kind, out _) is { } rule)
                draft.Cite(policy, rule.Cites);
        }
        else if (action != AccessAction.View || !mayView)
        {
            return Refusal.NotAllowed(action == AccessAction.View ? "查看须经批准。请提交查阅申请。" : "提取、复制须经批准。请提交查阅申请。", Text.Cites(policy, policy?.Rules.Access ?? []));
        }

        draft.Reason = purpose;
        return new RegisterEntry("", null, action, who, organisation, purpose, draft.Now, draft.Actor.Id, requestId);
    }

    // Secrets are seen by fewer (000·14, 001·19, 002·17, 003·3): the leaders who approve, beside who recorded them and has not classified yet.
    private static bool MayViewByRank(Draft draft, string? unitId, Secrecy secrecy)
    {
        var actor = draft.Actor;
        return Reach.IsOwnAgency(draft, unitId)
            && (actor.Has(Rank.LeaderInCharge) || (secrecy == Secrecy.None && (actor.Is(Role.Legal) || (actor.Has(Rank.UnitHead) && actor.UnitId is not null && actor.UnitId == unitId))));
    }

    // 保管人: the custodian of its unit, the archive staff of its agency.
    private static bool IsKeeper(Draft draft, string? unitId) =>
        (draft.Actor.Is(Role.Custodian) && draft.Actor.UnitId is not null && draft.Actor.UnitId == unitId) || (draft.Actor.Is(Role.Archivist) && Reach.IsOwnAgency(draft, unitId));

    // Where the text asks for no approval (001·18, as evidence), that is for one's own unit and for the archive, and not for secrets.
    private static bool NeedsNoApproval(Draft draft, Matter matter, AccessKind kind) =>
        matter.Secrecy == Secrecy.None && RuleOf(draft, matter.UnitId, kind, out _) is { Approver: Rank.None } && (draft.Actor.Is(Role.Archivist) || (draft.Actor.UnitId is not null && draft.Actor.UnitId == matter.UnitId));

    private static List<Matter> Matters(Draft draft, IReadOnlyList<string> recordingIds, IReadOnlyList<string> sourceIds) =>
        [.. recordingIds.Select(id => Matter.Recording(draft, id)), .. sourceIds.Select(id => Matter.Source(draft, id))];

    private static Refusal Quarantined(Draft draft, string? unitId)
    {
        var policy = Text.PolicyOf(draft, unitId);
        return Refusal.ByRule("quarantined", "涉及国家秘密，已隔离，任何人不得查阅。请按保密规定移交保密部门。", Text.Cites(policy, policy?.Rules.SecrecyKinds ?? []));
    }

    private static AccessRule? RuleOf(Draft draft, string? unitId, AccessKind kind, out PolicySet? policy)
    {
        policy = Text.PolicyOf(draft, unitId);
        return policy?.Rules.Access.FirstOrDefault(rule => rule.Kind == kind);
    }
}
