using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Gateway;

/// <summary>TLS of the MQTT port (protocol §1.1): the server's certificate, renewed by itself, and who may be on the other side.</summary>
internal sealed partial class LinkTls : IDisposable
{
    /// <summary>What is left of a server's certificate when the next one is made.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan saidAtMostEvery = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly IReadOnlyList<string> names;
    private readonly SslStreamCertificateContext? given;
    private readonly Meter meter;
    private readonly Counter<long> refusals;
    private CertificateAuthority? authority;
    private IngestService? ingest;
    private ILogger logger = NullLogger.Instance;
    private SslStreamCertificateContext? own;
    private DateTimeOffset heldFrom;
    private DateTimeOffset renewAt;
    private long saidAt;

    /// <summary>Prepares; <see cref="Attach"/> comes before the first connection.</summary>
    /// <exception cref="InvalidOperationException">A name or the PEM file cannot be used; the message says what to do.</exception>
    public LinkTls(GatewayOptions options, IPAddress listened, IMeterFactory meters)
    {
        time = options.Time;
        names = ServerNames.Of(options, listened);
        if (options.TlsCertificate is { } pem)
        {
            (given, var chain) = ReadGiven(pem);
            GivenAuthority = ReadAuthority(options, pem, chain);
        }

        meter = meters.Create(DeviceLink.MeterName);
        refusals = meter.CreateCounter<long>("bodycam_certificate_refusals", description: "Recorders' certificates refused, by reason");
    }

    /// <summary>The CA that recorders are to trust when the server's certificate is a given one, PEM; null when it is the gateway's own.</summary>
    public string? GivenAuthority { get; }

    /// <summary>Names in the gateway's own certificate.</summary>
    public IReadOnlyList<string> Names => names;

    public void Attach(CertificateAuthority certificates, IngestService service, ILogger log)
    {
        authority = certificates;
        ingest = service;
        logger = log;
        if (certificates.ClockFault() is { } fault)
            Log.Clock(logger, fault);
        // A keys folder of another gateway shows here first.
        var untrusted = service.Boards().Count(board => board is { Certificate: not null, IsCertificateRevoked: false } && !certificates.Trusts(board.Certificate.Authority));
        if (untrusted > 0)
            Log.Untrusted(logger, untrusted);
        if (given is not null && CertificateAuthority.End(given.TargetCertificate) < time.GetUtcNow() + RenewBefore)
            Log.GivenEnds(logger, given.TargetCertificate.NotAfter.ToUniversalTime());
    }

    /// <summary>What Kestrel is told for each connection.</summary>
    public TlsHandshakeCallbackOptions Handshake() => new() { OnConnection = context => ValueTask.FromResult(Options(context)) };

    /// <summary>Judges a certificate in the handshake.</summary>
    public CertificateVerdict Judge(X509Certificate2? certificate)
    {
        if (certificate is null)
            return CertificateVerdict.Missing;
        using var chain = new X509Chain { ChainPolicy = Policy() };
        var isSound = chain.Build(certificate);
        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        if ((faults & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)) != X509ChainStatusFlags.NoError)
            return CertificateVerdict.UnknownAuthority;
        if ((faults & X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
            return CertificateAuthority.Begin(certificate) > time.GetUtcNow() ? CertificateVerdict.NotYetValid : CertificateVerdict.Expired;
        if ((faults & X509ChainStatusFlags.NotValidForUsage) != X509ChainStatusFlags.NoError)
            return CertificateVerdict.WrongUse;
        if (!isSound)
            return CertificateVerdict.Malformed;
        if (!RecorderIdentity.TryRead(certificate.SubjectName, out var identity))
            return CertificateVerdict.NoIdentity;
        return ingest!.StandingOf(identity, IssuedCertificate.Sha256Of(certificate)) switch
        {
            CertificateStanding.Valid => CertificateVerdict.Accepted,
            CertificateStanding.UnknownEpoch => CertificateVerdict.UnknownEpoch,
            CertificateStanding.Revoked => CertificateVerdict.Revoked,
            _ => CertificateVerdict.NotOnRecord,
        };
    }

    /// <summary>Counts a refusal; said in the log at most once a second.</summary>
    public void Refused(CertificateVerdict verdict, X509Certificate2? certificate, IPAddress address)
    {
        refusals.Add(1, new KeyValuePair<string, object?>("reason", verdict.ToString()));
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (saidAt != 0 && time.GetElapsedTime(saidAt, now) < saidAtMostEvery)
                return;
            saidAt = now;
        }

        // A stranger's subject is a stranger's text: only what reads as a recorder is repeated.
        var who = certificate is not null && RecorderIdentity.TryRead(certificate.SubjectName, out var identity) ? $"{identity.Device} epoch {identity.Epoch}" : "a stranger";
        Log.Refused(logger, who, address, verdict);
    }

    public void Dispose() => meter.Dispose();

    private SslServerAuthenticationOptions Options(TlsHandshakeCallbackContext context)
    {
        var address = (context.Connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = given ?? Own(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = true,
            CertificateChainPolicy = Policy(),
            // Every connection is looked at anew: a resumed one would come in past a revocation.
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                var presented = certificate as X509Certificate2;
                var verdict = Judge(presented);
                if (verdict != CertificateVerdict.Accepted)
                    Refused(verdict, presented, address);
                return verdict == CertificateVerdict.Accepted;
            },
        };
    }

    // Nothing is fetched: a certificate's own addresses are a stranger's.
    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(authority!.Trusted);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }

    private SslStreamCertificateContext Own()
    {
        lock (gate)
        {
            // Before its first moment too: it was made by a clock that ran ahead and was set back since.
            var now = time.GetUtcNow();
            if (own is not null && now >= heldFrom && now < renewAt)
                return own;
            // The one before is left to connections that are in their handshake.
            var certificate = authority!.IssueServer(names);
            heldFrom = CertificateAuthority.Begin(certificate);
            renewAt = CertificateAuthority.End(certificate) - RenewBefore;
            own = SslStreamCertificateContext.Create(certificate, authority.Cross, offline: true);
            Log.Issued(logger, string.Join(", ", names), certificate.NotAfter.ToUniversalTime());
            return own;
        }
    }

    private static (SslStreamCertificateContext Context, X509Certificate2Collection Chain) ReadGiven(string pem)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(pem);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(pem);
            return (SslStreamCertificateContext.Create(certificate, chain, offline: true), chain);
        }
        catch (Exception unusable) when (unusable is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException($"{pem} is no certificate with its key ({unusable.Message}): give a PEM file with certificate and key with --tls.", unusable);
        }
    }

    // Recorders trust one CA: the one named, or the self-signed end of the file's own chain.
    private static string ReadAuthority(GatewayOptions options, string pem, X509Certificate2Collection chain)
    {
        if (options.TlsAuthority is { } path)
        {
            try
            {
                using var named = X509Certificate2.CreateFromPem(File.ReadAllText(path));
                return named.ExportCertificatePem() + "\n";
            }
            catch (Exception unusable) when (unusable is CryptographicException or ArgumentException or NotSupportedException)
            {
                throw new InvalidOperationException($"{path} is no certificate: give the CA of {pem} as PEM with --tls-ca.", unusable);
            }
        }

        var root = chain.FirstOrDefault(static one => one.SubjectName.RawData.AsSpan().SequenceEqual(one.IssuerName.RawData));
        return root is not null ? root.ExportCertificatePem() + "\n" : throw new InvalidOperationException($"{pem} does not hold the CA that signed it, which recorders have to trust: name it with --tls-ca.");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The MQTT port has a certificate for {Names} until {NotAfter:u}.")]
        public static partial void Issued(ILogger logger, string names, DateTime notAfter);

        [LoggerMessage(Level = LogLevel.Error, Message = "No recorder comes in. {Fault}")]
        public static partial void Clock(ILogger logger, string fault);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} recorders have certificates of a CA that is trusted no more and do not come in: if ca-key.pem is another gateway's, restore the right one; else see 'bodycam board list' and make them anew.")]
        public static partial void Untrusted(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate given with --tls ends at {NotAfter:u}; after that no recorder comes in. Give a new one and start the gateway again.")]
        public static partial void GivenEnds(ILogger logger, DateTime notAfter);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of {Who} at {Address} was refused: {Verdict}. If it is a recorder of this station, see 'bodycam board show', then 'bodycam board new --again'.")]
        public static partial void Refused(ILogger logger, string who, IPAddress address, CertificateVerdict verdict);
    }
}
