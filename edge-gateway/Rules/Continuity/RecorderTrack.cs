namespace BodyCam.Rules.Continuity;

/// <summary>A moment on one recorder: which boot, and device-monotonic µs within it. May lie before or after what is known of the boot.</summary>
/// <param name="Boot">Boot number.</param>
/// <param name="MonotonicUs">Device-monotonic µs of that boot.</param>
public readonly record struct Moment(uint Boot, long MonotonicUs);

/// <summary>What the wall clock said at a moment of a boot.</summary>
/// <param name="MonotonicUs">Device-monotonic µs.</param>
/// <param name="WallUs">Device-wall µs since 1970.</param>
/// <param name="ErrorBoundUs">How far the wall clock can be from true time; null when nothing bounds it.</param>
public sealed record ClockReading(long MonotonicUs, long WallUs, long? ErrorBoundUs);

/// <summary>One boot of a recorder: a device-monotonic time line of its own.</summary>
/// <param name="Number">Boot number, rising.</param>
/// <param name="StartUs">First moment of it that is known; 0 when it is known to have booted.</param>
/// <param name="EndUs">Last moment of it that is known.</param>
/// <param name="Clock">Readings of its wall clock; empty when there are none.</param>
public sealed record BootTrack(uint Number, long StartUs, long EndUs, IReadOnlyList<ClockReading> Clock);

/// <summary>Part of a run that needs a remark: stalled or black pictures, recovered or suspect bytes.</summary>
/// <param name="FromUs">From, device-monotonic µs.</param>
/// <param name="ToUs">To.</param>
/// <param name="Flags">What is to be said.</param>
public sealed record FlagSpan(long FromUs, long ToUs, LedgerFlags Flags);

/// <summary>Footage of one recording whose segments follow each other without a hole in their numbers.</summary>
public sealed record FootageRun
{
    /// <summary>Boot in which it was recorded.</summary>
    public required uint Boot { get; init; }

    /// <summary>Recording, and its first and last segment here.</summary>
    public required string Segments { get; init; }

    /// <summary>Start of the first segment, device-monotonic µs.</summary>
    public required long FromUs { get; init; }

    /// <summary>End of the last segment.</summary>
    public required long ToUs { get; init; }

    /// <summary>When each complete picture was taken, device-monotonic µs, rising.</summary>
    public required IReadOnlyList<long> FrameUs { get; init; }

    /// <summary>When each piece of sound begins, rising; empty when there is no sound.</summary>
    public IReadOnlyList<long> SoundUs { get; init; } = [];

    /// <summary>Remarks.</summary>
    public IReadOnlyList<FlagSpan> Flags { get; init; } = [];
}

/// <summary>The spoken reason on resume (001·11, 002·13).</summary>
/// <param name="From">The window opens.</param>
/// <param name="To">The window ends.</param>
/// <param name="LoudestDbfs">RMS of its loudest second, dB of full scale; null when no sound was recorded in it.</param>
/// <param name="IsSilent">True when nothing in it reaches the level of speech: a silent note is no note.</param>
public sealed record SpokenNote(Moment From, Moment To, double? LoudestDbfs, bool IsSilent);

/// <summary>An interruption as the recorder has it on record.</summary>
public sealed record Interruption
{
    /// <summary>Last picture or stop before it.</summary>
    public required Moment From { get; init; }

    /// <summary>Pictures are recorded again; null when the recording was never resumed.</summary>
    public Moment? To { get; init; }

    /// <summary>InterruptionReason; null when the recorder has none on record.</summary>
    public string? Reason { get; init; }

    /// <summary>True when the reason is known only from what was left open.</summary>
    public bool Inferred { get; init; }

    /// <summary>The spoken reason; null when no window was opened.</summary>
    public SpokenNote? Note { get; init; }
}

/// <summary>Footage that was recorded and is not here.</summary>
/// <param name="From">Not before.</param>
/// <param name="To">Not after.</param>
/// <param name="Name">Which segments, and what is known of them: missing, damaged, still arriving.</param>
public sealed record LostFootage(Moment From, Moment To, string Name);

/// <summary>Everything one recorder has of an activity.</summary>
public sealed record RecorderTrack
{
    /// <summary>Names it, such as <c>unit-7/1</c> (device and epoch); unique within the input.</summary>
    public required string Id { get; init; }

    /// <summary>Boots in rising order; at least one.</summary>
    public required IReadOnlyList<BootTrack> Boots { get; init; }

    /// <summary>The press that began the activity; null when this recorder has none on record.</summary>
    public Moment? FirstPress { get; init; }

    /// <summary>The officer ended the activity; null when that is not on record.</summary>
    public Moment? Ended { get; init; }

    /// <summary>Footage.</summary>
    public IReadOnlyList<FootageRun> Runs { get; init; } = [];

    /// <summary>Interruptions.</summary>
    public IReadOnlyList<Interruption> Interruptions { get; init; } = [];

    /// <summary>Footage that is not here.</summary>
    public IReadOnlyList<LostFootage> Lost { get; init; } = [];
}
