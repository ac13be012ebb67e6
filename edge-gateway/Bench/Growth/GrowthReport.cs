namespace BodyCam.Bench.Growth;

/// <summary>What a growth run measured; serialisable.</summary>
/// <param name="BaseSegments">Size of the small station.</param>
/// <param name="Recorders">Recorders of a station.</param>
/// <param name="Seed">Seed of traffic and questions.</param>
/// <param name="Stops">One for each size of the large station.</param>
public sealed record GrowthReport(long BaseSegments, int Recorders, int Seed, IReadOnlyList<GrowthStop> Stops)
{
    /// <summary>Most that a figure at a larger size may be of the one at the small size (DESIGN §10).</summary>
    public const double RatioMax = 1.5;
}

/// <summary>The large station at one size against the small one, in turns.</summary>
/// <param name="Segments">Segments of the large station.</param>
/// <param name="Leaves">Leaves of its log.</param>
/// <param name="Ingest">Segments a second through catalog queries, record signature, group commit, log and catalog.</param>
/// <param name="Queries">Each query that ingest and the API ask.</param>
/// <param name="Start">Opening the station until it could serve.</param>
/// <param name="Disk">Bytes on disk.</param>
/// <param name="GrowSeconds">Time that growing from the stop before took.</param>
/// <param name="HeapBytes">Managed heap after a full collection, with the large station open.</param>
public sealed record GrowthStop(
    long Segments, long Leaves, GrowthRate Ingest, IReadOnlyList<GrowthQuery> Queries, GrowthStart Start, GrowthDisk Disk, double GrowSeconds, long HeapBytes);

/// <summary>A rate at both sizes: medians over the rounds, and the range of the large one's.</summary>
/// <param name="Small">Small station, segments a second.</param>
/// <param name="Large">Large station, segments a second.</param>
/// <param name="LargeMin">Slowest round of the large one.</param>
/// <param name="LargeMax">Fastest round of the large one.</param>
public sealed record GrowthRate(double Small, double Large, double LargeMin, double LargeMax)
{
    /// <summary>Small over large: above 1 the large station is slower.</summary>
    public double Ratio => Small / Large;
}

/// <summary>Latency of a query at both sizes, µs: p50 and p99 of each round, and of these the median.</summary>
public sealed record GrowthQuery(string Name, double SmallP50Us, double SmallP99Us, double LargeP50Us, double LargeP99Us)
{
    /// <summary>p99 large over small.</summary>
    public double Ratio => LargeP99Us / SmallP99Us;
}

/// <summary>A start at both sizes: median of three, ms, and what the log's files gave to read.</summary>
public sealed record GrowthStart(double SmallMs, double LargeMs, long SmallLogBytesRead, long LargeLogBytesRead);

/// <summary>Bytes of the large station.</summary>
/// <param name="LogBytes">Sum of the lengths of the log's files.</param>
/// <param name="LogFiles">Number of them.</param>
/// <param name="CatalogBytes">Length of the catalog with its write-ahead log.</param>
/// <param name="LogBytesPerSegment">Of the log, for each segment.</param>
/// <param name="CatalogBytesPerSegment">Of the catalog, for each segment.</param>
public sealed record GrowthDisk(long LogBytes, long LogFiles, long CatalogBytes, double LogBytesPerSegment, double CatalogBytesPerSegment);
