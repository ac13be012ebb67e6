using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Tells which findings about segments missing lines of the log can explain, and no others: that the log has no record of it is explained where the gateway signed a receipt for this segment, of a state of this log that covers a missing line of that kind.</summary>
/// <param name="log">What the records say.</param>
/// <param name="segments">Segments as they were checked.</param>
/// <param name="proven">Segments whose receipt names a state that this log is shown to have had; another vouches for nothing.</param>
internal sealed class LostRecords(LogRecords log, IReadOnlyList<CheckedSegment> segments, IReadOnlySet<SegmentKey> proven)
{
    private readonly Dictionary<SegmentKey, CheckedSegment> vouched = segments.Where(segment => segment.SignedReceipt is not null && proven.Contains(segment.Key)).ToDictionary(static segment => segment.Key);

    public bool Explain(Finding finding) => finding.Segment is { } key && finding.Code switch
    {
        "not_in_log" => log.Of(key) is null && IsVouchedBy(key, "segment"),
        "receipt_state" => !log.IsArchived(key) && log.Of(key)?.State != "damaged" && IsVouchedBy(key, "archived"),
        "archived_unknown" => finding.Chunk is { } sequence && log.MissingLines.MayHold("segment", sequence),
        "purge_unknown" or "purge_of_other" => log.Of(key) is null && log.Purges.TryGetValue(key, out var purge) && IsOfItsSeal(purge) && log.MissingLines.MayHold("segment", purge.Sequence),
        _ => false,
    };

    private bool IsVouchedBy(SegmentKey key, string type) => vouched.TryGetValue(key, out var segment) && log.MissingLines.MayHold(type, (long)segment.SignedReceipt!.CheckpointSize);

    // The receipt and the certificate name one seal: without the record nothing else says whose bytes were purged.
    private bool IsOfItsSeal(PurgeRecord purge) => vouched.TryGetValue(purge.Key, out var segment) && Convert.ToHexStringLower(segment.SignedReceipt!.Entries[0].SealDigest.Span) == purge.SealDigest;
}
