using System.Buffers.Binary;
using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Evidence;

/// <summary>What <c>parts/</c> holds of a segment (storage format §6).</summary>
/// <param name="Key">Which segment.</param>
/// <param name="Seal">Its seal, when it came.</param>
/// <param name="ChunkCount">Chunks that have been verified and noted.</param>
/// <param name="ByteCount">Bytes in them.</param>
internal sealed record PendingSegment(SegmentKey Key, Seal? Seal, int ChunkCount, long ByteCount)
{
    /// <summary>For people.</summary>
    public string Message => Seal is { } seal
        ? string.Create(CultureInfo.InvariantCulture, $"{Key}: {ChunkCount} of {seal.ChunkCount} chunks ({ByteCount} of {seal.CoveredBytes} bytes) have come. The rest is on the recorder's card.")
        : string.Create(CultureInfo.InvariantCulture, $"{Key}: {ChunkCount} chunks ({ByteCount} bytes) of an unsealed segment have come. The rest is on the recorder's card.");
}

/// <summary>Reads the segments that are still arriving or were broken off.</summary>
internal static class PendingSegments
{
    private const int RecordBytes = 40;

    /// <summary>Lists them in the order of their keys; files that are no parts are passed over.</summary>
    public static List<PendingSegment> Read(EvidenceFolder folder) =>
        [.. folder.Files("parts")
            .Select(static path => SegmentKey.TryParsePath(path, out var key) ? key : default)
            .Where(static key => key.Segment > 0).Distinct().Order().Select(key => ReadOne(folder, $"parts/{key.PartPath}", key))];

    private static PendingSegment ReadOne(EvidenceFolder folder, string stem, SegmentKey key)
    {
        var seal = Seal.TryParse(Bytes(folder, stem + ".seal"), out var parsed) == RefusalReason.None && parsed!.Key == key ? parsed : null;
        var chunks = new Dictionary<uint, uint>();
        var records = Bytes(folder, stem + ".chunks");
        for (var at = 0; at + RecordBytes <= records.Length; at += RecordBytes)
            chunks[BinaryPrimitives.ReadUInt32LittleEndian(records.AsSpan(at))] = BinaryPrimitives.ReadUInt32LittleEndian(records.AsSpan(at + 4));
        return new PendingSegment(key, seal, chunks.Count, chunks.Values.Sum(static length => (long)length));
    }

    // None when it is not there, or cannot be read, which the folder names.
    private static byte[] Bytes(EvidenceFolder folder, string relative)
    {
        try
        {
            return BoundedFile.ReadAllBytes(folder.At(relative), SegmentReader.FileBytesMax);
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            if (!Unreadable.IsMissing(failure))
                folder.NoteUnreadable(relative, failure);
            return [];
        }
    }
}
