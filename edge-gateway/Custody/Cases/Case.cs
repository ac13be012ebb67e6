using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Cases;

/// <summary>案件与案卷.</summary>
/// <param name="Id">Id.</param>
/// <param name="Number">案号.</param>
/// <param name="Title">案由.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="OpenedAt">立案.</param>
public sealed record Case(string Id, string Number, string Title, string UnitId, DateTimeOffset OpenedAt) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "case";

    /// <summary>结案; null while it runs.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>组卷: when the case file was put together.</summary>
    public DateTimeOffset? FiledAt { get; init; }

    /// <summary>移交档案室: who took it.</summary>
    public string? ArchivedBy { get; init; }

    /// <summary>When the archive room took it.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>案卷保存期限至; null means that it is not known, and then evidence never expires.</summary>
    public DateTimeOffset? FileKeptUntil { get; init; }

    /// <summary>永久保存.</summary>
    public bool IsPermanent { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("number", Number), new EntityKey("closed", ClosedAt is null ? "no" : "yes")];
}
