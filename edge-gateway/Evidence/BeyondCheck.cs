namespace BodyCam.Evidence;

/// <summary>Segments of which only a line beyond the checkpoint speaks. The gateway signs each such record and places the files before it: where the signature holds and no file stands, what was stored is gone, whatever became of the checkpoint.</summary>
internal static class BeyondCheck
{
    /// <summary>Names those of a data folder; an archive has the log's lines before the segments.</summary>
    public static void Check(EvidenceFolder folder, LogRecords log, GatewaySignatures signatures, List<Finding> findings)
    {
        if (folder.IsArchive)
            return;
        foreach (var record in log.StoredBeyond.Where(record => record.Bytes > 0 && log.Of(record.Key) is null && signatures.Hold(record)).OrderBy(static record => record.Key))
        {
            if (!File.Exists(folder.At($"segments/{record.Key.RelativePath}.mkv")) && !File.Exists(folder.At($"damaged/{record.Key.RelativePath}.mkv")))
                findings.Add(new Finding("file_missing", FindingSeverity.Error, record.Key, $"segments/{record.Key.RelativePath}.mkv", record.Sequence, FormattableString.Invariant($"{record.Key}: the original is missing, and record {record.Sequence} beyond the log's checkpoint, signed by the gateway, says that it was stored: the checkpoint is an older one that was put back. Look for both in the archive, and for the original on the card.")));
        }
    }
}
