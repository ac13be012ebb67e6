using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;

namespace BodyCam.Evidence;

/// <summary>Checks a seal file against its place, the log and, where the verifier may hold them, the recorder's keys.</summary>
internal static class SealCheck
{
    /// <returns>The seal when it is one of this segment, whatever else is wrong with it.</returns>
    public static Seal? Read(string path, SegmentKey key, SegmentRecord? record, KeyRing? keys, SegmentFindings findings)
    {
        byte[] raw;
        try
        {
            raw = BoundedFile.ReadAllBytes(path, EvidenceFolder.SmallBytesMax);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            findings.NotRead(path, ".seal", failure, $"the seal is missing. {findings.Folder.LookFor()}");
            return null;
        }

        if (Seal.TryParse(raw, out var seal) != RefusalReason.None)
        {
            findings.Error("seal_unreadable", ".seal", $"the seal is not one. {findings.Folder.Restore()}");
            return null;
        }

        if (seal!.Key != key)
        {
            findings.Error("seal_misplaced", ".seal", $"the seal names another segment ({seal.Key}): it is damaged, or files were swapped. {findings.Folder.Restore()}");
            return null;
        }

        if (record is not null && !string.Equals(Convert.ToHexStringLower(seal.SealDigest), record.SealDigest, StringComparison.Ordinal))
            findings.Error("seal_differs", ".seal", $"the seal digest is not the one in the log. {findings.Folder.Restore("the seal")}");
        else if (keys is not null && !keys.Authenticates(seal))
            findings.Error("seal_mac", ".seal", "the seal's MAC was not made with the recorder's key.");
        return seal;
    }
}
