using System.Security.Cryptography;

namespace BodyCam.Accounts;

/// <summary>Seals secrets at rest: AES-256-GCM under a key derived from the gateway's master secret (HKDF, RFC 5869).</summary>
public sealed class SecretBox
{
    private readonly byte[] key;
    private readonly byte[] namesKey;

    /// <summary>Derives the key.</summary>
    /// <param name="masterSecret">The gateway's, at least 32 bytes; not retained.</param>
    public SecretBox(ReadOnlySpan<byte> masterSecret)
    {
        key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterSecret, key, "bodycam/v1"u8, "accounts/totp"u8);
        namesKey = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterSecret, namesKey, "bodycam/v1"u8, "accounts/names"u8);
    }

    /// <summary>What stands for a name that is nobody's: 64 hex digits that say nothing without the key.</summary>
    public string NameKey(string name) => Convert.ToHexStringLower(HMACSHA256.HashData(namesKey, System.Text.Encoding.UTF8.GetBytes(name)));

    /// <summary>nonce (12) ‖ tag (16) ‖ ciphertext, bound to the user id.</summary>
    public byte[] Seal(ReadOnlySpan<byte> secret, string userId)
    {
        var sealedBytes = new byte[28 + secret.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(sealedBytes.AsSpan(0, 12), secret, sealedBytes.AsSpan(28), sealedBytes.AsSpan(12, 16), System.Text.Encoding.UTF8.GetBytes(userId));
        return sealedBytes;
    }

    /// <summary>The secret; null when it was changed or is another user's.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, string userId)
    {
        if (sealedBytes.Length < 28)
            return null;
        var secret = new byte[sealedBytes.Length - 28];
        using var aes = new AesGcm(key, 16);
        try
        {
            aes.Decrypt(sealedBytes[..12], sealedBytes[28..], sealedBytes[12..28], secret, System.Text.Encoding.UTF8.GetBytes(userId));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
