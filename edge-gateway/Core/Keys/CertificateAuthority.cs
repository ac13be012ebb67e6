using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>
/// The gateway's own certificate authority (P-256, RFC 5280): issues the certificate of the MQTT port and one for each epoch of a recorder.
/// <c>ca-key.pem</c> (certificate and key, mode 0600) in the keys folder is all of it; <c>ca.pem</c> is the certificate once more, for people.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>Certificate and private key; back it up with the other keys.</summary>
    public const string PrivateFile = "ca-key.pem";

    /// <summary>The certificate alone.</summary>
    public const string PublicFile = "ca.pem";

    /// <summary>The CA's certificate signed by CAs before it: what boards that trust only an earlier one need (<see cref="AuthorityChange"/>).</summary>
    public const string CrossFile = "ca-cross.pem";

    private const string RetiredStart = "ca-";
    private const string RetiredEnd = ".pem";
    private const int RetiredDigits = 16;

    /// <summary>Life of a CA: longer than any board, and before 2050, where the encoding of dates changes (RFC 5280 §4.1.2.5).</summary>
    public static readonly TimeSpan AuthorityValidity = TimeSpan.FromDays(20 * 365);

    /// <summary>Life of a recorder's certificate. A new one needs the board on the bench, so it is long; revocation is what ends trust.</summary>
    public static readonly TimeSpan RecorderValidity = TimeSpan.FromDays(5 * 365);

    /// <summary>Life of the MQTT port's certificate, which renews itself.</summary>
    public static readonly TimeSpan ServerValidity = TimeSpan.FromDays(90);

    /// <summary>Certificates begin a day early: a recorder's clock may run behind.</summary>
    private static readonly TimeSpan clockAllowance = TimeSpan.FromDays(1);

    private const int SerialBytes = 16;
    private const int RequestCharsMax = 4096;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 certificate;
    private readonly ECDsa key;
    private readonly TimeProvider time;
    private readonly Lock gate = new();

    private CertificateAuthority(X509Certificate2 certificate, ECDsa key, X509Certificate2Collection retired, X509Certificate2Collection cross, TimeProvider time)
    {
        this.certificate = certificate;
        this.key = key;
        this.time = time;
        Cross = cross;
        Trusted = [certificate, .. retired];
        Pem = certificate.ExportCertificatePem() + "\n";
        Sha256 = IssuedCertificate.Sha256Of(certificate);
    }

    /// <summary>The CA's certificate, PEM: what goes to boards as <c>ca.pem</c>.</summary>
    public string Pem { get; }

    /// <summary>SHA-256 of the CA's certificate, lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>CAs whose recorders' certificates are accepted: this one and the retired ones. Not to be disposed.</summary>
    public X509Certificate2Collection Trusted { get; }

    /// <summary>This CA's certificate signed by earlier ones; sent in the handshake. Empty before the first change.</summary>
    public X509Certificate2Collection Cross { get; }

    /// <summary>Files of earlier CAs whose recorders' certificates are still accepted: <c>ca-&lt;first 16 hex digits of their SHA-256&gt;.pem</c>.</summary>
    /// <remarks>No wildcards: in them '?' stands for nothing, too, and <c>ca-key.pem</c> and <c>ca-cross.pem</c> would be among them.</remarks>
    public static IReadOnlyList<string> RetiredFiles(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(static path => Path.GetFileName(path) is { Length: var length } name
            && length == RetiredStart.Length + RetiredDigits + RetiredEnd.Length
            && name.StartsWith(RetiredStart, StringComparison.Ordinal) && name.EndsWith(RetiredEnd, StringComparison.Ordinal)
            && name.AsSpan(RetiredStart.Length, RetiredDigits).IndexOfAnyExcept("0123456789abcdef") < 0)];

    /// <summary>The retired file's name of a CA.</summary>
    internal static string RetiredName(string sha256) => RetiredStart + sha256[..RetiredDigits] + RetiredEnd;

    /// <summary>True when certificates of the CA with this SHA-256 (lower-case hex) are accepted.</summary>
    public bool Trusts(string sha256) => Trusted.Any(one => IssuedCertificate.Sha256Of(one) == sha256);

    /// <summary>Opens the CA of a keys folder; makes it when absent and allowed.</summary>
    /// <param name="folder">The keys folder, which exists.</param>
    /// <param name="time">Clock of every date.</param>
    /// <param name="mayCreate">False when certificates were issued already: then a new CA would lock every board out.</param>
    /// <exception cref="InvalidOperationException">Missing or unreadable; the message says what to do.</exception>
    public static CertificateAuthority Open(string folder, TimeProvider time, bool mayCreate)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(time);
        var path = Path.Combine(folder, PrivateFile);
        if (!mayCreate && !File.Exists(path))
            throw new InvalidOperationException($"Recorders have certificates of this gateway's CA, but {path} is missing: mount the keys folder or restore its backup. If it is lost for good, run 'bodycam gateway rotate-ca --lost' and make each board anew.");
        var text = Encoding.ASCII.GetString(KeyFolder.ReadOrCreate(path, () => Encoding.ASCII.GetBytes(CreatePem(time.GetUtcNow()))));
        var (own, key) = Read(path, text);
        var (retired, cross) = ReadEarlier(folder);
        var authority = new CertificateAuthority(own, key, retired, cross, time);
        var shown = Path.Combine(folder, PublicFile);
        if (!File.Exists(shown) || File.ReadAllText(shown, Encoding.ASCII) != authority.Pem)
            File.WriteAllText(shown, authority.Pem, Encoding.ASCII);
        return authority;
    }

    /// <summary>Reads the CA as <see cref="Open"/> does, and makes and writes nothing; one that is absent is not looked at.</summary>
    /// <param name="folder">The keys folder, which exists.</param>
    /// <exception cref="InvalidOperationException">It cannot be used; the message says what to do.</exception>
    public static void AssertReadable(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var path = Path.Combine(folder, PrivateFile);
        if (!File.Exists(path))
            return;
        var (own, key) = Read(path, File.ReadAllText(path, Encoding.ASCII));
        own.Dispose();
        key.Dispose();
        var (retired, cross) = ReadEarlier(folder);
        foreach (var certificate in retired.Concat(cross))
            certificate.Dispose();
    }

    private static (X509Certificate2Collection Retired, X509Certificate2Collection Cross) ReadEarlier(string folder)
    {
        var retired = new X509Certificate2Collection();
        var cross = new X509Certificate2Collection();
        try
        {
            foreach (var file in RetiredFiles(folder).Order(StringComparer.Ordinal))
                retired.ImportFromPemFile(file);
            if (File.Exists(Path.Combine(folder, CrossFile)))
                cross.ImportFromPemFile(Path.Combine(folder, CrossFile));
            return (retired, cross);
        }
        catch (CryptographicException unreadable)
        {
            throw new InvalidOperationException($"A certificate in {folder} (a ca-ID.pem or {CrossFile}) cannot be read: restore it from its backup, or remove it, which ends trust in the boards it stands for.", unreadable);
        }
    }

    /// <summary>Why nobody comes in with certificates of this CA by the present clock, and what to do; null when the clock lies within its validity.</summary>
    public string? ClockFault()
    {
        var now = time.GetUtcNow();
        return now >= Begin(certificate) && now <= End(certificate)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"This machine's clock says {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC; the gateway's CA holds from {Begin(certificate).UtcDateTime:yyyy-MM-dd HH:mm} to {End(certificate).UtcDateTime:yyyy-MM-dd HH:mm}. Set the clock; if it is right, change the CA with 'bodycam gateway rotate-ca --lost' and make each board anew.");
    }

    /// <summary>Issues the certificate of one epoch of a recorder to the key of its request.</summary>
    /// <param name="requestPem">PKCS#10, PEM, of a P-256 key; its signature shows who holds the key. Nothing else of it is taken over.</param>
    /// <param name="identity">What the certificate says.</param>
    /// <exception cref="FormatException">No such request; the message says what to do.</exception>
    /// <exception cref="InvalidOperationException">The clock lies outside of the CA's validity; the message says what to do.</exception>
    public IssuedCertificate IssueRecorder(string requestPem, RecorderIdentity identity)
    {
        var subjectKey = ReadRequest(requestPem);
        var request = new CertificateRequest(identity.ToSubject(), subjectKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuthentication)], critical: false));
        using var issued = Issue(request, RecorderValidity);
        return new IssuedCertificate(issued.ExportCertificatePem() + "\n", issued.SerialNumber, IssuedCertificate.Sha256Of(issued), Sha256, Begin(issued), End(issued));
    }

    /// <summary>Issues a certificate for the MQTT port, with a key that lives in this process only.</summary>
    /// <param name="names">DNS names and IP addresses by which recorders reach the gateway; the first is the subject.</param>
    public X509Certificate2 IssueServer(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(names[0].Length <= 64 ? names[0] : "BodyCam gateway");
        var request = new CertificateRequest(subject.Build(), serverKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (System.Net.IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var issued = Issue(request, ServerValidity);
        return issued.CopyWithPrivateKey(serverKey);
    }

    /// <summary>The key of a signing request, if it is a P-256 key that signed it.</summary>
    /// <exception cref="FormatException">It is not; the message says what to do.</exception>
    public static PublicKey ReadRequest(string requestPem)
    {
        ArgumentNullException.ThrowIfNull(requestPem);
        try
        {
            if (requestPem.Length <= RequestCharsMax)
            {
                var request = CertificateRequest.LoadSigningRequestPem(requestPem, HashAlgorithmName.SHA256);
                using var key = request.PublicKey.GetECDsaPublicKey();
                if (key is not null && P256.Holds(key))
                    return request.PublicKey;
            }
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException or NotSupportedException)
        {
            // Told below.
        }

        throw new FormatException("The request is no PKCS#10 signing request of a P-256 key: make one with 'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256', or leave it to 'bodycam board new'.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var each in Trusted)
            each.Dispose();
        foreach (var each in Cross)
            each.Dispose();
        key.Dispose();
    }

    /// <summary>A fresh CA, certificate and PKCS#8 key in one PEM text.</summary>
    internal static string CreatePem(DateTimeOffset now)
    {
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        // The name tells CAs apart; a path is found by it.
        name.AddCommonName("BodyCam gateway CA " + Convert.ToHexStringLower(SHA256.HashData(fresh.ExportSubjectPublicKeyInfo()).AsSpan(0, 8)));
        var request = Authority(name.Build(), new PublicKey(fresh));
        var generator = X509SignatureGenerator.CreateForECDsa(fresh);
        using var made = request.Create(request.SubjectName, generator, now - clockAllowance, now + AuthorityValidity, Serial());
        return made.ExportCertificatePem() + "\n" + fresh.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>Another CA's certificate signed by this one, so that whoever trusts this one trusts that.</summary>
    internal X509Certificate2 Vouch(X509Certificate2 successor)
    {
        var until = End(successor) < End(certificate) ? End(successor) : End(certificate);
        lock (gate)
            return Authority(successor.SubjectName, successor.PublicKey, certificate).Create(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), Begin(successor), until, Serial());
    }

    /// <summary>Reads certificate and key.</summary>
    internal static (X509Certificate2 Certificate, ECDsa Key) Read(string path, string text)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(text);
            var certificate = X509Certificate2.CreateFromPem(text);
            using var named = certificate.GetECDsaPublicKey();
            if (named is not null && named.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                return (certificate, key);
            certificate.Dispose();
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or ArgumentException or NotSupportedException)
        {
            // Told below.
        }

        key.Dispose();
        throw new InvalidOperationException($"{path} is no CA certificate with its P-256 key: restore it from its backup.");
    }

    /// <summary>First moment of a certificate's validity.</summary>
    public static DateTimeOffset Begin(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
    }

    /// <summary>Last moment of a certificate's validity.</summary>
    public static DateTimeOffset End(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
    }

    private static CertificateRequest Authority(X500DistinguishedName name, PublicKey key, X509Certificate2? issuer = null)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        return request;
    }

    // Positive, 127 bits of chance, never shorter than 16 bytes.
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    private X509Certificate2 Issue(CertificateRequest request, TimeSpan validity)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var now = time.GetUtcNow();
        var from = now - clockAllowance > Begin(certificate) ? now - clockAllowance : Begin(certificate);
        var until = now + validity < End(certificate) ? now + validity : End(certificate);
        if (until <= from || now > End(certificate))
            throw new InvalidOperationException($"{ClockFault()} Nothing was issued.");
        lock (gate)
            return request.Create(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, Serial());
    }
}
