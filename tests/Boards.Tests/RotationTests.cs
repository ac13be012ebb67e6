using BodyCam.Core.Keys;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary>A new CA: boards of the old one go on, or none does, as the procedure says (operations.md).</summary>
public sealed class RotationTests
{
    [Fact]
    public async Task Boards_of_both_CAs_come_in_and_find_the_gateway_right_until_the_old_one_is_taken_away()
    {
        await using var workshop = await Workshop.OpenAsync();
        var oldCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        var old = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        var change = AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        Assert.True(change.IsVouchedFor);
        await workshop.StartAsync();
        var newCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        Assert.NotEqual(oldCa, newCa);
        var made = await workshop.GiveAsync("unit-8");
        // Each trusts the CA that it was made with, and no other.
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(old, caPem: oldCa)).Reason);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(made, caPem: newCa)).Reason);
        await workshop.Gateway.DisposeAsync();
        File.Delete(Path.Combine(workshop.Keys, change.RetiredFile!));
        await workshop.StartAsync();
        Assert.Null((await workshop.LoginAsync(old, caPem: oldCa)).Reason);
        Assert.Equal(1, await workshop.RefusalsAsync("UnknownAuthority"));
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(made, caPem: newCa)).Reason);
        var remade = await workshop.GiveAsync("unit-7", revokeOlder: "made again");
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(remade, caPem: newCa)).Reason);
    }

    [Fact]
    public async Task A_board_of_two_CAs_ago_still_finds_the_gateway_right()
    {
        await using var workshop = await Workshop.OpenAsync();
        var oldestCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        var oldest = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        await workshop.StartAsync();
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(oldest, caPem: oldestCa)).Reason);
    }

    [Fact]
    public async Task A_CA_whose_file_was_taken_away_is_not_trusted_by_way_of_an_older_one()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.Gateway.DisposeAsync();
        AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        await workshop.StartAsync();
        var middle = await workshop.GiveAsync("unit-7");
        var middleCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        await workshop.Gateway.DisposeAsync();
        var change = AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        using (var authority = CertificateAuthority.Open(workshop.Keys, workshop.Time, mayCreate: false))
            Assert.Equal(3, authority.Trusted.Count);
        File.Delete(Path.Combine(workshop.Keys, change.RetiredFile!));
        await workshop.StartAsync();
        Assert.Null((await workshop.LoginAsync(middle, caPem: middleCa)).Reason);
        Assert.Equal(1, await workshop.RefusalsAsync("UnknownAuthority"));
    }

    [Fact]
    public async Task After_a_lost_CA_no_board_comes_in_until_it_is_made_again()
    {
        await using var workshop = await Workshop.OpenAsync();
        var oldCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        var old = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        File.Delete(Path.Combine(workshop.Keys, "ca-key.pem"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => workshop.StartAsync());
        Assert.Throws<InvalidOperationException>(() => AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time));
        var change = AuthorityChange.Run(workshop.Keys, lost: true, workshop.Time);
        Assert.False(change.IsVouchedFor);
        await workshop.StartAsync();
        Assert.Null((await workshop.LoginAsync(old, caPem: oldCa)).Reason);
        Assert.Null((await workshop.LoginAsync(old)).Reason);
        // Said to be active, it would be waited for in vain.
        using var shop = new BoardShop(workshop);
        Assert.Equal("untrusted", (await shop.GetAsync("/api/v1/recorders/unit-7/board")).GetProperty("state").GetString());
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(await workshop.GiveAsync("unit-7", revokeOlder: "CA lost"))).Reason);
    }

    [Fact]
    public async Task After_a_CA_in_wrong_hands_nothing_that_lay_beside_it_is_used()
    {
        await using var workshop = await Workshop.OpenAsync();
        await workshop.Gateway.DisposeAsync();
        // A planned change that was broken off: its next key was in the folder that somebody copied.
        var copied = CertificateOf(workshop, "elsewhere");
        File.WriteAllText(Path.Combine(workshop.Keys, "ca-key.next.pem"), copied);
        AuthorityChange.Run(workshop.Keys, lost: true, workshop.Time);
        Assert.NotEqual(copied, File.ReadAllText(Path.Combine(workshop.Keys, "ca-key.pem")));
        Assert.False(File.Exists(Path.Combine(workshop.Keys, "ca-key.next.pem")));
        await workshop.StartAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_change_that_was_broken_off_is_finished_by_running_it_again(int filesWritten)
    {
        await using var workshop = await Workshop.OpenAsync();
        var oldCa = File.ReadAllText(Path.Combine(workshop.Keys, "ca.pem"));
        var board = await workshop.GiveAsync("unit-7");
        await workshop.Gateway.DisposeAsync();
        // What a power cut after the first, second or third file leaves: a whole run, and the later files put back.
        var before = Directory.EnumerateFiles(workshop.Keys, "ca*").ToDictionary(static path => path, File.ReadAllBytes);
        var change = AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time);
        var next = File.ReadAllBytes(Path.Combine(workshop.Keys, "ca-key.pem"));
        File.WriteAllBytes(Path.Combine(workshop.Keys, "ca-key.next.pem"), next);
        foreach (var (path, bytes) in before)
            File.WriteAllBytes(path, bytes);
        if (filesWritten < 3)
            File.Delete(Path.Combine(workshop.Keys, change.RetiredFile!));
        if (filesWritten < 2)
            File.Delete(Path.Combine(workshop.Keys, CertificateAuthority.CrossFile));

        // It still starts as it was, and the change comes to its end.
        await workshop.RestartAsync();
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(board, caPem: oldCa)).Reason);
        await workshop.Gateway.DisposeAsync();
        Assert.Equal(change.NewSha256, AuthorityChange.Run(workshop.Keys, lost: false, workshop.Time).NewSha256);
        Assert.False(File.Exists(Path.Combine(workshop.Keys, "ca-key.next.pem")));
        await workshop.StartAsync();
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(board, caPem: oldCa)).Reason);
    }

    private static string CertificateOf(Workshop workshop, string folder)
    {
        var path = Directory.CreateDirectory(Path.Combine(workshop.Folder, folder)).FullName;
        CertificateAuthority.Open(path, workshop.Time, mayCreate: true).Dispose();
        return File.ReadAllText(Path.Combine(path, CertificateAuthority.PrivateFile));
    }
}
