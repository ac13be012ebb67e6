namespace BodyCam.Storage;

/// <summary>Bounds of what one recorder can make the gateway keep besides stored segments (DESIGN §6).</summary>
public sealed record StoreLimits
{
    /// <summary>Epochs of one recorder that may be at the bounds of their parts at once: a recorder can ask for new ones, and what it has open in all of them stays bounded.</summary>
    public const int EpochsInUse = 4;

    /// <summary>Longest segment: a recorder cuts at 2 MiB and the picture under way.</summary>
    public long SegmentBytesMax { get; init; } = 8L << 20;

    /// <summary>Open part files of one recorder and epoch: four times what its spool has in conversation (64).</summary>
    public int PartsMax { get; init; } = 256;

    /// <summary>Bytes in part files of one recorder and epoch: 256 segments of 2 MiB, and as much again.</summary>
    public long PartBytesMax { get; init; } = 1L << 30;

    /// <summary>Conflicting chunks and seals kept and logged of one recorder, each once; further ones are only counted.</summary>
    public int ConflictsMax { get; init; } = 256;

    /// <summary>Share of the file system that uploads never take.</summary>
    public double ReservedShare { get; init; } = 0.10;
}

/// <summary>What became of a chunk.</summary>
public enum PlaceOutcome
{
    /// <summary>Its bytes stand in the part file; not durable before the segment is committed or the part is synced.</summary>
    Stored,

    /// <summary>The same bytes stood there already.</summary>
    Duplicate,

    /// <summary>Other bytes stand there; the newcomer was kept aside.</summary>
    Conflict,

    /// <summary>Other bytes stand there; the newcomer was kept before, or the bound is reached.</summary>
    ConflictAgain,

    /// <summary>It lies beyond the longest segment.</summary>
    OutOfRange,

    /// <summary>This recorder's parts are at their bound.</summary>
    Quota,

    /// <summary>The disk has no room.</summary>
    Full,
}
