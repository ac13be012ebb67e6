using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Packaging;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>Time stamps (RFC 3161) as a package brings them.</summary>
internal static class StampTargets
{
    private static readonly byte[] stamped = "bodycam checkpoint"u8.ToArray();
    private static readonly DateTimeOffset at = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    public static IEnumerable<FuzzTarget> All()
    {
        var (token, authority) = Token();
        var authorities = new X509Certificate2Collection(authority);
        return
        [
            // The decoder is the platform's: it copies certificates and attributes several times.
            new("time stamp", [token], bytes => (TimeStamps.Check(bytes, stamped, authorities), TimeStamps.IsOf(bytes, stamped)), static (_, read) => Holds(((TimeStamps.Stamp? Stamp, bool IsOf))read)) { AllocatedPerByte = 256, AllocatedMax = 512 * 1024, InputBytesMax = 16 * 1024 },
        ];
    }

    private static bool Holds((TimeStamps.Stamp? Stamp, bool IsOf) read)
    {
        // Who signed may be told by the certificate in the token or by the one at hand; what was stamped, and when, may not change.
        if (read.Stamp is { } stamp && stamp.At != at)
            throw new InvalidOperationException($"a stamp of {stamp.At} that was never given holds");
        return read.Stamp is not null;
    }

    // A token of an authority of our own: TSTInfo (RFC 3161 §2.4.2) in signed data that names its certificate (RFC 5816).
    private static (byte[] Token, X509Certificate2 Authority) Token()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=stamps", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.8")], critical: true));
        var certificate = request.CreateSelfSigned(at.AddYears(-1), at.AddYears(50));
        var cms = new SignedCms(new ContentInfo(new Oid("1.2.840.113549.1.9.16.1.4"), Info()), detached: false);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate) { DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1"), IncludeOption = X509IncludeOption.EndCertOnly };
        signer.SignedAttributes.Add(new AsnEncodedData(new Oid("1.2.840.113549.1.9.16.2.47"), Named(certificate)));
        cms.ComputeSignature(signer);
        return (cms.Encode(), certificate);
    }

    private static byte[] Info()
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            info.WriteInteger(1);
            info.WriteObjectIdentifier("1.2.3.4");
            using (info.PushSequence())
            {
                using (info.PushSequence())
                    info.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                info.WriteOctetString(SHA256.HashData(stamped));
            }

            info.WriteInteger(7);
            info.WriteGeneralizedTime(at, omitFractionalSeconds: true);
        }

        return info.Encode();
    }

    private static byte[] Named(X509Certificate2 certificate)
    {
        var named = new AsnWriter(AsnEncodingRules.DER);
        using (named.PushSequence())
        using (named.PushSequence())
        using (named.PushSequence())
            named.WriteOctetString(SHA256.HashData(certificate.RawData));
        return named.Encode();
    }
}
