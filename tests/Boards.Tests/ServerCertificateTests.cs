using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Core.Keys;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary>The certificate of the MQTT port: its names, its renewal, and one of one's own.</summary>
public sealed class ServerCertificateTests
{
    [Fact]
    public async Task It_names_what_recorders_are_told_and_what_is_listened_on_and_no_more()
    {
        await using var workshop = await Workshop.OpenAsync(static options => options with { Provisioning = new ProvisioningValues { GatewayHost = "gateway.station.example" }, TlsNames = ["192.0.2.10"] });
        var board = await workshop.GiveAsync("unit-7");
        foreach (var host in new[] { "gateway.station.example", "192.0.2.10", "127.0.0.1", "localhost" })
            Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync("unit-7", board.LinkKey, board.Certificate(), host: host)).Reason);
        foreach (var host in new[] { "192.0.2.11", "other.station.example" })
            Assert.Null((await workshop.LoginAsync("unit-7", board.LinkKey, board.Certificate(), host: host)).Reason);
    }

    [Fact]
    public async Task It_is_renewed_thirty_days_before_its_end_without_a_restart()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        var other = await workshop.GiveAsync("unit-8");
        var (_, _, first) = await workshop.LoginAsync(board);
        workshop.Time.Advance(TimeSpan.FromDays(59));
        Assert.Equal(first!.SerialNumber, (await workshop.LoginAsync(other)).Server!.SerialNumber);
        workshop.Time.Advance(TimeSpan.FromDays(2));
        var (reason, _, second) = await workshop.LoginAsync(other);
        Assert.Equal(MqttReasonCode.Success, reason);
        Assert.NotEqual(first.SerialNumber, second!.SerialNumber);
        Assert.InRange(CertificateAuthority.End(second) - workshop.Time.GetUtcNow(), TimeSpan.FromDays(89), TimeSpan.FromDays(91));
    }

    [Fact]
    public async Task A_clock_that_ran_ahead_and_is_set_back_leaves_no_certificate_of_the_future()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        workshop.Time.Advance(TimeSpan.FromDays(400));
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(board)).Reason);
        workshop.Time.Advance(TimeSpan.FromDays(-399));
        var (reason, _, server) = await workshop.LoginAsync(board);
        Assert.Equal(MqttReasonCode.Success, reason);
        Assert.True(CertificateAuthority.Begin(server!) <= workshop.Time.GetUtcNow());
    }

    [Fact]
    public async Task By_a_clock_outside_of_the_CAs_validity_no_identity_is_given_and_the_answer_says_why()
    {
        await using var workshop = await Workshop.OpenAsync();
        workshop.Time.Advance(TimeSpan.FromDays(-200));
        using var shop = new BoardShop(workshop);
        var (code, problem) = await shop.PostAsync("/api/v1/recorders/unit-7/provision", new { request = BoardShop.Request() });
        Assert.Equal(System.Net.HttpStatusCode.Conflict, code);
        Assert.Contains("Set the clock", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(workshop.Gateway.Ingest.Boards());
    }

    [Fact]
    public async Task A_certificate_of_ones_own_is_served_and_boards_get_its_CA()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-own-").FullName;
        try
        {
            var pem = Path.Combine(folder, "own.pem");
            using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            {
                var request = new CertificateRequest("CN=own.station.example", key, HashAlgorithmName.SHA256);
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName("own.station.example");
                request.CertificateExtensions.Add(names.Build());
                var now = new TestKit.ManualTimeProvider().GetUtcNow();
                using var made = request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + TimeSpan.FromDays(400));
                File.WriteAllText(pem, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
            }

            await using var workshop = await Workshop.OpenAsync(options => options with { TlsCertificate = pem });
            var board = await workshop.GiveAsync("unit-7");
            using var shop = new BoardShop(workshop);
            var given = await shop.ProvisionAsync("unit-8");
            var ca = given.GetProperty("authority").GetString()!;
            Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync("unit-7", board.LinkKey, board.Certificate(), caPem: ca, host: "own.station.example")).Reason);
            Assert.Null((await workshop.LoginAsync("unit-7", board.LinkKey, board.Certificate(), host: "own.station.example")).Reason);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Plain_MQTT_beyond_this_machine_has_to_be_asked_for()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Workshop.OpenAsync(static options => options with { Tls = false, Address = "0.0.0.0" }));
        Assert.Contains("--plain", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--tls", refused.Message, StringComparison.Ordinal);
    }
}
