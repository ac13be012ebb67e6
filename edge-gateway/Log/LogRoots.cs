namespace BodyCam.Log;

/// <summary>Roots that a log had, made of its leaves and not of its tiles: a tile that is gone takes no state with it while records or entries know the leaves.</summary>
/// <param name="Roots">Root at each size that was asked for and reached; none within a bundle that is gone.</param>
/// <param name="IsSigned">True when the leaves give the checkpoint's own root: then each root here is one that the log had.</param>
/// <param name="SoundTo">Leaves below the first that no two sources agree on; up to this size the roots are those of leaves that are settled.</param>
public sealed record LogRoots(IReadOnlyDictionary<long, byte[]> Roots, bool IsSigned, long SoundTo)
{
    private const int BundleHeight = 8;

    /// <summary>Walks all leaves once; memory as one bundle. Over a bundle that is gone the tile above leads on: then no root within it is known.</summary>
    /// <param name="files">The log.</param>
    /// <param name="checkpoint">Its newest checkpoint.</param>
    /// <param name="sizes">1 to the checkpoint's size.</param>
    public static LogRoots At(ILogFiles files, Checkpoint checkpoint, IReadOnlySet<long> sizes)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(sizes);
        var range = new CompactRange();
        var roots = new Dictionary<long, byte[]>();
        var soundTo = checkpoint.Size;
        long at = 0;
        while (at < checkpoint.Size)
        {
            var (first, width) = (at, (int)Math.Min(LogPaths.Width, checkpoint.Size - at));
            var leaves = new LeafSources(files, first / LogPaths.Width, width);
            if (leaves.NothingIsThere)
            {
                soundTo = Math.Min(soundTo, first);
                if (width < LogPaths.Width || RootOfBundle(files, first / LogPaths.Width) is not { } known)
                    return new LogRoots(roots, IsSigned: false, soundTo);
                range.Push(BundleHeight, known);
                at += width;
                if (sizes.Contains(at))
                    roots[at] = range.Root();
                continue;
            }

            for (var i = 0; i < width; i++)
            {
                var leaf = leaves.Judge(i, static (_, _, _, _) => { });
                range.Push(0, leaf.Hash);
                if (!leaf.IsAgreed)
                    soundTo = Math.Min(soundTo, at);
                if (sizes.Contains(++at))
                    roots[at] = range.Root();
            }
        }

        return new LogRoots(roots, range.Root().AsSpan().SequenceEqual(checkpoint.Root), soundTo);
    }

    // A tile has 256 hashes of the bundles below it; one that is shorter ends before.
    private static byte[]? RootOfBundle(ILogFiles files, long bundle)
    {
        var (tile, place) = (bundle / LogPaths.Width, (int)(bundle % LogPaths.Width));
        var hashes = TileFiles.ReadAtWidth(files, LogPaths.Tile(1, tile), place + 1, out _) ?? [];
        var from = place * MerkleHash.Bytes;
        return hashes.Length >= from + MerkleHash.Bytes ? hashes[from..(from + MerkleHash.Bytes)] : null;
    }
}
