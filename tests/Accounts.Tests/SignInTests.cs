using BodyCam.Custody.Acts;
using Microsoft.Data.Sqlite;

namespace BodyCam.Accounts.Tests;

public sealed class SignInTests : IDisposable
{
    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    [Theory]
    [InlineData("li.si", Room.Password, SignInOutcome.Done)]
    [InlineData("  LI.SI ", Room.Password, SignInOutcome.Done)]
    [InlineData("li.si", Room.Wrong, SignInOutcome.Refused)]
    [InlineData("li.si", "", SignInOutcome.Refused)]
    [InlineData("li.si", Room.Password + " ", SignInOutcome.Refused)]
    [InlineData("nobody", Room.Password, SignInOutcome.Refused)]
    [InlineData("", "", SignInOutcome.Refused)]
    [InlineData("disabled", Room.Password, SignInOutcome.Refused)]
    public async Task Lets_in_the_right_password_of_an_active_account_and_says_the_same_of_everything_else(string name, string password, SignInOutcome expected)
    {
        room.Add("li.si", Role.Officer);
        room.Store.Put(room.Add("disabled", Role.Officer) with { IsActive = false });
        Assert.Equal(expected, await room.TryAsync(name, password));
    }

    [Theory]
    [InlineData("li.si")]
    [InlineData("nobody")]
    public async Task Five_wrong_attempts_lock_for_1_2_4_minutes_and_so_on_up_to_an_hour_whether_the_name_exists_or_not(string name)
    {
        room.Add("li.si", Role.Officer);
        for (var i = 0; i < 5; i++)
            await room.TryAsync(name, Room.Wrong);
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 })
        {
            room.Time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            var writes = room.Store.WriteCount;
            Assert.Equal(SignInOutcome.Refused, await room.TryAsync(name, Room.Password)); // locked: the right one is refused, and nothing counts
            Assert.Equal(writes, room.Store.WriteCount);
            room.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(SignInOutcome.Refused, await room.TryAsync(name, Room.Wrong)); // over: this one counts again
            Assert.Equal(writes + 1, room.Store.WriteCount);
        }

        room.Time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(name == "li.si" ? SignInOutcome.Done : SignInOutcome.Refused, await room.TryAsync(name, Room.Password));
    }

    [Fact]
    public async Task A_right_sign_in_begins_the_count_anew_and_the_event_tells_how_many_were_wrong()
    {
        room.Add("li.si", Role.Officer);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++)
                await room.TryAsync("li.si", Room.Wrong);
            Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password));
        }

        Assert.Equal(["signed_in", "signed_in", "signed_in"], room.Events.Select(static e => e.Name));
        Assert.All(room.Events, static e => Assert.Equal("password, after 4 wrong attempts", e.Detail));
    }

    [Fact]
    public async Task A_name_that_is_nobodys_costs_the_same_hashes_writes_and_events_as_one_that_is()
    {
        room.Add("li.si", Role.Officer);
        room.Store.Put(room.Add("disabled", Role.Officer) with { IsActive = false });
        var seen = new List<string>();
        foreach (var name in new[] { "li.si", "disabled", "nobody" })
        {
            var trace = new List<string>();
            for (var i = 0; i < 8; i++)
            {
                var (hashes, writes, events) = (room.Passwords.WorkCount, room.Store.WriteCount, room.Events.Count);
                var outcome = await room.TryAsync(name, Room.Wrong);
                trace.Add($"{outcome} {room.Passwords.WorkCount - hashes} hash {room.Store.WriteCount - writes} write {room.Events.Count - events} event");
                room.Time.Advance(TimeSpan.FromSeconds(10));
            }

            seen.Add(string.Join('\n', trace));
        }

        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(seen[0], seen[2]);
        Assert.Contains("Refused 1 hash 1 write 0 event", seen[0], StringComparison.Ordinal);
        Assert.Contains("Refused 1 hash 1 write 1 event", seen[0], StringComparison.Ordinal);
        Assert.Contains("Refused 1 hash 0 write 0 event", seen[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_as_a_name_of_nobody_is_neither_kept_nor_logged()
    {
        const string typed = "zebra-quartz-in-the-wrong-field";
        for (var i = 0; i < 6; i++)
            await room.TryAsync(typed, Room.Wrong);
        Assert.Single(room.Events, static e => e.Name == "locked");
        Assert.DoesNotContain(room.Events, static e => (e.UserId + e.By + e.Detail).Contains("zebra", StringComparison.Ordinal));
        Assert.DoesNotContain("zebra", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(room.StorePath, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_in_parallel_gives_no_more_than_five_tries()
    {
        room.Add("li.si", Role.Officer);
        var wrong = Enumerable.Range(0, 40).Select(_ => Task.Run(() => room.TryAsync("li.si", Room.Wrong))).ToList();
        await Task.WhenAll(wrong);
        Assert.All(wrong, static attempt => Assert.Equal(SignInOutcome.Refused, attempt.Result));
        var account = room.Store.FindByName("li.si")!;
        Assert.Equal(5, account.Failures);
        Assert.Equal(room.Time.GetUtcNow() + TimeSpan.FromMinutes(1), account.LockedUntil);
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("li.si", Room.Password));
        Assert.Single(room.Events, static e => e.Name == "locked");
    }

    [Fact]
    public async Task More_than_64_at_once_are_turned_away_without_a_hash_and_the_next_ones_come_in()
    {
        using var few = new Passwords(iterations: 1_000, concurrent: 1);
        await few.Hashing.WaitAsync(TestContext.Current.CancellationToken); // somebody hashes for as long as the test says
        var attempts = Enumerable.Range(0, 100).Select(_ => few.VerifyAsync(null, Room.Wrong, TestContext.Current.CancellationToken)).ToList();
        Assert.Equal(36, attempts.Count(static attempt => attempt is { IsCompletedSuccessfully: true, Result: null }));
        Assert.Equal((64, 0L), (few.WaitingCount, few.WorkCount));
        few.Hashing.Release();
        await Task.WhenAll(attempts);
        Assert.Equal((0, 64L), (few.WaitingCount, few.WorkCount));
        Assert.NotNull(await few.VerifyAsync(null, Room.Wrong, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Attempts_given_up_while_they_wait_leave_their_place()
    {
        using var few = new Passwords(iterations: 1_000, concurrent: 1);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        for (var i = 0; i < 2 * Passwords.WaitingMax; i++)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => few.VerifyAsync(null, Room.Wrong, gone.Token));
        Assert.Equal(0, few.WaitingCount);
        Assert.NotNull(await few.VerifyAsync(null, Room.Wrong, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nobody has this password")]
    [InlineData("")]
    [InlineData(Room.Password)]
    public async Task An_account_without_a_password_has_no_password(string password)
    {
        room.Store.Put(room.Add("linked", Role.Officer) with { PasswordHash = "" });
        Assert.Equal(SignInOutcome.Refused, await room.TryAsync("linked", password));
    }

    [Fact]
    public async Task An_address_has_twenty_attempts_then_one_each_half_minute_and_right_ones_cost_none()
    {
        room.Add("li.si", Role.Officer);
        for (var i = 0; i < 50; i++)
            Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, from: "192.0.2.7"));
        for (var i = 0; i < 20; i++)
            Assert.Equal(SignInOutcome.Refused, await room.TryAsync($"guess{i}", Room.Wrong, from: "192.0.2.7"));
        var hashes = room.Passwords.WorkCount;
        Assert.Equal(SignInOutcome.TooMany, await room.TryAsync("li.si", Room.Password, from: "192.0.2.7"));
        Assert.Equal(SignInOutcome.TooMany, await room.TryAsync("li.si", Room.Password, from: "::ffff:192.0.2.7"));
        Assert.Equal(hashes, room.Passwords.WorkCount);
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, from: "192.0.2.8"));
        room.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(SignInOutcome.TooMany, await room.TryAsync("li.si", Room.Password, from: "192.0.2.7"));
        room.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SignInOutcome.Done, await room.TryAsync("li.si", Room.Password, from: "192.0.2.7"));
    }

    [Fact]
    public void Attempts_side_by_side_from_one_address_are_each_taken_before_they_are_tried()
    {
        var taken = 0;
        Parallel.For(0, 200, _ =>
        {
            if (room.Addresses.TryTake("192.0.2.7"))
                Interlocked.Increment(ref taken);
        });
        Assert.Equal(AddressLimit.Burst, taken);
    }

    [Fact]
    public void An_IPv6_network_counts_as_one_address_and_memory_stays_bounded()
    {
        for (var i = 0; i < AddressLimit.Burst; i++)
            Assert.True(room.Addresses.TryTake($"2001:db8:1:2::{i:x}"));
        Assert.False(room.Addresses.TryTake("2001:db8:1:2:ffff::1"));
        Assert.True(room.Addresses.TryTake("2001:db8:1:3::1"));
        for (var i = 0; i < AddressLimit.AddressesMax + 500; i++)
            room.Addresses.TryTake($"10.{i / 65536}.{i / 256 % 256}.{i % 256}");
        Assert.Equal(AddressLimit.AddressesMax, room.Addresses.Count);
    }

    [Fact]
    public void Names_of_nobody_are_remembered_up_to_a_bound_and_the_oldest_gives_way()
    {
        room.Store.InOneStep(() =>
        {
            for (var i = 0; i < AccountStore.StrangersMax + 5; i++)
                room.Store.PutStranger(room.Box.NameKey($"n{i}"), new Guesses(3, DateTimeOffset.UnixEpoch), room.Time.GetUtcNow() + TimeSpan.FromSeconds(i));
            return 0;
        });
        Assert.Equal(0, room.Store.Stranger(room.Box.NameKey("n4")).Failures);
        Assert.Equal(3, room.Store.Stranger(room.Box.NameKey("n5")).Failures);
    }

    [Fact]
    public async Task A_hash_of_fewer_rounds_is_made_anew_at_the_next_sign_in_and_sessions_go_on()
    {
        using var old = new Passwords(iterations: 500);
        room.Store.Put(room.Add("li.si", Role.Officer) with { PasswordHash = old.Hash(Room.Password) });
        var before = room.Store.FindByName("li.si")!;
        await room.InAsync("li.si");
        var after = room.Store.FindByName("li.si")!;
        Assert.NotEqual(before.PasswordHash, after.PasswordHash);
        Assert.Equal(before.RightsVersion, after.RightsVersion);
        await room.InAsync("li.si");
        Assert.Equal(after.PasswordHash, room.Store.FindByName("li.si")!.PasswordHash);
    }

    [Fact]
    public async Task Nobody_is_let_in_when_the_log_does_not_take_the_event()
    {
        room.Add("li.si", Role.Officer);
        room.Log.IsFull = true;
        await Assert.ThrowsAsync<IOException>(() => room.TryAsync("li.si", Room.Password));
        Assert.Equal(0, room.Sessions.Count);
    }

    [Fact]
    public async Task An_account_disabled_while_its_password_is_hashed_stays_disabled_and_out()
    {
        // seed 20260301: sign-ins and disables in random order, by two programs on one file.
        var random = new Random(20260301);
        using var other = AccountStore.Open(room.StorePath);
        for (var round = 0; round < 30; round++)
        {
            var account = room.Add("li.si", Role.Officer);
            var tries = Enumerable.Range(0, 4).Select(_ => Task.Run(() => room.TryAsync("li.si", random.Next(2) == 0 ? Room.Password : Room.Wrong))).ToList();
            var disable = Task.Run(() => other.InOneStep(() =>
            {
                other.Put(other.Find(account.Id)! with { IsActive = false });
                return 0;
            }));
            await Task.WhenAll([.. tries, disable]);
            Assert.False(room.Store.FindByName("li.si")!.IsActive);
            room.Time.Advance(TimeSpan.FromHours(2));
        }
    }

    [Fact]
    public void Writing_an_account_with_anothers_name_throws_and_leaves_both()
    {
        room.Add("li.si", Role.Officer);
        var other = room.Add("wang.wu", Role.Officer);
        Assert.Throws<SqliteException>(() => room.Store.Put(other with { Name = "li.si" }));
        Assert.Equal(["li.si", "wang.wu"], room.Store.All().Select(static account => account.Name));
    }
}
