using System.Globalization;
using BodyCam.Catalog;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Accounts;

/// <summary>Accounts in one SQLite file of the keys folder, mode 0600. Thread-safe by one lock.</summary>
public sealed partial class AccountStore : IDisposable
{
    /// <summary>File name in the keys folder.</summary>
    public const string FileName = "accounts.db";

    private const string Columns = "id, name, display_name, officer_id, unit_id, roles, rank, state, password_hash, must_change, totp_secret, totp_step, recovery_hashes, failures, locked_until, subject, rights_version";

    private static readonly string upsert =
        $"INSERT INTO account ({Columns}) VALUES (@Id, @Name, @DisplayName, @OfficerId, @UnitId, @roles, @rank, @state, @PasswordHash, @must, @TotpSecret, @TotpStep, @recovery, @Failures, @locked, @Subject, @RightsVersion) "
        + "ON CONFLICT (id) DO UPDATE SET " + string.Join(", ", Columns.Split(", ").Skip(1).Select(static column => $"{column} = excluded.{column}"));

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    private AccountStore(SqliteConnection connection, string? folder) => (this.connection, Folder) = (connection, folder);

    /// <summary>The keys folder that the file lies in; null for one in memory.</summary>
    public string? Folder { get; }

    /// <summary>Steps that have written, for tests of sameness.</summary>
    internal long WriteCount { get; private set; }

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <exception cref="InvalidOperationException">SQLite is missing or the file is of a newer program; the message says what to do.</exception>
    public static AccountStore Open(string path) => new(AccountSchema.Open(path), path == ":memory:" ? null : Path.GetDirectoryName(Path.GetFullPath(path)));

    /// <summary>Does what reads and then writes as one step: no thread and no other program (the command beside a running gateway) comes between. Durable on return; nothing is changed when it throws.</summary>
    /// <param name="work">Short, without hashing or waiting.</param>
    public T InOneStep<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (gate)
        {
            using var step = SqliteWork.Begin(connection);
            var result = work();
            step.Commit();
            return result;
        }
    }

    /// <summary>By user id; null when there is none.</summary>
    public Account? Find(string id) => Query("WHERE id = @value", id).FirstOrDefault();

    /// <summary>By the name typed at sign-in, whatever its case.</summary>
    public Account? FindByName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Query("WHERE name = @value", Normal(name)).FirstOrDefault();
    }

    /// <summary>By <c>issuer subject</c>.</summary>
    public Account? FindBySubject(string subject) => Query("WHERE subject = @value", subject).FirstOrDefault();

    /// <summary>All, by name.</summary>
    public IReadOnlyList<Account> All() => Query("ORDER BY name", null);

    /// <summary>Writes an account whole; inside <see cref="InOneStep"/> when it was read before.</summary>
    /// <exception cref="SqliteException">Another account has the name or the subject; nothing was changed.</exception>
    public void Put(Account account)
    {
        ArgumentNullException.ThrowIfNull(account);
        lock (gate)
        {
            WriteCount++;
            connection.Execute(
                upsert,
                new
                {
                    account.Id, Name = Normal(account.Name), account.DisplayName, account.OfficerId, account.UnitId, roles = string.Join(',', account.Roles), rank = account.Rank.ToString(), state = account.IsActive ? "Active" : "Disabled",
                    account.PasswordHash, must = account.MustChangePassword ? 1 : 0, account.TotpSecret, account.TotpStep, recovery = string.Join(',', account.RecoveryHashes), account.Failures, locked = account.LockedUntil.ToUnixTimeSeconds(), account.Subject, account.RightsVersion,
                });
        }
    }

    /// <summary>Keeps the hash of the set-up code.</summary>
    public void PutSetup(string codeHash, DateTimeOffset expires)
    {
        lock (gate)
            connection.Execute("INSERT OR REPLACE INTO setup VALUES (1, @codeHash, @expires)", new { codeHash, expires = expires.ToUnixTimeSeconds() });
    }

    /// <summary>The set-up code's hash and end, or null.</summary>
    public (string CodeHash, DateTimeOffset Expires)? Setup()
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader("SELECT code_hash, expires FROM setup");
            return reader.Read() ? (reader.GetString(0), DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(1))) : null;
        }
    }

    /// <summary>Forgets the set-up code.</summary>
    public void ClearSetup()
    {
        lock (gate)
            connection.Execute("DELETE FROM setup");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        connection.Dispose();
        Forwarding.Dispose();
    }

    internal static string Normal(string name) => name.Trim().ToLowerInvariant();

    private List<Account> Query(string where, string? value)
    {
        lock (gate)
        {
            using var reader = connection.ExecuteReader($"SELECT {Columns} FROM account {where}", new { value });
            var accounts = new List<Account>();
            while (reader.Read())
            {
                accounts.Add(new Account(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4), [.. Split(reader.GetString(5)).Select(Enum.Parse<Role>)], Enum.Parse<Rank>(reader.GetString(6)))
                {
                    IsActive = reader.GetString(7) == "Active",
                    PasswordHash = reader.GetString(8),
                    MustChangePassword = reader.GetInt64(9) != 0,
                    TotpSecret = reader.IsDBNull(10) ? null : (byte[])reader.GetValue(10),
                    TotpStep = reader.GetInt64(11),
                    RecoveryHashes = [.. Split(reader.GetString(12))],
                    Failures = Convert.ToInt32(reader.GetInt64(13), CultureInfo.InvariantCulture),
                    LockedUntil = DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(14)),
                    Subject = reader.IsDBNull(15) ? null : reader.GetString(15),
                    RightsVersion = reader.GetInt64(16),
                });
            }

            return accounts;
        }
    }

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
