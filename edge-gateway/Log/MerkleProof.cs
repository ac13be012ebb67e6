namespace BodyCam.Log;

/// <summary>Checks proofs with nothing but hashes. Pure functions; no file, clock or key is touched.</summary>
public static class MerkleProof
{
    /// <summary>Checks that a leaf stands at a place in a tree (RFC 9162 §2.1.3.2).</summary>
    /// <param name="leafIndex">The leaf's place, from 0; equals the sequence of the record.</param>
    /// <param name="treeSize">Number of leaves of the tree.</param>
    /// <param name="leafHash">SHA-256(0x00 ‖ entry), 32 bytes.</param>
    /// <param name="proof">Hashes from the leaf's sibling upwards; anything but 32-byte hashes makes the answer false.</param>
    /// <param name="root">The tree's root, 32 bytes.</param>
    /// <returns>True only if the proof leads from the leaf to exactly this root.</returns>
    public static bool VerifyInclusion(long leafIndex, long treeSize, ReadOnlySpan<byte> leafHash, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (leafIndex < 0 || leafIndex >= treeSize || leafHash.Length != MerkleHash.Bytes || !AllAreHashes(proof))
            return false;
        var node = leafIndex;
        var last = treeSize - 1;
        var hash = leafHash.ToArray();
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                hash = MerkleHash.Node(hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && root.SequenceEqual(hash);
    }

    /// <summary>Checks that a tree only grew: the older one is a prefix of the newer one (RFC 9162 §2.1.4.2).</summary>
    /// <param name="oldSize">Leaves of the older tree, 0 or more. Size 0 is a prefix of every tree and needs an empty proof.</param>
    /// <param name="newSize">Leaves of the newer tree.</param>
    /// <param name="oldRoot">Root of the older tree, 32 bytes.</param>
    /// <param name="newRoot">Root of the newer tree, 32 bytes.</param>
    /// <param name="proof">Hashes in the order of RFC 9162 §2.1.4.1.</param>
    /// <returns>True only if the proof leads to both roots.</returns>
    public static bool VerifyConsistency(long oldSize, long newSize, ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (oldSize < 0 || oldSize > newSize || !AllAreHashes(proof))
            return false;
        if (oldSize == newSize)
            return proof.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (oldSize == 0)
            return proof.Count == 0 && oldRoot.SequenceEqual(MerkleHash.EmptyRoot());

        // A size that is a power of two is itself a node of the newer tree, so its root opens the path.
        var path = proof.ToList();
        if (long.IsPow2(oldSize))
            path.Insert(0, oldRoot.ToArray());
        if (path.Count == 0)
            return false;
        var node = oldSize - 1;
        var last = newSize - 1;
        while ((node & 1) == 1)
        {
            node >>= 1;
            last >>= 1;
        }
        var older = path[0];
        var newer = path[0];
        foreach (var hash in path.Skip(1))
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                older = MerkleHash.Node(hash, older);
                newer = MerkleHash.Node(hash, newer);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                newer = MerkleHash.Node(newer, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && oldRoot.SequenceEqual(older) && newRoot.SequenceEqual(newer);
    }

    private static bool AllAreHashes(IReadOnlyList<byte[]> proof) =>
        proof.Count <= 128 && proof.All(hash => hash is { Length: MerkleHash.Bytes });
}
