using System.Globalization;
using BodyCam.Catalog;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Accounts;

/// <summary>Accounts in one SQLite file of the keys folder, mode 0600. Thread-safe by one lock.</summary>
public sealed class AccountStore : IDisposable
{
    /// <summary>File name in the keys folder.</summary>
    public const string FileName = "accounts.db";

    private const int SchemaVersion = 1;
    private const string Columns = "id, name, display_name, officer_id, unit_id, roles, rank, state, password_hash, must_change, totp_secret, totp_step, recovery_hashes, failures, locked_until, subject";

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    private AccountStore(SqliteConnection connection) => this.connection = connection;

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <exception cref="InvalidOperationException">SQLite is missing or the file is of a newer program; the message says what to do.</exception>
    public static AccountStore Open(string path)
    {
        SqliteLibrary.Load();
        if (!OperatingSystem.IsWindows() && path != ":memory:")
        {
            // Made with its mode before SQLite writes a byte into it.
            using (File.Open(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
            }

            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            opened.Open();
            opened.Execute("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;");
            var version = opened.ExecuteScalar<long>("PRAGMA user_version");
            if (version > SchemaVersion)
                throw new InvalidOperationException($"{path} was written by a newer program (schema {version}). Run that program.");
            if (version == 0)
            {
                using var text = new StreamReader(typeof(AccountStore).Assembly.GetManifestResourceStream("BodyCam.Accounts.Migrations.001.sql")!);
                using var transaction = opened.BeginTransaction();
                opened.Execute(text.ReadToEnd(), transaction: transaction);
                opened.Execute($"PRAGMA user_version = {SchemaVersion}", transaction: transaction);
                transaction.Commit();
            }

            return new AccountStore(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
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

    /// <summary>Writes an account whole; durable on return.</summary>
    public void Put(Account account)
    {
        ArgumentNullException.ThrowIfNull(account);
        lock (gate)
        {
            connection.Execute(
                $"INSERT OR REPLACE INTO account ({Columns}) VALUES (@Id, @Name, @DisplayName, @OfficerId, @UnitId, @roles, @rank, @state, @PasswordHash, @must, @TotpSecret, @TotpStep, @recovery, @Failures, @locked, @Subject)",
                new
                {
                    account.Id, Name = Normal(account.Name), account.DisplayName, account.OfficerId, account.UnitId, roles = string.Join(',', account.Roles), rank = account.Rank.ToString(), state = account.IsActive ? "Active" : "Disabled",
                    account.PasswordHash, must = account.MustChangePassword ? 1 : 0, account.TotpSecret, account.TotpStep, recovery = string.Join(',', account.RecoveryHashes), account.Failures, locked = account.LockedUntil.ToUnixTimeSeconds(), account.Subject,
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
    public void Dispose() => connection.Dispose();

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
                });
            }

            return accounts;
        }
    }

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
