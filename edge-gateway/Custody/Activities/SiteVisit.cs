using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Activities;

/// <summary>A visit as it stood before somebody corrected or withdrew it.</summary>
/// <param name="Site">Site.</param>
/// <param name="ArrivedAt">Arrival.</param>
/// <param name="LeftAt">Departure; null while it was not entered.</param>
/// <param name="By">Who corrected it.</param>
/// <param name="At">When he did, gateway-wall.</param>
/// <param name="Reason">Why.</param>
public sealed record VisitCorrection(string Site, DateTimeOffset ArrivedAt, DateTimeOffset? LeftAt, string By, DateTimeOffset At, string Reason);

/// <summary>Time at one site (执法地点) within an activity: what must be unbroken at 004·12(五). No recorder says it, people enter it.</summary>
/// <param name="Id">Id.</param>
/// <param name="ActivityId">Activity.</param>
/// <param name="Site">Name of the site; two visits of one name are at one and the same site.</param>
/// <param name="ArrivedAt">Arrival, wall time.</param>
/// <param name="By">Who entered it.</param>
/// <param name="At">When it was entered, gateway-wall.</param>
public sealed record SiteVisit(string Id, string ActivityId, string Site, DateTimeOffset ArrivedAt, string By, DateTimeOffset At) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "site_visit";

    /// <summary>Departure, wall time; null until it is entered: then the visit lasts until the activity's leaving.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    /// <summary>Who entered the departure; null until then.</summary>
    public string? LeftBy { get; init; }

    /// <summary>Officers who were there.</summary>
    public IReadOnlyList<string> OfficerIds { get; init; } = [];

    /// <summary>What it was before each correction, oldest first: a moved arrival shows as what it is.</summary>
    public IReadOnlyList<VisitCorrection> Corrections { get; init; } = [];

    /// <summary>True when it was entered by mistake; it stays on record and counts no more.</summary>
    public bool IsWithdrawn { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("activity", ActivityId), new EntityKey("site", Site), .. OfficerIds.Select(static officer => new EntityKey("officer", officer))];
}
