using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Accounts.Tests;

/// <summary>Every change of rights stands in the log: at once, or, when the log takes nothing just then, as soon as it does.</summary>
public sealed class EventsTests : IDisposable
{
    private static readonly AccountGrant grant = new("wang.wu", "王五", null, "unit-1", [Role.Legal], Rank.None);

    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    [Theory]
    [InlineData("added")]
    [InlineData("changed")]
    [InlineData("disabled")]
    [InlineData("unlocked")]
    [InlineData("password_set")]
    [InlineData("own password_set")]
    [InlineData("password_expired")]
    [InlineData("linked")]
    [InlineData("totp_set")]
    [InlineData("set_up")]
    [InlineData("locked")]
    public async Task A_change_that_the_log_did_not_take_is_told_before_anybody_signs_in(string what)
    {
        var id = room.Add("li.si", Role.Officer).Id;
        var code = room.Setup.Code()!;
        if (what != "set_up")
            room.Add("chief", Role.Administrator);
        room.Log.IsFull = true;
        await Assert.ThrowsAsync<IOException>(() => DoAsync(what, id, code));
        room.Time.Advance(TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<IOException>(() => room.TryAsync(what == "set_up" ? "boss" : "chief", Room.Password)); // nobody comes in before it
        Assert.Empty(room.Events);
        room.Log.IsFull = false;
        await room.InAsync(what == "set_up" ? "boss" : "chief");
        Assert.Equal([what.Split(' ')[^1], "signed_in"], room.Events.Select(static e => e.Name));
        Assert.EndsWith("(done 2026-03-02T00:30:00Z)", room.Events[0].Detail, StringComparison.Ordinal);
        await room.InAsync(what == "set_up" ? "boss" : "chief");
        Assert.Single(room.Events, e => e.Name == what.Split(' ')[^1]); // once
    }

    [Fact]
    public async Task A_program_that_dies_between_change_and_log_leaves_the_event_for_the_next_one()
    {
        room.Add("chief", Role.Administrator);
        var died = new DyingLog();
        var desk = new AccountDesk(room.Store, room.Passwords, room.Sessions, room.Box, room.Setup, died, room.Time);
        _ = desk.AddAsync(Room.Boss, grant, Room.Password); // never comes back from the log
        await died.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotNull(room.Store.FindByName("wang.wu"));
        using var next = AccountStore.Open(room.StorePath);
        var signIn = new SignIn(next, room.Passwords, room.Sessions, room.Addresses, room.Box, room.Log, room.Time);
        Assert.Equal(SignInOutcome.Done, (await signIn.TryAsync("chief", Room.Password, null, "192.0.2.1", TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal(["added", "signed_in"], room.Events.Select(static e => e.Name));
    }

    [Fact]
    public async Task What_is_refused_is_not_told()
    {
        var chief = room.Add("chief", Role.Administrator);
        Assert.False((await room.Desk.DisableAsync(Room.Boss, chief.Id)).IsDone);
        Assert.False((await room.Desk.AddAsync(Room.Boss, grant with { Name = "chief" }, Room.Password)).IsDone);
        Assert.False((await room.Desk.ChangeAsync(Room.Boss, "user-nobody", grant)).IsDone);
        Assert.False((await room.Desk.ConfirmTotpAsync(chief.Id, AccountDesk.NewTotpSecret(), "000000x")).IsDone);
        await room.InAsync("chief");
        Assert.Equal(["signed_in"], room.Events.Select(static e => e.Name));
    }

    [Fact]
    public async Task Everything_that_waits_is_told_before_a_sign_in_also_a_rotation_of_thousands()
    {
        room.Add("li.si", Role.Officer);
        var pending = new PendingEvents(room.Store, room.Time);
        room.Store.InOneStep(() =>
        {
            for (var i = 0; i < 2_500; i++)
                _ = pending.RaiseAsync("password_expired", $"user-{i}", "cli/root", "x");
            return 0;
        });
        await room.InAsync("li.si");
        Assert.Equal([.. Enumerable.Range(0, 2_500).Select(static i => $"user-{i}"), "user-li.si"], room.Events.Select(static e => e.UserId));
    }

    [Fact]
    public async Task Changes_side_by_side_are_each_told_once_in_the_order_they_were_made()
    {
        room.Add("chief", Role.Administrator);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => i % 3 == 0 ? room.InAsync("chief") as Task : room.Desk.AddAsync(Room.Boss, grant with { Name = $"user{i}" }, Room.Password))));
        var added = room.Events.Where(static e => e.Name == "added").Select(static e => e.UserId).ToList();
        Assert.Equal((20, 20), (added.Count, added.Distinct(StringComparer.Ordinal).Count()));
        Assert.Equal(10, room.Events.Count(static e => e.Name == "signed_in"));
    }

    private Task DoAsync(string what, string id, string setupCode)
    {
        var secret = AccountDesk.NewTotpSecret();
        return what switch
        {
            "added" => room.Desk.AddAsync(Room.Boss, grant, Room.Password),
            "changed" => room.Desk.ChangeAsync(Room.Boss, id, grant),
            "disabled" => room.Desk.DisableAsync(Room.Boss, id),
            "unlocked" => room.Desk.UnlockAsync(Room.Boss, id),
            "password_set" => room.Desk.ResetAsync(Room.Boss, id, "another good one 12"),
            "own password_set" => room.Desk.ChangePasswordAsync(id, Room.Password, "another good one 12", null, TestContext.Current.CancellationToken),
            "password_expired" => room.Desk.ExpirePasswordAsync(Room.Boss, id),
            "linked" => room.Desk.LinkAsync(Room.Boss, id, "https://idp x"),
            "totp_set" => room.Desk.ConfirmTotpAsync(id, secret, Totp.Code(secret, Totp.StepOf(room.Time.GetUtcNow()))),
            "set_up" => room.Desk.SetUpAsync(setupCode, "boss", "主任", Room.Password),
            _ => LockAsync(),
        };
    }

    private async Task LockAsync()
    {
        for (var i = 0; i < SignIn.FailuresMax; i++)
            await room.TryAsync("li.si", Room.Wrong);
    }

    /// <summary>A log that is reached and never answers, as when the program dies there.</summary>
    private sealed class DyingLog : IAccountEvents
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask RaiseAsync(string name, string userId, string by, string detail)
        {
            Reached.SetResult();
            await new TaskCompletionSource().Task;
        }
    }
}
