using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Accounts.Tests;

public sealed class DeskTests : IDisposable
{
    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    [Theory]
    [InlineData("eleven char", "li.si", false)]
    [InlineData("twelve chars", "li.si", true)]
    [InlineData("password1234", "li.si", false)]
    [InlineData("PassWord1234", "li.si", false)]
    [InlineData("woaini5201314", "li.si", false)]
    [InlineData("aaaaaaaaaaaaaaaaaaaa", "li.si", false)]
    [InlineData("my name is LI.SI!", "li.si", false)]
    [InlineData("all lower case no digits", "li.si", true)]
    [InlineData("执法记录仪今天放在柜子里了", "li.si", true)]
    public void Passwords_are_long_not_common_and_without_the_name_and_nothing_else_is_asked(string password, string name, bool isTaken) => Assert.Equal(isTaken, Passwords.Refuse(password, name) is null);

    [Fact]
    public void The_longest_password_has_256_characters()
    {
        var longest = string.Concat(Enumerable.Repeat("abcdefgh", 32));
        Assert.Null(Passwords.Refuse(longest, "li.si"));
        Assert.NotNull(Passwords.Refuse(longest + "i", "li.si"));
        Assert.Null(Passwords.Refuse(Passwords.Generate(), "li.si"));
        Assert.NotEqual(Passwords.Generate(), Passwords.Generate());
    }

    [Theory]
    [InlineData("disable")]
    [InlineData("unlock")]
    [InlineData("reset")]
    [InlineData("roles")]
    [InlineData("rank")]
    [InlineData("expire")]
    [InlineData("link")]
    [InlineData("own password")]
    public async Task Every_change_of_rights_ends_the_users_sessions_at_once_and_raises_the_version(string change)
    {
        room.Add("chief", Role.Administrator);
        var account = room.Add("li.si", Role.Officer);
        room.Add("wang.wu", Role.Officer);
        var (token, session) = await room.InAsync("li.si");
        var (others, _) = await room.InAsync("wang.wu");
        var grant = new AccountGrant("li.si", "李四", null, "unit-1", [Role.Officer], Rank.None);
        Assert.True((change switch
        {
            "disable" => await room.Desk.DisableAsync(Room.Boss, account.Id),
            "unlock" => await room.Desk.UnlockAsync(Room.Boss, account.Id),
            "reset" => await room.Desk.ResetAsync(Room.Boss, account.Id, "another good one 12"),
            "roles" => await room.Desk.ChangeAsync(Room.Boss, account.Id, grant with { Roles = [Role.Legal] }),
            "rank" => await room.Desk.ChangeAsync(Room.Boss, account.Id, grant with { Rank = Rank.UnitHead }),
            "expire" => await room.Desk.ExpirePasswordAsync(Room.Boss, account.Id),
            "link" => await room.Desk.LinkAsync(Room.Boss, account.Id, "https://idp x"),
            _ => await room.Desk.ChangePasswordAsync(account.Id, Room.Password, "another good one 12", null, TestContext.Current.CancellationToken),
        }).IsDone);
        Assert.Null(room.Sessions.Find(token));
        Assert.NotNull(room.Sessions.Find(others));
        Assert.True(room.Store.Find(account.Id)!.RightsVersion > session.RightsVersion);
    }

    [Fact]
    public async Task Changing_ones_own_password_keeps_the_session_it_was_done_in_and_ends_the_others()
    {
        var account = room.Add("li.si", Role.Officer);
        var (here, _) = await room.InAsync("li.si");
        var (there, _) = await room.InAsync("li.si");
        Assert.True((await room.Desk.ChangePasswordAsync(account.Id, Room.Password, "another good one 12", here, TestContext.Current.CancellationToken)).IsDone);
        Assert.Equal(room.Store.Find(account.Id)!.RightsVersion, room.Sessions.Find(here)!.RightsVersion);
        Assert.Null(room.Sessions.Find(there));
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password));
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", "another good one 12"));
    }

    [Fact]
    public async Task Guessing_the_old_password_from_an_open_session_locks_too()
    {
        var account = room.Add("li.si", Role.Officer);
        var (token, _) = await room.InAsync("li.si");
        for (var i = 0; i < 5; i++)
            Assert.False((await room.Desk.ChangePasswordAsync(account.Id, Room.Wrong, "another good one 12", token, TestContext.Current.CancellationToken)).IsDone);
        Assert.False((await room.Desk.ChangePasswordAsync(account.Id, Room.Password, "another good one 12", token, TestContext.Current.CancellationToken)).IsDone);
        var answers = new List<string>();
        foreach (var old in new[] { Room.Password, Room.Wrong })
            answers.Add((await room.Desk.ChangePasswordAsync(account.Id, old, "weak", token, TestContext.Current.CancellationToken)).Refusal!.Message);
        Assert.Single(answers.Distinct(StringComparer.Ordinal)); // nor does a weak new one tell which old one is right
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password));
        Assert.Single(room.Events, static e => e.Name == "locked");
    }

    [Fact]
    public async Task The_last_administrator_is_neither_disabled_nor_demoted_also_not_by_two_at_once()
    {
        var (one, two) = (room.Add("one", Role.Administrator), room.Add("two", Role.Administrator));
        using var otherStore = AccountStore.Open(room.StorePath);
        var otherDesk = new AccountDesk(otherStore, room.Passwords, room.Sessions, room.Box, room.Setup, room.Log, room.Time);
        var both = await Task.WhenAll(Task.Run(() => room.Desk.DisableAsync(Room.Boss, one.Id)), Task.Run(() => otherDesk.DisableAsync(Room.Boss, two.Id)));
        Assert.Single(both, static outcome => outcome.IsDone);
        var last = room.Store.All().Single(static account => account.IsActive);
        Assert.Equal("last_administrator", (await room.Desk.ChangeAsync(Room.Boss, last.Id, new AccountGrant(last.Name, "x", null, null, [Role.Legal], Rank.MainLeader))).Refusal!.Code);
        Assert.Equal([Role.Administrator], room.Store.Find(last.Id)!.Roles);
    }

    [Theory]
    [InlineData("x", "李四", "name")]
    [InlineData("a b", "李四", "name")]
    [InlineData("李四", "李四", "name")]
    [InlineData("../etc", "李四", "name")]
    [InlineData("new.one", "", "display_name")]
    [InlineData("LI.SI", "李四", "name_taken")]
    public async Task What_cannot_be_an_account_is_refused_by_name(string name, string display, string code)
    {
        room.Add("li.si", Role.Officer);
        Assert.Equal(code, (await room.Desk.AddAsync(Room.Boss, new AccountGrant(name, display, null, null, [], Rank.None), Room.Password)).Refusal!.Code);
        Assert.Single(room.Store.All());
    }

    [Fact]
    public async Task The_gateways_own_role_is_given_to_nobody()
    {
        Assert.Equal("roles", (await room.Desk.AddAsync(Room.Boss, new AccountGrant("li.si", "x", null, null, [Role.System], Rank.None), Room.Password)).Refusal!.Code);
        Assert.Equal("roles", (await room.Desk.AddAsync(Room.Boss, new AccountGrant("li.si", "x", null, null, [(Role)77], Rank.None), Room.Password)).Refusal!.Code);
        Assert.Equal("roles", (await room.Desk.AddAsync(Room.Boss, new AccountGrant("li.si", "x", null, null, [], (Rank)7), Room.Password)).Refusal!.Code);
        var account = room.Add("wang.wu", Role.Officer);
        Assert.Equal("roles", (await room.Desk.ChangeAsync(Room.Boss, account.Id, new AccountGrant("wang.wu", "x", null, null, [Role.Officer, Role.System], Rank.None))).Refusal!.Code);
    }

    [Fact]
    public async Task An_account_comes_back_from_the_file_as_it_was_given()
    {
        var made = (await room.Desk.AddAsync(Room.Boss, new AccountGrant("Li.Si", "李四", "o-1", " ", [Role.Officer, Role.Collector, Role.Officer], Rank.LeaderInCharge), Room.Password)).Value!;
        room.Store.Put(made with { Failures = 3, LockedUntil = room.Time.GetUtcNow(), Subject = "https://idp 7", RecoveryHashes = ["a", "b"], TotpSecret = [1, 2], TotpStep = 9, RightsVersion = 4 });
        using var again = AccountStore.Open(room.StorePath);
        var read = again.FindByName(" LI.SI")!;
        Assert.Equal(("li.si", "李四", "o-1", null, Rank.LeaderInCharge, true, 3, 9L, 4L), (read.Name, read.DisplayName, read.OfficerId, read.UnitId, read.Rank, read.MustChangePassword, read.Failures, read.TotpStep, read.RightsVersion));
        Assert.Equal([Role.Officer, Role.Collector], read.Roles);
        Assert.Equal(["a", "b"], read.RecoveryHashes);
        Assert.Equal<byte>([1, 2], read.TotpSecret!);
        Assert.Equal(read.Id, again.FindBySubject("https://idp 7")!.Id);
    }

    [Fact]
    public void The_file_is_for_its_owner_only() => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(room.StorePath));

    [Fact]
    public void A_file_of_the_first_schema_is_brought_on_with_its_accounts_and_one_of_a_newer_program_is_left_alone()
    {
        var path = Path.Combine(room.Folder, "old.db");
        using (var old = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            old.Open();
            using var text = new StreamReader(typeof(AccountStore).Assembly.GetManifestResourceStream("BodyCam.Accounts.Migrations.001.sql")!);
            old.Execute(text.ReadToEnd());
            old.Execute("PRAGMA user_version = 1; INSERT INTO account VALUES ('user-1', 'li.si', '李四', NULL, NULL, 'Officer', 'None', 'Active', 'h', 0, NULL, 0, '', 2, 0, NULL)");
        }

        using (var store = AccountStore.Open(path))
            Assert.Equal((2, 0L), (store.Find("user-1")!.Failures, store.Find("user-1")!.RightsVersion));
        using (var newer = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            newer.Open();
            newer.Execute("PRAGMA user_version = 99");
        }

        Assert.Contains("newer program", Assert.Throws<InvalidOperationException>(() => AccountStore.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_of_the_command_line_reach_the_log_before_the_next_sign_in_in_order_and_once()
    {
        room.Add("li.si", Role.Officer);
        var pending = new PendingEvents(room.Store, room.Time);
        await pending.RaiseAsync("added", "user-x", "cli/root", "x: Officer; None");
        await pending.RaiseAsync("disabled", "user-x", "cli/root", "x");
        await room.InAsync("li.si");
        await room.InAsync("li.si");
        Assert.Equal(["added", "disabled", "signed_in", "signed_in"], room.Events.Select(static e => e.Name));
        Assert.Equal("x: Officer; None (at the command line, 2026-03-02T00:30:00Z)", room.Events[0].Detail);
    }

    [Fact]
    public async Task An_event_that_the_log_did_not_take_is_forwarded_later()
    {
        room.Add("li.si", Role.Officer);
        await new PendingEvents(room.Store, room.Time).RaiseAsync("added", "user-x", "cli/root", "x");
        room.Log.IsFull = true;
        await Assert.ThrowsAsync<IOException>(() => room.TryAsync("li.si", Room.Password));
        room.Log.IsFull = false;
        await room.InAsync("li.si");
        Assert.Equal(["added", "signed_in"], room.Events.Select(static e => e.Name));
    }
}
