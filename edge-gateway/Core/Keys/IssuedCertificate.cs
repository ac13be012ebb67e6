using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.Core.Keys;

/// <summary>A recorder's certificate as it is entered in the log.</summary>
/// <param name="Pem">The certificate, PEM with a line end.</param>
/// <param name="Serial">Serial number, upper-case hex.</param>
/// <param name="Sha256">SHA-256 of its DER, lower-case hex.</param>
/// <param name="Authority">The same of the CA that issued it.</param>
/// <param name="NotBefore">First moment of its validity.</param>
/// <param name="NotAfter">Last moment of its validity.</param>
public sealed record IssuedCertificate(string Pem, string Serial, string Sha256, string Authority, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>SHA-256 of a certificate's DER, lower-case hex.</summary>
    public static string Sha256Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
    }
}
