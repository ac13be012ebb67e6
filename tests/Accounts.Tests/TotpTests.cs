using System.Text;
using BodyCam.Custody.Acts;

namespace BodyCam.Accounts.Tests;

public sealed class TotpTests : IDisposable
{
    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    /// <summary>RFC 6238 appendix B, SHA-1; the last six of eight digits.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_RFC_6238(long seconds, string code) =>
        Assert.Equal(code, Totp.Code("12345678901234567890"u8, Totp.StepOf(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    /// <summary>RFC 4648 §10, without padding.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Secrets_are_written_in_base_32(string text, string expected) => Assert.Equal(expected, Totp.Base32(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task A_code_is_accepted_once_one_step_to_either_side_and_never_an_older_one_after_it()
    {
        var secret = await SetAsync("li.si");
        room.Time.Advance(TimeSpan.FromMinutes(5));
        var step = Totp.StepOf(room.Time.GetUtcNow());
        Assert.Equal(SignInOutcome.CodeWanted, await room.TryAsync("li.si", Room.Password));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step - 2)));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step + 2)));
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step - 1)));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step - 1)));
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step + 1)));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, step)));
    }

    [Fact]
    public async Task One_code_tried_by_many_at_once_lets_one_in()
    {
        var secret = await SetAsync("li.si");
        room.Time.Advance(TimeSpan.FromMinutes(5));
        var code = Totp.Code(secret, Totp.StepOf(room.Time.GetUtcNow()));
        var tries = Enumerable.Range(0, 20).Select(_ => Task.Run(() => room.TryAsync("li.si", Room.Password, code))).ToList();
        await Task.WhenAll(tries);
        Assert.Equal(1, tries.Count(static attempt => attempt.Result == SignInOutcome.Done));
    }

    [Fact]
    public async Task Wrong_codes_lock_like_wrong_passwords_and_a_wrong_password_never_asks_for_a_code()
    {
        var secret = await SetAsync("li.si");
        room.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Wrong));
        for (var i = 0; i < 4; i++)
            Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, "00000x"));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, Totp.Code(secret, Totp.StepOf(room.Time.GetUtcNow()))));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password)); // locked: not even that the password is right
    }

    [Fact]
    public async Task Each_of_ten_recovery_codes_works_once()
    {
        room.Add("li.si", Role.Officer);
        var secret = AccountDesk.NewTotpSecret();
        var codes = (await room.Desk.ConfirmTotpAsync("user-li.si", secret, Code(secret))).Value!;
        Assert.Equal(10, codes.Distinct(StringComparer.Ordinal).Count());
        foreach (var code in codes)
        {
            Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, " " + code.ToUpperInvariant()));
            Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password, code));
        }

        var file = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(room.StorePath, TestContext.Current.CancellationToken));
        Assert.All(codes, code => Assert.DoesNotContain(code, file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_secret_is_sealed_at_rest_and_anothers_sealed_secret_is_no_secret()
    {
        var secret = await SetAsync("li.si");
        var stored = room.Store.FindByName("li.si")!.TotpSecret!;
        Assert.False(stored.AsSpan().IndexOf(secret) >= 0);
        Assert.Equal(secret, room.Box.Open(stored, "user-li.si"));
        Assert.Null(room.Box.Open(stored, "user-wang.wu"));
        Assert.Null(new SecretBox(new byte[32]).Open(stored, "user-li.si"));
        for (var i = 0; i < stored.Length; i++)
        {
            var flipped = stored.ToArray();
            flipped[i] ^= 1;
            Assert.Null(room.Box.Open(flipped, "user-li.si"));
        }
    }

    [Fact]
    public async Task A_second_factor_that_stands_is_not_replaced_from_a_session_but_taken_off_by_a_reset()
    {
        await SetAsync("li.si");
        var mine = AccountDesk.NewTotpSecret();
        Assert.Equal("totp_set", (await room.Desk.ConfirmTotpAsync("user-li.si", mine, Code(mine))).Refusal!.Code);
        Assert.True((await room.Desk.ResetAsync(Room.Boss, "user-li.si", "another good one 12")).IsDone);
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", "another good one 12"));
        Assert.True((await room.Desk.ConfirmTotpAsync("user-li.si", mine, Code(mine))).IsDone);
    }

    private string Code(byte[] secret) => Totp.Code(secret, Totp.StepOf(room.Time.GetUtcNow()));

    private async Task<byte[]> SetAsync(string name)
    {
        room.Add(name, Role.Officer);
        var secret = AccountDesk.NewTotpSecret();
        Assert.Equal("code", (await room.Desk.ConfirmTotpAsync("user-" + name, secret, "000000x")).Refusal!.Code);
        Assert.True((await room.Desk.ConfirmTotpAsync("user-" + name, secret, Code(secret))).IsDone);
        return secret;
    }
}
