using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Accounts.Http;
using BodyCam.Accounts.Oidc;
using BodyCam.Custody.Acts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BodyCam.Accounts.Tests;

/// <summary>Sign-in by OpenID Connect over real sockets, against a provider that can be told to be wrong in one thing.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private readonly Room room = new();
    private FakeProvider provider = null!;
    private WebApplication app = null!;
    private HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await FakeProvider.StartAsync(room.Time);
        room.Add("chief", Role.Administrator);
        var linked = room.Add("li.si", Role.Officer);
        room.Store.Put(linked with { Subject = provider.Issuer + " u-77", PasswordHash = "", MustChangePassword = true });
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        await provider.DisposeAsync();
        room.Dispose();
    }

    private async Task StartAsync(Action<JsonObject>? configure = null)
    {
        var file = new JsonObject { ["issuer"] = provider.Issuer, ["clientId"] = FakeProvider.ClientId, ["clientSecret"] = FakeProvider.Secret, ["redirectUri"] = "http://127.0.0.1:1/api/v1/session/oidc/callback" };
        configure?.Invoke(file);
        var path = Path.Combine(room.Folder, OidcOptions.FileName);
        await File.WriteAllTextAsync(path, file.ToJsonString());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (app is not null)
            await app.DisposeAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAccounts(_ => new AccountServices(AccountStore.Open(room.StorePath), new byte[32], room.Log, room.Time));
        app = builder.Build();
        app.MapAccounts();
        await app.StartAsync();
        browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

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

    [Theory]
    [InlineData("state another", OidcRefusal.State)]
    [InlineData("state missing", OidcRefusal.State)]
    [InlineData("state twice", OidcRefusal.State)]
    [InlineData("cookie missing", OidcRefusal.State)]
    [InlineData("cookie of another browser", OidcRefusal.State)]
    [InlineData("cookie forged", OidcRefusal.State)]
    [InlineData("eleven minutes", OidcRefusal.State)]
    [InlineData("iss of a mix-up", OidcRefusal.State)]
    [InlineData("error", OidcRefusal.Denied)]
    [InlineData("code missing", OidcRefusal.Denied)]
    [InlineData("code twice", OidcRefusal.Denied)]
    [InlineData("code made up", OidcRefusal.Exchange)]
    [InlineData("answer without token", OidcRefusal.Exchange)]
    [InlineData("answer no JSON", OidcRefusal.Exchange)]
    [InlineData("answer a redirect", OidcRefusal.Exchange)]
    [InlineData("answer 503", OidcRefusal.Unreachable)]
    [InlineData("answer of 300 KiB", OidcRefusal.Unreachable)]
    public async Task Each_wrong_way_is_refused_by_name(string what, OidcRefusal expected)
    {
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        var parts = query[1..].Split('&');
        provider.Answer = what switch
        {
            "answer without token" => static () => Results.Json(new { access_token = "x" }),
            "answer no JSON" => static () => Results.Text("<html>"),
            "answer a redirect" => static () => Results.Redirect("http://127.0.0.1:1/"),
            "answer 503" => static () => Results.StatusCode(503),
            "answer of 300 KiB" => static () => Results.Text(new string(' ', 300 * 1024)),
            _ => null,
        };
        (query, cookie) = what switch
        {
            "state another" => ($"?{parts[0]}&state=x", cookie),
            "state missing" => ($"?{parts[0]}", cookie),
            "state twice" => ($"{query}&{parts[1]}", cookie),
            "cookie missing" => (query, ""),
            "cookie of another browser" => (query, (await BeginAsync()).Cookie),
            "cookie forged" => (query, cookie[..^2] + (cookie[^2] == 'A' ? "BA" : "AA")),
            "iss of a mix-up" => (query + "&iss=https%3A%2F%2Fevil.example", cookie),
            "error" => ($"?error=access_denied&{parts[1]}", cookie),
            "code missing" => ($"?{parts[1]}", cookie),
            "code twice" => ($"{query}&{parts[0]}", cookie),
            "code made up" => ($"?code=zz&{parts[1]}", cookie),
            _ => (query, cookie),
        };
        if (what == "eleven minutes")
            room.Time.Advance(TimeSpan.FromMinutes(11));
        using var answer = await CallbackAsync(query, cookie);
        await AssertRefused(answer, expected);
    }

    [Fact]
    public async Task A_callback_played_again_is_refused_also_where_the_provider_takes_its_code_twice()
    {
        provider.TakesCodesTwice = true;
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        using var first = await CallbackAsync(query, cookie);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var again = await CallbackAsync(query, cookie);
        await AssertRefused(again, OidcRefusal.State);
        Assert.Equal(1, provider.Exchanges);
        using var anew = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, anew.StatusCode);
    }

    [Fact]
    public void States_that_came_back_are_remembered_until_their_ticket_ends_and_up_to_a_bound()
    {
        var used = new UsedStates(room.Time);
        var end = (room.Time.GetUtcNow() + OidcFlow.Holds).ToUnixTimeSeconds();
        for (var i = 0; i < UsedStates.CountMax; i++)
            Assert.True(used.TryUse($"s{i}", end + i));
        Assert.False(used.TryUse("s9999", end));
        Assert.True(used.TryUse("one more", end + 20_000));
        Assert.Equal(UsedStates.CountMax, used.Count);
        Assert.False(used.TryUse("s1", end));
        Assert.True(used.TryUse("s0", end)); // the one that ended first gave way
        room.Time.Advance(OidcFlow.Holds + TimeSpan.FromSeconds(20_000));
        Assert.True(used.TryUse("later", end + 40_000));
        Assert.Equal(1, used.Count);
    }

    [Fact]
    public async Task One_callback_brought_by_many_at_once_signs_in_once()
    {
        provider.TakesCodesTwice = true;
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CallbackAsync(query, cookie)));
        Assert.Single(answers, static answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(1, provider.Exchanges);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_asked_once_in_ten_seconds_however_many_begin()
    {
        provider.Discovery = static _ => throw new InvalidOperationException("down");
        for (var i = 0; i < 10; i++)
        {
            using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
            await AssertRefused(answer, OidcRefusal.Unreachable);
        }

        Assert.Equal(1, provider.DiscoveryReads);
        provider.Discovery = static _ => { };
        room.Time.Advance(TimeSpan.FromSeconds(10));
        using var right = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("authorization_endpoint")]
    [InlineData("token_endpoint")]
    [InlineData("jwks_uri")]
    public async Task A_discovery_document_of_another_or_with_plain_addresses_elsewhere_is_not_used(string member)
    {
        provider.Discovery = document => document[member] = "http://evil.example/x";
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        await AssertRefused(answer, OidcRefusal.Metadata, HttpStatusCode.BadGateway);
        provider.Discovery = static _ => { };
        using var right = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_said_to_be_and_the_local_sign_in_stays()
    {
        await provider.DisposeAsync();
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        await AssertRefused(answer, OidcRefusal.Unreachable, HttpStatusCode.BadGateway);
        Assert.Equal(SignInOutcome.Done, (await app.Services.GetRequiredService<SignIn>().TryAsync("chief", Room.Password, null, "", TestContext.Current.CancellationToken)).Outcome);
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

    [Fact]
    public async Task A_disabled_account_stays_out_and_nobody_is_ever_created()
    {
        var before = room.Store.All().Count;
        room.Store.Put(room.Store.FindByName("li.si")! with { IsActive = false });
        using (var answer = await SignInAsync())
            await AssertRefused(answer, OidcRefusal.NoAccount);
        Assert.Equal(before, room.Store.All().Count);
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

    [Fact]
    public async Task Twenty_wrong_callbacks_from_an_address_end_its_attempts_before_the_provider_is_asked()
    {
        for (var i = 0; i < AddressLimit.Burst; i++)
        {
            using var wrong = await CallbackAsync("?code=x&state=y", "");
        }

        using var answer = await CallbackAsync("?code=x&state=y", "");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"issuer":"https://a","clientId":"x"}""", "cannot be read")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"https://b/c","clientsecret ":"typo"}""", "cannot be read")]
    [InlineData("""{"issuer":"http://a.example","clientId":"x","redirectUri":"https://b/c"}""", "HTTPS")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"http://b.example/c"}""", "HTTPS")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"https://b/c","scope":"email"}""", "openid")]
    public async Task A_configuration_that_cannot_be_used_stops_the_start_with_the_remedy(string text, string part)
    {
        var folder = Directory.CreateDirectory(Path.Combine(room.Folder, "bad")).FullName;
        var path = Path.Combine(folder, OidcOptions.FileName);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        Assert.Contains("chmod 600", Assert.Throws<InvalidOperationException>(() => OidcOptions.Read(folder)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains(part, Assert.Throws<InvalidOperationException>(() => OidcOptions.Read(folder)).Message, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SignInAsync()
    {
        var (request, cookie) = await BeginAsync();
        return await CallbackAsync(provider.Agree(request), cookie);
    }

    private async Task<(Uri Request, string Cookie)> BeginAsync()
    {
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var cookie = Cookie(answer, "bodycam_oidc");
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        return (answer.Headers.Location!, cookie.Split(';')[0]["bodycam_oidc=".Length..]);
    }

    private async Task<HttpResponseMessage> CallbackAsync(string query, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/session/oidc/callback" + query);
        if (cookie.Length > 0)
            request.Headers.Add("Cookie", "bodycam_oidc=" + cookie);
        return await browser.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task AssertRefused(HttpResponseMessage answer, OidcRefusal expected, HttpStatusCode? status = null)
    {
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("oidc_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(expected.ToString()), problem.GetProperty("title").GetString());
        Assert.Equal(status ?? (expected == OidcRefusal.Unreachable ? HttpStatusCode.BadGateway : HttpStatusCode.Unauthorized), answer.StatusCode);
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], static cookie => cookie.StartsWith(AccountsHttp.Cookie + "=", StringComparison.Ordinal));
    }

    private static string Cookie(HttpResponseMessage answer, string name) => answer.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal));

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
