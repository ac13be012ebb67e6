using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Retention;

/// <summary>长期保存: suspends expiry (K1, K2, J4, J6).</summary>
/// <param name="Id">Id.</param>
/// <param name="ActivityId">Activity all of whose recordings are held, or null.</param>
/// <param name="RecordingId">The one recording that is held, or null.</param>
/// <param name="Trigger">HoldTrigger.</param>
/// <param name="Reason">In words.</param>
/// <param name="SetBy">Who set it: a person, or a recorder by its obstruction press.</param>
/// <param name="SetAt">When.</param>
/// <param name="Cites">Articles; empty when the text has none and it is kept as practice.</param>
public sealed record Hold(string Id, string? ActivityId, string? RecordingId, string Trigger, string Reason, string SetBy, DateTimeOffset SetAt, IReadOnlyList<string> Cites) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "hold";

    /// <summary>Who lifted it; null while it stands.</summary>
    public string? LiftedBy { get; init; }

    /// <summary>Why.</summary>
    public string LiftReason { get; init; } = "";

    /// <summary>True while it stands.</summary>
    public bool Stands => LiftedBy is null;

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [.. EntityKey.Of("activity", ActivityId), .. EntityKey.Of("recording", RecordingId), new EntityKey("stands", Stands ? "yes" : "no")];
}
