using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core.Wire;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>Checks the gateway's signatures on receipts and log records, each under the key that signed then. Thread-safe; without a key none holds.</summary>
internal sealed class GatewaySignatures : IDisposable
{
    // A key object serves one thread at a time; each thread has its own, so that none waits for another.
    private readonly ThreadLocal<KeySet> keys;

    /// <summary>Takes the newest key, which is not kept here, and the key changes of the log.</summary>
    public GatewaySignatures(ECDsa? newest, KeyHistory history)
    {
        var newestHalf = newest?.ExportSubjectPublicKeyInfo();
        keys = new ThreadLocal<KeySet>(() => new KeySet(newestHalf, history), trackAllValues: true);
    }

    /// <summary>True when the signature on a receipt holds. A key that gave way cannot sign for a state of the log after that.</summary>
    public bool Hold(byte[] raw, Receipt receipt) => keys.Value!.ForReceipt(receipt.GatewayKeyId.ToString("x16", CultureInfo.InvariantCulture), receipt.CheckpointSize) is { } key && Receipt.SignatureMatches(raw, key);

    /// <summary>True when the signature in a <c>segment</c> record holds (storage format §7).</summary>
    public bool Hold(SegmentRecord record)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{record.SealDigest}\n{record.Sha256}\n{record.State}\n{record.StoredAtUs}\n"));
        return Hold(text, record.Signature, record.Sequence);
    }

    /// <summary>True when the signature of a purge certificate holds (storage format §7).</summary>
    public bool Hold(PurgeRecord record) => Hold(record.SignedText, record.Signature, record.Sequence);

    private bool Hold(byte[] text, byte[] signature, long sequence) => keys.Value!.ForRecord(sequence) is { } key && key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose()
    {
        foreach (var set in keys.Values)
            set.Dispose();
        keys.Dispose();
    }

    private sealed class KeySet : IDisposable
    {
        private readonly ECDsa? newest;
        private readonly List<(string Id, long EndSequence, ECDsa Key)> former = [];

        public KeySet(byte[]? newestHalf, KeyHistory history)
        {
            newest = newestHalf is null ? null : Imported(newestHalf);
            foreach (var change in history.Changes)
                former.Add((KeyChange.IdOf(change.Old), change.Sequence, Imported(change.Old.ToSpki())));
        }

        public ECDsa? ForReceipt(string id, ulong checkpointSize) => former.Find(key => key.Id == id && checkpointSize <= (ulong)key.EndSequence).Key ?? newest;

        public ECDsa? ForRecord(long sequence) => former.Find(key => sequence < key.EndSequence).Key ?? newest;

        public void Dispose()
        {
            newest?.Dispose();
            former.ForEach(static key => key.Key.Dispose());
        }

        private static ECDsa Imported(byte[] half)
        {
            var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(half, out _);
            return key;
        }
    }
}
