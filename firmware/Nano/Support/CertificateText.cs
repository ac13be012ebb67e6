using System.Security.Cryptography.X509Certificates;

namespace BodyCam.Nano.Support;

/// <summary>What the chip can read from a PEM certificate.</summary>
public static class CertificateText
{
    /// <summary>The validity of the first certificate in the text, as UTC ticks.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The text holds no certificate.</exception>
    public static void ReadDates(string pem, out long notBeforeTicks, out long notAfterTicks)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem.TrimEnd('\0'));
        notBeforeTicks = certificate.NotBefore.ToUniversalTime().Ticks;
        notAfterTicks = certificate.NotAfter.ToUniversalTime().Ticks;
    }
}
