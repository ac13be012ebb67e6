namespace BodyCam.Rules.Retention;

/// <summary>What is known of a recording that bears on how long it is kept.</summary>
public sealed record RetentionFacts
{
    /// <summary>When the recording ended; null while that is not known.</summary>
    public DateTimeOffset? RecordingEnded { get; init; }

    /// <summary>When its last segment was stored; null while some are due.</summary>
    public DateTimeOffset? Stored { get; init; }

    /// <summary>True once a person has classified it (I1). Until then it never expires.</summary>
    public bool IsClassified { get; init; }

    /// <summary>Cases of which it is evidence (J6).</summary>
    public IReadOnlyList<EvidenceLink> Evidence { get; init; } = [];

    /// <summary>Holds that were set, released ones included.</summary>
    public IReadOnlyList<HoldFact> Holds { get; init; } = [];

    /// <summary>An end that was promised before, by an earlier version of the rules or by a person who extended it; it is never made earlier. Null for none.</summary>
    public DateTimeOffset? PromisedUntil { get; init; }
}

/// <summary>Evidence in a case.</summary>
/// <param name="CaseNumber">案号.</param>
/// <param name="FileKeptUntil">End of the case file's own retention; null while that is not known: then the evidence never expires.</param>
/// <param name="IsPermanent">True when the case file is kept for ever.</param>
public sealed record EvidenceLink(string CaseNumber, DateTimeOffset? FileKeptUntil, bool IsPermanent = false);

/// <summary>A hold (长期保存): while it stands, nothing expires (K1, K2, J4).</summary>
/// <param name="Trigger">HoldTrigger, such as <c>complaint_or_petition</c>.</param>
/// <param name="Cites">Articles; empty when the text has none and a person decided.</param>
/// <param name="Act">By what act it was set, in Chinese, such as 执法人员在现场按下“受阻”键.</param>
/// <param name="SetBy">Who.</param>
/// <param name="SetAt">When.</param>
/// <param name="ReleasedAt">When it was lifted; null while it stands.</param>
public sealed record HoldFact(string Trigger, IReadOnlyList<string> Cites, string Act, string SetBy, DateTimeOffset SetAt, DateTimeOffset? ReleasedAt = null)
{
    /// <summary>True while it stands. A hold that stands counts at once, whatever the clock shows.</summary>
    public bool Stands => ReleasedAt is null;
}
