using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core.Keys;

namespace BodyCam.Log;

/// <summary>The public half of a log's or a witness's P-256 key, in the forms in which people pass it on. Immutable; safe for concurrent use.</summary>
public sealed class LogPublicKey
{
    /// <summary>Signature type "ECDSA" of C2SP signed-note.</summary>
    internal const byte NoteTypeEcdsa = 0x02;

    private readonly byte[] _spki;

    private LogPublicKey(byte[] spki)
    {
        _spki = spki;
        KeyId = SHA256.HashData(spki)[..4];
    }

    /// <summary>First four bytes of SHA-256 over the DER SubjectPublicKeyInfo (C2SP signed-note, type 0x02).</summary>
    public byte[] KeyId { get; }

    /// <summary>The DER SubjectPublicKeyInfo.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToSpki() => [.. _spki];

    /// <summary>Takes the public half of a key.</summary>
    /// <param name="key">A P-256 key; not retained.</param>
    /// <returns>The public key.</returns>
    /// <exception cref="ArgumentException">The key is not on P-256.</exception>
    public static LogPublicKey From(ECDsa key)
    {
        if (!P256.Holds(key))
            throw new ArgumentException("The log needs a P-256 key. Create one with: openssl ecparam -name prime256v1 -genkey -noout", nameof(key));
        return new LogPublicKey(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Reads <c>-----BEGIN PUBLIC KEY-----</c> text, as in <c>gateway.pem</c>.</summary>
    /// <param name="pem">PEM text of a P-256 SubjectPublicKeyInfo.</param>
    /// <returns>The key, or null if the text is anything else.</returns>
    public static LogPublicKey? FromPem(string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return From(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads a DER SubjectPublicKeyInfo.</summary>
    /// <param name="spki">Its bytes.</param>
    /// <returns>The key, or null if they are no P-256 key.</returns>
    public static LogPublicKey? FromSpki(ReadOnlySpan<byte> spki)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out var read);
            return read == spki.Length ? From(key) : null;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads a verifier key <c>name+keyid+base64(0x02 ‖ SPKI)</c>.</summary>
    /// <param name="vkey">One line of text; white space around it is ignored.</param>
    /// <param name="name">The key's name, empty when the answer is null.</param>
    /// <returns>The key, or null if the text is no P-256 verifier key or its key id does not fit.</returns>
    public static LogPublicKey? FromVkey(string vkey, out string name)
    {
        ArgumentNullException.ThrowIfNull(vkey);
        name = "";
        var parts = vkey.Trim().Split('+', 3);
        if (parts.Length != 3 || parts[0].Length == 0)
            return null;
        try
        {
            var tagged = Convert.FromBase64String(parts[2]);
            if (tagged.Length < 2 || tagged[0] != NoteTypeEcdsa)
                return null;
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(tagged.AsSpan(1), out _);
            var result = From(key);
            if (!string.Equals(Convert.ToHexStringLower(result.KeyId), parts[1], StringComparison.OrdinalIgnoreCase))
                return null;
            name = parts[0];
            return result;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or FormatException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The key to verify with.</summary>
    /// <returns>A new one, to be disposed.</returns>
    public ECDsa ToEcdsa()
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_spki, out _);
        return key;
    }

    /// <summary>Writes the verifier key <c>name+keyid+base64(0x02 ‖ SPKI)</c>, the text of <c>gateway.pub</c>.</summary>
    /// <param name="name">The key's name: the log's origin, or the witness's name.</param>
    /// <returns>One line without a line end.</returns>
    public string ToVkey(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}+{Convert.ToHexStringLower(KeyId)}+{Convert.ToBase64String([NoteTypeEcdsa, .. _spki])}");

    /// <summary>Writes PEM text that <c>openssl dgst -verify</c> takes.</summary>
    /// <returns>PEM with a final line end.</returns>
    public string ToPem() => PemEncoding.WriteString("PUBLIC KEY", _spki) + "\n";

    /// <summary>Checks an ECDSA signature (ASN.1 DER) over SHA-256 of the bytes.</summary>
    internal bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> derSignature)
    {
        try
        {
            using var key = ToEcdsa();
            return key.VerifyData(text, derSignature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
