using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Endpoint;

public class LifecycleTests
{
    [Fact]
    public async Task Shutdown_tells_5_0_clients_and_does_not_wait_for_them()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var modern = await host.ConnectAsync("modern");
        await using var older = await host.ConnectAsync("older", V311);
        await using var silent = await host.OpenAsync();
        await host.StopAsync();
        Assert.Equal(MqttReasonCode.ServerShuttingDown, (await modern.ReadAsync(host.Patience))!.Reason);
        Assert.Null(await older.ReadAsync(host.Patience));
    }

    [Fact]
    public async Task Application_disconnects_a_client_and_discards_its_session_on_revocation()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var client = await host.ConnectAsync("dev", properties: new MqttProperties { SessionExpiryIntervalS = 3600 });
        Assert.True(host.Publisher.DisconnectClient("dev", MqttReasonCode.NotAuthorized, discardSession: true));
        Assert.False(host.Publisher.DisconnectClient("nobody"));
        Assert.Equal(MqttReasonCode.NotAuthorized, (await client.ReadAsync(host.Patience))!.Reason);
        Assert.Equal(MqttReasonCode.NotAuthorized, (await host.NextClosedAsync()).Reason);
        await using var again = new MqttClientConnection(await host.OpenAsync(), V500);
        var answer = await again.ConnectAsync(new MqttConnect { Version = V500, ClientId = "dev", CleanStart = false }, host.Patience);
        Assert.False(answer.SessionPresent);
    }

    [Theory]
    [InlineData(V311, MqttReasonCode.BadUserNameOrPassword)]
    [InlineData(V500, MqttReasonCode.Banned)]
    public async Task Refusal_of_the_authenticator_reaches_the_client(MqttProtocolVersion version, MqttReasonCode reason)
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Authenticate = _ => MqttAuthResult.Refused(reason);
        await using var client = new MqttClientConnection(await host.OpenAsync(), version);
        Assert.Equal(reason, (await client.ConnectAsync(new MqttConnect { Version = version, ClientId = "dev" }, host.Patience)).Reason);
        Assert.Null(await client.ReadAsync(host.Patience));
    }

    [Fact]
    public async Task Client_without_identifier_gets_one_and_extended_authentication_is_refused()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var nameless = new MqttClientConnection(await host.OpenAsync(), V500);
        var answer = await nameless.ConnectAsync(new MqttConnect { Version = V500 }, host.Patience);
        Assert.StartsWith("auto-", answer.Properties!.AssignedClientIdentifier, StringComparison.Ordinal);
        Assert.Equal((ushort)0, answer.Properties.TopicAliasMaximum);
        await using var scram = new MqttClientConnection(await host.OpenAsync(), V500);
        var connect = new MqttConnect { Version = V500, ClientId = "x", Properties = new MqttProperties { AuthenticationMethod = "SCRAM" } };
        Assert.Equal(MqttReasonCode.BadAuthenticationMethod, (await scram.ConnectAsync(connect, host.Patience)).Reason);
        await using var kept = new MqttClientConnection(await host.OpenAsync(), V311);
        Assert.Equal(MqttReasonCode.ClientIdentifierNotValid, (await kept.ConnectAsync(new MqttConnect { CleanStart = false }, host.Patience)).Reason);
    }

    [Fact]
    public async Task Tls_connection_shows_its_client_certificate_to_the_authenticator()
    {
        using var server = Certificate("CN=localhost");
        using var device = Certificate("CN=recorder-7");
        await using var host = await EndpointHost.StartAsync(serverCertificate: server);
        await using var client = new MqttClientConnection(await host.OpenAsync(tls: true, device), V311);
        Assert.Equal(MqttReasonCode.Success, (await client.ConnectAsync(new MqttConnect { ClientId = "recorder-7" }, host.Patience)).Reason);
        Assert.Equal(MqttReasonCode.Success, await client.PublishAsync("t", new byte[60_000], MqttQos.AtLeastOnce, cancellationToken: host.Patience));
        Assert.True(host.Ports.Connects.TryDequeue(out var info));
        Assert.Equal("CN=recorder-7", info.ClientCertificate!.Subject);
        Assert.Equal(IPAddress.Loopback, info.RemoteAddress);
        Assert.Equal(60_000, (await host.Ports.TakenIn.ReadAsync(host.Patience)).Payload.Length);
    }

    [Fact]
    public void Repeated_publishes_allocate_nothing_in_codec_and_topic_cache()
    {
        byte[] packet = new byte[3 + 7 + 8192];
        Convert.FromHexString("3287400003742F750001").CopyTo(packet, 0);
        var frameOutcome = MqttDecodeOutcome.Complete;
        var topics = new MqttTopicCache();
        long least = long.MaxValue;
        // The first turn warms up. Of the others the least, as of the budgets: what the runtime itself does now and then is no packet's.
        for (int turn = 0; turn < 6; turn++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < 10_000; round++)
            {
                var buffer = new System.Buffers.ReadOnlySequence<byte>(packet);
                frameOutcome |= MqttFrame.TryRead(ref buffer, packet.Length, out var frame);
                frameOutcome |= MqttDecoder.ReadPublish(frame, V311, out var publish);
                topics.Get(publish.TopicUtf8);
            }

            least = turn == 0 ? least : Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(MqttDecodeOutcome.Complete, frameOutcome);
        // Below one byte a packet: what remains is the runtime's own, not per packet.
        Assert.InRange(least, 0, 9_999);
    }

    internal static X509Certificate2 Certificate(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(130));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), password: null);
    }
}
