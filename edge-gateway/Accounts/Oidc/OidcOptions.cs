using System.Text.Json;

namespace BodyCam.Accounts.Oidc;

/// <summary>The OpenID Connect provider, as <c>oidc.json</c> of the keys folder names it.</summary>
/// <param name="Issuer">Issuer, to the letter as the provider's discovery document and tokens have it; HTTPS, or plain on loopback.</param>
/// <param name="ClientId">This gateway's client id.</param>
/// <param name="RedirectUri">Address of <c>/api/v1/session/oidc/callback</c> as browsers reach it, registered with the provider.</param>
public sealed record OidcOptions(string Issuer, string ClientId, string RedirectUri)
{
    /// <summary>File name in the keys folder.</summary>
    public const string FileName = "oidc.json";

    /// <summary>Client secret; null for a public client, which PKCE alone protects.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Claim of the ID token that names the user, such as <c>sub</c> or <c>employee_number</c>. <c>email</c> counts only when the provider says it is verified.</summary>
    public string Claim { get; init; } = "sub";

    /// <summary>Scopes asked for.</summary>
    public string Scope { get; init; } = "openid";

    /// <summary>What links an account to a user of this provider: <c>issuer value</c>.</summary>
    public string SubjectOf(string value) => $"{Issuer} {value}";

    /// <summary>Reads the file; null when there is none.</summary>
    /// <exception cref="InvalidOperationException">It cannot be used; the message says what to do.</exception>
    public static OidcOptions? Read(string? keysFolder)
    {
        var path = Path.Combine(keysFolder ?? "", FileName);
        if (keysFolder is null || !File.Exists(path))
            return null;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != UnixFileMode.None)
            throw new InvalidOperationException($"{path} can be read by others: chmod 600 {path}.");
        try
        {
            var options = JsonSerializer.Deserialize<OidcOptions>(File.ReadAllText(path), new JsonSerializerOptions(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow })!;
            if (!IsSafe(options.Issuer) || !IsSafe(options.RedirectUri))
                throw new InvalidOperationException($"{path}: issuer and redirectUri are HTTPS addresses (plain HTTP on loopback only). Mend them and start the gateway again.");
            if (options.ClientId.Length == 0 || options.Claim.Length == 0 || !options.Scope.Split(' ').Contains("openid", StringComparer.Ordinal))
                throw new InvalidOperationException($"{path}: clientId and claim are not empty and scope contains openid. Mend it and start the gateway again.");
            return options;
        }
        catch (JsonException failure)
        {
            throw new InvalidOperationException($"{path} cannot be read ({failure.Message.TrimEnd('.')}): write issuer, clientId, redirectUri, and if wanted clientSecret, claim, scope; see edge-gateway/docs/accounts.md.", failure);
        }
    }

    internal static bool IsSafe(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
