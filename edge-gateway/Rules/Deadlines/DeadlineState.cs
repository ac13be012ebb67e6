namespace BodyCam.Rules.Deadlines;

/// <summary>Where a deadline stands at a time. Kept in records: values are only added.</summary>
public enum DeadlineState
{
    /// <summary>The text sets no deadline.</summary>
    None = 0,

    /// <summary>Its start is not known yet, or lies ahead.</summary>
    NotStarted = 1,

    /// <summary>It runs.</summary>
    Running = 2,

    /// <summary>It runs and its end is near.</summary>
    Warned = 3,

    /// <summary>Its end has come; the grace that practice gives, if any, still runs.</summary>
    Due = 4,

    /// <summary>It has passed without being met.</summary>
    Overdue = 5,

    /// <summary>It was met in time.</summary>
    MetInTime = 6,

    /// <summary>It was met after it had passed.</summary>
    MetLate = 7,

    /// <summary>Its end cannot be counted, as a year's calendar is missing: an alarm, never a guess.</summary>
    CalendarMissing = 8,
}

/// <summary>What counting a deadline came to.</summary>
public enum DeadlineOutcome
{
    /// <summary>It has an end.</summary>
    Counted,

    /// <summary>It waits for its start.</summary>
    WaitsForStart,

    /// <summary>A calendar is missing.</summary>
    CalendarMissing,

    /// <summary>The text sets no deadline.</summary>
    NoneInText,
}
