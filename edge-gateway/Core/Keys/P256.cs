using System.Security.Cryptography;

namespace BodyCam.Core.Keys;

/// <summary>Tells keys of the only curve that is used here.</summary>
public static class P256
{
    private const string Oid = "1.2.840.10045.3.1.7";

    /// <summary>True of a key that names the curve P-256; false where it spells a curve out, even that one.</summary>
    /// <exception cref="CryptographicException">The platform cannot say what curve it is.</exception>
    public static bool Holds(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        // Null of a curve that is spelt out.
        return key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value == Oid;
    }
}
