using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core.Wire;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Checks the gateway's signatures on receipts and log records, each under the key that signed then. Thread-safe; without a key none holds.</summary>
internal sealed class GatewaySignatures : IDisposable
{
    private readonly ECDsa? newest;
    private readonly Lock gate = new();
    private readonly List<(string Id, long EndSequence, ECDsa Key)> former = [];

    /// <summary>Takes the newest key, which is not disposed here, and the key changes of the log.</summary>
    public GatewaySignatures(ECDsa? newest, KeyHistory history)
    {
        this.newest = newest;
        foreach (var change in history.Changes)
        {
            var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(change.Old.ToSpki(), out _);
            former.Add((KeyChange.IdOf(change.Old), change.Sequence, key));
        }
    }

    /// <summary>True when the signature on a receipt holds. A key that gave way cannot sign for a state of the log after that.</summary>
    public bool Hold(byte[] raw, Receipt receipt)
    {
        var id = receipt.GatewayKeyId.ToString("x16", CultureInfo.InvariantCulture);
        lock (gate)
        {
            var old = former.Find(key => key.Id == id && receipt.CheckpointSize <= (ulong)key.EndSequence).Key;
            return (old ?? newest) is { } key && Receipt.SignatureMatches(raw, key);
        }
    }

    /// <summary>True when the signature in a <c>segment</c> record holds (storage format §7).</summary>
    public bool Hold(SegmentRecord record)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{record.SealDigest}\n{record.Sha256}\n{record.State}\n{record.StoredAtUs}\n"));
        return Hold(text, record.Signature, record.Sequence);
    }

    /// <summary>True when the signature of a purge certificate holds (storage format §7).</summary>
    public bool Hold(PurgeRecord record) => Hold(record.SignedText, record.Signature, record.Sequence);

    private bool Hold(byte[] text, byte[] signature, long sequence)
    {
        lock (gate)
        {
            var old = former.Find(key => sequence < key.EndSequence).Key;
            return (old ?? newest) is { } key && key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, key) in former)
            key.Dispose();
    }
}
