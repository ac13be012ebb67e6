using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.TestKit;

namespace BodyCam.Boards.Tests;

/// <summary>The gateway's CA: made once, kept private, and right by another implementation.</summary>
public sealed class AuthorityTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-ca-").FullName;
    private readonly ManualTimeProvider time = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void It_is_made_once_for_its_owner_only_and_read_again()
    {
        using var first = Open();
        using var again = Open();
        Assert.Equal(first.Pem, again.Pem);
        Assert.Equal(first.Pem, File.ReadAllText(Path.Combine(folder, "ca.pem")));
        Assert.DoesNotContain("PRIVATE", File.ReadAllText(Path.Combine(folder, "ca.pem")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "ca-key.pem")));
        using var certificate = X509Certificate2.CreateFromPem(first.Pem);
        Assert.InRange(CertificateAuthority.End(certificate) - time.GetUtcNow(), TimeSpan.FromDays(7299), TimeSpan.FromDays(7301));
    }

    [Fact]
    public void Openssl_finds_both_certificates_right_for_their_use_and_for_no_other()
    {
        // openssl looks at the real clock.
        using var authority = CertificateAuthority.Open(folder, TimeProvider.System, mayCreate: true);
        var board = authority.IssueRecorder(Request(), new RecorderIdentity(DeviceId.Parse("bc-01"), 3));
        File.WriteAllText(Path.Combine(folder, "client.pem"), board.Pem);
        using var server = authority.IssueServer(["gateway.station.example", "192.0.2.10", "::1"]);
        File.WriteAllText(Path.Combine(folder, "server.pem"), server.ExportCertificatePem());
        Assert.Equal(0, Openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "-purpose", "sslclient", "client.pem").Code);
        Assert.NotEqual(0, Openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslserver", "client.pem").Code);
        Assert.Equal(0, Openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "-purpose", "sslserver", "-verify_ip", "192.0.2.10", "server.pem").Code);
        Assert.Equal(0, Openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslserver", "-verify_hostname", "gateway.station.example", "server.pem").Code);
        Assert.NotEqual(0, Openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslserver", "-verify_hostname", "other.station.example", "server.pem").Code);
        Assert.NotEqual(0, Openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "server.pem").Code);
        var said = Openssl("x509", "-in", "client.pem", "-noout", "-subject", "-nameopt", "RFC2253", "-serial", "-text").Out;
        Assert.Contains("subject=CN=bc-01,OU=epoch-3", said, StringComparison.Ordinal);
        Assert.Contains("serial=" + board.Serial, said, StringComparison.Ordinal);
        Assert.Contains("CA:FALSE", said, StringComparison.Ordinal);
        Assert.Contains("prime256v1", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Serial_numbers_have_126_bits_of_chance()
    {
        using var authority = Open();
        var serials = Enumerable.Range(0, 32).Select(_ => authority.IssueRecorder(Request(), new RecorderIdentity(DeviceId.Parse("bc-01"), 1)).Serial).ToList();
        Assert.All(serials, static serial => Assert.Equal(32, serial.Length));
        Assert.Equal(32, serials.Distinct(StringComparer.Ordinal).Count());
        // No bit but the first two (positive, full length) is the same in all.
        var bits = serials.Select(static serial => UInt128.Parse(serial, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var alwaysSet = bits.Aggregate(UInt128.MaxValue, static (all, one) => all & one);
        var neverSet = bits.Aggregate(UInt128.MaxValue, static (all, one) => all & ~one);
        Assert.Equal(UInt128.One << 126, alwaysSet);
        Assert.Equal(UInt128.One << 127, neverSet);
    }

    [Fact]
    public void What_a_request_asks_for_besides_its_key_is_not_taken_over()
    {
        using var authority = Open();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=unit-99, O=Somebody", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var issued = X509Certificate2.CreateFromPem(authority.IssueRecorder(request.CreateSigningRequestPem(), new RecorderIdentity(DeviceId.Parse("bc-01"), 1)).Pem);
        Assert.True(RecorderIdentity.TryRead(issued.SubjectName, out var identity));
        Assert.Equal(new RecorderIdentity(DeviceId.Parse("bc-01"), 1), identity);
        Assert.False(Assert.Single(issued.Extensions.OfType<X509BasicConstraintsExtension>()).CertificateAuthority);
        Assert.Equal("1.3.6.1.5.5.7.3.2", Assert.Single(Assert.Single(issued.Extensions.OfType<X509EnhancedKeyUsageExtension>()).EnhancedKeyUsages.Cast<Oid>()).Value);
    }

    [Fact]
    public void Requests_of_other_keys_broken_ones_and_rubbish_are_refused_with_what_to_do()
    {
        using var authority = Open();
        using var wrongCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var good = Request();
        string[] bad =
        [
            new CertificateRequest("CN=x", wrongCurve, HashAlgorithmName.SHA384).CreateSigningRequestPem(),
            new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(),
            WithBrokenSignature(good),
            authority.Pem,
            "",
            new string('A', 100_000),
            good + new string('\n', 5000),
        ];
        Assert.All(bad, request => Assert.Contains("bodycam board new", Assert.Throws<FormatException>(() => authority.IssueRecorder(request, new RecorderIdentity(DeviceId.Parse("bc-01"), 1))).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_or_missing_CA_is_named_and_never_made_anew_beside_certificates()
    {
        Open().Dispose();
        var path = Path.Combine(folder, "ca-key.pem");
        var whole = File.ReadAllText(path);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var content in new[] { "", "rubbish", whole[..(whole.Length / 2)], whole[..whole.IndexOf("-----BEGIN PRIVATE", StringComparison.Ordinal)] + other.ExportPkcs8PrivateKeyPem() })
        {
            File.WriteAllText(path, content);
            Assert.Contains(path, Assert.Throws<InvalidOperationException>(() => Open()).Message, StringComparison.Ordinal);
            Assert.Equal(content, File.ReadAllText(path));
        }

        File.Delete(path);
        Assert.Contains("rotate-ca --lost", Assert.Throws<InvalidOperationException>(() => CertificateAuthority.Open(folder, time, mayCreate: false)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_certificate_never_outlives_its_CA()
    {
        Open().Dispose();
        time.Advance(CertificateAuthority.AuthorityValidity - TimeSpan.FromDays(10));
        using var authority = Open();
        var until = authority.IssueRecorder(Request(), new RecorderIdentity(DeviceId.Parse("bc-01"), 1)).NotAfter;
        using var own = X509Certificate2.CreateFromPem(authority.Pem);
        Assert.Equal(CertificateAuthority.End(own), until);
    }

    private static string Request()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static string WithBrokenSignature(string pem)
    {
        var der = Convert.FromBase64String(string.Concat(pem.Split('\n').Where(static line => !line.StartsWith('-'))));
        der[^1] ^= 1;
        return PemEncoding.WriteString("CERTIFICATE REQUEST", der);
    }

    private CertificateAuthority Open() => CertificateAuthority.Open(folder, time, mayCreate: true);

    private (int Code, string Out) Openssl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }
}
