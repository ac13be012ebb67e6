using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BodyCam.Accounts.Tests;

/// <summary>An OpenID Connect provider on loopback that holds its client to the standard and can be told to send wrong tokens.</summary>
public sealed class FakeProvider : IAsyncDisposable
{
    public const string ClientId = "bodycam";
    public const string Secret = "s3cret +&:/";

    private readonly WebApplication app;
    private readonly Dictionary<string, (string Challenge, string Nonce, string RedirectUri)> codes = new(StringComparer.Ordinal);
    private readonly TimeProvider time;

    private FakeProvider(WebApplication app, TimeProvider time) => (this.app, this.time) = (app, time);

    public string Issuer { get; private set; } = "";

    public RSA Rsa { get; private set; } = RSA.Create(2048);

    public string RsaKid { get; private set; } = "rsa-1";

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Changes claims before they are signed.</summary>
    public Action<JsonObject> Claims { get; set; } = static _ => { };

    /// <summary>Makes the token of claims; RS256 unless set.</summary>
    public Func<JsonObject, string>? Token { get; set; }

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject> Discovery { get; set; } = static _ => { };

    /// <summary>Changes the key set.</summary>
    public Action<JsonArray> Keys { get; set; } = static _ => { };

    /// <summary>What the token endpoint answers instead; null for a token.</summary>
    public Func<IResult>? Answer { get; set; }

    public int KeyReads { get; private set; }

    public int DiscoveryReads { get; private set; }

    /// <summary>Calls of the token endpoint.</summary>
    public int Exchanges { get; private set; }

    /// <summary>True for a provider that does not hold its codes to one use, against RFC 6749 §4.1.2.</summary>
    public bool TakesCodesTwice { get; set; }

    /// <summary>What the token endpoint found wrong with its client.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<FakeProvider> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeProvider(app, time);
        app.MapGet("/.well-known/openid-configuration", fake.Configuration);
        app.MapGet("/keys", fake.KeySet);
        app.MapPost("/token", fake.ExchangeAsync);
        await app.StartAsync();
        fake.Issuer = app.Urls.Single();
        return fake;
    }

    /// <summary>What the provider does when the user agrees: takes the authorization request, gives the query of the callback.</summary>
    public string Agree(Uri request)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(request.Query);
        Assert.Equal(Issuer + "/authorize", request.GetLeftPart(UriPartial.Path));
        Assert.Equal("code", query["response_type"]);
        Assert.Equal(ClientId, query["client_id"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        Assert.Contains("openid", query["scope"].ToString().Split(' '));
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        codes[code] = (query["code_challenge"]!, query["nonce"]!, query["redirect_uri"]!);
        return $"?code={code}&state={Uri.EscapeDataString(query["state"]!)}";
    }

    public void ChangeKey() => (Rsa, RsaKid) = (RSA.Create(2048), "rsa-2");

    public string SignRsa(JsonObject claims) => Sign(claims, new JsonObject { ["alg"] = "RS256", ["kid"] = RsaKid }, input => Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public string SignEc(JsonObject claims) => Sign(claims, new JsonObject { ["alg"] = "ES256", ["kid"] = "ec-1" }, input => Ec.SignData(input, HashAlgorithmName.SHA256));

    public static string Sign(JsonObject claims, JsonObject header, Func<byte[], byte[]> sign)
    {
        var input = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{input}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Rsa.Dispose();
        Ec.Dispose();
    }

    private IResult Configuration()
    {
        DiscoveryReads++;
        var document = new JsonObject
        {
            ["issuer"] = Issuer, ["authorization_endpoint"] = Issuer + "/authorize", ["token_endpoint"] = Issuer + "/token", ["jwks_uri"] = Issuer + "/keys",
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic"),
        };
        Discovery(document);
        return Results.Text(document.ToJsonString(), "application/json");
    }

    private IResult KeySet()
    {
        KeyReads++;
        var (rsa, ec) = (Rsa.ExportParameters(false), Ec.ExportParameters(false));
        var keys = new JsonArray(
            new JsonObject { ["kty"] = "RSA", ["kid"] = RsaKid, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) },
            new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "ec-1", ["use"] = "sig", ["x"] = Base64Url.EncodeToString(ec.Q.X), ["y"] = Base64Url.EncodeToString(ec.Q.Y) });
        Keys(keys);
        return Results.Text(new JsonObject { ["keys"] = keys }.ToJsonString(), "application/json");
    }

    private async Task<IResult> ExchangeAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        Exchanges++;
        if (Answer is { } answer)
            return answer();
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{System.Net.WebUtility.UrlEncode(ClientId)}:{System.Net.WebUtility.UrlEncode(Secret)}"));
        if (request.Headers.Authorization != expected)
            return Complain("client");
        if (form["grant_type"] != "authorization_code" || !(TakesCodesTwice ? codes.TryGetValue(form["code"].ToString(), out var code) : codes.Remove(form["code"].ToString(), out code)))
            return Complain("code"); // also one that was used
        if (form["redirect_uri"] != code.RedirectUri)
            return Complain("redirect_uri");
        if (Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != code.Challenge)
            return Complain("code_verifier");
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Issuer, ["sub"] = "u-77", ["aud"] = ClientId, ["exp"] = now + 300, ["iat"] = now, ["nonce"] = code.Nonce };
        Claims(claims);
        return Results.Text(JsonSerializer.Serialize(new { access_token = "x", token_type = "Bearer", id_token = (Token ?? SignRsa)(claims) }), "application/json");
    }

    private IResult Complain(string what)
    {
        Complaints.Add(what);
        return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
    }
}
