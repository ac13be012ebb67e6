namespace BodyCam.Timeline;

/// <summary>Bounds of times that are taken from segments. Beyond them a figure is no time: a recorder that writes one must not be able to stop the ledger.</summary>
internal static class Times
{
    /// <summary>Longest boot: ten years, µs. A seal or a journal line beyond it is passed over and so shows as missing.</summary>
    public const long MonotonicMaxUs = 10L * 366 * 86_400 * 1_000_000;

    /// <summary>Latest wall time, in the year 2200; a reading outside 1970 to then is no reading.</summary>
    public const long WallMaxUs = 230L * 366 * 86_400 * 1_000_000;

    /// <summary>The bound of a reading, or null for none: unbounded, negative or beyond ten years.</summary>
    public static long? Bound(long us) => us is >= 0 and <= MonotonicMaxUs ? us : null;
}
