using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary>Who comes in over TLS, and for what reason others do not.</summary>
public sealed class HandshakeTests
{
    private static readonly TimeSpan day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_recorder_with_its_certificate_and_its_link_key_comes_in(SslProtocols protocols)
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        var (reason, client, _) = await workshop.LoginAsync(board, protocols);
        Assert.Equal(MqttReasonCode.Success, reason);
        Assert.Equal([MqttReasonCode.GrantedQos1], await client!.SubscribeAsync([new MqttSubscriptionRequest("bodycam/v1/unit-7/down", MqttQos.AtLeastOnce)], cancellationToken: workshop.Patience));
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_certificate_of_another_CA_a_self_made_one_and_none_are_refused_by_both_versions_of_TLS(SslProtocols protocols)
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        var subject = new RecorderIdentity(DeviceId.Parse("unit-7"), board.Epoch).ToSubject();
        using var stranger = Stranger(workshop);
        using var foreign = Workshop.Forge(stranger, subject, workshop.Time.GetUtcNow() - day, workshop.Time.GetUtcNow() + day);
        using var selfMade = SelfMade(workshop, subject);
        await AssertRefusedAsync(workshop, board, foreign, "UnknownAuthority", protocols);
        await AssertRefusedAsync(workshop, board, selfMade, "UnknownAuthority", protocols);
        await AssertRefusedAsync(workshop, board, null, "Missing", protocols);
    }

    [Fact]
    public async Task A_certificate_that_the_CA_signed_and_the_log_does_not_have_is_refused()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        using var authority = workshop.Authority();
        var now = workshop.Time.GetUtcNow();
        X500DistinguishedName Name(string device, uint epoch) => new RecorderIdentity(DeviceId.Parse(device), epoch).ToSubject();
        using var second = Workshop.Forge(authority, Name("unit-7", 1), now - day, now + day);
        await AssertRefusedAsync(workshop, board, second, "NotOnRecord");
        using var unknownEpoch = Workshop.Forge(authority, Name("unit-7", 9), now - day, now + day);
        await AssertRefusedAsync(workshop, board, unknownEpoch, "UnknownEpoch");
        using var unknownDevice = Workshop.Forge(authority, Name("unit-8", 1), now - day, now + day);
        await AssertRefusedAsync(workshop, board, unknownDevice, "UnknownEpoch");
        using var server = Workshop.Forge(authority, Name("unit-7", 1), now - day, now + day, use: "1.3.6.1.5.5.7.3.1");
        await AssertRefusedAsync(workshop, board, server, "WrongUse");
        using var over = Workshop.Forge(authority, Name("unit-7", 1), now - day, now - TimeSpan.FromMinutes(1));
        await AssertRefusedAsync(workshop, board, over, "Expired");
        using var early = Workshop.Forge(authority, Name("unit-7", 1), now + TimeSpan.FromMinutes(1), now + day);
        await AssertRefusedAsync(workshop, board, early, "NotYetValid");
    }

    [Fact]
    public async Task Chains_of_ones_own_a_CA_below_a_recorder_and_certificates_of_any_size_keep_nobody_else_out()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        var now = workshop.Time.GetUtcNow();
        var subject = new RecorderIdentity(DeviceId.Parse("unit-7"), 1).ToSubject();
        // A recorder's certificate signs another one, sent with it.
        using var own = board.Certificate();
        using var below = Below(own, subject, now, 16);
        await AssertRefusedAsync(workshop, board, below, "UnknownAuthority");
        // Of the CA itself, without any use named, and as a CA.
        using var authority = workshop.Authority();
        using var any = Below(authority, subject, now, 16, isAuthority: true);
        await AssertRefusedAsync(workshop, board, any, "NotOnRecord");
        // The library takes 100 KB of certificates and no more: refused before or after, nobody comes in and the port goes on.
        using var large = Below(authority, subject, now, 60_000);
        Assert.Null((await workshop.LoginAsync("unit-7", board.LinkKey, large)).Reason);
        using var huge = Below(authority, subject, now, 200_000);
        Assert.Null((await workshop.LoginAsync("unit-7", board.LinkKey, huge)).Reason);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(board)).Reason);
    }

    [Theory]
    [InlineData("CN=*")]
    [InlineData("CN=unit-*, OU=epoch-1")]
    [InlineData("CN=unit-7")]
    [InlineData("OU=epoch-1")]
    [InlineData("CN=unit-7, OU=epoch-01")]
    [InlineData("CN=unit-7, OU=epoch-0")]
    [InlineData("CN=unit-7, OU=epoch--1")]
    [InlineData("CN=unit-7, OU=epoch-4294967296")]
    [InlineData("CN=unit-7, CN=unit-8, OU=epoch-1")]
    [InlineData("CN=unit-7, OU=epoch-1, OU=epoch-2")]
    [InlineData("CN=unit-7, OU=epoch-1, O=x")]
    [InlineData("CN=UNIT-7, OU=epoch-1")]
    public async Task A_subject_that_is_not_one_recorder_and_one_epoch_is_refused(string subject)
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        using var authority = workshop.Authority();
        using var forged = Workshop.Forge(authority, new X500DistinguishedName(subject), workshop.Time.GetUtcNow() - day, workshop.Time.GetUtcNow() + day);
        await AssertRefusedAsync(workshop, board, forged, "NoIdentity");
    }

    [Fact]
    public async Task A_certificate_that_has_run_out_is_refused_and_holds_until_its_last_moment()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        workshop.Time.Advance(CertificateAuthority.RecorderValidity - TimeSpan.FromMinutes(1));
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(board)).Reason);
        workshop.Time.Advance(TimeSpan.FromMinutes(2));
        await AssertRefusedAsync(workshop, board, board.Certificate(), "Expired");
    }

    [Fact]
    public async Task A_recorder_cannot_come_in_as_another_one_with_its_own_certificate_nor_with_anothers_key()
    {
        await using var workshop = await Workshop.OpenAsync();
        var seven = await workshop.GiveAsync("unit-7");
        var eight = await workshop.GiveAsync("unit-8");
        // Both halves are needed: the certificate of the client id, and its link key.
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await workshop.LoginAsync("unit-8", eight.LinkKey, seven.Certificate())).Reason);
        Assert.Equal(1, await workshop.RefusalsAsync("OtherRecorder"));
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await workshop.LoginAsync("unit-7", eight.LinkKey, seven.Certificate())).Reason);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await workshop.LoginAsync("unit-7", new string('0', 64), seven.Certificate())).Reason);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(seven)).Reason);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(eight)).Reason);
    }

    [Fact]
    public async Task After_a_new_epoch_by_command_the_certificate_before_it_still_holds_with_the_new_link_key()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        var (_, file) = await workshop.Gateway.Ingest.ProvisionAsync(DeviceId.Parse("unit-7"), "card_changed", null, workshop.Patience);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync("unit-7", Workshop.Value(file, "linkKey"), board.Certificate())).Reason);
    }

    private static async Task AssertRefusedAsync(Workshop workshop, Identity board, X509Certificate2? certificate, string reason, SslProtocols protocols = SslProtocols.None)
    {
        var before = await workshop.RefusalsAsync(reason);
        Assert.Null((await workshop.LoginAsync("unit-7", board.LinkKey, certificate, protocols)).Reason);
        Assert.Equal(before + 1, await workshop.RefusalsAsync(reason));
    }

    private static X509Certificate2 Below(X509Certificate2 issuer, X500DistinguishedName subject, DateTimeOffset now, int bytes, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.99999.1", new byte[bytes], critical: false));
        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        using var made = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), now - TimeSpan.FromHours(1), now + day, RandomNumberGenerator.GetBytes(8));
        return made.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Stranger(Workshop workshop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The name of the true CA, another key.
        using var true_ = workshop.Authority();
        var request = new CertificateRequest(true_.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(workshop.Time.GetUtcNow() - (2 * day), workshop.Time.GetUtcNow() + (2 * day));
    }

    private static X509Certificate2 SelfMade(Workshop workshop, X500DistinguishedName subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(workshop.Time.GetUtcNow() - day, workshop.Time.GetUtcNow() + day);
    }
}
