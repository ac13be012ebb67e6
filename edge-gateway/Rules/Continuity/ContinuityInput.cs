using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Continuity;

/// <summary>Which end of the interval.</summary>
public enum EndPoint
{
    /// <summary>到达现场.</summary>
    Arrival,

    /// <summary>离开现场.</summary>
    Leaving,
}

/// <summary>A logged act that moves an end point.</summary>
/// <param name="End">Which one.</param>
/// <param name="Recorder">Recorder whose clock tells the moment.</param>
/// <param name="To">Where to; may lie outside what is known of the boot.</param>
/// <param name="By">Who.</param>
/// <param name="At">When the act was logged.</param>
/// <param name="Reason">Why; without one the act is refused.</param>
public sealed record EndPointMove(EndPoint End, string Recorder, Moment To, string By, DateTimeOffset At, string Reason);

/// <summary>What a person listened to or read.</summary>
public enum NoteKind
{
    /// <summary>The spoken reason on resume.</summary>
    Spoken,

    /// <summary>A written account (书面说明).</summary>
    Written,
}

/// <summary>A person's decision about a gap, made with the article shown.</summary>
public sealed record GapConfirmation
{
    /// <summary>Recorder whose clock tells the moments.</summary>
    public required string Recorder { get; init; }

    /// <summary>From: what grows beyond it later is not covered.</summary>
    public required Moment From { get; init; }

    /// <summary>To.</summary>
    public required Moment To { get; init; }

    /// <summary>InterruptionReason as the note gives it.</summary>
    public required string Reason { get; init; }

    /// <summary>What was confirmed.</summary>
    public required NoteKind Note { get; init; }

    /// <summary>The written account, or where it lies; needed for <see cref="NoteKind.Written"/>.</summary>
    public string? Account { get; init; }

    /// <summary>The article that was shown, such as <c>5(六)</c>; needed where the text has no list of reasons.</summary>
    public string? Article { get; init; }

    /// <summary>True when the person accepts the reason; false when it is rejected.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Who.</summary>
    public required string By { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A decision not to record (停止使用).</summary>
public sealed record StopUseDecision
{
    /// <summary>Recorder whose clock tells the moments.</summary>
    public required string Recorder { get; init; }

    /// <summary>From.</summary>
    public required Moment From { get; init; }

    /// <summary>To.</summary>
    public required Moment To { get; init; }

    /// <summary>StopUseReason.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who reviewed its work record; null until then.</summary>
    public string? ReviewedBy { get; init; }
}

/// <summary>Time at one site (执法地点). The time between two visits is the way from one to the other.</summary>
/// <param name="Name">Name of the site.</param>
/// <param name="Recorder">Recorder whose clock tells the moments.</param>
/// <param name="From">Arrival there.</param>
/// <param name="To">Leaving it.</param>
/// <param name="By">Who entered it.</param>
public sealed record SiteVisit(string Name, string Recorder, Moment From, Moment To, string By)
{
    /// <summary>When it was entered or last corrected; null when not known.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Why it was corrected after it was entered; null while it stands as it was entered. What rests on it is flagged <see cref="LedgerFlags.VisitCorrected"/>.</summary>
    public string? Correction { get; init; }
}

/// <summary>What the ledger is computed from. Nothing else enters it.</summary>
public sealed record ContinuityInput
{
    /// <summary>Rules in force on the day of the activity.</summary>
    public required PolicySet Policy { get; init; }

    /// <summary>Recorders in use, the one whose clock carries the ledger first: choose one that ran through without a reboot if there is one. At least one.</summary>
    public required IReadOnlyList<RecorderTrack> Recorders { get; init; }

    /// <summary>Moved end points in the order of logging; the last one that is not refused counts.</summary>
    public IReadOnlyList<EndPointMove> Moves { get; init; } = [];

    /// <summary>Decisions about gaps; of two that cover the same time the later one counts.</summary>
    public IReadOnlyList<GapConfirmation> Confirmations { get; init; } = [];

    /// <summary>Decisions not to record.</summary>
    public IReadOnlyList<StopUseDecision> StopUses { get; init; } = [];

    /// <summary>Sites in the order of the visits; empty when the whole activity was at one.</summary>
    public IReadOnlyList<SiteVisit> Sites { get; init; } = [];
}
