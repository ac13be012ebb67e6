using System.Security.Cryptography;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Checkpoints that somebody else kept, against the log in a package: from the hashes of all its leaves any earlier state can be worked out.</summary>
internal sealed class PackageAnchors(byte[]? leafHashes, Checkpoint checkpoint, ECDsa key)
{
    /// <summary>Leaves of the newest anchor that the log continues.</summary>
    public long NewestSize { get; private set; }

    /// <summary>True when an anchor carries a signature of the package's key: then it vouches for it.</summary>
    public bool IsVouched { get; private set; }

    public void Check(VerifyOptions options, List<Finding> findings)
    {
        void Error(string code, string message) => findings.Add(new Finding(code, FindingSeverity.Error, null, PackageNames.LeafHashes, null, message));

        if (leafHashes is not null && (leafHashes.Length != checkpoint.Size * 32 || !RootAt(checkpoint.Size).AsSpan().SequenceEqual(checkpoint.Root)))
        {
            Error("leaf_hashes", "The hashes of all leaves do not give the root of the checkpoint: the log was cut or built anew.");
            return;
        }

        List<byte[]> notes = [.. options.Checkpoints];
        foreach (var note in notes)
        {
            if (CheckpointNote.Parse(note) is not { } anchor)
            {
                Error("anchor_unreadable", "A checkpoint that was given is no signed note. Give the file as it was kept.");
                continue;
            }

            if (anchor.Size > checkpoint.Size)
                Error("anchor_newer", $"The checkpoint that was given has {anchor.Size} leaves, the package's log {checkpoint.Size}: the log was cut, or the package is older. Ask for a package made after it.");
            else if (leafHashes is null && anchor.Size != checkpoint.Size)
                Error("anchor_not_comparable", "This package has no hashes of all leaves, so another checkpoint cannot be compared. Give the gateway's key, or the checkpoint of this size.");
            else if (!(anchor.Size == checkpoint.Size ? checkpoint.Root : RootAt(anchor.Size)).AsSpan().SequenceEqual(anchor.Root))
                Error("anchor_differs", $"The log in the package does not continue the checkpoint of {anchor.Size} leaves that was given: it is another log, made by whoever holds the key.");
            else
                Accept(note, anchor);
        }
    }

    private void Accept(byte[] note, Checkpoint anchor)
    {
        NewestSize = Math.Max(NewestSize, anchor.Size);
        IsVouched |= CheckpointNote.Verify(note, LogPublicKey.From(key), out _) == CheckpointVerdict.Valid;
    }

    private byte[] RootAt(long size) => size == 0 ? MerkleHash.EmptyRoot() : Root(0, (int)size);

    private byte[] Root(int from, int to)
    {
        if (to - from == 1)
            return leafHashes.AsSpan(from * 32, 32).ToArray();
        var middle = from + (1 << (int)double.Floor(double.Log2(to - from - 1)));
        return MerkleHash.Node(Root(from, middle), Root(middle, to));
    }
}
