using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Recordings;

/// <summary>Where a recording is (REQUIREMENTS, vocabulary). Retained, in case and held are how a classified one stands (<see cref="Standing"/>).</summary>
public enum RecordingState
{
    /// <summary>Announced or arriving; no final seal yet.</summary>
    Recording,

    /// <summary>The final seal is here: how many segments there are is known.</summary>
    Closed,

    /// <summary>Some of its segments are stored, not all.</summary>
    Uploading,

    /// <summary>Every segment is receipted.</summary>
    Stored,

    /// <summary>Chain and seals of the whole recording hold.</summary>
    Verified,

    /// <summary>Classified by a person.</summary>
    Classified,

    /// <summary>Its time is over: a review is due or under way.</summary>
    ExpiryReview,

    /// <summary>清除: the bytes are gone by certificate.</summary>
    Purged,

    /// <summary>A segment does not match its own seal or is lost: visible, never dropped.</summary>
    Rejected,
}

/// <summary>How a classified recording stands.</summary>
public enum Standing
{
    /// <summary>Kept for its period.</summary>
    Retained,

    /// <summary>Kept with its case file (J6).</summary>
    InCase,

    /// <summary>Kept while a hold stands (K).</summary>
    Held,
}

/// <summary>Kinds of secrets (N1).</summary>
public enum Secrecy
{
    /// <summary>None.</summary>
    None,

    /// <summary>个人隐私.</summary>
    Privacy,

    /// <summary>商业秘密.</summary>
    Trade,

    /// <summary>技术秘密 (004·8).</summary>
    Technical,

    /// <summary>军事秘密 (004·8): a kind of state secret, quarantined like one.</summary>
    Military,

    /// <summary>国家秘密: quarantined and handed over.</summary>
    State,
}

/// <summary>分类整理 (I1, I2): a sidecar, never burned into the original.</summary>
/// <param name="Category">Category.</param>
/// <param name="Title">Name.</param>
/// <param name="Order">Order within the activity, from 1.</param>
/// <param name="Place">Place.</param>
/// <param name="Content">Content in words.</param>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
public sealed record Classification(string Category, string Title, int Order, string Place, string Content, string By, DateTimeOffset At);

/// <summary>The officer answers for authenticity (H3).</summary>
/// <param name="Statement">The words.</param>
/// <param name="By">Officer.</param>
/// <param name="At">When.</param>
public sealed record Attestation(string Statement, string By, DateTimeOffset At);

/// <summary>Review at the end of the period (O1): two persons before anything is purged.</summary>
/// <param name="OpenedAt">When the period had ended and the review opened.</param>
/// <param name="Why">The end with its reason in words.</param>
public sealed record ExpiryReview(DateTimeOffset OpenedAt, string Why)
{
    /// <summary>Who reviewed and proposes to purge; null until then.</summary>
    public string? Reviewer { get; init; }

    /// <summary>Officer that the reviewer is.</summary>
    public string? ReviewerOfficer { get; init; }

    /// <summary>Why it is not worth keeping.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The second person, who approved; null until then.</summary>
    public string? Approver { get; init; }

    /// <summary>Officer that the approver is.</summary>
    public string? ApproverOfficer { get; init; }
}

/// <summary>视音频记录.</summary>
/// <param name="Id"><c>device.epoch.number</c>.</param>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Number">Number, gapless within the epoch.</param>
/// <param name="AgencyId">Agency whose rules hold; empty when nobody had the recorder and it belongs to none.</param>
/// <param name="UnitId">Unit.</param>
public sealed record Recording(string Id, string Device, uint Epoch, uint Number, string AgencyId, string UnitId) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "recording";

    /// <summary>What the recorder calls its activity: <c>device.epoch.number</c>; empty when it has none.</summary>
    public string DeviceActivity { get; init; } = "";

    /// <summary>Activity; null until the recorder's journal has told of it.</summary>
    public string? ActivityId { get; init; }

    /// <summary>Who had the recorder at that time (A6); null is an alert (A7).</summary>
    public string? HolderId { get; init; }

    /// <summary>Assignment.</summary>
    public string? AssignmentId { get; init; }

    /// <summary>State.</summary>
    public RecordingState State { get; init; }

    /// <summary>Device-wall start.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Device-wall end.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Segments by the final seal; 0 until it came.</summary>
    public long SegmentCount { get; init; }

    /// <summary>Segments stored.</summary>
    public long SegmentsStored { get; init; }

    /// <summary>Bytes stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Frames.</summary>
    public long Frames { get; init; }

    /// <summary>Time recorded, device-monotonic microseconds.</summary>
    public long RecordedUs { get; init; }

    /// <summary>Why it stopped, as storage format §3 names it; empty until the final seal came.</summary>
    public string StopReason { get; init; } = "";

    /// <summary>When the last segment was receipted.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>Its place, from 1, in the order in which custody learnt that recordings are stored; 0 when it is not, or was before this was kept. Counted, not timed: a draw rests on it.</summary>
    public long StoredOrder { get; init; }

    /// <summary>Classification.</summary>
    public Classification? Classification { get; init; }

    /// <summary>Attestation.</summary>
    public Attestation? Attestation { get; init; }

    /// <summary>Secrecy.</summary>
    public Secrecy Secrecy { get; init; }

    /// <summary>True for state secrets, of which military ones are a kind: nobody sees bytes.</summary>
    public bool IsQuarantined => Secrecy is Secrecy.State or Secrecy.Military;

    /// <summary>To whom a state secret was handed over; null until then.</summary>
    public string? HandedOverTo { get; init; }

    /// <summary>Case of which it is evidence.</summary>
    public string? CaseId { get; init; }

    /// <summary>Holds that stand, by id.</summary>
    public IReadOnlyList<string> HoldIds { get; init; } = [];

    /// <summary>End of retention that was promised at storage; a change of rules never makes it earlier.</summary>
    public DateTimeOffset? KeepUntil { get; init; }

    /// <summary>Review at the end.</summary>
    public ExpiryReview? Review { get; init; }

    /// <summary>Leaf of the purge certificate; null until purged.</summary>
    public long? CertificateSequence { get; init; }

    /// <summary>How it stands once classified.</summary>
    public Standing Standing => HoldIds.Count > 0 ? Standing.Held : CaseId is not null ? Standing.InCase : Standing.Retained;

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys =>
    [
        new EntityKey("device", Device), new EntityKey("state", State.ToString()), new EntityKey("unit", UnitId), .. EntityKey.Of("activity", ActivityId), .. EntityKey.Of("holder", HolderId),
        .. EntityKey.Of("purge", State == RecordingState.Purged ? CertificateSequence is null ? "to_certify" : null : Review?.Approver is not null ? "approved" : null), .. EntityKey.Of("assignment", AssignmentId), .. EntityKey.Of("device_activity", DeviceActivity.Length > 0 ? DeviceActivity : null), .. EntityKey.Of("case", CaseId),
    ];

    /// <summary>The id of a recording.</summary>
    public static string IdOf(string device, uint epoch, uint number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{device}.{epoch}.{number}");
}
