namespace BodyCam.Rules.Policies;

/// <summary>Where a rule comes from.</summary>
public enum RuleBasis
{
    /// <summary>The words of the cited article.</summary>
    Article,

    /// <summary>The text is silent or gives no figure; this is a safe default, and every surface says so.</summary>
    Practice,
}

/// <summary>A rule with its source.</summary>
public abstract record Rule
{
    /// <summary>Articles it rests on, such as <c>12(三)</c>; empty only for <see cref="RuleBasis.Practice"/>.</summary>
    public IReadOnlyList<string> Cites { get; init; } = [];

    /// <summary>Whether the article says it or we chose it.</summary>
    public RuleBasis Basis { get; init; }

    /// <summary>A remark for people; null for none.</summary>
    public string? Remark { get; init; }
}

/// <summary>All rules of a policy. Null means that the text has no such rule.</summary>
public sealed record RuleSet
{
    /// <summary>How long footage is kept at least.</summary>
    public required RetentionRule Retention { get; init; }

    /// <summary>Evidence is kept as long as its case file (J6).</summary>
    public EvidenceRetentionRule? EvidenceRetention { get; init; }

    /// <summary>Upload clocks (G1–G4); empty when the text sets no deadline.</summary>
    public IReadOnlyList<UploadClock> Upload { get; init; } = [];

    /// <summary>Classification after storage (I1).</summary>
    public DeadlineRule? Classification { get; init; }

    /// <summary>Case file after closing (I4).</summary>
    public DeadlineRule? CaseFile { get; init; }

    /// <summary>Work record after a stop of use (F3, F4).</summary>
    public WorkRecordRule? WorkRecord { get; init; }

    /// <summary>Answer to an access request.</summary>
    public DeadlineRule? AccessRequest { get; init; }

    /// <summary>Notice before recording (C1, C2).</summary>
    public NoticeRule? Notice { get; init; }

    /// <summary>Opening words and the place's sign (C3–C5).</summary>
    public IReadOnlyList<OpeningRule> Openings { get; init; } = [];

    /// <summary>Interruptions and continuity (E).</summary>
    public required ContinuityRule Continuity { get; init; }

    /// <summary>Reasons for which recording may or must not be done (F1).</summary>
    public IReadOnlyList<StopUseRule> StopUse { get; init; } = [];

    /// <summary>What makes footage be kept beyond its time (K1, K2, J4, J6).</summary>
    public IReadOnlyList<HoldRule> Holds { get; init; } = [];

    /// <summary>Who may approve which access (M).</summary>
    public IReadOnlyList<AccessRule> Access { get; init; } = [];

    /// <summary>The note that goes with evidence (L).</summary>
    public EvidenceNoteRule? EvidenceNote { get; init; }

    /// <summary>Discs or disks for long-term preservation (K3, K4).</summary>
    public MediaRule? Media { get; init; }

    /// <summary>Reviews and spot checks (P).</summary>
    public IReadOnlyList<SupervisionRule> Supervision { get; init; } = [];

    /// <summary>Activities that must be recorded (D1).</summary>
    public IReadOnlyList<NamedRule> ActivityTypes { get; init; } = [];

    /// <summary>Key shots (D2).</summary>
    public IReadOnlyList<NamedRule> KeyShots { get; init; } = [];

    /// <summary>Pre-use check items (B).</summary>
    public IReadOnlyList<PreUseRule> PreUse { get; init; } = [];

    /// <summary>Kinds of secrets (N1).</summary>
    public IReadOnlyList<NamedRule> SecrecyKinds { get; init; } = [];

    /// <summary>Misuse that becomes a lead (Q).</summary>
    public IReadOnlyList<NamedRule> Misuse { get; init; } = [];

    /// <summary>Everything else that names persons or duties: attestation, training, custodian, stock (A, H3, I3, I5), by key.</summary>
    public IReadOnlyList<NamedRule> Duties { get; init; } = [];
}

/// <summary>A rule that is a named item.</summary>
public sealed record NamedRule : Rule
{
    /// <summary>Stable id, <c>snake_case</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The words shown to people, in Chinese.</summary>
    public required string Name { get; init; }

    /// <summary>A figure that belongs to it (003 recorders in stock); null for none.</summary>
    public int? Figure { get; init; }
}
