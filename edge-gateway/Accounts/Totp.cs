using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace BodyCam.Accounts;

/// <summary>Time-based one-time codes: RFC 6238 with HMAC-SHA-1, 30 s, 6 digits, as authenticator apps have it.</summary>
public static class Totp
{
    /// <summary>Seconds of a step.</summary>
    public const int StepSeconds = 30;

    /// <summary>Bytes of a secret (RFC 4226 §4 asks for at least 16, recommends 20).</summary>
    public const int SecretBytes = 20;

    /// <summary>The step of a moment.</summary>
    public static long StepOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a step, six digits.</summary>
    public static string Code(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[20];
        HMACSHA1.HashData(secret, counter, hash);
        var offset = hash[19] & 0x0F;
        var number = (BinaryPrimitives.ReadUInt32BigEndian(hash[offset..]) & 0x7FFFFFFF) % 1_000_000;
        return number.ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step at which a code is right, within one step of now and above the last one accepted; null when it is not.</summary>
    public static long? Accept(ReadOnlySpan<byte> secret, string code, DateTimeOffset now, long acceptedStep)
    {
        ArgumentNullException.ThrowIfNull(code);
        var given = System.Text.Encoding.ASCII.GetBytes(code.Trim());
        long? found = null;
        for (var step = StepOf(now) - 1; step <= StepOf(now) + 1; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(given, System.Text.Encoding.ASCII.GetBytes(Code(secret, step))) && step > acceptedStep)
                found ??= step;
        }

        return found;
    }

    /// <summary>The URI that apps scan (otpauth).</summary>
    public static string Uri(ReadOnlySpan<byte> secret, string name) => $"otpauth://totp/BodyCam:{System.Uri.EscapeDataString(name)}?secret={Base32(secret)}&issuer=BodyCam&algorithm=SHA1&digits=6&period=30";

    /// <summary>RFC 4648 base 32 without padding.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var text = new System.Text.StringBuilder();
        var (bits, held) = (0, 0);
        foreach (var value in bytes)
        {
            held = (held << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5)
                text.Append(alphabet[(held >> (bits - 5)) & 31]);
            held &= (1 << bits) - 1;
        }

        if (bits > 0)
            text.Append(alphabet[(held << (5 - bits)) & 31]);
        return text.ToString();
    }
}
