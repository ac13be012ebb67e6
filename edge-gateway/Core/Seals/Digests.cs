using System.Security.Cryptography;

namespace BodyCam.Core.Seals;

/// <summary>The two public digests of storage format §1: HMAC-SHA256 under published constants, so not authentication.</summary>
public static class Digests
{
    /// <summary>Length of every digest and MAC.</summary>
    public const int Bytes = 32;

    /// <summary>Key of the chunk digest, ASCII <c>bodycam/v1/chunk</c>.</summary>
    public static ReadOnlySpan<byte> ChunkKey => "bodycam/v1/chunk"u8;

    /// <summary>Key of the seal digest, ASCII <c>bodycam/v1/seal</c>.</summary>
    public static ReadOnlySpan<byte> SealKey => "bodycam/v1/seal"u8;

    // One for each thread: the key is set up once and not for every chunk, which is an eighth of the time of 8 KiB.
    [ThreadStatic]
    private static IncrementalHash? chunkHash;

    /// <summary>Digest of one chunk into <paramref name="digest"/> (32 bytes).</summary>
    public static void Chunk(ReadOnlySpan<byte> chunk, Span<byte> digest)
    {
        var hash = chunkHash ??= IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, ChunkKey);
        hash.AppendData(chunk);
        hash.GetHashAndReset(digest);
    }

    /// <summary>True when <paramref name="digest"/> is the digest of the chunk.</summary>
    public static bool ChunkMatches(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> digest)
    {
        Span<byte> computed = stackalloc byte[Bytes];
        Chunk(chunk, computed);
        return computed.SequenceEqual(digest);
    }

    /// <summary>Seal digest over the first 288 bytes of the seal and all chunk digests in order.</summary>
    /// <param name="sealBytes">At least the first 288 bytes of the seal.</param>
    /// <param name="chunkDigests">n × 32 bytes.</param>
    /// <param name="digest">32 bytes, the result.</param>
    public static void Seal(ReadOnlySpan<byte> sealBytes, ReadOnlySpan<byte> chunkDigests, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, SealKey);
        hash.AppendData(sealBytes[..Seals.Seal.DigestedBytes]);
        hash.AppendData(chunkDigests);
        hash.GetHashAndReset(digest);
    }
}
