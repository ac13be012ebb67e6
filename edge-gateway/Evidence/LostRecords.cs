using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Tells which findings about segments missing lines of the log can explain, and no others: that the log has no record of it is explained where the gateway signed a receipt for this segment, of a state of this log that covers a missing line of that kind.</summary>
/// <param name="log">What the records say.</param>
/// <param name="segments">Segments as they were checked.</param>
/// <param name="findings">Everything found.</param>
internal sealed class LostRecords(LogRecords log, IReadOnlyList<CheckedSegment> segments, List<Finding> findings)
{
    // A receipt or seal of a state that this log never had vouches for nothing.
    private readonly HashSet<SegmentKey> ofOtherLog = [.. findings.Where(static finding => finding.Code is "seal_checkpoint" or "receipt_checkpoint").Select(static finding => finding.Segment!.Value)];
    private readonly Dictionary<SegmentKey, long> vouched = segments.Where(static segment => segment.SignedReceipt is not null).ToDictionary(static segment => segment.Key, static segment => (long)segment.SignedReceipt!.CheckpointSize);

    public bool Explain(Finding finding) => finding.Segment is { } key && finding.Code switch
    {
        "not_in_log" => log.Of(key) is null && IsVouchedBy(key, "segment"),
        "receipt_state" => !log.IsArchived(key) && log.Of(key)?.State != "damaged" && IsVouchedBy(key, "archived"),
        "archived_unknown" or "purge_unknown" => finding.Chunk is { } sequence && log.MissingLines.MayHold("segment", sequence),
        "purge_of_other" => log.Of(key) is null && log.Purges.TryGetValue(key, out var purge) && log.MissingLines.MayHold("segment", purge.Sequence),
        _ => false,
    };

    private bool IsVouchedBy(SegmentKey key, string type) => !ofOtherLog.Contains(key) && vouched.TryGetValue(key, out var size) && log.MissingLines.MayHold(type, size);
}
