namespace BodyCam.Bench.Load;

/// <summary>What a load process measured.</summary>
/// <param name="Seconds">From the first byte to the last segment that was there.</param>
/// <param name="Bytes">Bytes of the segments.</param>
/// <param name="Messages">Messages sent.</param>
/// <param name="Segments">Segments that were there at the end.</param>
/// <param name="AckMs">PUBLISH to PUBACK.</param>
/// <param name="ReceiptMs">Seal to receipt.</param>
/// <param name="EverybodyWaitedMs">Every connection waited at least so long for one of its PUBACKs.</param>
/// <param name="ProcessorSeconds">Processor time of the load process itself.</param>
public sealed record LoadResult(double Seconds, long Bytes, long Messages, int Segments, Latency AckMs, Latency ReceiptMs, double EverybodyWaitedMs, double ProcessorSeconds);

/// <summary>Latencies in milliseconds.</summary>
/// <param name="Count">Samples.</param>
/// <param name="P50">Median.</param>
/// <param name="P99">99th percentile, nearest rank.</param>
/// <param name="Max">Greatest.</param>
public sealed record Latency(int Count, double P50, double P99, double Max)
{
    /// <summary>Of samples in any order; all zero without any.</summary>
    public static Latency Of(IReadOnlyCollection<double> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count == 0)
            return new Latency(0, 0, 0, 0);
        var sorted = samples.Order().ToArray();
        double At(double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
        return new Latency(sorted.Length, At(0.5), At(0.99), sorted[^1]);
    }
}
