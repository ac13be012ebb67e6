using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BodyCam.Core.Keys;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Log;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>Keys, certificates and requests as they come from boards and people. The decoders are the platform's; what is ours is what comes of them.</summary>
internal static class KeyTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=unit-7, OU=epoch-1"), key, HashAlgorithmName.SHA256);
        string pem = key.ExportSubjectPublicKeyInfoPem();
        byte[] subject = new RecorderIdentity(Core.DeviceId.Parse("unit-7"), 12).ToSubject().RawData;
        // Found: a curve or an algorithm that the platform does not know threw past the answer "no key".
        byte[] unknownCurve = key.ExportSubjectPublicKeyInfo();
        unknownCurve[unknownCurve.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) + 7] = 11;
        byte[] unknownAlgorithm = request.CreateSigningRequest();
        unknownAlgorithm[unknownAlgorithm.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]) + 6] = 9;
        return
        [
            new("public key pem", [Encoding.ASCII.GetBytes(pem)], static bytes => LogPublicKey.FromPem(Encoding.UTF8.GetString(bytes)), static (_, read) => IsP256((LogPublicKey)read)) { IsText = true, AllocatedPerByte = 64, AllocatedMax = 64 * 1024, InputBytesMax = 16 * 1024, Hostile = [Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", unknownCurve))] },
            new("public key der", [key.ExportSubjectPublicKeyInfo()], static bytes => LogPublicKey.FromSpki(bytes), static (_, read) => IsP256((LogPublicKey)read)) { AllocatedMax = 64 * 1024, InputBytesMax = 4 * 1024, Hostile = [unknownCurve] },
            new("signing request", [Encoding.ASCII.GetBytes(request.CreateSigningRequestPem())], Request, static (_, read) => IsP256(LogPublicKey.FromSpki(((PublicKey)read).ExportSubjectPublicKeyInfo()))) { IsText = true, AllocatedMax = 256 * 1024, AllocatedPerByte = 64, InputBytesMax = 16 * 1024, Hostile = [Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", unknownAlgorithm))] },
            new("recorder's subject", [subject], Subject, static (_, identity) => SubjectHolds((RecorderIdentity)identity)) { AllocatedPerByte = 256, InputBytesMax = 2 * 1024, Words = [[0x06, 0x03, 0x55, 0x04, 0x03], [0x06, 0x03, 0x55, 0x04, 0x0B], [0x31, 0x00], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]] },
        ];
    }

    private static object? Request(byte[] bytes)
    {
        try
        {
            return CertificateAuthority.ReadRequest(Encoding.UTF8.GetString(bytes));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsP256(LogPublicKey? key) => key is not null && LogPublicKey.FromSpki(key.ToSpki()) is { } again && again.KeyId.AsSpan().SequenceEqual(key.KeyId) ? true : throw new InvalidOperationException("no P-256 key");

    private static object? Subject(byte[] bytes)
    {
        X500DistinguishedName name;
        try
        {
            // TLS hands over names that the platform has decoded; what it refuses never comes here.
            name = new X500DistinguishedName(bytes);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return RecorderIdentity.TryRead(name, out var identity) ? identity : null;
    }

    private static bool SubjectHolds(RecorderIdentity identity) =>
        identity.Epoch > 0 && RecorderIdentity.TryRead(identity.ToSubject(), out var again) && again == identity ? true : throw new InvalidOperationException($"an identity of {identity}");
}
