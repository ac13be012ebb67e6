namespace BodyCam.Accounts;

/// <summary>What happens to accounts, for the log.</summary>
public interface IAccountEvents
{
    /// <summary>One event: <c>signed_in</c>, <c>sign_in_failed</c>, <c>locked</c>, <c>added</c>, <c>changed</c>, <c>disabled</c>, <c>unlocked</c>, <c>password_set</c>, <c>totp_set</c>, <c>totp_removed</c>, <c>set_up</c>.</summary>
    /// <param name="name">Event.</param>
    /// <param name="userId">Whose account; empty when the name is nobody's.</param>
    /// <param name="by">Who did it.</param>
    /// <param name="detail">In words; never a secret.</param>
    ValueTask RaiseAsync(string name, string userId, string by, string detail);
}
