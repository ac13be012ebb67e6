namespace BodyCam.Rules.Deadlines;

/// <summary>What the guard says at a time.</summary>
/// <param name="Now">Gateway-wall time that judgements are to use, UTC.</param>
/// <param name="Pending">Step that waits for a person; null for none.</param>
public sealed record ClockVerdict(DateTimeOffset Now, ClockStep? Pending)
{
    /// <summary>True while nothing that depends on time may fire anew: no deadline, no expiry, no purge.</summary>
    public bool IsHeld => Pending is not null;
}

/// <summary>What became of a confirmation.</summary>
public enum ClockConfirmationOutcome
{
    /// <summary>Time fires again.</summary>
    Confirmed,

    /// <summary>No step waited.</summary>
    NothingPending,

    /// <summary>The clock stepped again since the person looked: still held.</summary>
    SteppedAgain,
}

/// <summary>A person's confirmation, to be recorded.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Step">The step confirmed, or the one that waits now.</param>
/// <param name="At">Gateway-wall time.</param>
/// <param name="Person">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record ClockConfirmation(ClockConfirmationOutcome Outcome, ClockStep Step, DateTimeOffset At, string Person, string Reason);

/// <summary>A state that was judged under the guard.</summary>
/// <param name="State">The state that counts: while held, the one before.</param>
/// <param name="IsHeld">True when something would have fired and was held: "held: clock stepped".</param>
/// <param name="Words">Why it is held, in Chinese; empty when it is not.</param>
/// <typeparam name="T">Kind of state.</typeparam>
public sealed record Guarded<T>(T State, bool IsHeld, string Words);

/// <summary>Judges deadlines under the guard.</summary>
public static class GuardedDeadlines
{
    /// <summary>Where a deadline stands now. While a step is unconfirmed, nothing is newly warned, due, overdue or met, and nothing that was goes back: the state before stands.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="deadline">The deadline.</param>
    /// <param name="before">The state that was last judged; <see cref="DeadlineState.NotStarted"/> at first.</param>
    /// <param name="metAt">When what it asks for was done; null while it is not.</param>
    public static Guarded<DeadlineState> Judge(this ClockGuard guard, Deadline deadline, DeadlineState before, DateTimeOffset? metAt = null)
    {
        ArgumentNullException.ThrowIfNull(guard);
        ArgumentNullException.ThrowIfNull(deadline);
        var verdict = guard.Observe();
        var state = deadline.StateAt(verdict.Now, metAt);
        return verdict.Pending is { } step && state != before && (Fires(state) || Fires(before))
            ? new Guarded<DeadlineState>(before, true, step.Words)
            : new Guarded<DeadlineState>(state, false, "");
    }

    private static bool Fires(DeadlineState state) =>
        state is DeadlineState.Warned or DeadlineState.Due or DeadlineState.Overdue or DeadlineState.MetInTime or DeadlineState.MetLate;
}
