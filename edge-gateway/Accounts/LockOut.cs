namespace BodyCam.Accounts;

/// <summary>How long a name is locked after wrong attempts: five are free, then 1, 2, 4 … minutes up to an hour; only a right sign-in or an administrator begins anew.</summary>
internal static class LockOut
{
    /// <summary>Wrong attempts at which the first lock begins.</summary>
    public const int FailuresMax = 5;

    private const double MinutesMax = 60;

    /// <summary>One more wrong attempt.</summary>
    public static Guesses Failed(Guesses before, DateTimeOffset now)
    {
        // Counting ends where the lock grows no longer.
        var failures = Math.Min(before.Failures + 1, 1000);
        return failures < FailuresMax ? before with { Failures = failures } : new Guesses(failures, now + TimeSpan.FromMinutes(Math.Min(MinutesMax, Math.Pow(2, failures - FailuresMax))));
    }
}
