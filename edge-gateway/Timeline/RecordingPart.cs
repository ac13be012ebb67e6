using BodyCam.Core;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>One recording of an activity, as its segments and the journal tell it.</summary>
internal sealed record RecordingPart
{
    public required uint Number { get; init; }

    public required uint Boot { get; init; }

    /// <summary>False for a spoken note without picture.</summary>
    public required bool IsFootage { get; init; }

    /// <summary>Start of its first segment, or what the journal says.</summary>
    public required long StartUs { get; init; }

    /// <summary>When it stopped, or the last that is known of it.</summary>
    public required long EndUs { get; init; }

    /// <summary>Last picture that is here; null for none.</summary>
    public long? LastFrameUs { get; init; }

    /// <summary>Why it stopped; null while nothing says so.</summary>
    public StopReason? Stop { get; init; }

    public IReadOnlyList<FootageRun> Runs { get; init; } = [];

    public IReadOnlyList<LostFootage> Lost { get; init; } = [];

    public IReadOnlyList<SoundPiece> Sound { get; init; } = [];
}
