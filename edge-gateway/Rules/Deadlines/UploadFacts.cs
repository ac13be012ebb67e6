using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Deadlines;

/// <summary>What is known of an activity that bears on its upload.</summary>
public sealed record UploadFacts
{
    /// <summary>When the recording ended; null while it runs. Starts the clocks by day and week.</summary>
    public DateTimeOffset? RecordingEnded { get; init; }

    /// <summary>When the activity ended; null while it goes on.</summary>
    public DateTimeOffset? ActivityEnded { get; init; }

    /// <summary>When the officer came back to the unit; null while out.</summary>
    public DateTimeOffset? ReturnedToUnit { get; init; }

    /// <summary>An exception that was declared; null for none.</summary>
    public UploadDeclaration? Declaration { get; init; }

    /// <summary>The start of a clock, or null while it is not known.</summary>
    public DateTimeOffset? StartOf(ClockStart start) => start switch
    {
        ClockStart.ActivityEnd => ActivityEnded,
        ClockStart.ReturnToUnit => ReturnedToUnit,
        ClockStart.DayOfRecording or ClockStart.WeekOfRecording => RecordingEnded,
        _ => null,
    };
}

/// <summary>A declaration that the ordinary clock cannot be kept.</summary>
/// <param name="Case">Exception (000·13, 002·16) or special circumstances (004·16).</param>
/// <param name="Circumstance">One of the circumstances that the clock names, in its words; any where it names none.</param>
/// <param name="Reason">The officer's own reason; a blank one counts for nothing.</param>
public sealed record UploadDeclaration(UploadCase Case, string Circumstance, string Reason);

/// <summary>What became of a declaration.</summary>
public enum DeclarationOutcome
{
    /// <summary>None was made.</summary>
    None,

    /// <summary>It changed the clock.</summary>
    Accepted,

    /// <summary>The reason is blank: the ordinary clock runs.</summary>
    ReasonMissing,

    /// <summary>The text has no such exception: the ordinary clock runs.</summary>
    NotInText,

    /// <summary>The text names other circumstances: the ordinary clock runs.</summary>
    CircumstanceNotNamed,
}

/// <summary>One running upload clock.</summary>
/// <param name="ClockId">Id of the clock in the policy.</param>
/// <param name="Deadline">Its deadline.</param>
public sealed record UploadDeadline(string ClockId, Deadline Deadline);

/// <summary>The upload clocks of an activity.</summary>
/// <param name="Clocks">Those that run, in the order of the policy; more than one runs where the text sets several (003·12). Empty when the text sets none.</param>
/// <param name="Declaration">What became of the declaration.</param>
/// <param name="Words">In Chinese: that the text sets no deadline, or why a declaration did not count; empty otherwise.</param>
public sealed record UploadReading(IReadOnlyList<UploadDeadline> Clocks, DeclarationOutcome Declaration, string Words)
{
    /// <summary>True when the text sets no deadline (001).</summary>
    public bool IsWithoutDeadline => Clocks.Count == 0;
}
