using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BodyCam.Core.Keys;

/// <summary>The gateway's P-256 key: signs receipts, log records and checkpoints. "Signed" always means by it.</summary>
public sealed class GatewayKey : IDisposable
{
    private readonly ECDsa key;
    private readonly Lock gate = new();

    private GatewayKey(ECDsa key)
    {
        this.key = key;
        PublicKeyPem = key.ExportSubjectPublicKeyInfoPem();
        Id = IdOf(key);
    }

    /// <summary>SubjectPublicKeyInfo as PEM, for <c>gateway.pem</c>.</summary>
    public string PublicKeyPem { get; }

    /// <summary>First 8 bytes, big-endian, of SHA-256 of the SubjectPublicKeyInfo DER.</summary>
    public ulong Id { get; }

    /// <summary>The key itself, for the log's checkpoints; not to be disposed by the caller.</summary>
    public ECDsa Ecdsa => key;

    /// <summary>Id of any P-256 public key.</summary>
    public static ulong IdOf(ECDsa publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(publicKey.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>A fresh key.</summary>
    public static GatewayKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key from PEM text.</summary>
    /// <exception cref="CryptographicException">Not a P-256 private key.</exception>
    public static GatewayKey FromPem(string pem)
    {
        var imported = ECDsa.Create();
        try
        {
            imported.ImportFromPem(pem);
            return P256.Holds(imported) ? new GatewayKey(imported) : throw new CryptographicException("The key is not on P-256.");
        }
        catch
        {
            imported.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PKCS#8 PEM; goes into a file of mode 0600 outside the data folder and nowhere else.</summary>
    public string ExportPrivatePem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>Signs; 64 bytes r‖s.</summary>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        lock (gate)
        {
            if (!key.TrySignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _))
                throw new CryptographicException("A P-256 signature needs 64 bytes.");
        }
    }

    /// <summary>Signs; ASN.1 DER, as openssl prints it.</summary>
    public byte[] SignDer(ReadOnlySpan<byte> data)
    {
        lock (gate)
            return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
