namespace BodyCam.Accounts;

/// <summary>What happens to accounts, for the log.</summary>
public interface IAccountEvents
{
    /// <summary>One event: <c>signed_in</c>, <c>locked</c>, <c>added</c>, <c>changed</c>, <c>disabled</c>, <c>unlocked</c>, <c>password_set</c>, <c>password_expired</c>, <c>totp_set</c>, <c>linked</c>, <c>set_up</c>. Wrong attempts are counted in the detail of the next <c>signed_in</c> or <c>locked</c>: guessing cannot fill the log.</summary>
    /// <param name="name">Event.</param>
    /// <param name="userId">Whose account; empty when the name is nobody's.</param>
    /// <param name="by">Who did it.</param>
    /// <param name="detail">In words; never a secret, never a name that is nobody's.</param>
    ValueTask RaiseAsync(string name, string userId, string by, string detail);
}

/// <summary>Keeps events of the command line, which cannot write the log of a running gateway, until the gateway forwards them.</summary>
public sealed class PendingEvents(AccountStore store, TimeProvider time) : IAccountEvents
{
    /// <summary>How who acts at the command line is named: <c>cli/</c> and the system's user.</summary>
    public const string ByPrefix = "cli/";

    /// <inheritdoc/>
    public ValueTask RaiseAsync(string name, string userId, string by, string detail)
    {
        store.Pend(name, userId, by, detail, time.GetUtcNow());
        return ValueTask.CompletedTask;
    }
}
