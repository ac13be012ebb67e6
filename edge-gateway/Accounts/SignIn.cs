using System.Security.Cryptography;
using System.Text;
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

/// <summary>Signs in local users: constant work, lock-out per account, a limit per address.</summary>
public sealed class SignIn(AccountStore store, Passwords passwords, Sessions sessions, AddressLimit addresses, SecretBox box, IAccountEvents events, TimeProvider time)
{
    /// <summary>Wrong attempts before an account is locked.</summary>
    public const int FailuresMax = 5;

    private static readonly TimeSpan lockMax = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Tries; on success a session begins.</summary>
    public async Task<(SignInOutcome Outcome, string? Token, Session? Session, Account? Account)> TryAsync(string name, string password, string? code, string address, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(password);
        if (!addresses.MayTry(address))
            return (SignInOutcome.TooMany, null, null, null);
        var found = store.FindByName(name);
        if (await passwords.VerifyAsync(found, password, cancel).ConfigureAwait(false) is not { } result)
            return (SignInOutcome.TooMany, null, null, null);

        // One at a time from here: attempts side by side are each counted, a code is accepted once.
        await one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var account = found is null ? null : store.Find(found.Id);
            var now = time.GetUtcNow();
            if (account is null || !account.IsActive || account.LockedUntil > now)
            {
                addresses.Failed(address);
                await events.RaiseAsync("sign_in_failed", account?.Id ?? "", address, account is null ? "unknown name" : account.IsActive ? "locked" : "disabled").ConfigureAwait(false);
                return (SignInOutcome.Refused, null, null, null);
            }

            if (result == PasswordVerificationResult.Failed || !string.Equals(account.PasswordHash, found!.PasswordHash, StringComparison.Ordinal))
                return await FailedAsync(account, address, "wrong password").ConfigureAwait(false);
            var method = "password";
            if (account.TotpSecret is { } secret)
            {
                if (string.IsNullOrWhiteSpace(code))
                    return (SignInOutcome.CodeWanted, null, null, null);
                if (Second(account, secret, code, now) is not { } passed)
                    return await FailedAsync(account, address, "wrong code").ConfigureAwait(false);
                (account, method) = (passed, "password+totp");
            }

            if (result == PasswordVerificationResult.SuccessRehashNeeded)
                account = account with { PasswordHash = passwords.Hash(password) };
            store.Put(account with { Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch });
            var (token, session) = sessions.Begin(account.Id, method);
            await events.RaiseAsync("signed_in", account.Id, address, method).ConfigureAwait(false);
            return (SignInOutcome.Done, token, session, account);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<(SignInOutcome, string?, Session?, Account?)> FailedAsync(Account account, string address, string why)
    {
        addresses.Failed(address);
        var failures = account.Failures + 1;
        var isLocked = failures >= FailuresMax;
        // 1, 2, 4 … minutes; one more wrong attempt after the end doubles it.
        var pause = TimeSpan.FromMinutes(Math.Min(lockMax.TotalMinutes, Math.Pow(2, Math.Max(0, failures - FailuresMax))));
        store.Put(account with { Failures = failures, LockedUntil = isLocked ? time.GetUtcNow() + pause : account.LockedUntil });
        await events.RaiseAsync(isLocked ? "locked" : "sign_in_failed", account.Id, address, why).ConfigureAwait(false);
        return (SignInOutcome.Refused, null, null, null);
    }

    private Account? Second(Account account, byte[] sealedSecret, string code, DateTimeOffset now)
    {
        if (box.Open(sealedSecret, account.Id) is { } secret && Totp.Accept(secret, code, now, account.TotpStep) is { } step)
            return account with { TotpStep = step };
        var hash = RecoveryHash(code);
        return account.RecoveryHashes.Contains(hash, StringComparer.Ordinal) ? account with { RecoveryHashes = [.. account.RecoveryHashes.Where(left => left != hash)] } : null;
    }

    internal static string RecoveryHash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Trim().ToLowerInvariant())));
}
