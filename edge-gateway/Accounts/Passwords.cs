using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BodyCam.Accounts;

/// <summary>Hashes by ASP.NET Core Identity; at most a few at a time, so that guessing cannot take the machine.</summary>
public sealed class Passwords : IDisposable
{
    /// <summary>Shortest password, characters.</summary>
    public const int CharactersMin = 12;

    /// <summary>Longest, so that hashing stays bounded.</summary>
    public const int CharactersMax = 256;

    // Ones that guessers try first and that are long enough; compared without case.
    private static readonly string[] common = ["123456789012", "1234567890ab", "password1234", "passwordpassword", "qwertyuiop12", "administrator", "111111111111", "000000000000", "abcdefghijkl", "bodycambodycam", "zhifajiluyi1", "qwer1234qwer", "1q2w3e4r5t6y"];

    private readonly PasswordHasher<Account> hasher;
    private readonly SemaphoreSlim hashing;
    private readonly string nobodysHash;
    private int waiting;

    /// <summary>Makes the hasher.</summary>
    /// <param name="iterations">PBKDF2 rounds; Identity's default of 100,000 is kept or raised.</param>
    /// <param name="concurrent">Hashes at a time.</param>
    public Passwords(int iterations = 210_000, int concurrent = 2)
    {
        hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        hashing = new SemaphoreSlim(concurrent, concurrent);
        nobodysHash = hasher.HashPassword(nobody, "nobody has this password");
    }

    private static readonly Account nobody = new("", "", "", null, null, [], Rules.Policies.Rank.None);

    /// <summary>Hashes worked out so far, right or wrong: the same for names that exist and names that do not.</summary>
    public long WorkCount { get; private set; }

    /// <summary>Why a password may not be used; null when it may.</summary>
    public static string? Refuse(string password, string name)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(name);
        if (password.Length is < CharactersMin or > CharactersMax)
            return $"密码须为 {CharactersMin} 至 {CharactersMax} 个字符。请更换。";
        if (common.Contains(password, StringComparer.OrdinalIgnoreCase) || password.Distinct().Count() < 5)
            return "密码过于常见或字符过少。请更换。";
        return name.Length > 2 && password.Contains(name, StringComparison.OrdinalIgnoreCase) ? "密码不得包含用户名。请更换。" : null;
    }

    /// <summary>The hash of a new password.</summary>
    public string Hash(string password) => hasher.HashPassword(nobody, password);

    /// <summary>True when it is right; for no account it works just as long and is never right.</summary>
    /// <returns>Null when too many wait already.</returns>
    public async Task<PasswordVerificationResult?> VerifyAsync(Account? account, string password, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (Interlocked.Increment(ref waiting) > 64)
        {
            Interlocked.Decrement(ref waiting);
            return null;
        }

        await hashing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            WorkCount++;
            var text = password.Length > CharactersMax ? password[..CharactersMax] + "…" : password;
            var result = hasher.VerifyHashedPassword(nobody, account?.PasswordHash is { Length: > 0 } hash ? hash : nobodysHash, text);
            return account is null ? PasswordVerificationResult.Failed : result;
        }
        finally
        {
            hashing.Release();
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hashing.Dispose();
}
