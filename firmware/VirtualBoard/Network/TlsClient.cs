using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.VirtualBoard;

/// <summary>The TLS handshake as the chip does it: one trusted CA, the server's name and dates are checked, by the chip's own clock.</summary>
internal static class TlsClient
{
    internal static SslStream Authenticate(Stream inner, string host, TlsOptions tls, DateTime chipUtc)
    {
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(tls.CaPem);
        var certificates = new X509CertificateCollection();
        if (tls.ClientCertificatePem != null && tls.ClientKeyPem != null)
        {
            using X509Certificate2 own = X509Certificate2.CreateFromPem(tls.ClientCertificatePem, tls.ClientKeyPem);
            // The round trip through PKCS#12 gives a key that every platform's TLS accepts.
            certificates.Add(X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null));
        }
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificates = certificates,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, sent, errors) => IsTrusted(certificate, sent, errors, authority, chipUtc),
            });
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2 authority, DateTime chipUtc)
    {
        if (certificate == null || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = chipUtc;
        if (sent != null)
        {
            foreach (X509ChainElement element in sent.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        using var server = new X509Certificate2(certificate);
        return chain.Build(server);
    }
}
