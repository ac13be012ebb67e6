using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Accounts;

/// <summary>Codes for when the second factor is lost: each counts once; kept as SHA-256, which 80 random bits make safe.</summary>
internal static class RecoveryCodes
{
    public const int Count = 10;

    private const int CodeBytes = 10;

    public static IReadOnlyList<string> New() => [.. Enumerable.Range(0, Count).Select(static _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(CodeBytes)))];

    public static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Trim().ToLowerInvariant())));

    /// <summary>The account without that code; null when it is none of its codes.</summary>
    public static Account? Use(Account account, string code)
    {
        var hash = Hash(code);
        return account.RecoveryHashes.Contains(hash, StringComparer.Ordinal) ? account with { RecoveryHashes = [.. account.RecoveryHashes.Where(left => left != hash)] } : null;
    }
}
