using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.Recorder.Tests;

/// <summary>A CA of P-256 keys and what it signs, with dates of the board's year.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2046, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;

    public TestAuthority(DateTimeOffset? end = null)
    {
        var request = new CertificateRequest("CN=station CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        certificate = request.CreateSelfSigned(Begin.AddYears(-1), end ?? End);
    }

    public string Pem => certificate.ExportCertificatePem();

    /// <summary>The gateway's certificate, for a loopback address.</summary>
    public X509Certificate2 Server(DateTimeOffset? end = null, string address = "127.0.0.1") => Issue("CN=gateway", end, names => names.AddIpAddress(IPAddress.Parse(address)));

    /// <summary>A recorder's certificate and key.</summary>
    public (string Certificate, string Key) Client(DateTimeOffset? end = null, DateTimeOffset? begin = null)
    {
        using var made = Issue("CN=unit-7", end, null, begin);
        using var own = made.GetECDsaPrivateKey()!;
        return (made.ExportCertificatePem(), own.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Puts this CA's file and a client certificate on the recorder's I:.</summary>
    public void Equip(Bench bench, DateTimeOffset? clientEnd = null, DateTimeOffset? clientBegin = null)
    {
        var (own, ownKey) = Client(clientEnd, clientBegin);
        bench.WriteFlash("ca.pem", Pem);
        bench.WriteFlash("client.pem", own);
        bench.WriteFlash("client.key", ownKey);
    }

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
    }

    private X509Certificate2 Issue(string subject, DateTimeOffset? end, Action<SubjectAlternativeNameBuilder>? name, DateTimeOffset? begin = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, own, HashAlgorithmName.SHA256);
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            name(names);
            request.CertificateExtensions.Add(names.Build());
        }

        var until = end ?? End.AddYears(-1);
        var caEnd = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        using var signed = request.Create(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), begin ?? Begin.AddMonths(-1), until < caEnd ? until : caEnd, RandomNumberGenerator.GetBytes(16));
        using var whole = signed.CopyWithPrivateKey(own);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
