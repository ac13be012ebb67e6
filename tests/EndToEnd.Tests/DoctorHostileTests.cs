using System.Diagnostics;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Cli.Doctor;
using BodyCam.Gateway;
using Microsoft.Data.Sqlite;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Whatever stands in a station's folders, <c>bodycam doctor</c> ends, changes nothing, and writes nothing to the terminal that is not its own.</summary>
public sealed class DoctorHostileTests : IAsyncLifetime
{
    private static readonly TimeSpan endMax = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-doctor-").FullName;

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    private string Archive => Path.Combine(folder, "archive");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Archive);
        await using (await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, ArchiveFolder = Archive, MqttPort = 0, HttpPort = 0, LogJson = false }))
        {
        }

        // Its first round may not have come to it.
        File.WriteAllText(Path.Combine(Archive, "archive.json"), "{\"kind\":\"archive\",\"version\":1}\n");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("data/gateway.pem", "log")]
    [InlineData("data/custody.db", "custody")]
    [InlineData("data/custody.db-wal", "custody")]
    [InlineData("data/catalog.db", "catalog")]
    [InlineData("archive/archive.json", "archive")]
    [InlineData("keys/accounts.db", "accounts")]
    [InlineData("keys/master.key", "keys")]
    [InlineData("keys/gateway-key.pem", "keys")]
    [InlineData("keys/ca.pem", "CA")]
    [InlineData("keys/ca-key.pem", "CA")]
    public void A_pipe_in_the_place_of_a_file_fails_its_check_with_what_to_do(string file, string name)
    {
        var path = Path.Combine(folder, file);
        File.Delete(path);
        using (var make = Process.Start("mkfifo", ["-m", "600", path]))
            make.WaitForExit();
        var failed = Checks().Where(static check => check.Grade == DoctorGrade.Failed).ToList();
        Assert.True(failed.Select(static check => check.Name).SequenceEqual([name]), string.Join('\n', failed));
        Assert.Contains(Path.GetFileNameWithoutExtension(file), failed[0].Found, StringComparison.Ordinal);
        Assert.NotEmpty(failed[0].Remedy);
    }

    [Theory]
    [InlineData("data/custody.db", "entity", "custody", "is none that a gateway makes")]
    [InlineData("data/catalog.db", "manifest", "catalog", "has a column that is computed")]
    [InlineData("keys/accounts.db", "account", "accounts", "is none that a gateway makes")]
    public void A_column_that_is_computed_is_named_and_not_read(string file, string table, string name, string found)
    {
        Sql(Path.Combine(folder, file), $"ALTER TABLE {table} ADD COLUMN later TEXT AS (printf('%.*c', 40, 'a')) VIRTUAL");
        var check = Checks().Single(check => check.Name == name);
        Assert.True(check.Grade == DoctorGrade.Failed && check.Found.Contains(found, StringComparison.Ordinal), check.ToString());
    }

    [Fact]
    public void What_a_killed_gateway_left_is_looked_at_and_nothing_is_made_beside_it()
    {
        LeaveLogs();
        var before = Files();
        Assert.All(Checks().Where(static check => check.Name is "custody" or "catalog"), static check => Assert.True(check.Grade == DoctorGrade.Passed, check.ToString()));
        Assert.Equal(before, Files());

        List<string> Files() => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Without_room_for_a_copy_doctor_and_verify_warn_and_accuse_no_database()
    {
        LeaveLogs();
        // A file, for root too: no folder can be made below it.
        var temporary = "TMPDIR=" + Path.Combine(Data, "gateway.pem");
        var kept = Path.Combine(folder, "kept.pem");
        File.Copy(Path.Combine(Data, "gateway.pem"), kept);
        var (_, output, error) = Cli.Run("env", temporary, "dotnet", Cli.Path, "doctor", "--data", Data, "--json");
        Assert.True(output.Length > 0, error);
        foreach (var check in JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray().Where(static check => check.GetProperty("name").GetString() is "custody" or "catalog"))
            Assert.True(check.GetProperty("grade").GetString() == "warned" && check.GetProperty("remedy").GetString()!.Contains("TMPDIR", StringComparison.Ordinal), check.ToString());
        var (code, said, _) = Cli.Run("env", temporary, "dotnet", Cli.Path, "verify", Data, "--gateway-key", kept);
        Assert.True(code == 3, said);
        Assert.Equal("Partial: nothing is wrong in what was checked; catalog.db and custody.db were not compared: make room for a copy in the folder for temporary files, or name another with TMPDIR, and verify again.", said.TrimEnd().Split('\n')[^1]);
        Assert.Equal(2, said.Split('\n').Count(static line => line.Contains("not_compared", StringComparison.Ordinal) && line.Contains("TMPDIR", StringComparison.Ordinal)));
        Assert.DoesNotContain("start it", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("custody.db", "entity", "custody_differs")]
    [InlineData("catalog.db", "manifest", "catalog_differs")]
    public void What_was_found_in_a_database_as_it_lies_is_told_also_without_room_for_a_copy(string file, string table, string code)
    {
        Sql(Path.Combine(Data, file), $"ALTER TABLE {table} ADD COLUMN later TEXT AS (printf('%.*c', 40, 'a')) VIRTUAL");
        var (exit, said, _) = Cli.Run("env", "TMPDIR=" + Path.Combine(Data, "gateway.pem"), "dotnet", Cli.Path, "verify", Data);
        Assert.True(exit == 1 && said.Contains(code, StringComparison.Ordinal) && said.Contains("has a column that is computed", StringComparison.Ordinal), said);
    }

    [Fact]
    public void A_name_in_a_database_writes_no_line_of_its_own_and_hides_none()
    {
        Sql(Path.Combine(Data, "custody.db"), "CREATE VIEW \"v\n\u001b[2J\u202e\u2028\" AS SELECT 1");
        var check = Checks().Single(static check => check.Name == "custody");
        Assert.Equal(DoctorGrade.Failed, check.Grade);
        Assert.Contains("[2J", check.Found, StringComparison.Ordinal);
        Assert.DoesNotContain((check with { Found = check.Found + "\n" }).Found, static character => char.IsControl(character) || character is '\u202e' or '\u2028');
    }

    private IReadOnlyList<DoctorCheck> Checks()
    {
        var run = Task.Run(() => new StationChecks(Data, Keys, Archive, DateTimeOffset.UtcNow).Run());
#pragma warning disable xUnit1031 // one that never ends is what is looked for
        Assert.True(run.Wait(endMax, TestContext.Current.CancellationToken), "it does not end");
        return run.Result;
#pragma warning restore xUnit1031
    }

    // As kill -9 and a copy without the indexes of the write-ahead logs do.
    private void LeaveLogs()
    {
        foreach (var path in new[] { Path.Combine(Data, "catalog.db"), Path.Combine(Data, "custody.db") })
        {
            byte[] log;
            using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
            {
                connection.Open();
                using var command = connection.CreateCommand();
                command.CommandText = "PRAGMA journal_mode=WAL; CREATE TABLE other (number INTEGER); DROP TABLE other";
                command.ExecuteNonQuery();
                log = File.ReadAllBytes(path + "-wal");
            }

            File.WriteAllBytes(path + "-wal", log);
            Assert.True(log.Length > 0 && !File.Exists(path + "-shm"));
        }
    }

    private static void Sql(string path, string statement)
    {
        SqliteLibrary.Load();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=DELETE; " + statement;
        command.ExecuteNonQuery();
    }
}
