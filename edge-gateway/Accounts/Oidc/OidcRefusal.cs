namespace BodyCam.Accounts.Oidc;

/// <summary>Why nobody was signed in by OpenID Connect; the numbers are only added to.</summary>
public enum OidcRefusal
{
    /// <summary>The provider refused, or the user did (Core §3.1.2.6).</summary>
    Denied = 1,

    /// <summary>The answer does not belong to a sign-in that this browser began within ten minutes (RFC 6749 §10.12), or names another issuer (RFC 9207).</summary>
    State = 2,

    /// <summary>The provider does not answer, or not in time.</summary>
    Unreachable = 3,

    /// <summary>The discovery document is another issuer's or names addresses that are not HTTPS (Discovery §4.3).</summary>
    Metadata = 4,

    /// <summary>The token endpoint refused the code or sent no ID token (Core §3.1.3.3).</summary>
    Exchange = 5,

    /// <summary>Not a signed token of three parts and at most 16 KiB: encrypted ones are not read.</summary>
    Malformed = 6,

    /// <summary>Neither RS256 nor ES256: <c>none</c> and HS* among them (RFC 8725 §3.1, §3.2).</summary>
    Algorithm = 7,

    /// <summary>Has a <c>crit</c> header (RFC 7515 §4.1.11).</summary>
    CriticalHeader = 8,

    /// <summary>The provider has no key of that name and kind, or it is shorter than 2048 bits.</summary>
    Key = 9,

    /// <summary>The signature is wrong.</summary>
    Signature = 10,

    /// <summary><c>iss</c> is another (Core §3.1.3.7, 2).</summary>
    Issuer = 11,

    /// <summary><c>aud</c> does not have this client (3).</summary>
    Audience = 12,

    /// <summary><c>azp</c> is another client, or missing beside several audiences (4, 5).</summary>
    AuthorizedParty = 13,

    /// <summary><c>exp</c> is over or missing (9).</summary>
    Expired = 14,

    /// <summary><c>iat</c> is missing, ahead of the clock, or older than ten minutes (10); or <c>nbf</c> is ahead.</summary>
    IssuedAt = 15,

    /// <summary><c>nonce</c> is not the one sent (11).</summary>
    Nonce = 16,

    /// <summary><c>sub</c> or the configured claim is missing, or the e-mail address is not verified.</summary>
    Claim = 17,

    /// <summary>No active account is linked to this user.</summary>
    NoAccount = 18,
}
