using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Accounts;

/// <summary>A signed-in user.</summary>
/// <param name="UserId">User.</param>
/// <param name="Csrf">Token that state-changing calls by cookie carry.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Method"><c>password</c>, <c>password+totp</c> or <c>oidc</c>.</param>
public sealed record Session(string UserId, string Csrf, DateTimeOffset StartedAt, string Method)
{
    /// <summary><see cref="Method"/> of a password alone.</summary>
    public const string ByPassword = "password";

    /// <summary><see cref="Method"/> of a password and a second factor.</summary>
    public const string ByPasswordAndCode = "password+totp";

    /// <summary><see cref="Method"/> of an OpenID Connect provider.</summary>
    public const string ByProvider = "oidc";

    /// <summary>The account's <see cref="Account.RightsVersion"/> when it began; under another it is over.</summary>
    public long RightsVersion { get; init; }

    /// <summary>Last use.</summary>
    public DateTimeOffset SeenAt { get; init; } = StartedAt;
}

/// <summary>Sessions in memory by the SHA-256 of their token: a restart ends them all. Bounded, in all and per user; the one not used for longest gives way.</summary>
public sealed class Sessions(TimeProvider time)
{
    /// <summary>Most sessions at a time.</summary>
    public const int CountMax = 4096;

    /// <summary>Most sessions of one user: nobody drives the others out.</summary>
    public const int PerUserMax = 16;

    /// <summary>Ends after so long without use.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>Ends after so long whatever happens.</summary>
    public static readonly TimeSpan Whole = TimeSpan.FromHours(12);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);

    /// <summary>Begins one; the token is given once and kept nowhere.</summary>
    public (string Token, Session Session) Begin(Account account, string method)
    {
        ArgumentNullException.ThrowIfNull(account);
        var token = "bcs_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var session = new Session(account.Id, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), time.GetUtcNow(), method) { RightsVersion = account.RightsVersion };
        lock (gate)
        {
            var own = sessions.Where(pair => pair.Value.UserId == account.Id).ToList();
            if (own.Count >= PerUserMax)
                sessions.Remove(own.MinBy(static pair => pair.Value.SeenAt).Key);
            if (sessions.Count >= CountMax)
                sessions.Remove(sessions.MinBy(static pair => pair.Value.SeenAt).Key);
            sessions[Hash(token)] = session;
        }

        return (token, session);
    }

    /// <summary>Sessions held now, over or not.</summary>
    internal int Count => sessions.Count;

    /// <summary>The session of a token, seen now; null when it is unknown or over.</summary>
    public Session? Find(string token)
    {
        var (key, now) = (Hash(token), time.GetUtcNow());
        lock (gate)
        {
            if (!sessions.TryGetValue(key, out var session))
                return null;
            // A clock set back far ends sessions: none lives longer by it.
            if ((now - session.SeenAt).Duration() >= Idle || (now - session.StartedAt).Duration() >= Whole)
            {
                sessions.Remove(key);
                return null;
            }

            return sessions[key] = session with { SeenAt = now };
        }
    }

    /// <summary>Ends one.</summary>
    public void End(string token)
    {
        lock (gate)
            sessions.Remove(Hash(token));
    }

    /// <summary>Ends all of a user, but for one, which goes on under the account's new version.</summary>
    public void EndAll(string userId, string? butToken = null, long rightsVersion = 0)
    {
        var kept = butToken is null ? null : Hash(butToken);
        lock (gate)
        {
            if (kept is not null && sessions.TryGetValue(kept, out var session) && session.UserId == userId)
                sessions[kept] = session with { RightsVersion = rightsVersion };
            foreach (var key in sessions.Where(pair => pair.Value.UserId == userId && pair.Key != kept).Select(static pair => pair.Key).ToList())
                sessions.Remove(key);
        }
    }

    private static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
