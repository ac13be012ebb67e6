using Dapper;

namespace BodyCam.Accounts;

/// <summary>Wrong attempts at a name.</summary>
/// <param name="Failures">Since the last right one.</param>
/// <param name="LockedUntil">Until when nothing is let in.</param>
internal readonly record struct Guesses(int Failures, DateTimeOffset LockedUntil);

/// <summary>An event that the log does not have yet.</summary>
internal sealed record PendingEvent(long Id, string Name, string UserId, string By, string Detail, DateTimeOffset At);

/// <content>What lies beside the accounts: attempts at names that are nobody's, and events on their way into the log.</content>
public sealed partial class AccountStore
{
    /// <summary>Names of nobody remembered; above it the one tried longest ago gives way.</summary>
    internal const int StrangersMax = 10_000;

    /// <summary>One forwards events at a time: they keep their order, and none is written by two.</summary>
    internal SemaphoreSlim Forwarding { get; } = new(1, 1);

    internal Guesses Stranger(string nameKey)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT failures, locked_until FROM stranger WHERE name_key = @nameKey", new { nameKey });
            return reader.Read() ? new Guesses((int)reader.GetInt64(0), DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(1))) : new Guesses(0, DateTimeOffset.UnixEpoch);
        }
    }

    internal void PutStranger(string nameKey, Guesses guesses, DateTimeOffset now)
    {
        lock (gate)
        {
            WriteCount++;
            connection.Execute(
                "INSERT OR REPLACE INTO stranger VALUES (@nameKey, @Failures, @locked, @at)", new { nameKey, guesses.Failures, locked = guesses.LockedUntil.ToUnixTimeSeconds(), at = now.ToUnixTimeSeconds() });
            connection.Execute("DELETE FROM stranger WHERE (SELECT count(*) FROM stranger) > @StrangersMax AND name_key = (SELECT name_key FROM stranger ORDER BY at LIMIT 1)", new { StrangersMax });
        }
    }

    internal void Pend(string name, string userId, string by, string detail, DateTimeOffset at)
    {
        lock (gate)
            connection.Execute("INSERT INTO pending_event (name, user_id, done_by, detail, at) VALUES (@name, @userId, @by, @detail, @at)", new { name, userId, by, detail, at = at.ToUnixTimeSeconds() });
    }

    internal IReadOnlyList<PendingEvent> Pending()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT id, name, user_id, done_by, detail, at FROM pending_event ORDER BY id LIMIT 1000");
            var events = new List<PendingEvent>();
            while (reader.Read())
                events.Add(new PendingEvent(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(5))));
            return events;
        }
    }

    internal void Forwarded(long id)
    {
        lock (gate)
            connection.Execute("DELETE FROM pending_event WHERE id = @id", new { id });
    }
}
