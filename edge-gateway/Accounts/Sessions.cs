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
    /// <summary>Last use.</summary>
    public DateTimeOffset SeenAt { get; init; } = StartedAt;
}

/// <summary>Sessions in memory by the SHA-256 of their token: a restart ends them all. Bounded; the one not used for longest gives way.</summary>
public sealed class Sessions(TimeProvider time)
{
    /// <summary>Most sessions at a time.</summary>
    public const int CountMax = 4096;

    /// <summary>Ends after so long without use.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>Ends after so long whatever happens.</summary>
    public static readonly TimeSpan Whole = TimeSpan.FromHours(12);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);

    /// <summary>Begins one; the token is given once and kept nowhere.</summary>
    public (string Token, Session Session) Begin(string userId, string method)
    {
        var token = "bcs_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var session = new Session(userId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), time.GetUtcNow(), method);
        lock (gate)
        {
            if (sessions.Count >= CountMax)
                sessions.Remove(sessions.MinBy(static pair => pair.Value.SeenAt).Key);
            sessions[Hash(token)] = session;
        }

        return (token, session);
    }

    /// <summary>The session of a token, seen now; null when it is unknown or over.</summary>
    public Session? Find(string token)
    {
        var (key, now) = (Hash(token), time.GetUtcNow());
        lock (gate)
        {
            if (!sessions.TryGetValue(key, out var session))
                return null;
            if (now - session.SeenAt > Idle || now - session.StartedAt > Whole)
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

    /// <summary>Ends all of a user, but for one.</summary>
    public void EndAll(string userId, string? butToken = null)
    {
        var kept = butToken is null ? null : Hash(butToken);
        lock (gate)
        {
            foreach (var key in sessions.Where(pair => pair.Value.UserId == userId && pair.Key != kept).Select(static pair => pair.Key).ToList())
                sessions.Remove(key);
        }
    }

    private static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
