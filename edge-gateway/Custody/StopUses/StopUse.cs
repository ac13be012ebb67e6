using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.StopUses;

/// <summary>停止使用: a decision not to record, with its reason and basis (F1).</summary>
/// <param name="Id">Id.</param>
/// <param name="ActivityId">Activity.</param>
/// <param name="Reason">StopUseReason.</param>
/// <param name="Effect">What the article allows.</param>
/// <param name="Words">What happened.</param>
/// <param name="LegalBasis">Articles with the policy's id.</param>
/// <param name="At">When it was declared.</param>
/// <param name="By">By whom: a person, or a recorder by its obstruction press.</param>
public sealed record StopUse(string Id, string ActivityId, string Reason, StopUseEffect Effect, string Words, IReadOnlyList<string> LegalBasis, DateTimeOffset At, string By) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "stop_use";

    /// <summary>Since when nothing was to be recorded, wall time; null while nobody has said it: then it explains no gap.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Until when, wall time; null until the activity's leaving.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The requester's signed paper (F2): a linked source, or null.</summary>
    public string? RequesterPaperId { get; init; }

    /// <summary>Who asked for it, when somebody did.</summary>
    public string Requester { get; init; } = "";

    /// <summary>The work record (F3), or null while it is due.</summary>
    public string? WorkRecordId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("activity", ActivityId), new EntityKey("work_record", WorkRecordId is null ? "due" : "made")];
}

/// <summary>Where a work record is.</summary>
public enum WorkRecordState
{
    /// <summary>Made; the text asks for a review.</summary>
    InReview,

    /// <summary>Reviewed and not accepted: to be made again.</summary>
    Returned,

    /// <summary>Filed (备案存档).</summary>
    Filed,
}

/// <summary>工作记录: why recording was not done and by what right (F3, F4).</summary>
/// <param name="Id">Id.</param>
/// <param name="StopUseId">The stop of use.</param>
/// <param name="ActivityId">Activity.</param>
/// <param name="Reason">Reason in words.</param>
/// <param name="Basis">Basis in words.</param>
/// <param name="Author">Officer.</param>
/// <param name="MadeAt">When.</param>
public sealed record WorkRecord(string Id, string StopUseId, string ActivityId, string Reason, string Basis, string Author, DateTimeOffset MadeAt) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "work_record";

    /// <summary>Officer that the author is.</summary>
    public string? AuthorOfficer { get; init; }

    /// <summary>State.</summary>
    public WorkRecordState State { get; init; }

    /// <summary>Who reviewed; null when nobody has to or has yet.</summary>
    public string? Reviewer { get; init; }

    /// <summary>The reviewer's words.</summary>
    public string Opinion { get; init; } = "";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("activity", ActivityId), new EntityKey("state", State.ToString())];
}
