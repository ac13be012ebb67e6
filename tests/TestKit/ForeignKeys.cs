using System.Security.Cryptography;

namespace BodyCam.TestKit;

/// <summary>Public keys that are none of this system: other curves, a binary one too, and curves that are spelt out instead of named.</summary>
public static class ForeignKeys
{
    /// <summary>Names that <see cref="Create"/> takes.</summary>
    public static readonly string[] Names = ["secp384r1", "secp256k1", "brainpoolP256r1", "sect233k1", "explicit nistP256", "explicit brainpoolP256r1"];

    /// <summary>A fresh key.</summary>
    /// <param name="name">A curve, with "explicit " before it where it is spelt out.</param>
    public static ECDsa Create(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string Explicit = "explicit ";
        var made = ECDsa.Create(ECCurve.CreateFromFriendlyName(name.Replace(Explicit, "", StringComparison.Ordinal)));
        if (!name.StartsWith(Explicit, StringComparison.Ordinal))
            return made;
        using (made)
            return ECDsa.Create(made.ExportExplicitParameters(includePrivateParameters: true));
    }
}
