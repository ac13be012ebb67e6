using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Gateway;
using BodyCam.Ingest;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.TestKit;

namespace BodyCam.Boards.Tests;

/// <summary>A gateway with TLS in this process, on a clock that tests move, and clients that come with any certificate.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
    private TimeProvider clock = TimeProvider.System;

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "bodycam-boards-" + Path.GetRandomFileName());

    public string Keys => Path.Combine(Folder, "keys");

    public string Data => Path.Combine(Folder, "data");

    public ManualTimeProvider Time { get; } = new();

    public CancellationToken Patience => patience.Token;

    public GatewayHost Gateway { get; private set; } = null!;

    public static async Task<Workshop> OpenAsync(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var workshop = new Workshop();
        await workshop.StartAsync(change);
        return workshop;
    }

    public async Task StartAsync(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = new GatewayOptions { DataFolder = Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, Tls = true, LogJson = false, Time = Time };
        options = change?.Invoke(options) ?? options;
        clock = options.Time;
        Gateway = await GatewayHost.StartAsync(options, Patience);
    }

    public async Task RestartAsync()
    {
        await Gateway.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Gives a recorder an epoch and a certificate, by the gateway's own CA.</summary>
    public async Task<Identity> GiveAsync(string device, string? revokeOlder = null)
    {
        using var authority = CertificateAuthority.Open(Keys, Time, mayCreate: false);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=anything", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var given = await Gateway.Ingest.GiveBoardAsync(DeviceId.Parse(device), new BoardTerms { Issue = identity => authority.IssueRecorder(request, identity), RevokeOlder = revokeOlder }, Patience);
        return new Identity(device, given!.Epoch, Value(given.File, "linkKey"), given.Certificate.Pem, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A certificate that the gateway's CA, or another, signed with whatever is asked for.</summary>
    public static X509Certificate2 Forge(X509Certificate2 issuer, X500DistinguishedName subject, DateTimeOffset from, DateTimeOffset until, string use = "1.3.6.1.5.5.7.3.2")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        using var made = request.Create(issuer, from, until, RandomNumberGenerator.GetBytes(8));
        return made.CopyWithPrivateKey(key);
    }

    /// <summary>The CA with its key.</summary>
    public X509Certificate2 Authority()
    {
        var text = File.ReadAllText(Path.Combine(Keys, CertificateAuthority.PrivateFile));
        return X509Certificate2.CreateFromPem(text, text);
    }

    /// <summary>Shakes hands and logs in; the reason is null when the server closed instead of an answer.</summary>
    public async Task<(MqttReasonCode? Reason, MqttClientConnection? Client, X509Certificate2? Server)> LoginAsync(string device, string linkKey, X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None, string? caPem = null, string host = "127.0.0.1")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Gateway.MqttPort, Patience);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        X509Certificate2? server = null;
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    EnabledSslProtocols = protocols,
                    ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                    RemoteCertificateValidationCallback = (_, given, sent, errors) =>
                    {
                        server = X509CertificateLoader.LoadCertificate(given!.GetRawCertData());
                        return (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) == 0 && IsTrusted(server, sent, caPem ?? File.ReadAllText(Path.Combine(Keys, CertificateAuthority.PublicFile)));
                    },
                },
                Patience);
            if (protocols != SslProtocols.None)
                Assert.Equal(protocols, stream.SslProtocol);
            var client = new MqttClientConnection(stream, MqttProtocolVersion.V500);
            var answer = await client.ConnectAsync(new MqttConnect { Version = MqttProtocolVersion.V500, ClientId = device, UserName = device, Password = Encoding.ASCII.GetBytes(linkKey), CleanStart = true }, Patience);
            return (answer.Reason, client, server);
        }
        catch (Exception closed) when (closed is IOException or AuthenticationException)
        {
            await stream.DisposeAsync();
            return (null, null, server);
        }
    }

    /// <summary>The same with an identity that was given.</summary>
    public Task<(MqttReasonCode? Reason, MqttClientConnection? Client, X509Certificate2? Server)> LoginAsync(Identity identity, SslProtocols protocols = SslProtocols.None, string? caPem = null) =>
        LoginAsync(identity.Device, identity.LinkKey, identity.Certificate(), protocols, caPem);

    /// <summary>How often a reason was counted, as the metrics say; 0 when never.</summary>
    public async Task<int> RefusalsAsync(string reason)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Gateway.HttpPort}") };
        var line = (await http.GetStringAsync("/metrics", Patience)).Split('\n').FirstOrDefault(line => line.StartsWith($"bodycam_certificate_refusals{{reason=\"{reason}\"}} ", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until the server has ended the connection.</summary>
    public async Task AssertEndedAsync(MqttClientConnection client)
    {
        try
        {
            while (true)
                _ = await client.ReceiveMessageAsync(Patience);
        }
        catch (IOException)
        {
            // Ended, by a DISCONNECT or with the socket.
        }
    }

    public static string Value(string file, string key) => file.Split('\n').Single(line => line.StartsWith(key + "=", StringComparison.Ordinal))[(key.Length + 1)..];

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        patience.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private bool IsTrusted(X509Certificate2 server, X509Chain? sent, string caPem)
    {
        using var authority = X509Certificate2.CreateFromPem(caPem);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(server);
    }
}

/// <summary>What a board was given.</summary>
internal sealed record Identity(string Device, uint Epoch, string LinkKey, string CertificatePem, string KeyPem)
{
    public X509Certificate2 Certificate() => X509Certificate2.CreateFromPem(CertificatePem, KeyPem);
}
