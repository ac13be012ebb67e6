using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace BodyCam.Accounts.Oidc;

/// <summary>Authorization code with PKCE (OpenID Connect Core §3.1, RFC 7636). What is to be remembered goes to the browser, sealed: the gateway holds only which states came back.</summary>
internal sealed class OidcFlow(OidcOptions options, OidcProvider provider, SecretBox box, TimeProvider time)
{
    /// <summary>How long a sign-in may take at the provider.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(10);

    private const string SealedFor = "oidc";

    private readonly UsedStates used = new(time);

    private sealed record Ticket(string State, string Nonce, string Verifier, long Expires);

    /// <summary>Where the browser goes, and what its cookie holds meanwhile.</summary>
    public async Task<(string? Address, string? Cookie, OidcRefusal? Refusal)> BeginAsync(CancellationToken cancel)
    {
        var (metadata, refusal) = await provider.MetadataAsync(isKeyMissing: false, cancel).ConfigureAwait(false);
        if (metadata is null)
            return (null, null, refusal);
        var ticket = new Ticket(Random(), Random(), Random(), (time.GetUtcNow() + Holds).ToUnixTimeSeconds());
        var query = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["response_type"] = "code", ["client_id"] = options.ClientId, ["redirect_uri"] = options.RedirectUri, ["scope"] = options.Scope, ["state"] = ticket.State, ["nonce"] = ticket.Nonce,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(ticket.Verifier))), ["code_challenge_method"] = "S256",
        };
        var address = metadata.AuthorizationEndpoint;
        var joined = string.Join('&', query.Select(static pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        return ($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{joined}", Base64Url.EncodeToString(box.Seal(JsonSerializer.SerializeToUtf8Bytes(ticket), SealedFor)), null);
    }

    /// <summary>What links the account of whom the provider vouches for, or why there is none.</summary>
    /// <param name="cookie">What <see cref="BeginAsync"/> gave.</param>
    /// <param name="answer">Query of the callback.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<(string? Subject, OidcRefusal? Refusal)> CompleteAsync(string? cookie, IReadOnlyDictionary<string, string> answer, CancellationToken cancel)
    {
        if (Open(cookie) is not { } ticket || !Same(answer.GetValueOrDefault("state", ""), ticket.State) || (answer.TryGetValue("iss", out var issuer) && issuer != options.Issuer) || !used.TryUse(ticket.State, ticket.Expires))
            return (null, OidcRefusal.State);
        if (answer.ContainsKey("error") || answer.GetValueOrDefault("code") is not { Length: > 0 } code)
            return (null, OidcRefusal.Denied);
        var (metadata, refusal) = await provider.MetadataAsync(isKeyMissing: false, cancel).ConfigureAwait(false);
        if (metadata is null)
            return (null, refusal);
        (var token, refusal) = await provider.ExchangeAsync(metadata, code, ticket.Verifier, cancel).ConfigureAwait(false);
        if (token is null)
            return (null, refusal);
        var (value, wrong) = Check(token, metadata, ticket);
        if (wrong == OidcRefusal.Key)
        {
            // The provider may have changed its keys within the hour.
            (metadata, refusal) = await provider.MetadataAsync(isKeyMissing: true, cancel).ConfigureAwait(false);
            if (metadata is null)
                return (null, refusal);
            (value, wrong) = Check(token, metadata, ticket);
        }

        return value is null ? (null, wrong) : (options.SubjectOf(value), null);
    }

    private (string? Value, OidcRefusal? Refusal) Check(string token, OpenIdConnectConfiguration metadata, Ticket ticket) => IdToken.Check(token, metadata.JsonWebKeySet.Keys, options, ticket.Nonce, time.GetUtcNow());

    private Ticket? Open(string? cookie)
    {
        if (cookie is not { Length: > 0 and <= 4096 } || !Base64Url.IsValid(cookie) || box.Open(Base64Url.DecodeFromChars(cookie), SealedFor) is not { } bytes)
            return null;
        var ticket = JsonSerializer.Deserialize<Ticket>(bytes);
        return ticket is not null && ticket.Expires > time.GetUtcNow().ToUnixTimeSeconds() ? ticket : null;
    }

    private static bool Same(string given, string wanted) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    // 256 bits: 43 characters, the least that RFC 7636 §4.1 takes.
    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
