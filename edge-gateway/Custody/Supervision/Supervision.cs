using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Supervision;

/// <summary>Where a check is.</summary>
public enum CheckState
{
    /// <summary>The seed stands in the log; nothing is drawn yet.</summary>
    Committed,

    /// <summary>The sample is drawn.</summary>
    Drawn,

    /// <summary>All findings are entered.</summary>
    Closed,
}

/// <summary>What a check is.</summary>
public enum CheckKind
{
    /// <summary>抽查 (002·20, 000·17).</summary>
    SpotCheck,

    /// <summary>日常检查 (003·15).</summary>
    DailyCheck,

    /// <summary>存储内容监督 (004·19).</summary>
    ContentSupervision,

    /// <summary>年度评查 (000·17).</summary>
    AnnualReview,
}

/// <summary>One recording of a sample and what was found.</summary>
/// <param name="RecordingId">Recording.</param>
/// <param name="Finding">In words; empty until it was looked at.</param>
/// <param name="IsFaulty">True when something was wrong.</param>
public sealed record SampleItem(string RecordingId, string Finding, bool IsFaulty);

/// <summary>抽查、评查: sample by a seed that stood in the log before the draw.</summary>
/// <param name="Id">Id.</param>
/// <param name="What">What it is.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="Seed">32 random bytes, hex.</param>
/// <param name="PopulationSha256">SHA-256 over the ids of the population, a line each.</param>
/// <param name="PopulationCount">How many.</param>
/// <param name="SampleCount">How many shall be drawn.</param>
/// <param name="From">First day of storage that counts.</param>
/// <param name="To">Last day.</param>
/// <param name="CommittedAt">When the seed was committed.</param>
/// <param name="By">Who checks.</param>
public sealed record SupervisionCheck(
    string Id, CheckKind What, string UnitId, string Seed, string PopulationSha256, int PopulationCount, int SampleCount, DateOnly From, DateOnly To, DateTimeOffset CommittedAt, string By) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "check";

    /// <summary>Order of the newest recording that counts (<see cref="Recordings.Recording.StoredOrder"/>): what custody learnt of later is not in the population.</summary>
    public long UpToOrder { get; init; }

    /// <summary>State.</summary>
    public CheckState State { get; init; }

    /// <summary>The sample; empty until drawn.</summary>
    public IReadOnlyList<SampleItem> Sample { get; init; } = [];

    /// <summary>Result in words.</summary>
    public string Result { get; init; } = "";

    /// <summary>When it was closed; null too when it was given up, which is no check.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("state", State.ToString()), new EntityKey("what", What.ToString())];
}

/// <summary>督促、纠正: something to be put right (002·20, 003·15).</summary>
/// <param name="Id">Id.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="About">What it is about: <c>kind/id</c>.</param>
/// <param name="Words">What is to be done.</param>
/// <param name="OrderedBy">By whom.</param>
/// <param name="OrderedAt">When.</param>
/// <param name="DueOn">By which day.</param>
public sealed record Correction(string Id, string UnitId, string About, string Words, string OrderedBy, DateTimeOffset OrderedAt, DateOnly DueOn) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "correction";

    /// <summary>What was done; empty until then.</summary>
    public string Done { get; init; } = "";

    /// <summary>Who did it.</summary>
    public string? DoneBy { get; init; }

    /// <summary>Officer that <see cref="DoneBy"/> is.</summary>
    public string? DoneByOfficer { get; init; }

    /// <summary>Who looked at it and accepted it.</summary>
    public string? AcceptedBy { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("open", AcceptedBy is null ? "yes" : "no")];
}

/// <summary>Where a lead is.</summary>
public enum LeadState
{
    /// <summary>Nobody has looked at it.</summary>
    Open,

    /// <summary>Looked into and nothing in it.</summary>
    Dismissed,

    /// <summary>Handed to those who decide.</summary>
    Referred,
}

/// <summary>违规线索: a lead, never a verdict (Q).</summary>
/// <param name="Id">Id; the same cause makes the same id, so that nothing is raised twice.</param>
/// <param name="Type">Misuse id of the policy, or one of ours.</param>
/// <param name="UnitId">Unit.</param>
/// <param name="About">What it is about: <c>kind/id</c>.</param>
/// <param name="Words">What was seen.</param>
/// <param name="Cites">Articles; empty when the text has none.</param>
/// <param name="RaisedAt">When.</param>
/// <param name="RaisedBy">By whom or what.</param>
public sealed record Lead(string Id, string Type, string UnitId, string About, string Words, IReadOnlyList<string> Cites, DateTimeOffset RaisedAt, string RaisedBy) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "lead";

    /// <summary>State.</summary>
    public LeadState State { get; init; }

    /// <summary>Who decided.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>Why.</summary>
    public string Decision { get; init; } = "";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("unit", UnitId), new EntityKey("state", State.ToString()), new EntityKey("about", About), new EntityKey("type", Type)];
}
