using System.Security.Cryptography;

namespace BodyCam.Log;

/// <summary>The three hashes of a Merkle tree as RFC 9162 §2.1.1 defines them, over SHA-256. Pure functions.</summary>
public static class MerkleHash
{
    /// <summary>Length of every hash in this log, in bytes.</summary>
    public const int Bytes = 32;

    /// <summary>Root of the tree without leaves: SHA-256 of nothing.</summary>
    /// <returns>A new array of 32 bytes.</returns>
    public static byte[] EmptyRoot() => SHA256.HashData([]);

    /// <summary>Hash of one leaf: SHA-256(0x00 ‖ entry).</summary>
    /// <param name="entry">The leaf's bytes; not retained.</param>
    /// <returns>A new array of 32 bytes.</returns>
    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        Span<byte> input = entry.Length < 1024 ? stackalloc byte[entry.Length + 1] : new byte[entry.Length + 1];
        input[0] = 0;
        entry.CopyTo(input[1..]);
        return SHA256.HashData(input);
    }

    /// <summary>Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).</summary>
    /// <param name="left">Hash of the left child, 32 bytes.</param>
    /// <param name="right">Hash of the right child, 32 bytes.</param>
    /// <returns>A new array of 32 bytes.</returns>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Bytes)];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Bytes)..]);
        return SHA256.HashData(input);
    }

    /// <summary>Root over consecutive hashes that stand for perfect subtrees of one height; used for whole tiles and parts of them.</summary>
    /// <param name="hashes">Concatenated hashes, a power of two of them.</param>
    internal static byte[] PerfectRoot(ReadOnlySpan<byte> hashes)
    {
        var root = new byte[Bytes];
        PerfectRoot(hashes, root);
        return root;
    }

    private static void PerfectRoot(ReadOnlySpan<byte> hashes, Span<byte> root)
    {
        if (hashes.Length == Bytes)
        {
            hashes.CopyTo(root);
            return;
        }

        var half = hashes.Length / 2;
        Span<byte> input = stackalloc byte[1 + (2 * Bytes)];
        input[0] = 1;
        PerfectRoot(hashes[..half], input.Slice(1, Bytes));
        PerfectRoot(hashes[half..], input[(1 + Bytes)..]);
        SHA256.HashData(input, root);
    }
}
