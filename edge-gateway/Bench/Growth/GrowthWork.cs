using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.Log;

namespace BodyCam.Bench.Growth;

/// <summary>What an arrival brings to log and catalog, as ingest makes it: records with their signature, and rows.</summary>
internal static class GrowthWork
{
    // One shift in so many lacks something for good.
    private const int IncompleteOneIn = 50;

    /// <summary>The works of one arrival, in order.</summary>
    /// <param name="arrival">The arrival.</param>
    /// <param name="nowUs">Gateway-wall time, µs since 1970.</param>
    /// <param name="sign">Signs a text, DER.</param>
    /// <param name="done">Called once the segment is in log and catalog.</param>
    public static IEnumerable<CommitWork> Of(Arrival arrival, long nowUs, Func<byte[], byte[]> sign, Action<Checkpoint> done)
    {
        var (seal, announces, manifest) = (arrival.Seal, arrival.Announces, arrival.Manifest);
        var at = seal.Key;
        if (arrival.NewEpoch)
            yield return new CommitWork([Records.Epoch(at.Device, at.Epoch, "reissued", at.Epoch - 1, null, null, nowUs)], (batch, sequence) => batch.Epochs.Add(new EpochRow(at.Device, at.Epoch, "reissued", sequence)), static _ => { });

        var sha256 = seal.SealDigest.ToArray(); // of no file: any 32 bytes by chance
        var records = new List<LogRecord> { Records.Segment(seal, sha256, (long)seal.CoveredBytes, ReceiptState.Stored, nowUs, sign(Records.SignedText(seal.SealDigest, sha256, "stored", nowUs))) };
        if (announces > 0)
            records.Add(Records.Announced(at.Device, at.Epoch, announces, announces));
        var lacks = seal.SealDigest[0] % IncompleteOneIn == 0 ? "recording 1: 35 of 36 segments" : "";
        if (manifest.Last > 0)
            records.Add(Records.Manifest(new ManifestContent(at, manifest.First, manifest.Last, [], IsWhole: true), lacks.Length == 0, lacks));
        yield return new CommitWork(
            records,
            (batch, sequence) =>
            {
                batch.Segments.Add(SegmentRow.Of(seal, ReceiptState.Stored, sha256, (long)seal.CoveredBytes, nowUs, sequence));
                if (announces > 0)
                    batch.Announcements.Add(new AnnouncementRow(at.Device, at.Epoch, announces, announces, sequence + 1));
                if (manifest.Last > 0)
                    batch.Manifests.Add(new ManifestRow(at.Device, at.Epoch, at.Segment, manifest.First, manifest.Last, lacks.Length == 0, lacks, sequence + 1));
            },
            done);
    }
}
