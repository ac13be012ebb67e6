using System.Globalization;
using Microsoft.AspNetCore.Identity;

namespace BodyCam.Accounts;

/// <summary>How a sign-in ended.</summary>
public enum SignInOutcome
{
    /// <summary>In.</summary>
    Done,

    /// <summary>Name, password or code is wrong, or the account is locked or disabled: it is not said which.</summary>
    Refused,

    /// <summary>The password is right and a code is asked for.</summary>
    CodeWanted,

    /// <summary>Too many attempts from this address, or too many at once.</summary>
    TooMany,
}

/// <summary>Signs in local users: lock-out per name, a limit per address, the same work and the same writes for names that are nobody's.</summary>
public sealed class SignIn(AccountStore store, Passwords passwords, Sessions sessions, AddressLimit addresses, SecretBox box, IAccountEvents events, TimeProvider time)
{
    /// <summary>Wrong attempts before a name is locked.</summary>
    public const int FailuresMax = LockOut.FailuresMax;

    private readonly AccountJournal journal = new(store, events, time);

    /// <summary>Tries; on success it is in the log and a session begins.</summary>
    public async Task<(SignInOutcome Outcome, string? Token, Session? Session, Account? Account)> TryAsync(string name, string password, string? code, string address, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(password);
        if (!addresses.TryTake(address))
            return (SignInOutcome.TooMany, null, null, null);
        var hashed = store.FindByName(name);
        if (await passwords.VerifyAsync(hashed, password, cancel).ConfigureAwait(false) is not { } result)
            return (SignInOutcome.TooMany, null, null, null);
        var fresh = result == PasswordVerificationResult.SuccessRehashNeeded ? passwords.Hash(password) : null;
        var verdict = store.InOneStep(() => Judge(name, hashed, result != PasswordVerificationResult.Failed, fresh, code, address, time.GetUtcNow()));
        if (verdict.Outcome != SignInOutcome.Refused)
            addresses.GiveBack(address);
        if (verdict.IsLockedNow)
            await journal.ForwardAsync().ConfigureAwait(false);
        return verdict is { Outcome: SignInOutcome.Done, Account: { } account }
            ? await BeginAsync(account, verdict.Method, address, verdict.Failures).ConfigureAwait(false)
            : (verdict.Outcome, null, null, null);
    }

    /// <summary>Signs in whom an OpenID Connect provider vouches for: an account that is active and linked, never a new one.</summary>
    /// <param name="subject"><c>issuer value</c>, as linked.</param>
    /// <param name="address">From where.</param>
    public async Task<(SignInOutcome Outcome, string? Token, Session? Session, Account? Account)> TryExternalAsync(string subject, string address) =>
        store.FindBySubject(subject) is { IsActive: true } account
            ? await BeginAsync(account, Session.ByProvider, address, 0).ConfigureAwait(false)
            : (SignInOutcome.Refused, null, null, null);

    private static string Wrong(int failures) => string.Create(CultureInfo.InvariantCulture, $"{failures} wrong attempts");

    private async Task<(SignInOutcome Outcome, string? Token, Session? Session, Account? Account)> BeginAsync(Account account, string method, string address, int failures)
    {
        await journal.ForwardAsync().ConfigureAwait(false);
        await events.RaiseAsync("signed_in", account.Id, address, failures == 0 ? method : $"{method}, after {Wrong(failures)}").ConfigureAwait(false);
        var (token, session) = sessions.Begin(account, method);
        return (SignInOutcome.Done, token, session, account);
    }

    // Nothing here waits or hashes a password: attempts side by side come in one after the other, so five wrong ones lock and a code counts once.
    private Verdict Judge(string name, Account? hashed, bool isRight, string? freshHash, string? code, string address, DateTimeOffset now)
    {
        var account = hashed is null ? null : store.Find(hashed.Id);
        var key = box.NameKey(AccountStore.Normal(name));
        var before = account is null ? store.Stranger(key) : new Guesses(account.Failures, account.LockedUntil);
        if (before.LockedUntil > now)
            return new Verdict(SignInOutcome.Refused, account);
        var method = Session.ByPassword;
        // A password changed while its old one was hashed is a wrong one.
        if (isRight && account is { IsActive: true } && account.PasswordHash == hashed!.PasswordHash)
        {
            var passed = account;
            if (account.TotpSecret is { } secret)
            {
                if (string.IsNullOrWhiteSpace(code))
                    return new Verdict(SignInOutcome.CodeWanted, account);
                (passed, method) = (Second(account, secret, code, now), Session.ByPasswordAndCode);
            }

            if (passed is not null)
            {
                passed = passed with { Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch, PasswordHash = freshHash ?? passed.PasswordHash };
                store.Put(passed);
                return new Verdict(SignInOutcome.Done, passed) { Method = method, Failures = before.Failures };
            }
        }

        var after = LockOut.Failed(before, now);
        if (account is null)
            store.PutStranger(key, after, now);
        else
            store.Put(account with { Failures = after.Failures, LockedUntil = after.LockedUntil });
        if (after.LockedUntil > now)
            journal.Note("locked", account?.Id ?? "", address, Wrong(after.Failures));
        return new Verdict(SignInOutcome.Refused, account) { IsLockedNow = after.LockedUntil > now };
    }

    private Account? Second(Account account, byte[] sealedSecret, string code, DateTimeOffset now) =>
        box.Open(sealedSecret, account.Id) is { } secret && Totp.Accept(secret, code, now, account.TotpStep) is { } step ? account with { TotpStep = step } : RecoveryCodes.Use(account, code);

    private sealed record Verdict(SignInOutcome Outcome, Account? Account)
    {
        public string Method { get; init; } = "";

        public int Failures { get; init; }

        public bool IsLockedNow { get; init; }
    }
}
