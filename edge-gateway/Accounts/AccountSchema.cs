using System.Globalization;
using BodyCam.Catalog;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Accounts;

/// <summary>Opens accounts.db and brings it to the newest schema, one numbered migration after the other.</summary>
internal static class AccountSchema
{
    private const int Version = 2;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static SqliteConnection Open(string path)
    {
        SqliteLibrary.Load();
        if (!OperatingSystem.IsWindows() && path != ":memory:")
        {
            // Made with its mode before SQLite writes a byte into it; SQLite gives its journal the same.
            using (File.Open(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = Private }))
            {
            }

            File.SetUnixFileMode(path, Private);
        }

        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            opened.Open();
            opened.Execute("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;");
            Migrate(opened, path);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private static void Migrate(SqliteConnection opened, string path)
    {
        // Immediate: gateway and command may open a new file at the same time.
        using var transaction = opened.BeginTransaction();
        var version = opened.ExecuteScalar<long>("PRAGMA user_version", transaction: transaction);
        if (version > Version)
            throw new InvalidOperationException($"{path} was written by a newer program (schema {version}). Run that program.");
        if (version == Version)
            return;
        for (var next = version + 1; next <= Version; next++)
        {
            using var text = new StreamReader(typeof(AccountSchema).Assembly.GetManifestResourceStream(string.Create(CultureInfo.InvariantCulture, $"BodyCam.Accounts.Migrations.{next:D3}.sql"))!);
            opened.Execute(text.ReadToEnd(), transaction: transaction);
        }

        opened.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version}"), transaction: transaction);
        transaction.Commit();
    }
}
