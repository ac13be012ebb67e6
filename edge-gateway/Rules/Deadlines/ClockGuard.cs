namespace BodyCam.Rules.Deadlines;

/// <summary>Bounds of the guard; practice.</summary>
public sealed record ClockGuardOptions
{
    /// <summary>Largest difference between wall and boot clock that is no step. Their readings are not taken at one instant, and uptime has hundredths of a second.</summary>
    public TimeSpan StepMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How far the two may drift apart, in millionths of the time since the anchor. On Linux the same rate drives both, so that only steps part them.</summary>
    public int DriftPpmMax { get; init; } = 100;

    /// <summary>Longest time that a machine may have been off without a person being asked: a weekend and a day.</summary>
    public TimeSpan AwayMax { get; init; } = TimeSpan.FromHours(72);

    /// <summary>How often the state is written while nothing happens; a step back across a restart of the machine is seen down to this.</summary>
    public TimeSpan WriteEvery { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Keeps deadlines and purges from firing on a stepped clock (DESIGN D11): while a step of the gateway's wall clock is unconfirmed, nothing that depends on time fires anew. Thread-safe.</summary>
/// <param name="time">Wall time.</param>
/// <param name="boot">The clock that nobody can set.</param>
/// <param name="store">Remembers across restarts.</param>
/// <param name="newestKnown">Newest moment that the gateway has on record elsewhere, such as the last checkpoint's; null for none. Guards against a state that was taken away.</param>
/// <param name="options">Bounds; null for the defaults.</param>
public sealed class ClockGuard(TimeProvider time, IBootClock boot, IClockGuardStore store, DateTimeOffset? newestKnown = null, ClockGuardOptions? options = null)
{
    private readonly Lock gate = new();
    private readonly ClockGuardOptions options = options ?? new ClockGuardOptions();
    private ClockGuardState? state;
    private TimeSpan writtenAt;

    /// <summary>Looks at both clocks. To be called at least every <see cref="ClockGuardOptions.WriteEvery"/>; every judgement calls it too, so that none is made on a step not yet seen.</summary>
    /// <exception cref="IOException">The state could not be kept; a step that was seen holds all the same.</exception>
    public ClockVerdict Observe()
    {
        lock (gate)
        {
            var (wall, reading) = (time.GetUtcNow(), boot.Read());
            var isFirst = state is null;
            var (before, step) = isFirst ? ReadBefore(wall, reading) : (state!, StepWithin(state!, wall, reading));
            var isSameRun = before is not null && IsSameRun(before, reading);
            var keepsAnchor = step is null && isSameRun;
            state = new ClockGuardState
            {
                BootId = reading.BootId,
                SinceBoot = reading.SinceBoot,
                Wall = wall,
                AnchorSinceBoot = keepsAnchor ? before!.AnchorSinceBoot : reading.SinceBoot,
                AnchorWall = keepsAnchor ? before!.AnchorWall : wall,
                Pending = Join(before?.Pending, step),
            };
            if (isFirst || step is not null || reading.SinceBoot - writtenAt >= options.WriteEvery)
                WriteNeedsLock();
            return new ClockVerdict(wall, state.Pending);
        }
    }

    /// <summary>A person says that the wall clock is right now. Afterwards time fires again, also over a restart.</summary>
    /// <param name="seen">The step that the person was shown; another one since then is not confirmed.</param>
    /// <param name="person">Who confirms; not blank.</param>
    /// <param name="reason">Why; not blank.</param>
    /// <returns>What became of it; to be recorded by the caller.</returns>
    /// <exception cref="IOException">The state could not be kept; it stays held.</exception>
    public ClockConfirmation Confirm(ClockStep seen, string person, string reason)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        lock (gate)
        {
            var verdict = Observe();
            if (verdict.Pending is null)
                return new ClockConfirmation(ClockConfirmationOutcome.NothingPending, seen, verdict.Now, person, reason);
            if (verdict.Pending != seen)
                return new ClockConfirmation(ClockConfirmationOutcome.SteppedAgain, verdict.Pending, verdict.Now, person, reason);
            var held = state!;
            state = held with { Pending = null };
            try
            {
                WriteNeedsLock();
            }
            catch
            {
                state = held;
                throw;
            }

            return new ClockConfirmation(ClockConfirmationOutcome.Confirmed, seen, verdict.Now, person, reason);
        }
    }

    private (ClockGuardState? Before, ClockStep? Step) ReadBefore(DateTimeOffset wall, BootReading reading)
    {
        var stored = store.Read();
        if (stored.IsUnreadable)
            return (null, new ClockStep(ClockStepKind.StateUnreadable, wall, wall, 1));
        if (stored.State is { } before && IsSameRun(before, reading))
            return (before, StepWithin(before, wall, reading) ?? StepAcross(newestKnown, wall, isAwayJudged: false));
        var newest = stored.State is { } last && !(newestKnown > last.Wall) ? last.Wall : newestKnown;
        return (stored.State, StepAcross(newest, wall, isAwayJudged: true));
    }

    private ClockStep? StepWithin(ClockGuardState before, DateTimeOffset wall, BootReading reading)
    {
        if (!IsSameRun(before, reading))
            return StepAcross(before.Wall, wall, isAwayJudged: true);
        return StepSince(before.Wall, reading.SinceBoot - before.SinceBoot, wall) ?? StepSince(before.AnchorWall, reading.SinceBoot - before.AnchorSinceBoot, wall);
    }

    private ClockStep? StepSince(DateTimeOffset then, TimeSpan elapsed, DateTimeOffset wall)
    {
        var expected = then + elapsed;
        var allowed = options.StepMax + (elapsed * (options.DriftPpmMax / 1e6));
        return (wall - expected).Duration() <= allowed ? null : new ClockStep(wall > expected ? ClockStepKind.Forwards : ClockStepKind.Backwards, expected, wall, 1);
    }

    private ClockStep? StepAcross(DateTimeOffset? newest, DateTimeOffset wall, bool isAwayJudged)
    {
        if (newest is not { } then)
            return null;
        if (wall < then - options.StepMax)
            return new ClockStep(ClockStepKind.BackwardsAcrossRestart, then, wall, 1);
        return isAwayJudged && wall - then > options.AwayMax ? new ClockStep(ClockStepKind.LongAway, then, wall, 1) : null;
    }

    private void WriteNeedsLock()
    {
        store.Write(state!);
        writtenAt = state!.SinceBoot;
    }

    private static bool IsSameRun(ClockGuardState before, BootReading reading) => before.BootId == reading.BootId && reading.SinceBoot >= before.SinceBoot;

    private static ClockStep? Join(ClockStep? pending, ClockStep? step) => (pending, step) switch
    {
        (null, _) => step,
        (_, null) => pending,
        _ => pending with { Seen = step.Seen, Count = pending.Count + 1 },
    };
}
