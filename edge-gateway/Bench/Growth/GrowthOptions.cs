namespace BodyCam.Bench.Growth;

/// <summary>What a growth run does.</summary>
public sealed record GrowthOptions
{
    /// <summary>An empty folder or none; the stations are made below it and removed at the end.</summary>
    public required string Folder { get; init; }

    /// <summary>Sizes at which the large station is measured against the small one, in segments, rising.</summary>
    public IReadOnlyList<long> Stops { get; init; } = [1_000_000, 10_000_000];

    /// <summary>Size of the small station, in segments.</summary>
    public long BaseSegments { get; init; } = 10_000;

    /// <summary>Recorders of a station.</summary>
    public int Recorders { get; init; } = 500;

    /// <summary>Rounds of a measurement; large and small take turns in each.</summary>
    public int Rounds { get; init; } = 9;

    /// <summary>Segments taken in by each station in one round.</summary>
    public int SegmentsPerRound { get; init; } = 2_560;

    /// <summary>Calls of each query in one round.</summary>
    public int CallsPerRound { get; init; } = 300;

    /// <summary>Longest time for the calls of one query in one round.</summary>
    public TimeSpan AskingMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Seed of traffic and questions.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Leaves the folder as it stands at the end.</summary>
    public bool KeepFolder { get; init; }

    /// <summary>Clock of leaves and rows.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How far a growth run is.</summary>
/// <param name="Segments">Segments of the large station.</param>
/// <param name="Target">Segments that it is to have at the last stop.</param>
/// <param name="What">What is done now: growing, measuring, measured.</param>
/// <param name="Measured">The stop that was measured just now; null otherwise.</param>
public sealed record GrowthProgress(long Segments, long Target, string What, GrowthStop? Measured = null);
