namespace BodyCam.Rules.Policies;

/// <summary>What a clock starts from.</summary>
public enum ClockStart
{
    /// <summary>The activity ended (执法活动结束).</summary>
    ActivityEnd,

    /// <summary>The officer came back to the unit (返回单位).</summary>
    ReturnToUnit,

    /// <summary>The day of recording (每日工作结束).</summary>
    DayOfRecording,

    /// <summary>The week of recording (每周一).</summary>
    WeekOfRecording,

    /// <summary>Storage on the server: the receipt (存入).</summary>
    Stored,

    /// <summary>The case was closed (结案).</summary>
    CaseClosed,

    /// <summary>A request or a decision was made.</summary>
    Requested,
}

/// <summary>How long a clock runs.</summary>
public enum LimitUnit
{
    /// <summary>At once: due when it starts (每次执法活动结束后); a grace may stand beside as practice.</summary>
    AtOnce,

    /// <summary>Hours, counted through nights and holidays.</summary>
    Hours,

    /// <summary>Working days (工作日): the day of the start is not counted, the end is 24:00 of the last one.</summary>
    WorkingDays,

    /// <summary>24:00 of the day of the start.</summary>
    EndOfDay,

    /// <summary>24:00 of the Monday after the week of the start.</summary>
    NextMonday,
}

/// <summary>A length of time with its unit.</summary>
/// <param name="Unit">Unit.</param>
/// <param name="Count">How many; 0 for units that have no count.</param>
public sealed record TimeLimit(LimitUnit Unit, int Count = 0);

/// <summary>When an upload clock applies.</summary>
public enum UploadCase
{
    /// <summary>Unless an exception applies.</summary>
    Always,

    /// <summary>Remote, on water, elsewhere, hard to reach, consecutive work (000·13, 002·16): declared on the activity with its reason.</summary>
    Exception,

    /// <summary>Special circumstances (004·16), declared with their reason.</summary>
    Special,
}

/// <summary>A deadline.</summary>
public record DeadlineRule : Rule
{
    /// <summary>Start.</summary>
    public required ClockStart Start { get; init; }

    /// <summary>Length.</summary>
    public required TimeLimit Limit { get; init; }

    /// <summary>Whether the article gives the length or it is practice (及时 has no figure).</summary>
    public RuleBasis LimitBasis { get; init; }

    /// <summary>Hours before the end from which it is shown as warned; practice.</summary>
    public int WarnHours { get; init; } = 4;

    /// <summary>Hours after the end before it is overdue, for <see cref="LimitUnit.AtOnce"/>; practice.</summary>
    public int GraceHours { get; init; }
}

/// <summary>One upload clock.</summary>
public sealed record UploadClock : DeadlineRule
{
    /// <summary>Stable id within the policy.</summary>
    public required string Id { get; init; }

    /// <summary>When it applies.</summary>
    public UploadCase When { get; init; }

    /// <summary>Circumstances that it names, for people; empty for <see cref="UploadCase.Always"/>.</summary>
    public IReadOnlyList<string> Circumstances { get; init; } = [];
}

/// <summary>Work record after a stop of use.</summary>
public sealed record WorkRecordRule : DeadlineRule
{
    /// <summary>Rank that reviews it; null when the text asks for no approval.</summary>
    public Rank? Reviewer { get; init; }
}

/// <summary>Retention (保存期限).</summary>
public sealed record RetentionRule : Rule
{
    /// <summary>Months; years are 12 each.</summary>
    public required int Months { get; init; }

    /// <summary>True for "at least", false for a fixed period. Either way its end only opens a review.</summary>
    public required bool IsMinimum { get; init; }
}

/// <summary>Evidence is kept with its case file.</summary>
public sealed record EvidenceRetentionRule : Rule;
