using System.Text;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>The log as a package has it: its checkpoint, and what lets an earlier state be compared with it.</summary>
internal sealed class PackageLog(PackageFiles files, Checkpoint checkpoint)
{
    private readonly byte[]? leafHashes = files.Read(PackageNames.LeafHashes);

    public Checkpoint Checkpoint => checkpoint;

    /// <summary>False when hashes of all leaves are here and do not give the root of the checkpoint.</summary>
    public bool LeafHashesHold => leafHashes is null || (leafHashes.Length == checkpoint.Size * MerkleHash.Bytes && RootAt(checkpoint.Size)!.AsSpan().SequenceEqual(checkpoint.Root));

    /// <summary>Root over the first leaves, 1 to the size of the checkpoint; null when the package has no hashes of all leaves.</summary>
    public byte[]? RootAt(long size) => leafHashes is null || size > leafHashes.Length / MerkleHash.Bytes ? null : size == 0 ? MerkleHash.EmptyRoot() : Root(0, (int)size);

    /// <summary>Whether this log continues an earlier state; null when the package has nothing to tell by.</summary>
    /// <param name="older">A state of at most as many leaves.</param>
    public bool? Continues(Checkpoint older)
    {
        if (older.Size == checkpoint.Size)
            return older.Root.AsSpan().SequenceEqual(checkpoint.Root);
        if (RootAt(older.Size) is { } root)
            return older.Root.AsSpan().SequenceEqual(root);
        return files.Read(PackageNames.ConsistencyOf(older.Size)) is { } text
            ? ProofText.Read(text) is { } proof && MerkleProof.VerifyConsistency(older.Size, checkpoint.Size, older.Root, checkpoint.Root, proof)
            : null;
    }

    private byte[] Root(int from, int to)
    {
        if (to - from == 1)
            return leafHashes.AsSpan(from * MerkleHash.Bytes, MerkleHash.Bytes).ToArray();
        var middle = from + (1 << (int)double.Floor(double.Log2(to - from - 1)));
        return MerkleHash.Node(Root(from, middle), Root(middle, to));
    }
}

/// <summary>Consistency proofs as text: one hash a line, base64, in the order of RFC 9162 §2.1.4.1.</summary>
internal static class ProofText
{
    public static byte[] Write(IEnumerable<byte[]> proof) => Encoding.ASCII.GetBytes(string.Concat(proof.Select(static hash => Convert.ToBase64String(hash) + "\n")));

    /// <summary>The hashes, or null when a line is none.</summary>
    public static List<byte[]>? Read(byte[] text)
    {
        try
        {
            return [.. Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromBase64String)];
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
