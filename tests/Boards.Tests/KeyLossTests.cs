using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using BodyCam.Accounts;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Gateway;
using BodyCam.Ingest;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary>Keys that are lost, or put back from a backup that is older than the data folder, as keys.md says.</summary>
public sealed class KeyLossTests
{
    [Fact]
    public async Task After_a_lost_master_what_stands_still_verifies_and_every_recorder_is_made_again()
    {
        await using var workshop = await Workshop.OpenAsync();
        var old = await workshop.GiveAsync("unit-7");
        var anchor = workshop.Gateway.PublicKeyPem;
        await workshop.Gateway.DisposeAsync();
        var master = Path.Combine(workshop.Keys, KeyFolder.MasterFile);
        File.Delete(master);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => workshop.StartAsync());
        Assert.Contains("openssl rand", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"chmod 600 {master},", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(master));

        File.WriteAllBytes(master, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(master, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await workshop.StartAsync();
        Assert.NotEqual(MqttReasonCode.Success, (await workshop.LoginAsync(old)).Reason);
        var made = await workshop.GiveAsync("unit-7", revokeOlder: "master lost");
        Assert.Equal(2u, made.Epoch);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(made)).Reason);
        Assert.NotEqual(MqttReasonCode.Success, (await workshop.LoginAsync(old)).Reason);
        await AssertVerifiesAsync(workshop, anchor);
    }

    [Fact]
    public async Task A_gateway_key_from_before_a_rotation_is_refused_at_the_start_and_rotating_again_goes_on()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        var file = Path.Combine(workshop.Keys, KeyFolder.GatewayKeyFile);
        var backup = File.ReadAllBytes(file);
        KeyRotation.Run(workshop.Data, workshop.Keys, workshop.Time);
        File.WriteAllBytes(file, backup);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => workshop.StartAsync());
        Assert.Contains("not signed by this gateway's key", failure.Message, StringComparison.Ordinal);
        Assert.Contains("rotate-key' again", failure.Message, StringComparison.Ordinal);

        Assert.False(KeyRotation.Run(workshop.Data, workshop.Keys, workshop.Time).IsVouchedFor);
        await workshop.StartAsync();
        await AssertVerifiesAsync(workshop, workshop.Gateway.PublicKeyPem);
    }

    [Fact]
    public async Task A_data_folder_from_before_a_rotation_goes_on_under_a_key_made_anew()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        var backup = Path.Combine(workshop.Folder, "backup");
        Copy(workshop.Data, backup);
        KeyRotation.Run(workshop.Data, workshop.Keys, workshop.Time);
        Directory.Delete(workshop.Data, recursive: true);
        Directory.Move(backup, workshop.Data);
        await Assert.ThrowsAnyAsync<Exception>(() => workshop.StartAsync());
        KeyRotation.Run(workshop.Data, workshop.Keys, workshop.Time);
        await workshop.StartAsync();
        await AssertVerifiesAsync(workshop, workshop.Gateway.PublicKeyPem);
    }

    [Fact]
    public async Task A_CA_from_before_its_rotation_lets_in_the_boards_of_its_time_and_the_later_ones_once_they_are_made_again()
    {
        await using var workshop = await Workshop.OpenAsync();
        var early = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        var backup = Path.Combine(workshop.Folder, "keys-backup");
        Copy(workshop.Keys, backup);
        AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        await workshop.StartAsync();
        var late = await workshop.GiveAsync("unit-8");
        await workshop.Gateway.DisposeAsync();

        Directory.Delete(workshop.Keys, recursive: true);
        Directory.Move(backup, workshop.Keys);
        await workshop.StartAsync();
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(early)).Reason);
        Assert.Null((await workshop.LoginAsync(late)).Reason);
        using (var shop = new BoardShop(workshop))
            Assert.Equal("untrusted", (await shop.GetAsync("/api/v1/recorders/unit-8/board")).GetProperty("state").GetString());
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(await workshop.GiveAsync("unit-8", revokeOlder: "CA put back"))).Reason);
    }

    [Theory]
    [InlineData(KeyFolder.TokenFile, "0123456789", "remove it and start the gateway again")]
    [InlineData(KeyFolder.TokenFile, "", "remove it and start the gateway again")]
    [InlineData(EpochMarks.FileName, "\0\0\0\0\0\0\0\0\0", "backup of the keys folder")]
    public async Task What_was_damaged_in_the_keys_folder_is_refused_at_the_start_with_what_to_do(string name, string content, string remedy)
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        var path = Path.Combine(workshop.Keys, name);
        var good = File.ReadAllBytes(path);
        File.WriteAllText(path, content);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => workshop.StartAsync());
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(path));
        File.WriteAllBytes(path, good);
        await workshop.StartAsync();
    }

    [Fact]
    public async Task An_admin_token_that_was_removed_is_made_anew_and_the_old_one_opens_nothing()
    {
        await using var workshop = await Workshop.OpenAsync();
        var old = workshop.Gateway.AdminToken;
        await workshop.Gateway.DisposeAsync();
        File.Delete(Path.Combine(workshop.Keys, "admin.token"));
        await workshop.StartAsync();
        Assert.NotEqual(old, workshop.Gateway.AdminToken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(workshop.Keys, "admin.token")));
        using var shop = new BoardShop(workshop);
        Assert.Equal(HttpStatusCode.OK, (await shop.Client.GetAsync("/api/v1/boards", workshop.Patience)).StatusCode);
        shop.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", old);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.Client.GetAsync("/api/v1/boards", workshop.Patience)).StatusCode);
    }

    [Fact]
    public async Task Accounts_that_were_lost_begin_again_with_a_code_from_the_keys_folder_and_the_log_keeps_what_was_done()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.GiveAsync("unit-7");
        var anchor = workshop.Gateway.PublicKeyPem;
        await workshop.Gateway.DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(workshop.Keys, AccountStore.FileName + "*"))
            File.Delete(file);
        File.Delete(Path.Combine(workshop.Keys, "setup-code.txt"));
        await workshop.StartAsync();
        var code = (await File.ReadAllTextAsync(Path.Combine(workshop.Keys, "setup-code.txt"), workshop.Patience)).Trim();
        using var shop = new BoardShop(workshop);
        Assert.Equal(HttpStatusCode.OK, (await shop.PostAsync("/api/v1/setup", new { code, name = "chief", displayName = "Chief", password = "correct-horse-battery" })).Code);
        await AssertVerifiesAsync(workshop, anchor);
    }

    private static async Task AssertVerifiesAsync(Workshop workshop, string anchor)
    {
        await workshop.Gateway.DisposeAsync();
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(workshop.Data, new VerifyOptions { GatewayKeyPem = anchor, CatalogComparison = CatalogCheck.Differences }, null).Verdict);
        await workshop.StartAsync();
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
            File.SetUnixFileMode(target, File.GetUnixFileMode(file));
        }
    }
}
