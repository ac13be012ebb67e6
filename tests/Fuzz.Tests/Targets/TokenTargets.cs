using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using BodyCam.Accounts.Oidc;
using BodyCam.Fuzz.Tests.Harness;
using Microsoft.IdentityModel.Tokens;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>ID tokens of an OpenID Connect provider: the token as it comes, and claims and header as a provider that signs anything would write them.</summary>
internal static class TokenTargets
{
    private const string Nonce = "n-0S6_WzA2Mj";
    private const string Header = "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}";
    private static readonly DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    private static readonly OidcOptions options = new("https://id.example", "bodycam", "https://gateway.example/api/v1/session/oidc/callback") { Claim = "employee_number" };
    private static readonly OidcOptions byMail = options with { Claim = "email" };
    private static readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly JsonWebKey[] keys = [Public(key, "ec-1"), Public(ECDsa.Create(ECCurve.NamedCurves.nistP256), "ec-2")];

    public static IEnumerable<FuzzTarget> All()
    {
        string seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string plain = $"{{\"iss\":\"https://id.example\",\"sub\":\"u-77\",\"aud\":\"bodycam\",\"exp\":{seconds},\"iat\":{seconds},\"nonce\":\"{Nonce}\",\"employee_number\":\"331042\"}}";
        string several = $"{{\"iss\":\"https://id.example\",\"sub\":\"u-77\",\"aud\":[\"other\",\"bodycam\"],\"azp\":\"bodycam\",\"exp\":{seconds}.75,\"iat\":{seconds},\"nbf\":{seconds},\"nonce\":\"{Nonce}\",\"employee_number\":\"331042\"}}";
        string mail = $"{{\"iss\":\"https://id.example\",\"sub\":\"u-77\",\"aud\":\"bodycam\",\"exp\":{seconds},\"iat\":{seconds},\"nonce\":\"{Nonce}\",\"email\":\"li.si@example\",\"email_verified\":true}}";
        string[] tokens = [Token(Header, plain), Token(Header, several)];
        byte[][] words = [.. new[] { "\"aud\":[]", "\"azp\":\"x\"", "\"exp\":1e99", "\"nbf\":-1", ",\"iss\":\"https://id.example\"", "\"email_verified\":\"true\"", "\\u0000", "\\ud800", "null", "{}" }.Select(Encoding.UTF8.GetBytes)];
        return
        [
            // Checking a signature takes some tens of KiB of the platform.
            new("id token", [.. tokens.Select(Encoding.ASCII.GetBytes)], static bytes => Check(Encoding.UTF8.GetString(bytes), options), (bytes, _) => IsSigned(Encoding.UTF8.GetString(bytes), tokens)) { IsText = true, AllocatedMax = 256 * 1024, AllocatedPerByte = 64, Words = [.. new[] { "..", "eyJhbGciOiJub25lIn0", "=", "." }.Select(Encoding.ASCII.GetBytes)] },
            new("id token claims", [.. new[] { plain, several }.Select(Encoding.UTF8.GetBytes)], static bytes => Check(Token(Header, bytes), options), static (bytes, value) => ClaimsHold(bytes, options, (string)value)) { IsText = true, AllocatedMax = 512 * 1024, AllocatedPerByte = 64, InputBytesMax = 8 * 1024, Words = words },
            new("id token with an address", [Encoding.UTF8.GetBytes(mail)], static bytes => Check(Token(Header, bytes), byMail), static (bytes, value) => ClaimsHold(bytes, byMail, (string)value)) { IsText = true, AllocatedMax = 512 * 1024, AllocatedPerByte = 64, InputBytesMax = 8 * 1024, Words = words },
            new("id token header", [Encoding.UTF8.GetBytes(Header), "{\"alg\":\"ES256\",\"kid\":\"ec-1\",\"typ\":\"JWT\"}"u8.ToArray()], bytes => Check(Token(bytes, Encoding.UTF8.GetBytes(plain)), options), static (bytes, _) => HeaderHolds(bytes)) { IsText = true, AllocatedMax = 512 * 1024, AllocatedPerByte = 64, InputBytesMax = 4 * 1024, Words = [.. new[] { "none", "HS256", "RS256", "ES384", ",\"crit\":[]", "\"kid\":\"ec-2\"", "\"kid\":null" }.Select(Encoding.ASCII.GetBytes)] },
        ];
    }

    // A refusal has its name, a value comes without one.
    private static string? Check(string token, OidcOptions wanted)
    {
        var (value, refusal) = IdToken.Check(token, keys, wanted, Nonce, now);
        if (value is null == refusal is null)
            throw new InvalidOperationException("a token gives a value and a refusal, or neither");
        return value;
    }

    private static bool IsSigned(string token, string[] tokens) => Array.Exists(tokens, one => Signed(one) == Signed(token)) ? true : throw new InvalidOperationException("a token that nobody signed is taken");

    private static string Signed(string token) => token[..token.LastIndexOf('.')];

    // Core §3.1.3.7, written down a second time.
    private static bool ClaimsHold(byte[] json, OidcOptions wanted, string value)
    {
        using var document = JsonDocument.Parse(json);
        var claims = document.RootElement;
        Require(claims.GetProperty("iss").GetString() == wanted.Issuer, "another issuer");
        var audience = claims.GetProperty("aud");
        var audiences = audience.ValueKind == JsonValueKind.Array ? audience.EnumerateArray().Select(static one => one.GetString()).ToList() : [audience.GetString()];
        Require(audiences.Contains(wanted.ClientId), "not for this client");
        bool isNamed = claims.TryGetProperty("azp", out var party);
        Require(isNamed ? party.GetString() == wanted.ClientId : audiences.Count == 1, "another authorized party");
        double seconds = now.ToUnixTimeSeconds();
        Require(claims.GetProperty("exp").GetDouble() > seconds - 61, "expired");
        Require(Math.Abs(claims.GetProperty("iat").GetDouble() - seconds) <= 11 * 60 && claims.GetProperty("iat").GetDouble() < seconds + 61, "issued at another time");
        Require(!claims.TryGetProperty("nbf", out var from) || from.GetDouble() < seconds + 61, "not yet valid");
        Require(claims.GetProperty("nonce").GetString() == Nonce, "another nonce");
        Require(!string.IsNullOrEmpty(claims.GetProperty("sub").GetString()), "nobody's");
        Require(claims.GetProperty(wanted.Claim).GetString() == value && value.Length is > 0 and <= 255, "another value");
        Require(wanted.Claim != "email" || claims.GetProperty("email_verified").GetBoolean(), "an address that nobody verified");
        foreach (var twice in claims.EnumerateObject().GroupBy(static claim => claim.Name, StringComparer.Ordinal))
            Require(twice.Count() == 1, $"{twice.Key} stands twice");
        return true;
    }

    private static bool HeaderHolds(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var header = document.RootElement;
        Require(header.GetProperty("alg").GetString() == "ES256", "another algorithm");
        // Two keys fit: it must be named.
        Require(header.GetProperty("kid").GetString() == "ec-1", "another key");
        Require(!header.TryGetProperty("crit", out _), "a critical header that nobody knows");
        return true;
    }

    private static string Token(string header, string claims) => Token(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(claims));

    private static string Token(string header, byte[] claims) => Token(Encoding.UTF8.GetBytes(header), claims);

    private static string Token(byte[] header, byte[] claims)
    {
        string signed = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(claims);
        return signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    private static JsonWebKey Public(ECDsa from, string kid)
    {
        var point = from.ExportParameters(includePrivateParameters: false).Q;
        return new JsonWebKey { Kty = "EC", Crv = "P-256", Kid = kid, Use = "sig", X = Base64Url.EncodeToString(point.X), Y = Base64Url.EncodeToString(point.Y) };
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }
}
