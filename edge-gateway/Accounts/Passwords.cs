using System.Reflection;
using System.Security.Cryptography;
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

    /// <summary>Attempts that hash or wait for it; further ones are turned away.</summary>
    public const int WaitingMax = 64;

    private const int DistinctMin = 5;

    private static readonly Account nobody = new("", "", "", null, null, [], Rules.Policies.Rank.None);
    private static readonly HashSet<string> common = ReadCommon();

    private readonly PasswordHasher<Account> hasher;
    private readonly SemaphoreSlim hashing;
    private readonly string nobodysHash;
    private int waiting;
    private long workCount;

    /// <summary>Makes the hasher.</summary>
    /// <param name="iterations">PBKDF2 rounds with HMAC-SHA-512; OWASP's figure for it (210,000) unless set. Accounts with fewer are hashed anew at their next sign-in.</param>
    /// <param name="concurrent">Hashes at a time.</param>
    public Passwords(int iterations = 210_000, int concurrent = 2)
    {
        hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        hashing = new SemaphoreSlim(concurrent, concurrent);
        nobodysHash = hasher.HashPassword(nobody, Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
    }

    /// <summary>Hashes worked out for sign-ins so far, right or wrong: the same for names that exist and names that do not.</summary>
    public long WorkCount => Interlocked.Read(ref workCount);

    /// <summary>Attempts that hash or wait for it now.</summary>
    internal int WaitingCount => Volatile.Read(ref waiting);

    /// <summary>Places for hashing, for tests that keep them busy.</summary>
    internal SemaphoreSlim Hashing => hashing;

    /// <summary>Why a password may not be used; null when it may.</summary>
    public static string? Refuse(string password, string name)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(name);
        if (password.Length is < CharactersMin or > CharactersMax)
            return $"密码须为 {CharactersMin} 至 {CharactersMax} 个字符。请更换。";
        if (common.Contains(password.ToLowerInvariant()) || password.Distinct().Count() < DistinctMin)
            return "密码过于常见或字符过少。请更换。";
        return name.Trim().Length >= 2 && password.Contains(name.Trim(), StringComparison.OrdinalIgnoreCase) ? "密码不得包含用户名。请更换。" : null;
    }

    /// <summary>A password for somebody else to begin with: 20 characters, about 98 bits, none that are taken for one another.</summary>
    public static string Generate() => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20);

    /// <summary>The hash of a new password.</summary>
    public string Hash(string password) => hasher.HashPassword(nobody, password);

    /// <summary>Success or Failed; for no account, or one without a password, it works just as long and is never right.</summary>
    /// <returns>Null when too many wait already.</returns>
    public async Task<PasswordVerificationResult?> VerifyAsync(Account? account, string password, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(password);
        try
        {
            if (Interlocked.Increment(ref waiting) > WaitingMax)
                return null;
            await hashing.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                Interlocked.Increment(ref workCount);
                var has = account?.PasswordHash is { Length: > 0 };
                // One that is too long is never right, and costs no more than the longest.
                var text = password.Length > CharactersMax ? password[..CharactersMax] : password;
                var result = hasher.VerifyHashedPassword(nobody, has ? account!.PasswordHash : nobodysHash, text);
                return has && password.Length <= CharactersMax ? result : PasswordVerificationResult.Failed;
            }
            finally
            {
                hashing.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hashing.Dispose();

    private static HashSet<string> ReadCommon()
    {
        using var text = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("BodyCam.Accounts.common-passwords.txt")!);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
    }
}
