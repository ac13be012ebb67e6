using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core.Wire;

namespace BodyCam.Evidence;

/// <summary>Checks the gateway's signatures on receipts and log records. Thread-safe; without a key none holds.</summary>
internal sealed class GatewaySignatures(ECDsa? key)
{
    private readonly Lock gate = new();

    /// <summary>True when the signature on a receipt holds.</summary>
    public bool Hold(byte[] receipt)
    {
        lock (gate)
            return key is not null && Receipt.SignatureMatches(receipt, key);
    }

    /// <summary>True when the signature in a <c>segment</c> record holds (storage format §7).</summary>
    public bool Hold(SegmentRecord record)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{record.SealDigest}\n{record.Sha256}\n{record.State}\n{record.StoredAtUs}\n"));
        lock (gate)
            return key is not null && key.VerifyData(text, record.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
