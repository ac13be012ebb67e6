using System.Text;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary>A revocation ends the live session, refuses the next, stands in the log and outlives a restart.</summary>
public sealed class RevocationTests
{
    private static readonly DeviceId device = DeviceId.Parse("unit-7");

    [Fact]
    public async Task The_live_session_ends_at_once_and_no_new_one_begins_for_it_alone()
    {
        await using var workshop = await Workshop.OpenAsync();
        var seven = await workshop.GiveAsync("unit-7");
        var eight = await workshop.GiveAsync("unit-8");
        var live = (await workshop.LoginAsync(seven)).Client!;
        await live.SubscribeAsync([new MqttSubscriptionRequest("bodycam/v1/unit-7/down", MqttQos.AtLeastOnce)], cancellationToken: workshop.Patience);
        var other = (await workshop.LoginAsync(eight)).Client!;
        Assert.True(await workshop.Gateway.Ingest.RevokeAsync(device, "stolen", workshop.Patience));
        await workshop.AssertEndedAsync(live);
        await AssertShutAsync(workshop, seven);
        Assert.Equal(MqttReasonCode.Success, await other.PublishAsync("bodycam/v1/unit-8/status", "{}"u8.ToArray(), MqttQos.AtLeastOnce, cancellationToken: workshop.Patience));
        await other.DisposeAsync();
    }

    [Fact]
    public async Task It_stands_in_the_log_with_its_reason_holds_after_a_restart_and_the_folder_verifies()
    {
        await using var workshop = await Workshop.OpenAsync();
        var board = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.Ingest.RevokeAsync(device, "遗失，2026年3月2日", workshop.Patience);
        await workshop.Gateway.Ingest.RevokeAsync(device, "again", workshop.Patience);
        await workshop.RestartAsync();
        await AssertShutAsync(workshop, board);
        // A catalog that is made anew from the log says the same.
        await workshop.Gateway.DisposeAsync();
        File.Delete(Path.Combine(workshop.Data, "catalog.db"));
        await workshop.StartAsync();
        await AssertShutAsync(workshop, board);
        await workshop.Gateway.DisposeAsync();
        var records = Records(workshop);
        Assert.Equal(["epoch", "certificate", "revoked"], records.Where(static record => record.Type is "epoch" or "certificate" or "revoked").Select(static record => record.Type));
        Assert.Contains("遗失，2026年3月2日", System.Text.RegularExpressions.Regex.Unescape(records.Single(static record => record.Type == "revoked").Text), StringComparison.Ordinal);
        Assert.Contains(board.Certificate().SerialNumber, records.Single(static record => record.Type == "certificate").Text, StringComparison.Ordinal);
        var report = Verifier.Run(workshop.Data, new VerifyOptions { GatewayKeyPem = workshop.Gateway.PublicKeyPem, CatalogComparison = CatalogCheck.Differences }, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.DoesNotContain(report.Findings, static finding => finding.Severity != FindingSeverity.Note);
        await workshop.StartAsync();
    }

    [Fact]
    public async Task Made_again_the_recorder_comes_in_with_the_new_identity_and_not_with_the_old_one()
    {
        await using var workshop = await Workshop.OpenAsync();
        var old = await workshop.GiveAsync("unit-7");
        var live = (await workshop.LoginAsync(old)).Client!;
        var made = await workshop.GiveAsync("unit-7", revokeOlder: "made again");
        Assert.Equal(2u, made.Epoch);
        await workshop.AssertEndedAsync(live);
        await AssertShutAsync(workshop, old);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(made)).Reason);
        // Neither half of the old identity helps with the other half of the new one.
        Assert.NotEqual(MqttReasonCode.Success, (await workshop.LoginAsync("unit-7", old.LinkKey, made.Certificate())).Reason);
        Assert.NotEqual(MqttReasonCode.Success, (await workshop.LoginAsync("unit-7", made.LinkKey, old.Certificate())).Reason);
        await workshop.RestartAsync();
        await AssertShutAsync(workshop, old);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(made)).Reason);
    }

    [Fact]
    public async Task A_link_key_is_revoked_on_a_plain_port_too()
    {
        await using var workshop = await Workshop.OpenAsync(static options => options with { Tls = false });
        var (_, file) = await workshop.Gateway.Ingest.ProvisionAsync(device, "provisioned", null, workshop.Patience);
        var key = Convert.FromHexString(Workshop.Value(file, "linkKey"));
        Assert.Equal(1u, workshop.Gateway.Ingest.EpochOfKey(device, key));
        await workshop.Gateway.Ingest.RevokeAsync(device, "lost", workshop.Patience);
        Assert.Equal(0u, workshop.Gateway.Ingest.EpochOfKey(device, key));
    }

    [Fact]
    public async Task A_login_that_is_under_way_while_its_epoch_is_revoked_does_not_stay()
    {
        await using var workshop = await Workshop.OpenAsync();
        for (var round = 0; round < 20; round++)
        {
            var board = await workshop.GiveAsync("unit-7");
            var login = workshop.LoginAsync(board);
            await workshop.Gateway.Ingest.RevokeAsync(device, $"round {round}", workshop.Patience);
            // In before or after, refused or not: at the end it is out.
            if ((await login).Client is { } client)
                await workshop.AssertEndedAsync(client);
        }
    }

    [Fact]
    public async Task Nobody_who_was_never_given_anything_can_be_revoked()
    {
        await using var workshop = await Workshop.OpenAsync();
        Assert.False(await workshop.Gateway.Ingest.RevokeAsync(device, "why not", workshop.Patience));
        Assert.DoesNotContain(Records(workshop), static record => record.Type == "revoked");
    }

    [Fact]
    public async Task A_certificate_that_ends_within_thirty_days_is_an_alert_until_the_board_is_made_again()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.GiveAsync("unit-7");
        await workshop.Gateway.Ingest.TickAsync(workshop.Patience);
        Assert.DoesNotContain(workshop.Gateway.Ingest.Status().Alerts, static alert => alert.Code == "certificate_expiring");
        workshop.Time.Advance(Core.Keys.CertificateAuthority.RecorderValidity - TimeSpan.FromDays(29));
        await workshop.Gateway.Ingest.TickAsync(workshop.Patience);
        Assert.Equal("unit-7", Assert.Single(workshop.Gateway.Ingest.Status().Alerts, static alert => alert.Code == "certificate_expiring").Subject);
        await workshop.GiveAsync("unit-7", revokeOlder: "expiring");
        workshop.Time.Advance(TimeSpan.FromHours(2));
        await workshop.Gateway.Ingest.TickAsync(workshop.Patience);
        Assert.DoesNotContain(workshop.Gateway.Ingest.Status().Alerts, static alert => alert.Code == "certificate_expiring");
    }

    private static async Task AssertShutAsync(Workshop workshop, Identity board)
    {
        var before = await workshop.RefusalsAsync("Revoked");
        Assert.Null((await workshop.LoginAsync(board)).Reason);
        Assert.Equal(before + 1, await workshop.RefusalsAsync("Revoked"));
    }

    private static List<(string Type, string Text)> Records(Workshop workshop)
    {
        var reader = new LogReader(Path.Combine(workshop.Data, "log"));
        return [.. reader.ReadRecords(0, reader.ReadCheckpoint()!.Checkpoint.Size).Select(static record => (record.Type, Encoding.UTF8.GetString(record.Utf8Json!)))];
    }
}
