using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Recorders;

/// <summary>Where a recorder is in its life.</summary>
public enum RecorderState
{
    /// <summary>在库.</summary>
    InStock,

    /// <summary>已领用.</summary>
    Issued,

    /// <summary>维修.</summary>
    Repair,

    /// <summary>遗失.</summary>
    Lost,

    /// <summary>报废.</summary>
    Retired,
}

/// <summary>执法记录仪.</summary>
/// <param name="Id">Device id.</param>
/// <param name="Serial">Serial number.</param>
/// <param name="Brand">Brand.</param>
/// <param name="Model">Model.</param>
/// <param name="UnitId">Unit that owns it.</param>
/// <param name="IsExplosionProof">Explosion-proof (F6).</param>
/// <param name="HasInfrared">Has an infrared mode (D5).</param>
/// <param name="HasSpareBattery">A spare battery belongs to it (003·4).</param>
public sealed record Recorder(string Id, string Serial, string Brand, string Model, string UnitId, bool IsExplosionProof, bool HasInfrared, bool HasSpareBattery) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "recorder";

    /// <summary>Its life.</summary>
    public RecorderState State { get; init; }

    /// <summary>专人: the custodian who keeps this recorder (001·6).</summary>
    public string? CustodianId { get; init; }

    /// <summary>The assignment that is open, or null.</summary>
    public string? AssignmentId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("state", State.ToString()), .. EntityKey.Of("custodian", CustodianId)];
}

/// <summary>How an assignment ended.</summary>
public enum AssignmentEnd
{
    /// <summary>Still open.</summary>
    Open,

    /// <summary>Returned with its shift manifest.</summary>
    Returned,

    /// <summary>Closed as lost, with a written account (A9).</summary>
    Lost,

    /// <summary>Closed as damaged, with a written account (A9).</summary>
    Damaged,
}

/// <summary>领用与归还: who had which recorder from when to when (000·4).</summary>
/// <param name="Id">Id.</param>
/// <param name="RecorderId">Recorder.</param>
/// <param name="HolderId">Officer.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="IssuedAt">Hand-over.</param>
/// <param name="IssuedBy">Custodian who handed it over.</param>
/// <param name="Epoch">Epoch of the recorder from which it counts.</param>
public sealed record Assignment(string Id, string RecorderId, string HolderId, string UnitId, DateTimeOffset IssuedAt, string IssuedBy, uint Epoch) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "assignment";

    /// <summary>How it ended.</summary>
    public AssignmentEnd End { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who took the recorder back.</summary>
    public string? TakenBackBy { get; init; }

    /// <summary>The shift manifest: <c>device.epoch.segment</c>.</summary>
    public string? Manifest { get; init; }

    /// <summary>Written account of loss or damage.</summary>
    public string? Account { get; init; }

    /// <summary>True while the officer has the recorder.</summary>
    public bool IsOpen => End == AssignmentEnd.Open;

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("recorder", RecorderId), new EntityKey("holder", HolderId), new EntityKey("unit", UnitId), new EntityKey("open", IsOpen ? "yes" : "no")];
}

/// <summary>What happened to a recorder besides issue and return (A8, A9).</summary>
public enum IncidentKind
{
    /// <summary>送修.</summary>
    Repair,

    /// <summary>修复.</summary>
    Repaired,

    /// <summary>调换.</summary>
    Swap,

    /// <summary>遗失.</summary>
    Loss,

    /// <summary>损坏.</summary>
    Damage,

    /// <summary>拆卸.</summary>
    Disassembly,

    /// <summary>故意毁坏.</summary>
    WilfulDestruction,

    /// <summary>报废.</summary>
    Retired,

    /// <summary>找回.</summary>
    Found,
}

/// <summary>An incident of a recorder.</summary>
/// <param name="Id">Id.</param>
/// <param name="RecorderId">Recorder.</param>
/// <param name="What">What happened.</param>
/// <param name="Account">In words.</param>
/// <param name="At">When it was entered.</param>
/// <param name="By">By whom.</param>
public sealed record Incident(string Id, string RecorderId, IncidentKind What, string Account, DateTimeOffset At, string By) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "incident";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("recorder", RecorderId)];
}

/// <summary>One item of a pre-use check.</summary>
/// <param name="Item">Item, such as <c>battery</c>.</param>
/// <param name="Grade"><c>passed</c>, <c>warned</c>, <c>failed</c>.</param>
/// <param name="Figure">Figure, or null.</param>
/// <param name="Unit">Its unit; empty for none.</param>
public sealed record CheckItem(string Item, string Grade, long? Figure, string Unit);

/// <summary>使用前检查.</summary>
/// <param name="Id">Id.</param>
/// <param name="RecorderId">Recorder.</param>
/// <param name="AssignmentId">Assignment in which it was made, or null: then nobody had the recorder.</param>
/// <param name="At">When, gateway-wall for entered items, device-wall for the recorder's own.</param>
/// <param name="Items">Items.</param>
/// <param name="By">Recorder or officer.</param>
public sealed record PreUseCheck(string Id, string RecorderId, string? AssignmentId, DateTimeOffset At, IReadOnlyList<CheckItem> Items, string By) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "pre_use_check";

    /// <summary>Items that the policy asks for and nobody checked.</summary>
    public IReadOnlyList<string> MissingItems { get; init; } = [];

    /// <summary>The worst grade of its items.</summary>
    public string Grade => Items.Any(static item => item.Grade == "failed") ? "failed" : Items.Any(static item => item.Grade == "warned") ? "warned" : "passed";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("recorder", RecorderId), .. EntityKey.Of("assignment", AssignmentId)];
}
