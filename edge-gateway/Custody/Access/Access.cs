using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Access;

/// <summary>Where a request is.</summary>
public enum AccessState
{
    /// <summary>Waits for the rank that the rule names.</summary>
    Waiting,

    /// <summary>Approved until its expiry.</summary>
    Approved,

    /// <summary>Refused.</summary>
    Refused,

    /// <summary>Taken back by the requester or an approver.</summary>
    Withdrawn,
}

/// <summary>What leaves.</summary>
public enum AccessAction
{
    /// <summary>查看.</summary>
    View,

    /// <summary>提取: an evidence package or clip.</summary>
    Extract,

    /// <summary>复制: originals handed out.</summary>
    Copy,
}

/// <summary>查阅申请与批准 (M).</summary>
/// <param name="Id">Id.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Requester">Person for whom it is.</param>
/// <param name="Organisation">His unit or office.</param>
/// <param name="RequestedBy">User who entered it.</param>
/// <param name="Purpose">查阅事由.</param>
/// <param name="RecordingIds">Scope.</param>
/// <param name="Actions">What may be done.</param>
/// <param name="RequestedAt">When.</param>
public sealed record AccessRequest(
    string Id, AccessKind Kind, string Requester, string Organisation, string RequestedBy, string Purpose, IReadOnlyList<string> RecordingIds, IReadOnlyList<AccessAction> Actions, DateTimeOffset RequestedAt) : IEntity
{
    /// <inheritdoc/>
    static string IEntity.Kind => "access_request";

    /// <summary>Linked sources in scope (D4); there is at least one of these or of the recordings.</summary>
    public IReadOnlyList<string> SourceIds { get; init; } = [];

    /// <summary>Officer that the user is; null when he is none.</summary>
    public string? RequestedByOfficer { get; init; }

    /// <summary>State.</summary>
    public AccessState State { get; init; }

    /// <summary>Who decided; null when no approval is asked for or nobody has decided.</summary>
    public string? Approver { get; init; }

    /// <summary>His rank then.</summary>
    public Rank ApproverRank { get; init; }

    /// <summary>The approver's words.</summary>
    public string Decision { get; init; } = "";

    /// <summary>Until when it holds.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True while it opens a recording.</summary>
    public bool Opens(string recordingId, AccessAction action, DateTimeOffset now) =>
        State == AccessState.Approved && ExpiresAt > now && Actions.Contains(action) && RecordingIds.Contains(recordingId, StringComparer.Ordinal);

    /// <summary>True while it opens a linked source.</summary>
    public bool OpensSource(string sourceId, AccessAction action, DateTimeOffset now) =>
        State == AccessState.Approved && ExpiresAt > now && Actions.Contains(action) && SourceIds.Contains(sourceId, StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("state", State.ToString()), new EntityKey("requested_by", RequestedBy), .. RecordingIds.Select(static id => new EntityKey("recording", id)), .. SourceIds.Select(static id => new EntityKey("source", id))];
}

/// <summary>查阅登记: one view, extract or copy; it stands before the first byte leaves.</summary>
/// <param name="Id">Id.</param>
/// <param name="RecordingId">Recording; null for a linked source.</param>
/// <param name="Action">What.</param>
/// <param name="Who">查阅人.</param>
/// <param name="Organisation">His unit or office.</param>
/// <param name="Purpose">查阅事由.</param>
/// <param name="At">查阅时间.</param>
/// <param name="UserId">User at the console.</param>
/// <param name="RequestId">Approved request, or null for a right of the role.</param>
public sealed record RegisterEntry(string Id, string? RecordingId, AccessAction Action, string Who, string Organisation, string Purpose, DateTimeOffset At, string UserId, string? RequestId) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "register_entry";

    /// <summary>Linked source; null for a recording.</summary>
    public string? SourceId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [.. EntityKey.Of("recording", RecordingId), .. EntityKey.Of("source", SourceId), new EntityKey("user", UserId), .. EntityKey.Of("request", RequestId)];
}
