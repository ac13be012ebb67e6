using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace BodyCam.Accounts.Oidc;

/// <summary>Checks an ID token of the code flow by OpenID Connect Core §3.1.3.7. Keys and signatures are the library's work; the claims are read here: they are held to the gateway's clock, and each refusal has its name.</summary>
internal static class IdToken
{
    /// <summary>By so much the provider's clock may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>Oldest token taken: it was asked for a moment ago.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(10);

    private const int CharactersMax = 16 * 1024;
    private const int RsaBitsMin = 2048;

    private static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };
    private static readonly CryptoProviderFactory signatures = new() { CacheSignatureProviders = false };

    /// <summary>The value of the configured claim, or why there is none.</summary>
    public static (string? Value, OidcRefusal? Refusal) Check(string token, IEnumerable<JsonWebKey> keys, OidcOptions options, string nonce, DateTimeOffset now)
    {
        // Encrypted tokens have five parts and are not read; the library's own reader of tokens, which unpacks compressed ones without a bound (CVE-2024-21319), is not used.
        if (token.Length > CharactersMax || token.Split('.') is not [{ Length: > 0 } head, { Length: > 0 } body, var signature] || Parse(head) is not { } header || Parse(body) is not { } claims)
            return (null, OidcRefusal.Malformed);
        var algorithm = Text(header, "alg");
        if (algorithm is not (SecurityAlgorithms.RsaSha256 or SecurityAlgorithms.EcdsaSha256))
            return (null, OidcRefusal.Algorithm);
        if (header.TryGetProperty("crit", out _))
            return (null, OidcRefusal.CriticalHeader);
        if (KeyFor(keys, algorithm, Text(header, "kid")) is not { } key)
            return (null, OidcRefusal.Key);
        if (signature.Length == 0 || !IsSigned(token, key, algorithm))
            return (null, OidcRefusal.Signature);
        return Refuse(claims, options, nonce, now) is { } refusal ? (null, refusal) : ValueOf(claims, options.Claim) is { } value ? (value, null) : (null, OidcRefusal.Claim);
    }

    private static OidcRefusal? Refuse(JsonElement claims, OidcOptions options, string nonce, DateTimeOffset now)
    {
        if (!string.Equals(Text(claims, "iss"), options.Issuer, StringComparison.Ordinal))
            return OidcRefusal.Issuer;
        var audiences = Texts(claims, "aud");
        if (!audiences.Contains(options.ClientId, StringComparer.Ordinal))
            return OidcRefusal.Audience;
        if (claims.TryGetProperty("azp", out _) ? Text(claims, "azp") != options.ClientId : audiences.Count > 1)
            return OidcRefusal.AuthorizedParty;
        if (Time(claims, "exp") is not { } expires || expires + ClockSkew <= now)
            return OidcRefusal.Expired;
        if (Time(claims, "iat") is not { } issued || issued - ClockSkew > now || issued + AgeMax + ClockSkew < now || (claims.TryGetProperty("nbf", out _) && (Time(claims, "nbf") is not { } from || from - ClockSkew > now)))
            return OidcRefusal.IssuedAt;
        return Text(claims, "nonce") is { } given && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(nonce)) ? null : OidcRefusal.Nonce;
    }

    private static string? ValueOf(JsonElement claims, string name)
    {
        if (string.IsNullOrEmpty(Text(claims, "sub")))
            return null;
        if (name == "email" && !(claims.TryGetProperty("email_verified", out var verified) && verified.ValueKind == JsonValueKind.True))
            return null;
        return Text(claims, name) is { Length: > 0 and <= 255 } value ? value : null;
    }

    private static JsonWebKey? KeyFor(IEnumerable<JsonWebKey> keys, string algorithm, string? kid)
    {
        var fitting = keys.Where(key => (key.Use is null or "sig") && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm) && Fits(key, algorithm)).Where(key => kid is null || key.Kid == kid).ToList();
        // Without a name the key must be the only one: nothing is tried (Core §10.1).
        return fitting is [var only] ? only : null;
    }

    private static bool Fits(JsonWebKey key, string algorithm) => algorithm == SecurityAlgorithms.RsaSha256
        ? key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key is { N: not null, E: not null } && key.KeySize >= RsaBitsMin
        : key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: JsonWebKeyECTypes.P256, X: not null, Y: not null };

    private static bool IsSigned(string token, JsonWebKey key, string algorithm)
    {
        var cut = token.LastIndexOf('.');
        if (!Base64Url.IsValid(token.AsSpan(cut + 1)))
            return false;
        var provider = signatures.CreateForVerifying(key, algorithm);
        try
        {
            return provider.Verify(Encoding.ASCII.GetBytes(token[..cut]), Base64Url.DecodeFromChars(token.AsSpan(cut + 1)));
        }
        finally
        {
            signatures.ReleaseSignatureProvider(provider);
        }
    }

    private static JsonElement? Parse(string part)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(part);
            if (!HasWholeCharacters(bytes))
                return null;
            using var document = JsonDocument.Parse(bytes, strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return null;
        }
    }

    // JSON is parsed without a look at its characters; half a one would throw where a text is read.
    private static bool HasWholeCharacters(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    _ = reader.GetString();
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IReadOnlyList<string> Texts(JsonElement from, string name) =>
        !from.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String) ? [.. value.EnumerateArray().Select(static item => item.GetString()!)]
        : [];

    // NumericDate may have a fraction; years outside 1970 to 9999 are none.
    private static DateTimeOffset? Time(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 253_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
}
