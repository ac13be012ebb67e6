using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>What a seal or a receipt says the log once was must be one of its states: a log that was cut or built anew has other ones.</summary>
/// <param name="folder">The folder.</param>
/// <param name="files">Its log.</param>
/// <param name="audit">What the audit of the log found.</param>
/// <param name="anchors">Checkpoints that others kept.</param>
/// <param name="unvouchedTo">Where no signature vouches for the checkpoint's text: leaves that it or the files speak of. Null when one does.</param>
internal sealed class StateCheck(EvidenceFolder folder, LogFiles files, LogAuditReport audit, IReadOnlyList<Checkpoint> anchors, long? unvouchedTo)
{
    private readonly LogReader reader = new("", files);
    private readonly Checkpoint? checkpoint = audit.Signed?.Checkpoint;
    private readonly ulong size = (ulong)(unvouchedTo ?? audit.Signed?.Checkpoint.Size ?? 0);

    // A tile at fault says nothing about the states that the log had: then its leaves do.
    private readonly bool areTilesAtFault = audit.Faults.Any(static fault => fault.Path.StartsWith("tile/", StringComparison.Ordinal) || (fault.Path.StartsWith("records/", StringComparison.Ordinal) && fault.Kind == LogFaultKind.Missing));

    // No checkpoint can be read: about a state beyond the leaves that stand nothing can be told.
    private readonly bool isUnread = audit.Standing is not null;

    // Or nobody vouches for what it says: the leaves that stand say which states the log had.
    private readonly bool isUnsigned = audit.Standing is not null || unvouchedTo is not null;
    private readonly Dictionary<ulong, byte[]?> roots = [];
    private LogRoots? ofLeaves;

    /// <summary>Segments whose receipt names a state that the log is shown to have had; without a checkpoint that can be read, also one that nothing contradicts.</summary>
    public HashSet<SegmentKey> Proven { get; } = [];

    /// <summary>True when no signature vouches for the checkpoint's text, and no seal, receipt or anchor contradicts the leaves: that the text does not fit them speaks against the text.</summary>
    public bool IsTextAlone { get; private set; }

    public void Check(IReadOnlyList<CheckedSegment> segments, List<Finding> findings)
    {
        if ((areTilesAtFault || isUnsigned) && checkpoint is not null)
            ofLeaves = LogRoots.At(files, checkpoint with { Size = (long)size }, SizesOf(segments));
        IsTextAlone = unvouchedTo is not null && anchors.All(anchor => (ulong)anchor.Size <= size && Had((ulong)anchor.Size, anchor.Root) == true);
        var unjudged = 0;
        foreach (var segment in segments)
        {
            if (segment.Seal is { CheckpointSize: > 0 } seal)
                Judge(Had(seal.CheckpointSize, seal.CheckpointRoot), segment, "seal_checkpoint", $"the recorder had seen a checkpoint of {seal.CheckpointSize} leaves");
            if (segment.SignedReceipt is not { } receipt)
                continue;
            var had = Had(receipt.CheckpointSize, receipt.CheckpointRoot.Span);
            // Where the log's own word is gone, the gateway's on the receipt stands unless the leaves contradict it.
            if (had == true || (isUnread && had is null))
                Proven.Add(segment.Key);
            Judge(had, segment, "receipt_checkpoint", $"its receipt names a checkpoint of {receipt.CheckpointSize} leaves");
        }

        if (unjudged > 0)
            findings.Add(new Finding("checkpoint_unchecked", FindingSeverity.Warning, null, "log", null, string.Create(CultureInfo.InvariantCulture, $"{unjudged} seals and receipts name states of the log that cannot be held against it before its files are whole. Restore those and verify again.")));

        // The gateway signs a receipt only for a state that its log has on the disk.
        var vouched = segments.Select(static segment => segment.Receipt?.CheckpointSize ?? 0).DefaultIfEmpty().Max();
        if (!folder.IsArchive && checkpoint is not null && vouched > size)
            findings.Add(new Finding("log_cut", FindingSeverity.Error, null, "log/checkpoint", null, $"log/checkpoint: receipts here, signed by the gateway, speak of a log with {vouched} leaves, this one has {size}: it was cut, or an older one put back."));

        // An archive gets segments before the log that they speak of.
        var newest = segments.Select(static segment => Math.Max(segment.Seal?.CheckpointSize ?? 0, segment.Receipt?.CheckpointSize ?? 0)).DefaultIfEmpty().Max();
        if (folder.IsArchive && newest > size)
            findings.Add(new Finding("log_behind", FindingSeverity.Warning, null, "log/checkpoint", null, $"Seals or receipts here speak of a log with {newest} leaves, the archive's copy has {size}: the next round brings it, or it was put back to an older one. Compare with a checkpoint kept elsewhere."));

        void Judge(bool? had, CheckedSegment segment, string code, string says)
        {
            if (had is null)
                unjudged++;
            if (had is not false)
                return;
            IsTextAlone = false;
            findings.Add(new Finding(code, FindingSeverity.Error, segment.Key, null, null, $"{segment.Key}: {says} that this log never had: the log was cut or built anew."));
        }
    }

    private HashSet<long> SizesOf(IReadOnlyList<CheckedSegment> segments) =>
        [.. segments.SelectMany(static segment => new[] { segment.Seal?.CheckpointSize ?? 0, segment.SignedReceipt?.CheckpointSize ?? 0 }).Concat(anchors.Select(static anchor => (ulong)anchor.Size)).Where(at => at > 0 && at <= size).Select(static at => (long)at)];

    // Null when leaves are gone on which the answer rests: nobody can tell before they are restored.
    private bool? Had(ulong at, ReadOnlySpan<byte> expected)
    {
        if (at > size)
            return isUnread ? null : folder.IsArchive;
        if (checkpoint is not null && at == size && !isUnsigned)
            return checkpoint.Root.AsSpan().SequenceEqual(expected);
        if (ofLeaves is not null && at > 0)
        {
            if (!ofLeaves.Roots.TryGetValue((long)at, out var had))
                return null;
            return had.AsSpan().SequenceEqual(expected) ? true : (ofLeaves.IsSigned && !isUnread) || at <= (ulong)ofLeaves.SoundTo ? false : null;
        }

        return RootAt(at) is { } root && root.AsSpan().SequenceEqual(expected);
    }

    private byte[]? RootAt(ulong at)
    {
        if (roots.TryGetValue(at, out var known))
            return known;
        try
        {
            known = reader.RootAt((long)at);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            known = null; // the audit names what is wrong with the log
        }

        return roots[at] = known;
    }
}
