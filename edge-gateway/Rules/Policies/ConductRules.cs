namespace BodyCam.Rules.Policies;

/// <summary>Ranks that the texts give powers to. A higher rank includes no lower one's duties; only its powers of approval.</summary>
public enum Rank
{
    /// <summary>No rank.</summary>
    None,

    /// <summary>部门负责人, 股室负责人: head of the department.</summary>
    UnitHead,

    /// <summary>分管领导: leader in charge of the line of work.</summary>
    LeaderInCharge,

    /// <summary>主要领导: main leader of the agency.</summary>
    MainLeader,
}

/// <summary>Notice to the party (C1, C2).</summary>
public sealed record NoticeRule : Rule
{
    /// <summary>Id of the phrase, told to recorders.</summary>
    public required string PhraseId { get; init; }

    /// <summary>The phrase; null when another body sets it and it must be configured (000·9).</summary>
    public string? Phrase { get; init; }
}

/// <summary>Something to say or film at the opening (C3–C5).</summary>
public sealed record OpeningRule : Rule
{
    /// <summary>Stable id: <c>purpose</c>, <c>task</c>, <c>officers</c>, <c>site_sign</c>, <c>credentials</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Words for people.</summary>
    public required string Name { get; init; }
}

/// <summary>What must be unbroken.</summary>
public enum ContinuityUnit
{
    /// <summary>The whole activity.</summary>
    Activity,

    /// <summary>One and the same site (004·12(五)).</summary>
    Site,
}

/// <summary>Continuity (E).</summary>
public sealed record ContinuityRule : Rule
{
    /// <summary>Unit.</summary>
    public required ContinuityUnit Unit { get; init; }

    /// <summary>True when the text lists the reasons that are admitted; false when it has no list: then a person decides with the article shown.</summary>
    public required bool HasList { get; init; }

    /// <summary>Admitted reasons (InterruptionReason, REQUIREMENTS); empty with a list means that none is admitted within the unit.</summary>
    public IReadOnlyList<AdmittedReason> Admitted { get; init; } = [];

    /// <summary>True when a spoken reason is due on resume (E4).</summary>
    public bool VoiceNote { get; init; }

    /// <summary>True when a recording that cannot resume is reported at once to the head (E5).</summary>
    public bool ReportAtOnce { get; init; }

    /// <summary>Rank of that head.</summary>
    public Rank ReportTo { get; init; } = Rank.UnitHead;

    /// <summary>Longest hole between frames that still counts as footage, in ms.</summary>
    public int HoleMaxMs { get; init; } = 2000;
}

/// <summary>An interruption reason that the text admits.</summary>
public sealed record AdmittedReason : Rule
{
    /// <summary>InterruptionReason, such as <c>low_battery</c>.</summary>
    public required string Reason { get; init; }
}

/// <summary>What a stop-use reason allows.</summary>
public enum StopUseEffect
{
    /// <summary>可以停止使用.</summary>
    MayStop,

    /// <summary>可以不进行记录.</summary>
    MayNotRecord,

    /// <summary>不得采取音像记录.</summary>
    MustNotRecord,
}

/// <summary>A reason not to record (F1).</summary>
public sealed record StopUseRule : Rule
{
    /// <summary>StopUseReason, such as <c>explosive_area</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>What it allows.</summary>
    public required StopUseEffect Effect { get; init; }

    /// <summary>True when the requester's signed statement can be asked for (F2).</summary>
    public bool RequesterPaper { get; init; }

    /// <summary>True when the party's consent lifts it (004·8(二)).</summary>
    public bool UnlessConsent { get; init; }
}

/// <summary>A trigger of long-term preservation.</summary>
public sealed record HoldRule : Rule
{
    /// <summary>HoldTrigger, such as <c>complaint_or_petition</c>.</summary>
    public required string Trigger { get; init; }
}

/// <summary>What kind of access is asked for.</summary>
public enum AccessKind
{
    /// <summary>For one's own work (M2).</summary>
    OwnWork,

    /// <summary>By other units or persons (M3).</summary>
    OtherUnit,

    /// <summary>By police, procuratorate or court (M5).</summary>
    Judicial,

    /// <summary>Public use (M4).</summary>
    PublicUse,

    /// <summary>Giving footage outside (M6).</summary>
    External,

    /// <summary>As evidence in a case (001·18).</summary>
    Evidence,
}

/// <summary>Who approves an access.</summary>
public sealed record AccessRule : Rule
{
    /// <summary>Kind.</summary>
    public required AccessKind Kind { get; init; }

    /// <summary>Lowest rank that may approve; <see cref="Rank.None"/> when no approval is asked for.</summary>
    public required Rank Approver { get; init; }

    /// <summary>What the register must hold: <c>who</c>, <c>purpose</c>, <c>time</c>.</summary>
    public IReadOnlyList<string> Register { get; init; } = [];
}

/// <summary>The note that goes with evidence (L1–L4).</summary>
public sealed record EvidenceNoteRule : Rule
{
    /// <summary>Fields by stable id, in the text's order: <c>maker</c>, <c>extractor</c>, <c>extracted_at</c>, <c>source</c>, <c>proves</c>, <c>officers</c>, <c>recorded_by</c>, <c>recorded_from_to</c>, <c>place</c>, <c>brand_model</c>, <c>format</c>, <c>length</c>, <c>explanation</c>.</summary>
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>Signatures and seals: <c>officer</c>, <c>leader</c>, <c>agency_seal</c>.</summary>
    public IReadOnlyList<string> Signatures { get; init; } = [];
}

/// <summary>Media of long-term preservation.</summary>
public sealed record MediaRule : Rule
{
    /// <summary>Kinds admitted: <c>disc</c>, <c>hard_disk</c>, <c>any</c>.</summary>
    public required IReadOnlyList<string> Kinds { get; init; }

    /// <summary>Copies (一式两份: 2).</summary>
    public int Copies { get; init; } = 1;

    /// <summary>Fields of the label: <c>made_by_unit</c>, <c>made_by</c>, <c>made_at</c>, <c>title</c>, <c>number</c>.</summary>
    public IReadOnlyList<string> LabelFields { get; init; } = [];
}

/// <summary>A duty of supervision (P).</summary>
public sealed record SupervisionRule : Rule
{
    /// <summary>Stable id: <c>spot_check</c>, <c>annual_review</c>, <c>daily_check</c>, <c>content_supervision</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Longest pause between two, in days; null when the text names none and no practice is set.</summary>
    public int? EveryDays { get; init; }
}

/// <summary>One item of the pre-use check (B).</summary>
public sealed record PreUseRule : Rule
{
    /// <summary>Stable id: <c>battery</c>, <c>spare_battery</c>, <c>storage</c>, <c>clock_set</c>, <c>clock_shown</c>, <c>fault_free</c>.</summary>
    public required string Item { get; init; }
}
