using BodyCam.Custody.Acts;

namespace BodyCam.Accounts.Tests;

public sealed class SessionsTests : IDisposable
{
    private readonly Room room = new();

    public void Dispose() => room.Dispose();

    [Fact]
    public async Task A_session_ends_after_half_an_hour_without_use()
    {
        room.Add("li.si", Role.Officer);
        var (token, _) = await room.InAsync("li.si");
        room.Time.Advance(Sessions.Idle - TimeSpan.FromTicks(1));
        Assert.NotNull(room.Sessions.Find(token));
        room.Time.Advance(Sessions.Idle);
        Assert.Null(room.Sessions.Find(token));
        Assert.Equal(0, room.Sessions.Count);
    }

    [Fact]
    public async Task A_session_ends_after_twelve_hours_however_much_it_is_used()
    {
        room.Add("li.si", Role.Officer);
        var (token, _) = await room.InAsync("li.si");
        for (var minutes = 0; minutes < 12 * 60; minutes += 20)
        {
            Assert.NotNull(room.Sessions.Find(token));
            room.Time.Advance(TimeSpan.FromMinutes(20));
        }

        Assert.Null(room.Sessions.Find(token));
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(-365 * 24 * 60)]
    [InlineData(30)]
    public async Task A_clock_that_steps_by_half_an_hour_or_more_either_way_ends_sessions_instead_of_keeping_them_open(int minutes)
    {
        room.Add("li.si", Role.Officer);
        var (token, _) = await room.InAsync("li.si");
        room.Time.Advance(TimeSpan.FromMinutes(minutes));
        Assert.Null(room.Sessions.Find(token));
    }

    [Fact]
    public async Task A_clock_set_right_by_a_second_ends_nothing()
    {
        room.Add("li.si", Role.Officer);
        var (token, _) = await room.InAsync("li.si");
        room.Time.Advance(TimeSpan.FromSeconds(-1));
        Assert.NotNull(room.Sessions.Find(token));
    }

    [Fact]
    public async Task Ending_one_leaves_the_others_and_a_token_that_was_never_given_is_nobody()
    {
        room.Add("li.si", Role.Officer);
        var (one, _) = await room.InAsync("li.si");
        var (two, _) = await room.InAsync("li.si");
        room.Sessions.End(one);
        Assert.Null(room.Sessions.Find(one));
        Assert.NotNull(room.Sessions.Find(two));
        Assert.Null(room.Sessions.Find(""));
        Assert.Null(room.Sessions.Find(two[..^1]));
    }

    [Fact]
    public void One_user_has_at_most_sixteen_and_all_together_4096()
    {
        var others = Enumerable.Range(0, Sessions.CountMax).Select(i => room.Sessions.Begin(new Account($"user-{i}", $"u{i}", "x", null, null, [], Rules.Policies.Rank.None), Session.ByPassword).Token).ToList();
        var one = room.Add("li.si", Role.Officer);
        var mine = Enumerable.Range(0, 100).Select(_ =>
        {
            room.Time.Advance(TimeSpan.FromMilliseconds(1));
            return room.Sessions.Begin(one, Session.ByPassword).Token;
        }).ToList();
        Assert.Equal(Sessions.CountMax, room.Sessions.Count);
        Assert.Equal(Sessions.PerUserMax, mine.Count(token => room.Sessions.Find(token) is not null));
        Assert.Equal(mine[^Sessions.PerUserMax..], mine.Where(token => room.Sessions.Find(token) is not null));
        Assert.Equal(Sessions.CountMax - Sessions.PerUserMax, others.Count(token => room.Sessions.Find(token) is not null));
    }
}
