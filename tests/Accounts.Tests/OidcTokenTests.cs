using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using BodyCam.Accounts.Http;
using BodyCam.Accounts.Oidc;
using Microsoft.Extensions.DependencyInjection;

namespace BodyCam.Accounts.Tests;

/// <summary>Sign-in by OpenID Connect: what the ID token says, the keys it is checked with and the account it names.</summary>
public sealed class OidcTokenTests : OidcScene
{
    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task Whom_the_provider_vouches_for_is_signed_in_as_the_linked_account(string algorithm)
    {
        provider.Token = algorithm == "ES256" ? provider.SignEc : provider.SignRsa;
        using var answer = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(provider.Complaints);
        var cookie = Cookie(answer, AccountsHttp.Cookie);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        var session = app.Services.GetRequiredService<Sessions>().Find(cookie.Split(';')[0].Split('=')[1])!;
        Assert.Equal(("user-li.si", Session.ByProvider), (session.UserId, session.Method));
        Assert.Equal(("signed_in", "user-li.si", "oidc"), room.Events.Select(static e => (e.Name, e.UserId, e.Detail)).Single());
    }

    public static TheoryData<string, OidcRefusal> WrongTokens => new()
    {
        { "alg none", OidcRefusal.Algorithm }, { "alg None without signature", OidcRefusal.Algorithm }, { "HS256 under the public key", OidcRefusal.Algorithm }, { "HS256 under the client secret", OidcRefusal.Algorithm }, { "RS512", OidcRefusal.Algorithm }, { "PS256", OidcRefusal.Algorithm },
        { "two parts", OidcRefusal.Malformed }, { "encrypted", OidcRefusal.Malformed }, { "no JSON", OidcRefusal.Malformed }, { "a claim twice", OidcRefusal.Malformed }, { "17 KiB", OidcRefusal.Malformed }, { "crit", OidcRefusal.CriticalHeader },
        { "unknown kid", OidcRefusal.Key }, { "kid of the other kind", OidcRefusal.Key }, { "another's key under the kid", OidcRefusal.Signature }, { "key in the header", OidcRefusal.Signature }, { "signature cut", OidcRefusal.Signature }, { "no signature", OidcRefusal.Signature }, { "claims changed", OidcRefusal.Signature }, { "ES256 signature in DER", OidcRefusal.Signature },
        { "iss another", OidcRefusal.Issuer }, { "iss with slash", OidcRefusal.Issuer }, { "iss missing", OidcRefusal.Issuer },
        { "aud another", OidcRefusal.Audience }, { "aud missing", OidcRefusal.Audience }, { "aud a number", OidcRefusal.Audience },
        { "several aud without azp", OidcRefusal.AuthorizedParty }, { "azp another", OidcRefusal.AuthorizedParty },
        { "exp over", OidcRefusal.Expired }, { "exp missing", OidcRefusal.Expired }, { "exp as text", OidcRefusal.Expired }, { "exp huge", OidcRefusal.Expired },
        { "iat missing", OidcRefusal.IssuedAt }, { "iat ahead", OidcRefusal.IssuedAt }, { "iat old", OidcRefusal.IssuedAt }, { "nbf ahead", OidcRefusal.IssuedAt },
        { "nonce another", OidcRefusal.Nonce }, { "nonce missing", OidcRefusal.Nonce },
        { "sub missing", OidcRefusal.Claim }, { "sub empty", OidcRefusal.Claim }, { "sub a number", OidcRefusal.Claim }, { "sub of nobody", OidcRefusal.NoAccount },
    };

    [Theory]
    [MemberData(nameof(WrongTokens))]
    public async Task Each_wrong_token_is_refused_by_name(string what, OidcRefusal expected)
    {
        var now = room.Time.GetUtcNow().ToUnixTimeSeconds();
        using var other = RSA.Create(2048);
        var rs256 = new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-1" };
        byte[] Rs256(byte[] input) => provider.Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        provider.Claims = what switch
        {
            "iss another" => static c => c["iss"] = "https://evil.example",
            "iss with slash" => c => c["iss"] = provider.Issuer + "/",
            "iss missing" => static c => c.Remove("iss"),
            "aud another" => static c => c["aud"] = "other",
            "aud missing" => static c => c.Remove("aud"),
            "aud a number" => static c => c["aud"] = 5,
            "several aud without azp" => static c => c["aud"] = new JsonArray(FakeProvider.ClientId, "other"),
            "azp another" => static c => c["azp"] = "other",
            "exp over" => c => c["exp"] = now - 60,
            "exp missing" => static c => c.Remove("exp"),
            "exp as text" => c => c["exp"] = (now + 300).ToString(System.Globalization.CultureInfo.InvariantCulture),
            "exp huge" => static c => c["exp"] = 1e300,
            "iat missing" => static c => c.Remove("iat"),
            "iat ahead" => c => c["iat"] = now + 61,
            "iat old" => c => c["iat"] = now - 661,
            "nbf ahead" => c => c["nbf"] = now + 61,
            "nonce another" => static c => c["nonce"] = "x",
            "nonce missing" => static c => c.Remove("nonce"),
            "sub missing" => static c => c.Remove("sub"),
            "sub empty" => static c => c["sub"] = "",
            "sub a number" => static c => c["sub"] = 77,
            "sub of nobody" => static c => c["sub"] = "u-78",
            "17 KiB" => static c => c["pad"] = new string('x', 17 * 1024),
            _ => provider.Claims,
        };
        provider.Token = what switch
        {
            "alg none" => static c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "none" }, static _ => [1]),
            "alg None without signature" => static c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "None" }, static _ => []),
            "HS256 under the public key" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "HS256", ["kid"] = "rsa-1" }, input => HMACSHA256.HashData(provider.Rsa.ExportSubjectPublicKeyInfo(), input)),
            "HS256 under the client secret" => static c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "HS256" }, static input => HMACSHA256.HashData(Encoding.UTF8.GetBytes(FakeProvider.Secret), input)),
            "RS512" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS512", ["kid"] = "rsa-1" }, input => provider.Rsa.SignData(input, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)),
            "PS256" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "PS256", ["kid"] = "rsa-1" }, input => provider.Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            "two parts" => c => provider.SignRsa(c)[..provider.SignRsa(c).LastIndexOf('.')],
            "encrypted" => static _ => "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
            "no JSON" => static _ => "AAAA.BBBB.CCCC",
            "a claim twice" => c => SignText(c.ToJsonString().Insert(1, "\"sub\":\"u-77\","), Rs256),
            "crit" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-1", ["crit"] = new JsonArray("exp") }, Rs256),
            "unknown kid" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-9" }, Rs256),
            "kid of the other kind" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "ec-1" }, Rs256),
            "another's key under the kid" => c => FakeProvider.Sign(c, rs256, input => other.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            "key in the header" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-1", ["jwk"] = Jwk(other) }, input => other.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            "signature cut" => c => provider.SignRsa(c)[..^8],
            "no signature" => c => provider.SignRsa(c)[..(provider.SignRsa(c).LastIndexOf('.') + 1)],
            "claims changed" => c => Resigned(provider.SignRsa(c), c),
            "ES256 signature in DER" => c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "ES256", ["kid"] = "ec-1" }, input => provider.Ec.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            _ => provider.Token,
        };
        using var answer = await SignInAsync();
        await AssertRefused(answer, expected);
        Assert.Empty(provider.Complaints);
        Assert.Equal(0, app.Services.GetRequiredService<Sessions>().Count);
        // The same with nothing wrong is let in: what was refused was refused for that alone.
        (provider.Claims, provider.Token) = (static _ => { }, null);
        using var right = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_changed_key_is_read_anew_but_an_unknown_one_not_more_than_once_a_minute()
    {
        using (var first = await SignInAsync())
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        provider.ChangeKey();
        room.Time.Advance(TimeSpan.FromMinutes(2));
        using (var second = await SignInAsync())
            Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(2, provider.KeyReads);
        provider.Token = c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-9" }, static _ => [1]);
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await SignInAsync();
            await AssertRefused(wrong, OidcRefusal.Key);
        }

        Assert.Equal(2, provider.KeyReads);
    }

    [Fact]
    public async Task A_short_key_a_key_for_encryption_and_two_without_a_name_are_no_keys()
    {
        using var small = RSA.Create(1024);
        provider.Keys = keys => keys[0]!["use"] = "enc";
        using (var answer = await SignInAsync())
            await AssertRefused(answer, OidcRefusal.Key);
        room.Time.Advance(TimeSpan.FromMinutes(2));
        provider.Keys = keys => keys[0] = Jwk(small, "rsa-1");
        provider.Token = c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-1" }, input => small.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using (var answer = await SignInAsync())
            await AssertRefused(answer, OidcRefusal.Key);
        room.Time.Advance(TimeSpan.FromMinutes(2));
        provider.Keys = keys => keys.Add((JsonNode)Jwk(provider.Rsa, "rsa-2"));
        provider.Token = c => FakeProvider.Sign(c, new JsonObject { ["alg"] = "RS256" }, input => provider.Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using (var answer = await SignInAsync())
            await AssertRefused(answer, OidcRefusal.Key);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.Unauthorized)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task An_address_names_a_user_only_when_the_provider_has_verified_it(bool? isVerified, HttpStatusCode expected)
    {
        await StartAsync(static file => (file["claim"], file["scope"]) = ("email", "openid email"));
        room.Store.Put(room.Store.FindByName("li.si")! with { Subject = provider.Issuer + " li.si@example.org" });
        provider.Claims = claims =>
        {
            claims["email"] = "li.si@example.org";
            if (isVerified is { } verified)
                claims["email_verified"] = verified;
        };
        using var answer = await SignInAsync();
        Assert.Equal(expected, answer.StatusCode);
    }

    private static JsonObject Jwk(RSA key, string kid = "x")
    {
        var rsa = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["n"] = System.Buffers.Text.Base64Url.EncodeToString(rsa.Modulus), ["e"] = System.Buffers.Text.Base64Url.EncodeToString(rsa.Exponent) };
    }

    private static string SignText(string claims, Func<byte[], byte[]> sign)
    {
        var input = $"{System.Buffers.Text.Base64Url.EncodeToString("""{"alg":"RS256","kid":"rsa-1"}"""u8)}.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{input}.{System.Buffers.Text.Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    private static string Resigned(string token, JsonObject claims)
    {
        claims["sub"] = "u-1";
        var parts = token.Split('.');
        return $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.{parts[2]}";
    }
}
