using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace BodyCam.Accounts.Oidc;

/// <summary>Talks to the provider: discovery and keys, read anew every hour and when a key is not known, and the exchange of codes.</summary>
internal sealed class OidcProvider(OidcOptions options, TimeProvider time) : IDocumentRetriever, IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;

    private static readonly TimeSpan keepFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan againAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan restAfterFailure = TimeSpan.FromSeconds(10);

    // No redirects: the code and the secret go to the address of the discovery document and nowhere else.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = AnswerBytesMax };
    private readonly SemaphoreSlim one = new(1, 1);
    private (OpenIdConnectConfiguration Metadata, DateTimeOffset At)? known;
    private long? failedAt;

    /// <summary>The provider's metadata and keys.</summary>
    /// <param name="isKeyMissing">True to read them anew, at most once a minute.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<(OpenIdConnectConfiguration? Metadata, OidcRefusal? Refusal)> MetadataAsync(bool isKeyMissing, CancellationToken cancel)
    {
        await one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (known is { } kept && (time.GetUtcNow() - kept.At).Duration() < (isKeyMissing ? againAfter : keepFor))
                return (kept.Metadata, null);
            // Who waited while it did not answer does not wait for it again, one after the other.
            if (failedAt is { } failed && time.GetElapsedTime(failed) < restAfterFailure)
                return (null, OidcRefusal.Unreachable);
            var metadata = await OpenIdConnectConfigurationRetriever.GetAsync(options.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", this, cancel).ConfigureAwait(false);
            if (metadata.Issuer != options.Issuer || !OidcOptions.IsSafe(metadata.AuthorizationEndpoint) || !OidcOptions.IsSafe(metadata.TokenEndpoint) || metadata.JsonWebKeySet is null)
                return (null, OidcRefusal.Metadata);
            (known, failedAt) = ((metadata, time.GetUtcNow()), null);
            return (metadata, null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            failedAt = time.GetTimestamp();
            return (null, OidcRefusal.Unreachable);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The library names what it cannot read by many types; whatever it is, the document is no use.
            return (null, OidcRefusal.Metadata);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Exchanges a code for an ID token (Core §3.1.3, RFC 7636 §4.5).</summary>
    public async Task<(string? IdToken, OidcRefusal? Refusal)> ExchangeAsync(OpenIdConnectConfiguration metadata, string code, string verifier, CancellationToken cancel)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = options.RedirectUri, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, metadata.TokenEndpoint);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var ways = metadata.TokenEndpointAuthMethodsSupported;
        if (options.ClientSecret is { } secret && (ways.Count == 0 || ways.Contains("client_secret_basic")))
        {
            // RFC 6749 §2.3.1: each part form-encoded before they are joined.
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Form(options.ClientId)}:{Form(secret)}")));
        }
        else
        {
            form["client_id"] = options.ClientId;
            if (options.ClientSecret is not null)
                form["client_secret"] = options.ClientSecret;
        }

        request.Content = new FormUrlEncodedContent(form);
        try
        {
            using var answer = await http.SendAsync(request, cancel).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                return (null, (int)answer.StatusCode >= 500 ? OidcRefusal.Unreachable : OidcRefusal.Exchange);
            using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("id_token", out var token) && token.ValueKind == JsonValueKind.String ? (token.GetString(), null) : (null, OidcRefusal.Exchange);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return (null, OidcRefusal.Unreachable);
        }
        catch (JsonException)
        {
            return (null, OidcRefusal.Exchange);
        }
    }

    /// <summary>Reads a document for the library: discovery or keys.</summary>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!OidcOptions.IsSafe(address))
            throw new InvalidOperationException($"{address} is not HTTPS: have the provider name HTTPS addresses.");
        using var answer = await http.GetAsync(address, cancel).ConfigureAwait(false);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        one.Dispose();
    }

    private static string Form(string text) => System.Net.WebUtility.UrlEncode(text);
}
