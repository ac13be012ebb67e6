using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.VirtualBoard;

/// <summary>The TLS handshake as the chip does it: the CAs of one file, the server's name and dates are checked, by the chip's own clock.</summary>
internal static class TlsClient
{
    internal static SslStream Authenticate(Stream inner, string host, TlsOptions tls, DateTime chipUtc)
    {
        bool trusted = true;
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(tls.CaPem);
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificates = Own(tls),
                EnabledSslProtocols = tls.Version switch { 12 => SslProtocols.Tls12, 13 => SslProtocols.Tls13, _ => SslProtocols.Tls12 | SslProtocols.Tls13 },
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, sent, errors) => trusted = IsTrusted(certificate, sent, errors, authorities, chipUtc),
            });
            return stream;
        }
        catch (Exception failure)
        {
            stream.Dispose();
            if (failure is CryptographicException) throw new TlsFailureException(TlsFailureException.BadOwnKey, "A certificate or key cannot be read. Write the PEM files again.", failure);
            if (!trusted) throw new TlsFailureException(TlsFailureException.NotTrusted, $"The certificate of {host} is not trusted. Check CA, name and clock.", failure);
            if (failure is AuthenticationException) throw new TlsFailureException(TlsFailureException.FatalAlert, $"{host} ended the TLS handshake. Check version and own certificate.", failure);
            throw;
        }
    }

    private static X509CertificateCollection Own(TlsOptions tls)
    {
        var certificates = new X509CertificateCollection();
        if (tls.ClientCertificatePem == null || tls.ClientKeyPem == null) return certificates;
        using X509Certificate2 own = X509Certificate2.CreateFromPem(tls.ClientCertificatePem, tls.ClientKeyPem);
        // The round trip through PKCS#12 gives a key that every platform's TLS accepts.
        certificates.Add(X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null));
        return certificates;
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities, DateTime chipUtc)
    {
        if (certificate == null || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
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
