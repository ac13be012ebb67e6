using BodyCam.Core.Keys;
using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>What one record of a certificate names.</summary>
/// <param name="Segments">At least one.</param>
/// <param name="Tails">May be empty.</param>
internal sealed record PurgePart(IReadOnlyList<PurgeSegment> Segments, IReadOnlyList<PurgeTail> Tails);

/// <summary>Splits a certificate so that each record stays within <see cref="LogWriter.RecordBytesMax"/>, however long its reason is and however many segments and tails it names.</summary>
internal static class PurgeParts
{
    // {"segment":4294967295,"sealDigest":"…","sha256":"…","bytes":9223372036854775807}, and the comma.
    private const int SegmentBytesMax = 207;

    // The same without a seal digest.
    private const int TailBytesMax = 127;

    // ,"tails":[] and a signature whose DER is longer than the one measured.
    private const int SpareBytes = 32;

    /// <summary>The parts, in the order of the log: every segment and every tail once; a part that is there for its tails alone names the first segment again.</summary>
    /// <returns>None when reason and cites alone leave no room.</returns>
    public static IReadOnlyList<PurgePart> Of(PurgeOrder order, IReadOnlyList<PurgeTail> tails, long atUs, GatewayKey key)
    {
        var roomBytes = LogWriter.RecordBytesMax - SpareBytes - Records.Purge(order, [], [], atUs, key).Utf8Json.Length;
        if (roomBytes < SegmentBytesMax + TailBytesMax)
            return [];
        var parts = new List<PurgePart>();
        for (var (segment, tail) = (0, 0); segment < order.Segments.Count || tail < tails.Count;)
        {
            var segments = order.Segments.Skip(segment).Take(roomBytes / SegmentBytesMax).ToList();
            segment += segments.Count;
            if (segments.Count == 0)
                segments.Add(order.Segments[0]);
            var named = tails.Skip(tail).Take((roomBytes - (segments.Count * SegmentBytesMax)) / TailBytesMax).ToList();
            tail += named.Count;
            parts.Add(new PurgePart(segments, named));
        }

        return parts;
    }
}
