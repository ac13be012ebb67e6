using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Continuity;

/// <summary>What a second of the interval is.</summary>
public enum LedgerKind
{
    /// <summary>Pictures were recorded.</summary>
    Footage,

    /// <summary>Not recorded, for a reason that the rules admit, and a person confirmed the note.</summary>
    Explained,

    /// <summary>Not recorded, and not explained.</summary>
    Unexplained,

    /// <summary>Within the error of the clocks: whether it was recorded, or whether it exists at all, is not known. Counted with the gap.</summary>
    Seam,
}

/// <summary>Remarks on a row.</summary>
[Flags]
public enum LedgerFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Pictures without sound.</summary>
    NoSound = 1,

    /// <summary>The same picture over and over.</summary>
    Stalled = 2,

    /// <summary>Black pictures.</summary>
    Black = 4,

    /// <summary>Sealed only at a later boot, from what a power cut left.</summary>
    Recovered = 8,

    /// <summary>The recorder found bytes that were changed while the power was off.</summary>
    TamperSuspected = 16,

    /// <summary>More than one recorder has it.</summary>
    Overlap = 32,

    /// <summary>The note window holds no speech: a silent note is no note.</summary>
    SilentNote = 64,

    /// <summary>A spoken reason was due on resume and there is none.</summary>
    NoNote = 128,

    /// <summary>Nobody has confirmed the note yet.</summary>
    NotConfirmed = 256,

    /// <summary>A person rejected the reason.</summary>
    Rejected = 512,

    /// <summary>The rules do not admit this reason here.</summary>
    NotAdmitted = 1024,

    /// <summary>The note is a written account.</summary>
    WrittenAccount = 2048,

    /// <summary>The reason is a person's, the recorder has another or none.</summary>
    ReasonByPerson = 4096,

    /// <summary>The recording was never resumed.</summary>
    NotResumed = 8192,

    /// <summary>Footage was recorded and is not here.</summary>
    FootageLost = 16384,

    /// <summary>Nothing bounds the clock's error: the length is not known.</summary>
    LengthUnknown = 32768,

    /// <summary>Clock readings contradict each other beyond their bounds; the bound was widened to their difference.</summary>
    ClockContradiction = 65536,

    /// <summary>Between two sites.</summary>
    BetweenSites = 131072,

    /// <summary>A decision not to record.</summary>
    StopUse = 262144,

    /// <summary>The work record of a decision not to record awaits its review.</summary>
    NotReviewed = 524288,

    /// <summary>The recorder has no interruption on record here.</summary>
    NoInterruption = 1048576,

    /// <summary>Between two sites by a visit that was corrected after it was entered.</summary>
    VisitCorrected = 2097152,
}

/// <summary>A stretch of the interval. Times are µs since the arrival; rows follow each other without a hole and without an overlap.</summary>
public sealed record LedgerRow
{
    /// <summary>What it is.</summary>
    public required LedgerKind Kind { get; init; }

    /// <summary>From.</summary>
    public required long FromUs { get; init; }

    /// <summary>To, above from.</summary>
    public required long ToUs { get; init; }

    /// <summary>Recorders that have it (of a seam: that may have it).</summary>
    public IReadOnlyList<string> Recorders { get; init; } = [];

    /// <summary>InterruptionReason or StopUseReason; null when none is known.</summary>
    public string? Reason { get; init; }

    /// <summary>Articles: of an explained row the ones that admit it, else the ones that ask for unbroken recording.</summary>
    public IReadOnlyList<string> Articles { get; init; } = [];

    /// <summary>Who confirmed the note or decided; null while nobody did.</summary>
    public string? ConfirmedBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Remarks.</summary>
    public LedgerFlags Flags { get; init; }

    /// <summary>Error bound of a seam, ± µs; null for other rows and where nothing bounds it (<see cref="LedgerFlags.LengthUnknown"/>).</summary>
    public long? BoundUs { get; init; }

    /// <summary>Site; null when none is named or between two.</summary>
    public string? Site { get; init; }

    /// <summary>The spoken note of the interruption; null for none.</summary>
    public SpokenNote? Note { get; init; }

    /// <summary>Segments that are missing or damaged here.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Length, µs.</summary>
    public long LengthUs => ToUs - FromUs;
}

/// <summary>Sums of rows, µs.</summary>
/// <param name="FootageUs">Footage.</param>
/// <param name="ExplainedUs">Explained interruptions.</param>
/// <param name="UnexplainedUs">Unexplained gaps.</param>
/// <param name="SeamUs">Error of seams.</param>
public sealed record LedgerSums(long FootageUs, long ExplainedUs, long UnexplainedUs, long SeamUs)
{
    /// <summary>All together.</summary>
    public long TotalUs => FootageUs + ExplainedUs + UnexplainedUs + SeamUs;

    /// <summary>The longest that can be missing without an explanation: gaps and the error of seams.</summary>
    public long GapUs => UnexplainedUs + SeamUs;
}

/// <summary>A written account is wanted.</summary>
/// <param name="FromUs">From, µs since the arrival.</param>
/// <param name="ToUs">To.</param>
/// <param name="Recorder">Recorder whose officer writes it.</param>
/// <param name="Why">What is wanted, in Chinese.</param>
/// <param name="Articles">Articles that ask for it.</param>
/// <param name="ReportTo">Rank to which it is reported.</param>
/// <param name="AtOnce">True when the recording could not resume and the text wants it reported at once (E5).</param>
public sealed record AccountTask(long FromUs, long ToUs, string Recorder, string Why, IReadOnlyList<string> Articles, Rank ReportTo, bool AtOnce);

/// <summary>What became of a moved end point.</summary>
public enum MoveOutcome
{
    /// <summary>It counts, unless a later one does.</summary>
    Applied,

    /// <summary>No reason or no person was given.</summary>
    NoReason,

    /// <summary>It would leave footage outside the interval.</summary>
    DropsFootage,

    /// <summary>The recorder or the boot is not in the input, or no clock places it.</summary>
    UnknownMoment,

    /// <summary>Leaving would lie before the arrival.</summary>
    OutOfOrder,

    /// <summary>It would leave an entered visit of a site outside the interval.</summary>
    DropsVisit,
}

/// <summary>A moved end point and what became of it.</summary>
/// <param name="Move">The act.</param>
/// <param name="Outcome">Applied, or why it was refused.</param>
public sealed record JudgedMove(EndPointMove Move, MoveOutcome Outcome);

/// <summary>The rows of one recorder alone: footage, seam (within its clock's error), and unexplained for everything else.</summary>
/// <param name="Recorder">Which one.</param>
/// <param name="IsPlaced">False when no clock bounds where its footage lies: then it counts for nothing.</param>
/// <param name="Rows">Rows that tile the interval.</param>
public sealed record RecorderRows(string Recorder, bool IsPlaced, IReadOnlyList<LedgerRow> Rows);

/// <summary>Sums of one site, or of the ways between sites.</summary>
/// <param name="Site">Name; null for what lies at no named site.</param>
/// <param name="Sums">Sums.</param>
public sealed record SiteSums(string? Site, LedgerSums Sums);

/// <summary>One visit of a site: what every second of it is.</summary>
/// <param name="Visit">The visit as it was entered.</param>
/// <param name="FromUs">From, µs since the arrival; null when no clock places it.</param>
/// <param name="ToUs">To; null when no clock places it.</param>
/// <param name="Sums">Sums of the rows within; all zero when no clock places it.</param>
public sealed record VisitSums(SiteVisit Visit, long? FromUs, long? ToUs, LedgerSums Sums)
{
    /// <summary>True when it is placed and nothing within is an unexplained gap or within the error of a seam (004·12(五)).</summary>
    public bool IsComplete => FromUs is not null && Sums.GapUs == 0;
}

/// <summary>The continuity ledger of an activity.</summary>
public sealed record ContinuityReport
{
    /// <summary>Length of the interval: device-monotonic µs, and for each reboot of the first recorder the longest time that its clocks admit.</summary>
    public required long IntervalUs { get; init; }

    /// <summary>Arrival by the wall clock, µs since 1970; null when no clock tells it.</summary>
    public long? ArrivalWallUs { get; init; }

    /// <summary>Its error bound, ± µs; null when nothing bounds it.</summary>
    public long? ArrivalWallErrorUs { get; init; }

    /// <summary>Rows that tile the interval.</summary>
    public required IReadOnlyList<LedgerRow> Rows { get; init; }

    /// <summary>Sums of the rows.</summary>
    public required LedgerSums Sums { get; init; }

    /// <summary>Time that more than one recorder has for certain, µs.</summary>
    public long OverlapUs { get; init; }

    /// <summary>Each recorder alone.</summary>
    public required IReadOnlyList<RecorderRows> Recorders { get; init; }

    /// <summary>Sums by site, in the order of first appearance.</summary>
    public required IReadOnlyList<SiteSums> Sites { get; init; }

    /// <summary>Every entered visit in the order of the input.</summary>
    public IReadOnlyList<VisitSums> Visits { get; init; } = [];

    /// <summary>Accounts that are wanted.</summary>
    public required IReadOnlyList<AccountTask> Tasks { get; init; }

    /// <summary>Moved end points, applied or refused.</summary>
    public IReadOnlyList<JudgedMove> Moves { get; init; } = [];

    /// <summary>False while no recorder has the end of the activity on record and nobody set it: the interval then ends with what is known.</summary>
    public bool HasEnd { get; init; }
}
