using System.Security.Cryptography;
using BodyCam.Core.Wire;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Which key signed what in a package: its own, and those before it by the <c>key</c> records that are proved to stand in the log. A PEM file alone makes no key count.</summary>
internal sealed class PackageKeys : IDisposable
{
    private readonly LogPublicKey own;
    private readonly KeyHistory history;
    private readonly GatewaySignatures signatures;

    /// <summary>Takes the package's key, which is not disposed here, and its proved <c>key</c> records in the order of the log.</summary>
    public PackageKeys(ECDsa key, IEnumerable<StoredRecord> keyRecords, PackageLog log)
    {
        own = LogPublicKey.From(key);
        var changes = new List<KeyChange>();
        foreach (var stored in keyRecords)
        {
            // Each goes on from the key before it, and names the root that the tree had then.
            if (KeyChange.Read(stored, log.Checkpoint.Origin) is { } change && (changes.Count == 0 || IsSame(changes[^1].New, change.Old)) && (log.RootAt(change.Sequence) is not { } root || root.AsSpan().SequenceEqual(change.Root)))
                changes.Add(change);
        }

        history = new KeyHistory(changes);
        signatures = new GatewaySignatures(key, history);
    }

    /// <summary>The package's key and those that vouch for it through the log.</summary>
    public IEnumerable<LogPublicKey> VouchingKeys => history.Changes.Select(static change => change.Old).Where(Vouches).Append(own);

    /// <summary>True when whoever trusts a key may trust the package's.</summary>
    public bool Vouches(LogPublicKey key) => history.Vouches(key, own);

    /// <summary>True when a key is the package's or stood before it.</summary>
    public bool Knows(LogPublicKey key) => IsSame(key, own) || history.Changes.Any(change => IsSame(change.Old, key));

    /// <summary>True when the note is signed by the key that signed then.</summary>
    public bool Signed(byte[] note, Checkpoint checkpoint) => new[] { own, history.KeyAt(checkpoint.Size - 1, own) }.Any(key => CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid);

    /// <summary>True when the signature in a <c>segment</c> record holds.</summary>
    public bool Hold(SegmentRecord record) => signatures.Hold(record);

    /// <summary>True when the signature on a receipt holds.</summary>
    public bool Hold(byte[] raw, Receipt receipt) => signatures.Hold(raw, receipt);

    public void Dispose() => signatures.Dispose();

    private static bool IsSame(LogPublicKey one, LogPublicKey other) => one.ToSpki().AsSpan().SequenceEqual(other.ToSpki());
}
