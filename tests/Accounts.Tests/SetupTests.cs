using BodyCam.Custody.Acts;

namespace BodyCam.Accounts.Tests;

public sealed class SetupTests : IDisposable
{
    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    private string CodePath => Path.Combine(room.Folder, "setup-code.txt");

    [Fact]
    public async Task The_code_makes_the_first_administrator_once_and_its_file_goes()
    {
        var code = room.Setup.Code()!;
        Assert.Equal(code, (await File.ReadAllTextAsync(CodePath, TestContext.Current.CancellationToken)).Trim());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CodePath));
        Assert.Equal(code, room.Setup.Code()); // asked again: the same, until it is used or over
        var made = await room.Desk.SetUpAsync(code, "Chief", "主任", Room.Password);
        Assert.Equal([Role.Administrator], made.Value!.Roles);
        Assert.False(File.Exists(CodePath));
        Assert.Null(room.Store.Setup());
        Assert.Null(room.Setup.Code());
        Assert.Equal("set_up_done", (await room.Desk.SetUpAsync(code, "second", "x", Room.Password)).Refusal!.Code);
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("chief", Room.Password));
        Assert.Equal(["set_up", "signed_in"], room.Events.Select(static e => e.Name));
    }

    [Fact]
    public async Task A_wrong_or_old_code_is_refused_without_a_hash_and_a_new_one_is_given_after_a_day()
    {
        var code = room.Setup.Code()!;
        Assert.Equal("not_allowed", (await room.Desk.SetUpAsync("0" + code[1..] + "x", "chief", "x", Room.Password)).Refusal!.Code);
        Assert.Equal("not_allowed", (await room.Desk.SetUpAsync("", "chief", "x", Room.Password)).Refusal!.Code);
        room.Time.Advance(FirstSetup.Holds);
        Assert.Equal("not_allowed", (await room.Desk.SetUpAsync(code, "chief", "x", Room.Password)).Refusal!.Code);
        var next = room.Setup.Code()!;
        Assert.NotEqual(code, next);
        Assert.Equal("not_allowed", (await room.Desk.SetUpAsync(code, "chief", "x", Room.Password)).Refusal!.Code);
        Assert.True((await room.Desk.SetUpAsync(next, "chief", "x", Room.Password)).IsDone);
    }

    [Fact]
    public async Task A_bad_name_or_password_leaves_the_code_as_it_was()
    {
        var code = room.Setup.Code()!;
        Assert.Equal("password", (await room.Desk.SetUpAsync(code, "chief", "x", "short")).Refusal!.Code);
        Assert.Equal("name", (await room.Desk.SetUpAsync(code, "a name", "x", Room.Password)).Refusal!.Code);
        Assert.Equal("display_name", (await room.Desk.SetUpAsync(code, "chief", " ", Room.Password)).Refusal!.Code);
        Assert.True((await room.Desk.SetUpAsync(code, "chief", "x", Room.Password)).IsDone);
    }

    [Fact]
    public async Task The_code_used_by_many_at_once_makes_one_administrator()
    {
        var code = room.Setup.Code()!;
        using var other = AccountStore.Open(room.StorePath);
        var second = new FirstSetup(other, room.Passwords, room.Log, room.Time);
        var tries = Enumerable.Range(0, 10).Select(i => Task.Run(() => (i % 2 == 0 ? room.Setup : second).RunAsync(code, $"chief{i}", "x", Room.Password))).ToList();
        await Task.WhenAll(tries);
        Assert.Equal(1, tries.Count(static attempt => attempt.Result.IsDone));
        Assert.Single(room.Store.All());
    }

    [Fact]
    public void Before_setup_nobody_exists_and_there_is_no_default_password() => Assert.Empty(room.Store.All());
}
