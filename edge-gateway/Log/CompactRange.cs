namespace BodyCam.Log;

/// <summary>The perfect subtrees that make up a tree, largest first: enough to grow it and to name its root, at most 63 hashes.</summary>
internal sealed class CompactRange
{
    private readonly List<(int Height, byte[] Hash)> _subtrees = [];

    /// <summary>Adds a perfect subtree at the right edge; the tree's size must be a multiple of the subtree's.</summary>
    public void Push(int height, byte[] hash)
    {
        while (_subtrees.Count > 0 && _subtrees[^1].Height == height)
        {
            hash = MerkleHash.Node(_subtrees[^1].Hash, hash);
            height++;
            _subtrees.RemoveAt(_subtrees.Count - 1);
        }
        _subtrees.Add((height, hash));
    }

    /// <summary>The root as RFC 9162 §2.1.1 defines it for this size.</summary>
    public byte[] Root()
    {
        if (_subtrees.Count == 0)
            return MerkleHash.EmptyRoot();
        var root = _subtrees[^1].Hash;
        for (var i = _subtrees.Count - 2; i >= 0; i--)
            root = MerkleHash.Node(_subtrees[i].Hash, root);
        return [.. root];
    }
}
