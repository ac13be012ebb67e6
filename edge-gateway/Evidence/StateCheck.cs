using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>What a seal or a receipt says the log once was must be one of its states: a log that was cut or built anew has other ones.</summary>
/// <param name="folder">The folder.</param>
/// <param name="reader">Its log.</param>
/// <param name="size">Leaves of its checkpoint.</param>
/// <param name="root">Root of its checkpoint, or null when it cannot be read.</param>
internal sealed class StateCheck(EvidenceFolder folder, LogReader reader, long size, byte[]? root)
{
    private readonly Dictionary<ulong, byte[]?> roots = [];

    public void Check(IReadOnlyList<CheckedSegment> segments, List<Finding> findings)
    {
        foreach (var segment in segments)
        {
            if (segment.Seal is { CheckpointSize: > 0 } seal && !Had(seal.CheckpointSize, seal.CheckpointRoot))
                findings.Add(new Finding("seal_checkpoint", FindingSeverity.Error, segment.Key, null, null, $"{segment.Key}: the recorder had seen a checkpoint of {seal.CheckpointSize} leaves that this log never had: the log was cut or built anew."));
            if (segment.Receipt is { } receipt && !Had(receipt.CheckpointSize, receipt.CheckpointRoot.Span))
                findings.Add(new Finding("receipt_checkpoint", FindingSeverity.Error, segment.Key, null, null, $"{segment.Key}: its receipt names a checkpoint of {receipt.CheckpointSize} leaves that this log never had: the log was cut or built anew."));
        }

        // The gateway signs a receipt only for a state that its log has on the disk.
        var vouched = segments.Select(static segment => segment.Receipt?.CheckpointSize ?? 0).DefaultIfEmpty().Max();
        if (!folder.IsArchive && root is not null && vouched > (ulong)size)
            findings.Add(new Finding("log_cut", FindingSeverity.Error, null, "log/checkpoint", null, $"log/checkpoint: receipts here, signed by the gateway, speak of a log with {vouched} leaves, this one has {size}: it was cut, or an older one put back."));

        // An archive gets segments before the log that they speak of.
        var newest = segments.Select(static segment => Math.Max(segment.Seal?.CheckpointSize ?? 0, segment.Receipt?.CheckpointSize ?? 0)).DefaultIfEmpty().Max();
        if (folder.IsArchive && newest > (ulong)size)
            findings.Add(new Finding("log_behind", FindingSeverity.Warning, null, "log/checkpoint", null, $"Seals or receipts here speak of a log with {newest} leaves, the archive's copy has {size}: the next round brings it, or it was put back to an older one. Compare with a checkpoint kept elsewhere."));
    }

    private bool Had(ulong at, ReadOnlySpan<byte> expected) => (folder.IsArchive && at > (ulong)size) || (RootAt(at) is { } had && had.AsSpan().SequenceEqual(expected));

    private byte[]? RootAt(ulong at)
    {
        if (roots.TryGetValue(at, out var known))
            return known;
        try
        {
            known = at > (ulong)size ? null : at == (ulong)size ? root : reader.RootAt((long)at);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            known = null; // a tile is missing or torn: the audit names it
        }

        return roots[at] = known;
    }
}
