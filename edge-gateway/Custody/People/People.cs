using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.People;

/// <summary>执法机关: owns a policy.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="PolicyId">Its policy.</param>
public sealed record Agency(string Id, string Name, string PolicyId) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "agency";
}

/// <summary>股室, 大队: a unit of an agency with its responsible head (第一责任人, 001·6, 002·5, 003·7) and archive staff (004·14).</summary>
/// <param name="Id">Id.</param>
/// <param name="AgencyId">Agency.</param>
/// <param name="Name">Name.</param>
public sealed record Unit(string Id, string AgencyId, string Name) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "unit";

    /// <summary>第一责任人; null until named, which <c>/units/{id}/figures</c> shows as missing.</summary>
    public string? HeadOfficerId { get; init; }

    /// <summary>Named staff of the recording archive (000·13, 004·14, 003·12).</summary>
    public IReadOnlyList<string> ArchiveStaffIds { get; init; } = [];

    /// <summary>Who classifies when the recording officer cannot (I3); empty: only who recorded.</summary>
    public IReadOnlyList<string> ClassifierIds { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("agency", AgencyId)];
}

/// <summary>执法人员.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="CertificateNumber">执法证号.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="Rank">Rank.</param>
/// <param name="IsActive">False after leaving.</param>
public sealed record Officer(string Id, string Name, string CertificateNumber, string UnitId, Rank Rank, bool IsActive) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "officer";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("certificate", CertificateNumber)];
}

/// <summary>One training in the use of recorders (002·5).</summary>
/// <param name="Id">Id.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="Title">Subject.</param>
/// <param name="HeldOn">Day.</param>
/// <param name="OfficerIds">Who took part.</param>
/// <param name="RecordedBy">Who entered it.</param>
public sealed record Training(string Id, string UnitId, string Title, DateOnly HeldOn, IReadOnlyList<string> OfficerIds, string RecordedBy) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "training";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), .. OfficerIds.Select(static officer => new EntityKey("officer", officer))];
}
