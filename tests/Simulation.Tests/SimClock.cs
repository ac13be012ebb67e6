namespace BodyCam.Simulation.Tests;

/// <summary>The gateway's clock: moves only when told, its timers fire on the thread that moves it, and its wall time can step.</summary>
internal sealed class SimClock : TimeProvider
{
    private readonly List<Timer> timers = [];
    private long ticks = TimeSpan.TicksPerDay;
    private long wallOffset = new DateTime(2026, 3, 2, 0, 30, 0, DateTimeKind.Utc).Ticks - TimeSpan.TicksPerDay;

    /// <summary>When set, called for each new timer; the clock then moves to it and it fires at once.</summary>
    public Action? AtOnce { get; set; }

    /// <summary>True while somebody waits on it.</summary>
    public bool HasTimer => timers.Count > 0;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(ticks + wallOffset, TimeSpan.Zero);

    public override long GetTimestamp() => ticks;

    /// <summary>Wall time, µs since 1970.</summary>
    public long WallUs => (GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    public void Step(TimeSpan by) => wallOffset += by.Ticks;

    public void Advance(TimeSpan by)
    {
        var until = ticks + by.Ticks;
        while (timers.Where(timer => timer.Due <= until).MinBy(static timer => timer.Due) is { } next)
        {
            ticks = Math.Max(ticks, next.Due);
            timers.Remove(next);
            next.Fire();
        }

        ticks = until;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimClock clock, Action fire) : ITimer
    {
        public long Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.timers.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            Due = clock.ticks + dueTime.Ticks;
            if (clock.AtOnce is { } atOnce)
            {
                atOnce();
                clock.ticks = Math.Max(clock.ticks, Due);
                fire();
            }
            else
            {
                clock.timers.Add(this);
            }

            return true;
        }

        public void Dispose() => clock.timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
