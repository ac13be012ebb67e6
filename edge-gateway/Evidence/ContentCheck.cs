using System.Security.Cryptography;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Evidence;

/// <summary>Checks the bytes of an original against its seal: digests, frames, running authenticators.</summary>
internal static class ContentCheck
{
    /// <returns>Frames in the file; 0 when it is not as long as its seal says.</returns>
    public static int Check(ReadOnlySpan<byte> bytes, Seal seal, KeyRing? keys, SegmentFindings findings)
    {
        if ((ulong)bytes.Length != seal.CoveredBytes)
        {
            findings.Error("bytes_differ", ".mkv", $"the original has {bytes.Length} bytes, the seal covers {seal.CoveredBytes}. {findings.Folder.Restore()}");
            return 0;
        }

        var digests = new byte[seal.ChunkCount * 32];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.Slice((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32, 32));
        if (!seal.Covers(digests))
            findings.Error("seal_digest", ".mkv", $"the bytes do not give the seal digest: original or seal is damaged. {findings.Folder.Restore("both")}");

        var content = SegmentReader.Read(bytes);
        if (content.PictureCount != seal.FrameCount)
            findings.Error("frame_count", ".mkv", $"{content.PictureCount} frames are in the file, the seal says {seal.FrameCount}.");
        if (keys is not null)
            CheckAuthenticators(bytes, content, seal, digests, keys, findings);
        if (seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch))
            findings.Warning("tampered_before_recovery", ".mkv", "bytes were changed on the card while the power was off; the seal covers what came before them.");
        if (seal.Flags.HasFlag(SealFlags.Recovered))
            findings.Note("recovered", ".mkv", $"sealed after a power cut: {seal.AuthenticatedBytes} of {seal.CoveredBytes} bytes are authenticated, {seal.BytesBeyond} were left on the card.");
        if (seal.Flags.HasFlag(SealFlags.ChainRestarted))
            findings.Warning("chain_restarted", ".seal", "the recorder had lost the head of its chain (card swapped, older copy, or I: erased): what lies between is not shown.");
        return content.PictureCount;
    }

    // A_0 and A_{i+1} of storage format §2, compared where the file holds them.
    private static void CheckAuthenticators(ReadOnlySpan<byte> bytes, SegmentContent content, Seal seal, byte[] digests, KeyRing keys, SegmentFindings findings)
    {
        if (seal.Key.Recording > KeyRing.RecordingMax)
            return;
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, keys.RecordingKey(seal.Key.Device, seal.Key.Epoch, seal.Key.Recording));
        Span<byte> running = stackalloc byte[32];
        mac.AppendData("BCA1"u8);
        mac.AppendData(seal.Raw.Slice(8, 44));
        mac.GetHashAndReset(running);
        uint done = 0;
        foreach (var found in content.Authenticators)
        {
            for (; done < found.ChunkCount && done < seal.ChunkCount; done++)
            {
                mac.AppendData(running);
                mac.AppendData(digests.AsSpan((int)done * 32, 32));
                mac.GetHashAndReset(running);
            }

            if (!bytes.Slice(found.ValueOffset, 32).SequenceEqual(running))
            {
                findings.Error("authenticator", ".mkv", "a running authenticator does not hold.", found.ChunkCount);
                return;
            }
        }
    }
}
